//! What is counted beside the events, in the same transaction, so that no report counts them again.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension, Transaction, params};

use super::commit::Writer;

/// An hour, in milliseconds.
const HOUR_MS: i64 = 3_600_000;

/// Hours of a day.
const HOURS: i64 = 24;

/// The hour and the day of events without a time.
const NO_TIME: i64 = -1;

/// What of an event is counted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counted {
    pub(super) signature_key: i64,
    pub(super) service_key: i64,
    pub(super) file_id: i64,
    pub(super) at_ms: Option<i64>,
}

/// What a batch adds to the counts of signatures.
#[derive(Debug, Default)]
pub(super) struct Tally {
    hours: BTreeMap<(i64, i64, i64), i64>,
    signatures: BTreeMap<i64, (i64, Option<i64>, Option<i64>)>,
    files: BTreeMap<i64, (Option<i64>, Option<i64>)>,
    places: BTreeMap<(i64, i64), i64>,
}

impl Tally {
    pub(super) fn add(&mut self, event: &Counted) {
        let key = event.signature_key;
        let hour = (key, event.service_key, hour_of(event.at_ms));
        *self.hours.entry(hour).or_default() += 1;
        *self.places.entry((key, event.file_id)).or_default() += 1;
        let entry = self.signatures.entry(key).or_insert((0, None, None));
        entry.0 += 1;
        entry.1 = earliest(entry.1, event.at_ms);
        entry.2 = entry.2.max(event.at_ms);
        let file = self.files.entry(event.file_id).or_insert((None, None));
        file.0 = earliest(file.0, event.at_ms);
        file.1 = file.1.max(event.at_ms);
    }

    /// Stores what was counted.
    pub(super) fn put(&self, writer: &Writer<'_>) -> rusqlite::Result<()> {
        self.put_times(writer.tx)?;
        let mut places = writer.tx.prepare_cached(
            "INSERT INTO signature_files (signature_key, file_id, n) VALUES (?1, ?2, ?3)
             ON CONFLICT (signature_key, file_id) DO UPDATE SET n = n + excluded.n",
        )?;
        for ((signature_key, file_id), n) in &self.places {
            places.execute([signature_key, file_id, n])?;
        }
        let mut totals = writer.tx.prepare_cached(
            "UPDATE signatures SET n_events = n_events + ?2,
             first_ms = min(ifnull(first_ms, ?3), ifnull(?3, first_ms)),
             last_ms = max(ifnull(last_ms, ?4), ifnull(?4, last_ms))
             WHERE signature_key = ?1",
        )?;
        for (signature_key, (n, first_ms, last_ms)) in &self.signatures {
            totals.execute(params![signature_key, n, first_ms, last_ms])?;
        }
        let mut files = writer.tx.prepare_cached(
            "UPDATE files SET first_ms = min(ifnull(first_ms, ?2), ifnull(?2, first_ms)),
             last_ms = max(ifnull(last_ms, ?3), ifnull(?3, last_ms)) WHERE file_id = ?1",
        )?;
        for (file_id, (first_ms, last_ms)) in &self.files {
            files.execute(params![file_id, first_ms, last_ms])?;
        }
        Ok(())
    }

    fn put_times(&self, tx: &Transaction<'_>) -> rusqlite::Result<()> {
        let mut hours = tx.prepare_cached(
            "INSERT INTO signature_hours (signature_key, service_key, hour, n)
             VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (signature_key, service_key, hour) DO UPDATE SET n = n + excluded.n",
        )?;
        let mut by_day: BTreeMap<(i64, i64), i64> = BTreeMap::new();
        for ((signature_key, service_key, hour), n) in &self.hours {
            hours.execute([signature_key, service_key, hour, n])?;
            *by_day.entry((day_of(*hour), *signature_key)).or_default() += n;
        }
        let mut days = tx.prepare_cached(
            "INSERT INTO signature_days (day, signature_key, n) VALUES (?1, ?2, ?3)
             ON CONFLICT (day, signature_key) DO UPDATE SET n = n + excluded.n",
        )?;
        for ((day, signature_key), n) in &by_day {
            days.execute([day, signature_key, n])?;
        }
        Ok(())
    }
}

/// Takes an event out of the counts that are kept by time and place.
pub(super) fn take_back(tx: &Transaction<'_>, event: &Counted) -> rusqlite::Result<()> {
    let hour = hour_of(event.at_ms);
    tx.prepare_cached(
        "UPDATE signature_hours SET n = n - 1
         WHERE signature_key = ?1 AND service_key = ?2 AND hour = ?3",
    )?
    .execute([event.signature_key, event.service_key, hour])?;
    tx.prepare_cached("UPDATE signature_days SET n = n - 1 WHERE day = ?1 AND signature_key = ?2")?
        .execute([day_of(hour), event.signature_key])?;
    tx.prepare_cached(
        "UPDATE signature_files SET n = n - 1 WHERE signature_key = ?1 AND file_id = ?2",
    )?
    .execute([event.signature_key, event.file_id])?;
    Ok(())
}

/// Drops the counts of a signature that have come down to nothing.
pub(super) fn drop_empty(tx: &Transaction<'_>, signature_key: i64) -> rusqlite::Result<()> {
    for sql in [
        "DELETE FROM signature_hours WHERE signature_key = ?1 AND n <= 0",
        "DELETE FROM signature_days WHERE signature_key = ?1 AND n <= 0",
        "DELETE FROM signature_files WHERE signature_key = ?1 AND n <= 0",
    ] {
        tx.prepare_cached(sql)?.execute([signature_key])?;
    }
    Ok(())
}

/// Counts an event for another file, and what was told of it there counts as told here.
pub(super) fn move_file(
    tx: &Transaction<'_>,
    event_id: i64,
    (file_id, offset): (i64, i64),
) -> rusqlite::Result<()> {
    let old = tx
        .prepare_cached("SELECT signature_key, file_id, offset FROM events WHERE event_id = ?1")?
        .query_row([event_id], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    let Some((signature_key, old_file, old_offset)): Option<(i64, i64, i64)> = old else {
        return Ok(());
    };
    tx.prepare_cached(
        "INSERT INTO guardian_cursors (file_id, offset)
         SELECT ?1, ?2 + 1 FROM guardian_cursors WHERE file_id = ?3 AND offset > ?4
         ON CONFLICT (file_id) DO UPDATE SET offset = max(offset, excluded.offset)",
    )?
    .execute([file_id, offset, old_file, old_offset])?;
    tx.prepare_cached(
        "UPDATE signature_files SET n = n - 1 WHERE signature_key = ?1 AND file_id = ?2",
    )?
    .execute([signature_key, old_file])?;
    tx.prepare_cached(
        "DELETE FROM signature_files WHERE signature_key = ?1 AND file_id = ?2 AND n <= 0",
    )?
    .execute([signature_key, old_file])?;
    tx.prepare_cached(
        "INSERT INTO signature_files (signature_key, file_id, n) VALUES (?1, ?2, 1)
         ON CONFLICT (signature_key, file_id) DO UPDATE SET n = n + 1",
    )?
    .execute([signature_key, file_id])?;
    Ok(())
}

/// Counts what was counted for one signature for another.
pub(super) fn merge(tx: &Transaction<'_>, old: i64, new: i64) -> rusqlite::Result<()> {
    for (add, drop) in [
        (
            "INSERT INTO signature_hours (signature_key, service_key, hour, n)
             SELECT ?2, service_key, hour, n FROM signature_hours WHERE signature_key = ?1
             ON CONFLICT (signature_key, service_key, hour) DO UPDATE SET n = n + excluded.n",
            "DELETE FROM signature_hours WHERE signature_key = ?1",
        ),
        (
            "INSERT INTO signature_days (day, signature_key, n)
             SELECT day, ?2, n FROM signature_days WHERE signature_key = ?1
             ON CONFLICT (day, signature_key) DO UPDATE SET n = n + excluded.n",
            "DELETE FROM signature_days WHERE signature_key = ?1",
        ),
        (
            "INSERT INTO signature_files (signature_key, file_id, n)
             SELECT ?2, file_id, n FROM signature_files WHERE signature_key = ?1
             ON CONFLICT (signature_key, file_id) DO UPDATE SET n = n + excluded.n",
            "DELETE FROM signature_files WHERE signature_key = ?1",
        ),
    ] {
        tx.prepare_cached(add)?.execute([old, new])?;
        tx.prepare_cached(drop)?.execute([old])?;
    }
    Ok(())
}

fn earliest(a: Option<i64>, b: Option<i64>) -> Option<i64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (one, other) => one.or(other),
    }
}

/// The hour of an instant, from 1970 on.
pub(super) fn hour_of(at_ms: Option<i64>) -> i64 {
    at_ms.map_or(NO_TIME, |at_ms| at_ms.div_euclid(HOUR_MS))
}

/// The day of an hour, in UTC, from 1970 on.
fn day_of(hour: i64) -> i64 {
    hour.div_euclid(HOURS)
}
