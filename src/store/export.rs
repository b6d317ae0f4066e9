//! The ledger as lines of JSON that anybody can check without this program.

use std::io::{self, Write};

use rusqlite::params;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::{
    Digest, Ledger, StoreError,
    events::{as_i64, as_u64, digest_at},
};

/// How many rows are read at a time. A cursor that stays open for longer keeps the
/// write-ahead log from being emptied.
const PAGE_ROWS: u32 = 1_000;

/// What an export contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exported {
    /// Events, one a line.
    pub n_events: u64,
    /// Inputs, one a line, each before the first event that names it.
    pub n_inputs: u64,
    /// The SHA-256 of all lines.
    pub digest: Digest,
}

/// A row as it is stored: the fields that the hash covers, in their order, and the
/// hash. The body is a text, because its bytes are what was hashed.
#[derive(Debug, Serialize)]
struct EventLine {
    seq: i64,
    at_ms: i64,
    session: i64,
    project: String,
    actor_user: String,
    actor_host: String,
    actor_pid: i64,
    kind: String,
    body: String,
    input: Option<String>,
    prev: String,
    hash: String,
}

#[derive(Debug, Serialize)]
struct InputLine<'a> {
    input: String,
    body: &'a str,
}

/// Where the lines go, and what went there.
struct Sink<'a> {
    out: &'a mut dyn Write,
    sha: Sha256,
    last_input: Option<Digest>,
    n_events: u64,
    n_inputs: u64,
}

impl Ledger {
    /// Writes the rows `first` to `last` and the inputs they name as lines of JSON,
    /// see [`HASH_RECIPE`](super::HASH_RECIPE). Needs memory for one page only.
    ///
    /// # Errors
    ///
    /// Fails if the ledger cannot be read or the lines cannot be written.
    pub fn event_export(
        &self,
        first: u64,
        last: u64,
        out: &mut dyn Write,
    ) -> Result<Exported, StoreError> {
        let mut sink = Sink {
            out,
            sha: Sha256::new(),
            last_input: None,
            n_events: 0,
            n_inputs: 0,
        };
        let mut after = as_i64(first).saturating_sub(1);
        loop {
            let page = self.export_page(after, as_i64(last))?;
            let Some((line, _)) = page.last() else { break };
            after = line.seq;
            for (line, input) in &page {
                self.export_input(*input, &mut sink)?;
                sink.line(line).map_err(StoreError::Export)?;
                sink.n_events += 1;
            }
        }
        Ok(Exported {
            n_events: sink.n_events,
            n_inputs: sink.n_inputs,
            digest: sink.digest(),
        })
    }

    /// Finds the first row that happened at `since` or later.
    ///
    /// # Errors
    ///
    /// Fails if the ledger cannot be read.
    pub fn event_first_since(
        &self,
        since: crate::model::Timestamp,
    ) -> Result<Option<u64>, StoreError> {
        self.conn
            .query_row(
                "SELECT min(seq) FROM events WHERE at_ms >= ?1",
                [since.millis()],
                |row| row.get::<_, Option<i64>>(0),
            )
            .map(|first| first.map(as_u64))
            .map_err(|error| self.fail("read", error))
    }

    fn export_page(
        &self,
        after: i64,
        last: i64,
    ) -> Result<Vec<(EventLine, Option<Digest>)>, StoreError> {
        const SQL: &str = "SELECT seq, at_ms, session, project, actor_user, actor_host, \
             actor_pid, kind, body, input, prev, hash FROM events \
             WHERE seq > ?1 AND seq <= ?2 ORDER BY seq LIMIT ?3";
        self.conn
            .prepare_cached(SQL)
            .and_then(|mut select| {
                select
                    .query_map(params![after, last, PAGE_ROWS], event_line)?
                    .collect()
            })
            .map_err(|error| self.fail("export", error))
    }

    /// The events of one turn name the same input, one after the other.
    fn export_input(&self, input: Option<Digest>, sink: &mut Sink<'_>) -> Result<(), StoreError> {
        let Some(digest) = input.filter(|_| input != sink.last_input) else {
            return Ok(());
        };
        sink.last_input = input;
        let Some(body) = self.input_get(digest)? else {
            return Ok(());
        };
        sink.n_inputs += 1;
        let input = digest.to_string();
        sink.line(&InputLine { input, body: &body })
            .map_err(StoreError::Export)
    }
}

impl Sink<'_> {
    fn line(&mut self, line: &impl Serialize) -> io::Result<()> {
        let mut text = serde_json::to_vec(line).expect("lines of text and numbers serialize");
        text.push(b'\n');
        self.sha.update(&text);
        self.out.write_all(&text)
    }

    fn digest(self) -> Digest {
        Digest::from_slice(&self.sha.finalize()).expect("SHA-256 has 32 bytes")
    }
}

fn event_line(row: &rusqlite::Row<'_>) -> rusqlite::Result<(EventLine, Option<Digest>)> {
    let input = match row.get_ref(9)? {
        rusqlite::types::ValueRef::Null => None,
        _ => Some(digest_at(row, 9)?),
    };
    let line = EventLine {
        seq: row.get(0)?,
        at_ms: row.get(1)?,
        session: row.get(2)?,
        project: row.get(3)?,
        actor_user: row.get(4)?,
        actor_host: row.get(5)?,
        actor_pid: row.get(6)?,
        kind: row.get(7)?,
        body: row.get(8)?,
        input: input.map(|digest| digest.to_string()),
        prev: digest_at(row, 10)?.to_string(),
        hash: digest_at(row, 11)?.to_string(),
    };
    Ok((line, input))
}
