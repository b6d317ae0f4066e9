//! What an ingest did.

use std::{collections::BTreeMap, time::Duration};

use serde::Serialize;

/// Rejects that are listed one by one; more are only counted.
pub(super) const LISTED_MAX: usize = 1_000;

/// What became of one source.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SourceReport {
    /// Files that there are.
    pub files_seen: u64,
    /// Files of which something was read.
    pub files_read: u64,
    /// Bytes that were read.
    pub bytes: u64,
    /// Lines or records that were read.
    pub lines: u64,
    /// Events that were stored.
    pub events: u64,
    /// Events that were stored before, and are again because their block went on.
    #[serde(skip)]
    pub read_again: u64,
    /// Other rows that were stored.
    pub rows: u64,
    /// Lines that were understood: they say something, or belong to a failure that may go on. With
    /// those that were only counted and those that were refused they are all lines.
    pub taken: u64,
    /// Lines that were read and only counted.
    pub counted: u64,
    /// Lines that are in quarantine, also when an earlier run put them there; a whole file is none.
    #[serde(skip)]
    pub refused: u64,
    /// Records that were put into quarantine.
    pub quarantined: u64,
    /// How long it was worked on, in milliseconds: the sum over all threads.
    pub duration_ms: u64,
    /// The same, as it is added up.
    #[serde(skip)]
    pub worked: Duration,
    /// Why the source was skipped or failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Whether it failed.
    pub failed: bool,
}

/// Something that could not be read.
#[derive(Clone, Debug, Serialize)]
pub struct Reject {
    /// The file.
    pub path: String,
    /// Its line, 0 for the whole file.
    pub line: i64,
    /// Where it starts, in bytes.
    pub offset: i64,
    /// Why.
    pub reason: String,
}

/// What an ingest did.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// How it ended: `clean`, `quarantined`, `failed`, `interrupted`.
    pub status: &'static str,
    /// By source, in alphabetical order.
    pub sources: BTreeMap<&'static str, SourceReport>,
    /// What was newly put into quarantine, the first thousand.
    pub quarantine: Vec<Reject>,
    /// How many things were newly put into quarantine.
    pub quarantined: u64,
    /// The zone that clocks without one were taken for.
    pub zone: String,
    /// Whether nothing was stored on purpose.
    pub dry_run: bool,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
}

impl Report {
    pub(super) fn source(&mut self, name: &'static str) -> &mut SourceReport {
        self.sources.entry(name).or_default()
    }

    pub(super) fn reject(&mut self, source: &'static str, reject: Reject) {
        self.source(source).quarantined += 1;
        self.quarantined += 1;
        if self.quarantine.len() < LISTED_MAX {
            self.quarantine.push(reject);
        }
    }

    /// Sum over the sources.
    #[must_use]
    pub fn total(&self, of: impl Fn(&SourceReport) -> u64) -> u64 {
        self.sources.values().map(of).sum()
    }
}
