//! The one ordered place: templates are assigned and rows are stored here, in the order of the
//! lines, whatever number of threads read them.

use std::{collections::BTreeSet, path::PathBuf, time::Instant};

use super::{
    IngestError,
    logs::{FAILURE_LINES, FoundFailure, FoundOutcome, KINDS, LogSegment},
    reading::Reading,
    report::{Reject, Report},
    service::service_of,
    wash::{WASH_VERSION, Wash},
};
use crate::{
    knowledge::signature::{Engine, Limits, LogTime, Prepared, State, v1},
    model::SignatureId,
    store::evidence::{Batch, EventRow, Evidence, Item, OutcomeRow, QuarantineRow, SignatureRow},
};

/// Rows that are stored together; their transaction takes some tens of milliseconds.
pub const BATCH_ROWS: usize = 4_000;

/// How much of a line the predecessor made its signature of.
const V1_CHARS: usize = 200;

/// The setting that holds the state of the signature engine.
const ENGINE: &str = "signature_engine";

/// Gathers rows and stores them.
#[derive(Debug)]
pub(super) struct Gatherer<'a> {
    pub(super) evidence: &'a mut Evidence,
    pub(super) wash: &'a Wash,
    pub(super) report: Report,
    pub(super) batch: Batch,
    /// Rows that are stored together.
    pub(super) rows_max: usize,
    /// Nothing is stored.
    pub(super) is_dry: bool,
    /// Events before this instant are counted, not stored.
    pub(super) since_ms: Option<i64>,
    /// The checkout of the stack, and what its URL contains.
    pub(super) repo: Option<PathBuf>,
    pub(super) repo_hints: Vec<String>,
    /// Network records of this run: one event is written to several streams.
    pub(super) seen_network: BTreeSet<(i64, i64)>,
    /// Whether an earlier run stored such records.
    pub(super) has_network: bool,
    /// Sessions of this run.
    pub(super) sessions: BTreeSet<String>,
    /// Keys of files that are only looked at.
    pub(super) dry_files: i64,
    pub(super) engine: Engine,
    pub(super) merged: u64,
    pub(super) known: BTreeSet<SignatureId>,
    pub(super) fresh: Vec<(SignatureId, SignatureRow)>,
    pub(super) flushed: Instant,
    pub(super) now_ms: i64,
}

/// Where a segment stands in its file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing {
    /// Where its bytes start.
    pub(super) offset: i64,
    /// Where its complete lines end.
    pub(super) end: i64,
    /// Whether it is the last of the file as it is now.
    pub(super) is_last: bool,
    /// The end of the hashed part, and its hash.
    pub(super) part: Option<(i64, i64)>,
    /// Length and hash of the start of the file, when it was read with the segment.
    pub(super) head: Option<(i64, i64)>,
    /// Hash of what stands before the end, when it was read with the segment.
    pub(super) tail: Option<i64>,
}

impl<'a> Gatherer<'a> {
    pub(super) fn new(
        evidence: &'a mut Evidence,
        wash: &'a Wash,
        now_ms: i64,
    ) -> Result<Self, IngestError> {
        let state = evidence.setting(ENGINE)?;
        // A state of another version is left behind: ids are hashes of texts and are found again.
        let engine = state
            .and_then(|state| serde_json::from_str::<State>(&state).ok())
            .and_then(|state| Engine::restore(Limits::default(), state).ok())
            .unwrap_or_else(|| Engine::new(Limits::default()));
        let known = evidence
            .signature_ids()?
            .iter()
            .filter_map(|id| id.parse().ok())
            .collect();
        let has_network = evidence.network_has_any()?;
        Ok(Self {
            evidence,
            wash,
            report: Report::default(),
            batch: Batch {
                redaction: WASH_VERSION,
                now_ms,
                ..Batch::default()
            },
            rows_max: BATCH_ROWS,
            is_dry: false,
            since_ms: None,
            repo: None,
            repo_hints: Vec::new(),
            seen_network: BTreeSet::new(),
            has_network,
            sessions: BTreeSet::new(),
            dry_files: 0,
            merged: 0,
            engine,
            known,
            fresh: Vec::new(),
            flushed: Instant::now(),
            now_ms,
        })
    }

    /// Takes a segment of a log.
    pub(super) fn log(
        &mut self,
        reading: &mut Reading,
        segment: LogSegment,
        standing: &Standing,
    ) -> Result<(), IngestError> {
        let lines_before = reading.progress.lines;
        let source = reading.target.source.name();
        for failure in segment.failures {
            self.failure(reading, failure, (standing.offset, lines_before))?;
        }
        self.outcomes(reading, segment.outcomes);
        let n_long = segment.long_lines.len() as u64;
        for (offset, line) in segment.long_lines {
            let offset = standing.offset + i64::try_from(offset).unwrap_or(0);
            self.reject(
                reading,
                (offset, lines_before + line),
                "the line is longer than 1 MB; its start was read",
                "",
            )?;
        }
        let open = segment
            .open
            .filter(|_| standing.is_last && !reading.is_final);
        let open_lines = open.map_or(0, |(_, line, _)| segment.lines - line + 1);
        let mut counts = segment.counts;
        counts[FAILURE_LINES] -= open_lines;
        for (kind, n) in KINDS.iter().zip(counts) {
            if n != 0 {
                *self
                    .batch
                    .counts
                    .entry((reading.file_id, kind))
                    .or_default() += n;
                self.report.source(source).counted += u64::try_from(n).unwrap_or(0);
            }
        }
        settle(reading, standing, (segment.lines, segment.last_time), open);
        let report = self.report.source(source);
        // A line of which the start was read is told as the reject that it is.
        report.counted = report.counted.saturating_sub(n_long);
        report.refused += n_long;
        report.taken += u64::try_from(open_lines).unwrap_or(0);
        report.lines += u64::try_from(segment.lines).unwrap_or(0);
        self.advance(reading, standing)
    }

    fn outcomes(&mut self, reading: &mut Reading, outcomes: Vec<FoundOutcome>) {
        for outcome in outcomes {
            let (at_ms, _) = reading.clock.read(None, outcome.time_before);
            self.batch.items.push(Item::Outcome(OutcomeRow {
                file_id: reading.file_id,
                session_id: None,
                line: reading.progress.lines + outcome.line,
                at_ms,
                scope: "tests",
                verdict: outcome.counts.verdict().name(),
                n_passed: i64::try_from(outcome.counts.passed).ok(),
                n_failed: i64::try_from(outcome.counts.failed).ok(),
                signature_id: None,
                text: outcome.text,
            }));
            self.report.source(reading.target.source.name()).rows += 1;
        }
    }

    /// Notes how far a file has been read; what is stored and what counts as read go together.
    pub(super) fn advance(
        &mut self,
        reading: &mut Reading,
        standing: &Standing,
    ) -> Result<(), IngestError> {
        let source = reading.target.source.name();
        let n_read = standing.end - reading.progress.offset;
        self.report.source(source).bytes += u64::try_from(n_read).unwrap_or(0);
        reading.progress.offset = standing.end;
        if let Some((end, hash)) = standing.part {
            reading.parts.put(end, hash);
        }
        if standing.is_last {
            reading.finish();
        }
        // A file that has shrunk meanwhile is found out by the next run.
        let _ = reading.seal(standing);
        self.batch
            .progress
            .insert(reading.file_id, reading.progress.clone());
        self.flush_when_due()
    }

    fn failure(
        &mut self,
        reading: &mut Reading,
        failure: FoundFailure,
        (offset, lines_before): (i64, i64),
    ) -> Result<(), IngestError> {
        let (at_ms, clock) = reading.clock.read(failure.time, failure.time_before);
        let source = reading.target.source.name();
        if at_ms.is_some_and(|at_ms| self.since_ms.is_some_and(|since| at_ms < since)) {
            *self
                .batch
                .counts
                .entry((reading.file_id, "before_since"))
                .or_default() += 1;
            return Ok(());
        }
        let offset = offset + i64::try_from(failure.offset).unwrap_or(0);
        let line = lines_before + failure.line;
        let id = self.signature(
            &failure.named,
            (failure.category.name(), failure.level),
            &failure.text,
        );
        let adopted = reading.adopted(self.evidence, (failure.line_hash, at_ms))?;
        if let Some(event_id) = adopted {
            let file_id = reading.file_id;
            self.batch.items.push(Item::Adopt {
                event_id,
                file_id,
                offset,
                line,
            });
            return Ok(());
        }
        self.report.source(source).events += 1;
        self.batch.items.push(Item::Event(EventRow {
            file_id: reading.file_id,
            offset,
            line,
            at_ms,
            clock,
            signature_id: id.to_string(),
            service: service_of(failure.service.as_deref(), &reading.target.name),
            category: failure.category.name(),
            level: failure.level,
            line_hash: failure.line_hash,
            text: failure.text,
            block: failure.block,
            network: None,
        }));
        Ok(())
    }

    /// The id of a message; a new one is described with the next rows.
    pub(super) fn signature(
        &mut self,
        named: &Prepared,
        (category, level): (&'static str, &'static str),
        example: &str,
    ) -> SignatureId {
        let id = self.engine.assign(named);
        if self.known.insert(id) {
            let row = SignatureRow {
                signature_id: id.to_string(),
                category,
                level,
                template: String::new(),
                v1: v1::signature(&example.chars().take(V1_CHARS).collect::<String>()),
                example: example.to_owned(),
            };
            self.fresh.push((id, row));
        }
        id
    }

    /// Whether there is something at a stored path.
    pub(super) fn is_there(&self, name: &str) -> bool {
        let below = self.repo.as_ref().map(|repo| repo.join(name));
        below.unwrap_or_else(|| PathBuf::from(name)).exists()
    }

    /// Puts a record into quarantine.
    pub(super) fn reject(
        &mut self,
        reading: &Reading,
        (offset, line): (i64, i64),
        reason: &str,
        sample: &str,
    ) -> Result<(), IngestError> {
        let file_id = reading.file_id;
        if !self.is_dry && self.evidence.quarantine_has(file_id, offset, reason)? {
            return Ok(());
        }
        let reject = Reject {
            path: reading.target.name.clone(),
            line,
            offset,
            reason: reason.to_owned(),
        };
        self.report.reject(reading.target.source.name(), reject);
        self.batch.items.push(Item::Quarantine(QuarantineRow {
            file_id,
            offset,
            line,
            reason: reason.to_owned(),
            sample: self.wash.line(sample),
        }));
        Ok(())
    }
}

/// Notes up to where a log is read for good: an open block may go on.
fn settle(
    reading: &mut Reading,
    standing: &Standing,
    (lines, last_time): (i64, Option<LogTime>),
    open: Option<(usize, i64, Option<LogTime>)>,
) {
    let settled_clock = open.and_then(|(_, _, time)| reading.clock.clone().take(time?));
    if let Some(time) = last_time {
        reading.clock.take(time);
    }
    let progress = &mut reading.progress;
    let lines_before = progress.lines;
    progress.lines += lines;
    progress.clock_ms = reading.clock.last_ms();
    match open {
        Some((offset, line, _)) => {
            progress.settled = standing.offset + i64::try_from(offset).unwrap_or(0);
            progress.settled_lines = lines_before + line - 1;
            progress.settled_clock_ms = settled_clock.or(progress.settled_clock_ms);
        }
        None => {
            progress.settled = standing.end;
            progress.settled_lines = progress.lines;
            progress.settled_clock_ms = progress.clock_ms;
        }
    }
}
