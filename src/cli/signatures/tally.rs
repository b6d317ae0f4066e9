//! Counting signatures over files.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::read::{Progress, read_file};
use crate::knowledge::identifiers::nameable;
use crate::knowledge::severity::{Category, Level};
use crate::knowledge::signature::blocks::{Assembler, Failure, Taken};
use crate::knowledge::signature::{Counts, Engine, LogTime, Prepared};
use crate::model::SignatureId;

/// How many bytes of an example are kept.
const EXAMPLE_BYTES_MAX: usize = 400;

/// How many rows a tally keeps while it reads; rarer ones than these are counted together.
const ROWS_MAX: usize = 100_000;

/// One failure, for a list of all.
pub(super) struct FailureRow {
    pub(super) file: usize,
    pub(super) line: u64,
    pub(super) category: Category,
    pub(super) id: SignatureId,
}

/// What is known about one signature.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) count: u64,
    pub(super) level: Level,
    pub(super) category: Category,
    pub(super) first: Option<LogTime>,
    pub(super) last: Option<LogTime>,
    pub(super) example: String,
    pub(super) frame: Option<String>,
    pub(super) cause: Option<String>,
}

/// Everything that was counted.
pub(super) struct Summary {
    pub(super) rows: Vec<(SignatureId, Row)>,
    pub(super) texts: BTreeMap<SignatureId, String>,
    pub(super) lines: u64,
    pub(super) rows_dropped: u64,
    pub(super) counts: Counts,
}

/// Reads files and counts.
pub(super) struct Tally<'a, F> {
    engine: &'a mut Engine,
    rows: BTreeMap<SignatureId, Row>,
    each_failure: F,
    lines: u64,
    rows_dropped: u64,
    named: Prepared,
}

impl<'a, F: FnMut(FailureRow)> Tally<'a, F> {
    pub(super) fn new(engine: &'a mut Engine, each_failure: F) -> Self {
        Self {
            engine,
            rows: BTreeMap::new(),
            each_failure,
            lines: 0,
            rows_dropped: 0,
            named: Prepared::default(),
        }
    }

    pub(super) fn read(&mut self, files: &[PathBuf], progress: &Progress) -> anyhow::Result<()> {
        let mut line = Prepared::default();
        for (file, path) in files.iter().enumerate() {
            let mut assembler = Assembler::new();
            let mut number = 0;
            read_file(path, progress, &mut |bytes| {
                number += 1;
                line.read(bytes);
                let taken = assembler.push(number, &line, |failure| self.failed(file, &failure));
                if taken == Taken::Alone && !line.message().is_empty() {
                    self.alone(&line);
                }
            })?;
            assembler.finish(|failure| self.failed(file, &failure));
            self.lines += number;
        }
        Ok(())
    }

    pub(super) fn into_summary(self) -> Summary {
        let texts = self
            .engine
            .templates()
            .map(|template| (template.id, template.text))
            .collect();
        let mut rows: BTreeMap<SignatureId, Row> = BTreeMap::new();
        for (id, row) in self.rows {
            let id = self.engine.resolve(id);
            match rows.get_mut(&id) {
                Some(known) => known.add(&row),
                None => {
                    rows.insert(id, row);
                }
            }
        }
        Summary {
            rows: rows.into_iter().collect(),
            texts,
            lines: self.lines,
            rows_dropped: self.rows_dropped,
            counts: self.engine.counts(),
        }
    }

    fn failed(&mut self, file: usize, failure: &Failure) {
        self.named
            .name_as(&nameable(&failure.message), failure.context);
        let id = self.engine.assign(&self.named);
        (self.each_failure)(FailureRow {
            file,
            line: failure.line,
            category: failure.category,
            id,
        });
        let seen = Seen {
            level: failure.level,
            category: failure.category,
            time: failure.time,
            message: &failure.message,
        };
        if let Some(row) = self.row(id, &seen) {
            row.frame = row.frame.take().or_else(|| failure.frame.clone());
            row.cause = row.cause.take().or_else(|| failure.cause.clone());
        }
    }

    fn alone(&mut self, line: &Prepared) {
        let id = self.engine.assign(line);
        let severity = line.severity();
        let seen = Seen {
            level: severity.level,
            category: severity.category,
            time: line.head().time,
            message: line.message(),
        };
        self.row(id, &seen);
    }

    fn row(&mut self, id: SignatureId, seen: &Seen<'_>) -> Option<&mut Row> {
        if self.rows.len() >= ROWS_MAX && !self.rows.contains_key(&id) {
            self.rows_dropped += 1;
            return None;
        }
        let row = self.rows.entry(id).or_insert_with(|| seen.row());
        row.count += 1;
        row.level = row.level.max(seen.level);
        row.see(seen.time);
        Some(row)
    }
}

struct Seen<'a> {
    level: Level,
    category: Category,
    time: Option<LogTime>,
    message: &'a [u8],
}

impl Seen<'_> {
    fn row(&self) -> Row {
        let kept = &self.message[..self.message.len().min(EXAMPLE_BYTES_MAX)];
        Row {
            count: 0,
            level: self.level,
            category: self.category,
            first: None,
            last: None,
            example: String::from_utf8_lossy(kept).into_owned(),
            frame: None,
            cause: None,
        }
    }
}

impl Row {
    fn see(&mut self, time: Option<LogTime>) {
        if let Some(time) = time {
            self.first = Some(self.first.map_or(time, |first| first.min(time)));
            self.last = Some(self.last.map_or(time, |last| last.max(time)));
        }
    }

    fn add(&mut self, other: &Self) {
        self.count += other.count;
        self.level = self.level.max(other.level);
        if other.category.is_failure() && !self.category.is_failure() {
            self.category = other.category;
        }
        self.see(other.first);
        self.see(other.last);
    }
}
