//! One ingest from beginning to end.

use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::atomic::AtomicBool,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use super::{
    IngestError, Roots, Zone,
    discover::{self, Target},
    gather::Gatherer,
    git,
    identify::Library,
    key,
    lock::Lock,
    opening,
    pipeline::{self, Drive},
    report::Report,
    source::{Place, Source},
    wash::Wash,
    watch,
};
use crate::{
    knowledge::pseudonym::Pseudonyms,
    model::millis,
    store::evidence::{Evidence, FileState, Item, RunStatus},
};

/// What an ingest is asked to do.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the store is.
    pub data_dir: PathBuf,
    /// Where to look.
    pub roots: Roots,
    /// Which sources to read.
    pub sources: BTreeSet<Source>,
    /// Logs to read instead of those of the checkout.
    pub logs: Option<Vec<PathBuf>>,
    /// Parts of a repository's URL that tell that a session is about the stack.
    pub repo_hints: Vec<String>,
    /// Keep MAC addresses, SSIDs and IP addresses as they are.
    pub keep_identifiers: bool,
    /// Nothing older than this is stored, in Unix milliseconds.
    pub since_ms: Option<i64>,
    /// Read and report, store nothing.
    pub dry_run: bool,
    /// Worker threads.
    pub jobs: usize,
    /// The zone of clocks that name none.
    pub zone: Zone,
    /// Rows that are stored together.
    pub batch_rows: usize,
}

/// One ingest at work: it holds the lock and the open store.
#[derive(Debug)]
pub struct Ingest {
    pub(super) options: Options,
    pub(super) evidence: Evidence,
    pub(super) wash: Wash,
    /// A dry run without a store needs none.
    _lock: Option<Lock>,
}

impl Ingest {
    /// Takes the lock and opens the store. A dry run makes none where there is none.
    ///
    /// # Errors
    ///
    /// Fails if another ingest is at work, or if the store cannot be opened.
    pub fn open(options: Options) -> Result<Self, IngestError> {
        if options.dry_run && !Evidence::is_there(&options.data_dir) {
            let evidence = Evidence::in_memory()?;
            let wash = Wash::new(Pseudonyms::new(key::random()?, options.keep_identifiers));
            return Ok(Self {
                options,
                evidence,
                wash,
                _lock: None,
            });
        }
        let evidence = Evidence::open(&options.data_dir)?;
        let now = crate::model::Timestamp::from_millis(now_ms()).to_string();
        let lock = Lock::take(&options.data_dir, &now)?;
        let key = key::load(&options.data_dir)?;
        let wash = Wash::new(Pseudonyms::new(key, options.keep_identifiers));
        Ok(Self {
            options,
            evidence,
            wash,
            _lock: Some(lock),
        })
    }

    /// How many bytes there are to read, for a progress bar.
    #[must_use]
    pub fn bytes_ahead(&self) -> u64 {
        let sizes = self
            .targets()
            .into_iter()
            .filter_map(|target| target.path.metadata().ok());
        sizes.map(|meta| meta.len()).sum()
    }

    /// Reads everything new once.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be written. What cannot be *read* is in the report.
    pub fn once(
        &mut self,
        stop: &AtomicBool,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<Report, IngestError> {
        let began = Instant::now();
        let now_ms = now_ms();
        let is_dry = self.options.dry_run;
        let run_id = if is_dry {
            0
        } else {
            self.evidence.run_begin(now_ms)?
        };
        let drive = Drive {
            jobs: self.options.jobs,
            stop,
            progress,
        };
        let (report, was_stopped) = self.read(now_ms, &drive)?;
        let mut report = report;
        let status = if was_stopped {
            RunStatus::Interrupted
        } else if report.sources.values().any(|source| source.failed) {
            RunStatus::Failed
        } else if report.quarantined > 0 {
            RunStatus::Quarantined
        } else {
            RunStatus::Clean
        };
        report.status = status.name();
        for source in report.sources.values_mut() {
            source.events = source.events.saturating_sub(source.read_again);
            source.duration_ms = millis(source.worked);
        }
        report.dry_run = is_dry;
        report.zone = self.options.zone.name().to_owned();
        report.duration_ms = millis(began.elapsed());
        if !is_dry {
            let text = serde_json::to_string(&report).unwrap_or_default();
            self.evidence
                .run_end(run_id, self::now_ms(), (status, &text))?;
        }
        Ok(report)
    }

    fn read(&mut self, now_ms: i64, drive: &Drive<'_>) -> Result<(Report, bool), IngestError> {
        let mut library = Library::new(self.evidence.file_list()?);
        let targets = self.targets();
        let mut gatherer = Gatherer::new(&mut self.evidence, &self.wash, now_ms)?;
        gatherer.is_dry = self.options.dry_run;
        gatherer.since_ms = self.options.since_ms;
        gatherer.rows_max = self.options.batch_rows;
        gatherer.repo = self.options.roots.repo.clone();
        gatherer.repo_hints.clone_from(&self.options.repo_hints);
        gatherer.merge()?;
        for source in &self.options.sources {
            places(&mut gatherer, *source, &self.options.roots);
        }
        let mut was_stopped = false;
        let by_source = |source: Source| {
            let targets = targets.iter().filter(move |target| target.source == source);
            targets.cloned().collect::<Vec<_>>()
        };
        for together in Source::FILES {
            let sources = together.iter().copied();
            let sources: Vec<Source> = sources
                .filter(|source| self.options.sources.contains(source) && !was_stopped)
                .collect();
            let mut lanes = Vec::new();
            for source in &sources {
                let began = Instant::now();
                let zone = &self.options.zone;
                let targets = by_source(*source);
                lanes.push(opening::prepare(
                    &mut gatherer,
                    &mut library,
                    targets,
                    zone,
                )?);
                gatherer.report.source(source.name()).worked += began.elapsed();
            }
            was_stopped |= pipeline::run(&mut gatherer, &mut lanes, drive)?;
            for source in sources.iter().filter(|_| !was_stopped) {
                forget_gone(&mut gatherer, &library, *source)?;
            }
        }
        if self.options.sources.contains(&Source::Git) && !was_stopped {
            let began = Instant::now();
            git::read(&mut gatherer, &mut library, &self.options.roots)?;
            gatherer.report.source(Source::Git.name()).worked += began.elapsed();
        }
        gatherer.refresh_templates();
        gatherer.flush()?;
        Ok((std::mem::take(&mut gatherer.report), was_stopped))
    }

    fn targets(&self) -> Vec<Target> {
        let sources = Source::FILES
            .iter()
            .copied()
            .flatten()
            .filter(|source| self.options.sources.contains(source));
        sources
            .flat_map(|source| match (&self.options.logs, source) {
                (Some(logs), Source::Soak) => discover::named(logs, &self.options.roots),
                _ => discover::targets(*source, &self.options.roots),
            })
            .collect()
    }

    /// The folders in which something to read may be written or appear.
    #[must_use]
    pub fn folders(&self) -> BTreeSet<PathBuf> {
        let targets = self.targets();
        let paths = targets.iter().map(|target| target.path.as_path());
        watch::folders_of(paths, self.options.roots.repo.as_deref())
    }
}

/// Says in the report which sources cannot be read at all.
fn places(gatherer: &mut Gatherer<'_>, source: Source, roots: &Roots) {
    let report = gatherer.report.source(source.name());
    match discover::place(source, roots) {
        Place::Folder => (),
        Place::Elsewhere => report.note = Some("skipped: no engine was asked".to_owned()),
        Place::Missing(path) => {
            report.note = Some(format!("skipped: there is no folder `{}`", path.display()));
        }
        Place::Unknown => report.note = Some("skipped: its folder is not known".to_owned()),
    }
}

/// Marks what is no longer there; documents that are gone say nothing any more.
fn forget_gone(
    gatherer: &mut Gatherer<'_>,
    library: &Library,
    source: Source,
) -> Result<(), IngestError> {
    if gatherer.is_dry {
        return Ok(());
    }
    for row in library.unclaimed(source.name()) {
        let is_there = gatherer.is_there(&row.path);
        if !is_there {
            gatherer
                .evidence
                .file_set_state(row.file_id, FileState::Gone)?;
        }
        if !is_there && !source.is_lines() {
            gatherer.batch.items.push(Item::Forget {
                file_id: row.file_id,
                from: 0,
            });
        }
    }
    gatherer.flush()
}

pub(super) fn now_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| {
            i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
        })
}
