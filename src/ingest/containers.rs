//! Logs of running containers. The engine is somebody else's business: lines come in as a stream.

use std::{collections::BTreeMap, path::PathBuf, time::Instant};

use super::{
    Ingest, IngestError, Report, Source,
    discover::Target,
    gather::{Gatherer, Standing},
    identify::Stat,
    logs,
    opening::add,
    reading::Reading,
    run::now_ms,
    segment::SEGMENT_BYTES,
    wash::Wash,
};
use crate::{
    knowledge::signature::{Basis, LogTime},
    model::millis,
    store::evidence::{Evidence, FileRow, Item},
};

/// Nanoseconds of a millisecond.
const NS_PER_MS: i64 = 1_000_000;

/// Containers whose lines are held at once; more are stored early.
const CONTAINERS_MAX: usize = 64;

/// One line of a container, without its line end and without the engine's time in front.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerLine {
    /// The service, or the container's name where it has none.
    pub container: String,
    /// The engine's time of the line, in nanoseconds since 1970.
    pub at_ns: i64,
    /// The line.
    pub bytes: Vec<u8>,
}

/// Lines of one container that are not stored yet.
#[derive(Debug, Default)]
struct Held {
    text: Vec<u8>,
    times: Vec<i64>,
}

impl Ingest {
    /// Up to which time each container was read, in nanoseconds: the engine is asked for what is
    /// younger. What it repeats is not stored twice.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn container_cursors(&self) -> Result<BTreeMap<String, i64>, IngestError> {
        Ok(cursors(&self.evidence)?
            .into_iter()
            .map(|(name, row)| (name, row.progress.settled))
            .collect())
    }

    /// Stores what a stream of lines tells; each container's lines are in the order of time.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be written.
    pub fn containers(
        &mut self,
        lines: impl Iterator<Item = ContainerLine>,
    ) -> Result<Report, IngestError> {
        let began = Instant::now();
        let rows = cursors(&self.evidence)?;
        let mut gatherer = Gatherer::new(&mut self.evidence, &self.wash, now_ms())?;
        gatherer.since_ms = self.options.since_ms;
        gatherer.is_dry = self.options.dry_run;
        let mut readings: BTreeMap<String, (Reading, i64)> = BTreeMap::new();
        let mut held: BTreeMap<String, Held> = BTreeMap::new();
        let limit = usize::try_from(SEGMENT_BYTES).unwrap_or(usize::MAX);
        for line in lines {
            if !readings.contains_key(&line.container) {
                let reading = open(&mut gatherer, &line.container, rows.get(&line.container))?;
                readings.insert(line.container.clone(), reading);
            }
            let Some((_, settled)) = readings.get(&line.container) else {
                continue;
            };
            if line.at_ns <= *settled {
                continue;
            }
            let of_container = held.entry(line.container.clone()).or_default();
            of_container.times.push(line.at_ns);
            // A lone `\r` would make two lines of one.
            of_container.text.extend(
                line.bytes
                    .iter()
                    .map(|b| if matches!(b, b'\r' | b'\n') { b' ' } else { *b }),
            );
            of_container.text.push(b'\n');
            if of_container.text.len() >= limit || held.len() > CONTAINERS_MAX {
                for (name, lines) in std::mem::take(&mut held) {
                    if let Some((reading, _)) = readings.get_mut(&name) {
                        take(&mut gatherer, reading, &lines, false)?;
                    }
                }
            }
        }
        for (name, lines) in held {
            if let Some((reading, _)) = readings.get_mut(&name) {
                take(&mut gatherer, reading, &lines, true)?;
            }
        }
        let source = gatherer.report.source(Source::Container.name());
        source.files_read = readings.len() as u64;
        source.files_seen = source.files_read;
        source.events = source.events.saturating_sub(source.read_again);
        source.duration_ms = millis(began.elapsed());
        gatherer.refresh_templates();
        gatherer.flush()?;
        let mut report = std::mem::take(&mut gatherer.report);
        report.status = if report.quarantined > 0 {
            "quarantined"
        } else {
            "clean"
        };
        Ok(report)
    }
}

fn cursors(evidence: &Evidence) -> Result<BTreeMap<String, FileRow>, IngestError> {
    let rows = evidence.file_list()?.into_iter();
    let of_containers = rows.filter(|row| row.source == Source::Container.name());
    Ok(of_containers.map(|row| (row.path.clone(), row)).collect())
}

/// A reading for a container, and the time up to which its lines are stored for good.
fn open(
    gatherer: &mut Gatherer<'_>,
    name: &str,
    known: Option<&FileRow>,
) -> Result<(Reading, i64), IngestError> {
    let target = Target {
        source: Source::Container,
        path: PathBuf::new(),
        name: name.to_owned(),
    };
    let stat = Stat {
        device: 0,
        inode: 0,
        size: 0,
        mtime_ns: 0,
        ctime_ns: 0,
    };
    let row = match known {
        Some(row) => row.clone(),
        None => add(gatherer, &target, &stat, &super::Zone::utc())?,
    };
    let settled = row.progress.settled;
    if settled < row.progress.offset {
        let from = settled + 1;
        let again = gatherer.evidence.event_count_from(row.file_id, from)?;
        let report = gatherer.report.source(Source::Container.name());
        report.read_again += again;
        gatherer.batch.items.push(Item::Forget {
            file_id: row.file_id,
            from,
        });
    }
    Ok((
        Reading::new(target, stat, &row, &super::Zone::utc()),
        settled,
    ))
}

/// Stores the lines of a container; places are times, and the engine's clock is the one that counts.
fn take(
    gatherer: &mut Gatherer<'_>,
    reading: &mut Reading,
    lines: &Held,
    is_last: bool,
) -> Result<(), IngestError> {
    let wash: &Wash = gatherer.wash;
    let mut segment = logs::scan(&lines.text, true, wash);
    let at = |line: i64| {
        let index = usize::try_from(line - 1).unwrap_or(0);
        lines.times.get(index).copied().unwrap_or_default()
    };
    let time = |line: i64| LogTime {
        basis: Basis::Stated,
        ms: at(line) / NS_PER_MS,
    };
    let place = |line: i64| usize::try_from(at(line)).unwrap_or(0);
    for failure in &mut segment.failures {
        failure.offset = place(failure.line);
        failure.time = Some(time(failure.line));
        failure.service = Some(reading.target.name.clone());
    }
    for outcome in &mut segment.outcomes {
        outcome.time_before = Some(time(outcome.line));
    }
    for (offset, line) in &mut segment.long_lines {
        *offset = place(*line);
    }
    segment.open = segment.open.map(|(_, line, _)| {
        // Everything before the open block is settled.
        (
            usize::try_from(at(line) - 1).unwrap_or(0),
            line,
            Some(time(line)),
        )
    });
    let end = lines
        .times
        .last()
        .copied()
        .unwrap_or(reading.progress.offset);
    segment.last_time = Some(LogTime {
        basis: Basis::Stated,
        ms: end / NS_PER_MS,
    });
    let n_bytes = lines.text.len() as u64;
    let standing = Standing {
        offset: 0,
        end,
        is_last,
        part: None,
        head: None,
        tail: None,
    };
    gatherer.log(reading, segment, &standing)?;
    // The distance of two times is no number of bytes.
    gatherer.report.source(Source::Container.name()).bytes = n_bytes;
    Ok(())
}
