use std::collections::BTreeMap;

use rusqlite::{OptionalExtension, params};

use super::{
    EventRow, Evidence, EvidenceError,
    commit::Writer,
    signatures,
    tally::{self, Counted},
};

/// Events of one millisecond that have an id of their own time.
const IDS_PER_MS_BITS: u32 = 21;

/// The last millisecond whose ids fit (the year 2109).
const MS_MAX: i64 = (1 << 42) - 1;

/// Gives out event ids in the order of time.
#[derive(Debug, Default)]
pub(super) struct IdSource {
    next: BTreeMap<i64, i64>,
}

/// Where the ids of an instant start.
pub(super) fn first_id(at_ms: Option<i64>) -> i64 {
    at_ms.unwrap_or(0).clamp(0, MS_MAX) << IDS_PER_MS_BITS
}

impl IdSource {
    /// The id that is probably free.
    fn next(&self, at_ms: Option<i64>) -> i64 {
        let first = first_id(at_ms);
        self.next.get(&first).copied().unwrap_or(first)
    }

    /// The id behind all that are taken.
    fn last(tx: &rusqlite::Transaction<'_>, at_ms: Option<i64>) -> rusqlite::Result<i64> {
        let first = first_id(at_ms);
        let last: Option<i64> = tx
            .prepare_cached(
                "SELECT max(event_id) FROM events WHERE event_id >= ?1 AND event_id < ?2",
            )?
            .query_row([first, first + (1 << IDS_PER_MS_BITS)], |row| row.get(0))?;
        Ok(last.map_or(first, |last| last + 1))
    }

    fn take(&mut self, at_ms: Option<i64>, event_id: i64) {
        self.next.insert(first_id(at_ms), event_id + 1);
    }

    fn forget(&mut self) {
        self.next.clear();
    }
}

pub(super) const INSERT: &str =
    "INSERT INTO events (event_id, at_ms, clock, file_id, offset, line, signature_key,
    service_key, category, level, line_hash, redaction, text)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
    ON CONFLICT (event_id) DO NOTHING";

pub(super) const INSERT_BLOCK: &str = "INSERT INTO event_blocks (event_id, text) VALUES (?1, ?2)";

pub(super) fn put(writer: &mut Writer<'_>, row: &EventRow) -> rusqlite::Result<i64> {
    let signature_key = signatures::key(writer, &row.signature_id)?;
    let service_key = service_key(writer, &row.service)?;
    let redaction = writer.redaction;
    let insert = &mut writer.hot.event;
    let mut try_at = |event_id: i64| {
        insert.execute(params![
            event_id,
            row.at_ms,
            row.clock.name(),
            row.file_id,
            row.offset,
            row.line,
            signature_key,
            service_key,
            row.category,
            row.level,
            row.line_hash,
            redaction,
            row.text,
        ])
    };
    let mut event_id = writer.ids.next(row.at_ms);
    if try_at(event_id)? == 0 {
        // An earlier batch has events of this instant.
        event_id = IdSource::last(writer.tx, row.at_ms)?;
        try_at(event_id)?;
    }
    writer.ids.take(row.at_ms, event_id);
    if let Some(block) = &row.block {
        writer.hot.block.execute(params![event_id, block])?;
    }
    writer.tally.add(&Counted {
        signature_key,
        service_key,
        file_id: row.file_id,
        at_ms: row.at_ms,
    });
    Ok(event_id)
}

pub(super) const INSERT_TEXT: &str = "INSERT INTO event_search (rowid, text) VALUES (?1, ?2)";

pub(super) fn adopt(
    writer: &Writer<'_>,
    event_id: i64,
    (file_id, offset, line): (i64, i64, i64),
) -> rusqlite::Result<()> {
    tally::move_file(writer.tx, event_id, (file_id, offset))?;
    writer
        .tx
        .prepare_cached(
            "UPDATE events SET file_id = ?2, offset = ?3, line = ?4 WHERE event_id = ?1",
        )?
        .execute(params![event_id, file_id, offset, line])?;
    Ok(())
}

/// One event that is about to go.
struct Doomed {
    event_id: i64,
    counted: Counted,
    text: String,
}

/// Drops the events of a file from an offset on.
pub(super) fn forget(writer: &mut Writer<'_>, file_id: i64, from: i64) -> rusqlite::Result<()> {
    let sql = "SELECT event_id, signature_key, service_key, file_id, at_ms, text FROM events
               WHERE file_id = ?1 AND offset >= ?2";
    let doomed = doomed(writer.tx, sql, [file_id, from])?;
    if !doomed.is_empty() {
        writer.ids.forget();
        drop_events(writer.tx, &doomed)?;
    }
    Ok(())
}

/// Which events are too old.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds<'a> {
    /// Of this source.
    pub(super) source: &'a str,
    /// With greater ids than this.
    pub(super) after: i64,
    /// Before this instant.
    pub(super) before_ms: i64,
    /// At most so many.
    pub(super) n_max: i64,
}

/// Drops events that are too old; returns how many went, and the last of them.
pub(super) fn forget_before(
    tx: &rusqlite::Transaction<'_>,
    bounds: &Bounds<'_>,
) -> rusqlite::Result<(usize, Option<i64>)> {
    let doomed = {
        let mut statement = tx.prepare_cached(
            "SELECT event_id, signature_key, service_key, file_id, at_ms, text FROM events
             WHERE event_id > ?1 AND event_id < ?2 AND at_ms IS NOT NULL AND file_id IN
             (SELECT file_id FROM files WHERE source = ?4) ORDER BY event_id LIMIT ?3",
        )?;
        let before = first_id(Some(bounds.before_ms));
        let rows = statement.query_map(
            params![bounds.after, before, bounds.n_max, bounds.source],
            doomed_row,
        )?;
        rows.collect::<rusqlite::Result<Vec<_>>>()?
    };
    drop_events(tx, &doomed)?;
    Ok((doomed.len(), doomed.last().map(|event| event.event_id)))
}

fn doomed_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Doomed> {
    Ok(Doomed {
        event_id: row.get(0)?,
        counted: Counted {
            signature_key: row.get(1)?,
            service_key: row.get(2)?,
            file_id: row.get(3)?,
            at_ms: row.get(4)?,
        },
        text: row.get(5)?,
    })
}

fn doomed(
    tx: &rusqlite::Transaction<'_>,
    sql: &str,
    bounds: [i64; 2],
) -> rusqlite::Result<Vec<Doomed>> {
    let mut statement = tx.prepare_cached(sql)?;
    let rows = statement.query_map(bounds, doomed_row)?;
    rows.collect()
}

fn drop_events(tx: &rusqlite::Transaction<'_>, doomed: &[Doomed]) -> rusqlite::Result<()> {
    for event in doomed {
        tx.prepare_cached(
            "INSERT INTO event_search (event_search, rowid, text) VALUES ('delete', ?1, ?2)",
        )?
        .execute(params![event.event_id, event.text])?;
        tx.prepare_cached("DELETE FROM events WHERE event_id = ?1")?
            .execute([event.event_id])?;
        tally::take_back(tx, &event.counted)?;
    }
    let keys: std::collections::BTreeSet<i64> = doomed
        .iter()
        .map(|event| event.counted.signature_key)
        .collect();
    for key in keys {
        signatures::recount(tx, key)?;
    }
    Ok(())
}

fn service_key(writer: &mut Writer<'_>, name: &str) -> rusqlite::Result<i64> {
    if let Some(key) = writer.keys.services.get(name) {
        return Ok(*key);
    }
    let found: Option<i64> = writer
        .tx
        .prepare_cached("SELECT service_key FROM services WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()?;
    let key = match found {
        Some(key) => key,
        None => {
            writer
                .tx
                .prepare_cached("INSERT INTO services (name) VALUES (?1)")?
                .execute([name])?;
            writer.tx.last_insert_rowid()
        }
    };
    writer.keys.services.insert(name.to_owned(), key);
    Ok(key)
}

impl Evidence {
    /// Returns the events of a file with the hashes of their lines, in the order of the file.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn event_hashes(&self, file_id: i64) -> Result<Vec<(i64, i64)>, EvidenceError> {
        let read = || {
            let mut statement = self.conn.prepare_cached(
                "SELECT line_hash, event_id FROM events WHERE file_id = ?1 ORDER BY offset",
            )?;
            let rows = statement.query_map([file_id], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|error| self.fail("read events", error))
    }

    /// Returns the events of a file that have this instant and this hash of their line.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn event_twins(
        &self,
        file_id: i64,
        (at_ms, line_hash): (i64, i64),
    ) -> Result<Vec<i64>, EvidenceError> {
        let first = first_id(Some(at_ms));
        let read = || {
            let mut statement = self.conn.prepare_cached(
                "SELECT event_id FROM events NOT INDEXED WHERE event_id >= ?1 AND event_id < ?2
                 AND file_id = ?3 AND line_hash = ?4 ORDER BY event_id",
            )?;
            let bounds = [first, first + (1 << IDS_PER_MS_BITS), file_id, line_hash];
            let rows = statement.query_map(bounds, |row| row.get(0))?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|error| self.fail("read events", error))
    }

    /// Returns whether there is any record of the network streams.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn network_has_any(&self) -> Result<bool, EvidenceError> {
        self.conn
            .query_row("SELECT EXISTS (SELECT 1 FROM network_details)", [], |row| {
                row.get(0)
            })
            .map_err(|error| self.fail("read events", error))
    }

    /// Returns whether there is an event of this instant with this hash.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn event_has(&self, at_ms: i64, line_hash: i64) -> Result<bool, EvidenceError> {
        let first = first_id(Some(at_ms));
        self.conn
            .prepare_cached(
                "SELECT count(*) FROM events WHERE event_id >= ?1 AND event_id < ?2
                 AND line_hash = ?3",
            )
            .and_then(|mut statement| {
                let bounds = [first, first + (1 << IDS_PER_MS_BITS), line_hash];
                statement.query_row(bounds, |row| row.get::<_, i64>(0))
            })
            .map(|n| n > 0)
            .map_err(|error| self.fail("read events", error))
    }

    /// Returns how many events a file has from an offset on.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn event_count_from(&self, file_id: i64, from: i64) -> Result<u64, EvidenceError> {
        self.conn
            .prepare_cached("SELECT count(*) FROM events WHERE file_id = ?1 AND offset >= ?2")
            .and_then(|mut statement| {
                statement.query_row([file_id, from], |row| row.get::<_, i64>(0))
            })
            .map(|n| n.unsigned_abs())
            .map_err(|error| self.fail("read events", error))
    }
}
