//! Segments and retention.
//!
//! A segment is a range of rows in the one file, not a file of its own. A file of
//! its own would need a rename under the feet of other writers, or one transaction
//! over two files, which WAL cannot make atomic; either way a crash could fork or
//! lose rows. With ranges a segment is closed by one inserted row, and dropped by
//! deletes that the triggers allow for dropped segments only. The file does not
//! shrink by that, but the space is used again, so its size stays that of the
//! longest time that was kept.

use std::io;

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::{
    Digest, Ledger, StoreError,
    events::{self, as_i64, as_u64, digest_at},
    projections, spans,
};
use crate::model::Timestamp;

/// A segment that has grown to this many bytes of events and inputs is closed.
pub const SEGMENT_BYTES_MAX: u64 = 64 << 20;

/// How many rows are removed in one transaction, so that no append waits long.
const DROP_ROWS: i64 = 2_000;

/// A closed stretch of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Its number, from 1.
    pub number: u32,
    /// Its first row.
    pub first_seq: u64,
    /// Its last row.
    pub last_seq: u64,
    /// The hash before its first row: the last hash of the segment before.
    pub opens_with: Digest,
    /// The hash of its last row.
    pub closes_with: Digest,
    /// When it was closed.
    pub closed: Timestamp,
    /// When its rows were removed, if they were.
    pub dropped: Option<Timestamp>,
}

/// How big the open segment was when somebody last looked.
#[derive(Clone, Copy, Debug)]
pub(super) struct SegmentSize {
    first_seq: i64,
    counted_seq: i64,
    bytes: u64,
}

impl Ledger {
    /// Lists the closed segments, oldest first, with those that were dropped.
    ///
    /// # Errors
    ///
    /// Fails if the ledger cannot be read.
    pub fn segment_list(&self) -> Result<Vec<Segment>, StoreError> {
        list(&self.conn).map_err(|error| self.fail("read", error))
    }

    /// Closes the open segment if its first row is of an earlier month (UTC) than
    /// `at`, or if it has grown to [`SEGMENT_BYTES_MAX`]. Also finishes a drop that
    /// was interrupted.
    ///
    /// # Errors
    ///
    /// Fails if the ledger cannot be read or written.
    pub fn segment_roll(&mut self, at: Timestamp) -> Result<Option<Segment>, StoreError> {
        self.segment_sweep()?;
        let path = self.path.clone();
        let fail = |error| StoreError::from_sqlite("close a segment", path.clone(), error);
        let size = measure(&self.conn, self.size).map_err(fail)?;
        self.size = Some(size);
        let is_due = size.bytes >= SEGMENT_BYTES_MAX
            || is_of_earlier_month(&self.conn, size.first_seq, at).map_err(fail)?;
        if !is_due {
            return Ok(None);
        }
        let tx = self
            .conn
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(fail)?;
        let segment = close(&tx, size.first_seq, at).map_err(fail)?;
        tx.commit().map_err(fail)?;
        Ok(segment)
    }

    /// Removes the rows of the oldest closed segment that still has them, and the
    /// inputs that nothing else names. Its checkpoint stays: number, rows, and the
    /// hashes before its first and of its last row.
    ///
    /// `exported` is the digest of [`Ledger::event_export`] over its rows, and is
    /// compared with the rows as they are. `needed_since` is how far back a fold
    /// looks.
    ///
    /// # Errors
    ///
    /// Fails if it is not the oldest, if it was not exported as it is, if it began
    /// something that is still needed, or if the ledger cannot be written.
    pub fn segment_drop(
        &mut self,
        number: u32,
        exported: Digest,
        (at, needed_since): (Timestamp, Timestamp),
    ) -> Result<(), StoreError> {
        let segment = self.segment_to_drop(number, needed_since)?;
        let found = self.event_export(segment.first_seq, segment.last_seq, &mut io::sink())?;
        if found.digest != exported {
            return Err(StoreError::ExportDiffers {
                number,
                expected: found.digest,
                found: exported,
            });
        }
        let sql = "UPDATE segments SET exported = ?2, dropped_ms = ?3 WHERE number = ?1";
        self.conn
            .execute(sql, params![number, exported.as_bytes(), at.millis()])
            .map_err(|error| self.fail("drop a segment", error))?;
        self.segment_sweep()
    }

    fn segment_to_drop(&self, number: u32, needed_since: Timestamp) -> Result<Segment, StoreError> {
        let segment = self
            .segment_list()?
            .into_iter()
            .find(|segment| segment.dropped.is_none())
            .filter(|segment| segment.number == number)
            .ok_or(StoreError::NoSegment { number })?;
        // The head must stay: the next row names its hash.
        let head = self.event_head()?.map_or(0, |head| head.seq);
        let range = (as_i64(segment.first_seq), as_i64(segment.last_seq));
        let needed = spans::needed_since(&self.conn, range, needed_since)
            .map_err(|error| self.fail("read", error))?
            .map(as_u64)
            .or((segment.last_seq >= head).then_some(head));
        match needed {
            Some(seq) => Err(StoreError::SegmentInUse { number, seq }),
            None => Ok(segment),
        }
    }

    /// Removes what is left of dropped segments, a few rows at a time. The segment
    /// is marked first, so that a crash in between is finished by the next call.
    fn segment_sweep(&mut self) -> Result<(), StoreError> {
        let path = self.path.clone();
        let fail = |error| StoreError::from_sqlite("drop a segment", path.clone(), error);
        while let Some((first, last)) = leftover(&self.conn).map_err(fail)? {
            let tx = self
                .conn
                .transaction_with_behavior(TransactionBehavior::Immediate)
                .map_err(fail)?;
            remove(&tx, first, last.min(first.saturating_add(DROP_ROWS - 1))).map_err(fail)?;
            projections::forget(&tx, first, last).map_err(fail)?;
            tx.commit().map_err(fail)?;
        }
        Ok(())
    }
}

fn list(conn: &Connection) -> rusqlite::Result<Vec<Segment>> {
    let sql = "SELECT number, first_seq, last_seq, opens_with, closes_with, closed_ms, dropped_ms \
               FROM segments ORDER BY number";
    conn.prepare_cached(sql)?
        .query_map([], |row| {
            Ok(Segment {
                number: row.get(0)?,
                first_seq: as_u64(row.get(1)?),
                last_seq: as_u64(row.get(2)?),
                opens_with: digest_at(row, 3)?,
                closes_with: digest_at(row, 4)?,
                closed: Timestamp::from_millis(row.get(5)?),
                dropped: row.get::<_, Option<i64>>(6)?.map(Timestamp::from_millis),
            })
        })?
        .collect()
}

/// Adds up the open segment; what was counted before is not read again.
fn measure(conn: &Connection, before: Option<SegmentSize>) -> rusqlite::Result<SegmentSize> {
    const FIRST: &str = "SELECT coalesce(max(last_seq), 0) + 1 FROM segments";
    const EVENTS: &str = "SELECT coalesce(max(seq), ?1), coalesce(sum(octet_length(body)), 0) \
         FROM events WHERE seq > ?1";
    const INPUTS: &str = "SELECT coalesce(sum(octet_length(body)), 0) FROM inputs \
         WHERE digest IN (SELECT input FROM events WHERE seq > ?1 AND seq <= ?2)";
    let first_seq = conn.query_row(FIRST, [], |row| row.get(0))?;
    let mut size = before
        .filter(|before| before.first_seq == first_seq)
        .unwrap_or(SegmentSize {
            first_seq,
            counted_seq: first_seq - 1,
            bytes: 0,
        });
    let (counted_seq, events): (i64, i64) = conn
        .prepare_cached(EVENTS)?
        .query_row([size.counted_seq], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let inputs: i64 = conn
        .prepare_cached(INPUTS)?
        .query_row([size.counted_seq, counted_seq], |row| row.get(0))?;
    size.counted_seq = counted_seq;
    size.bytes += as_u64(events) + as_u64(inputs);
    Ok(size)
}

fn is_of_earlier_month(conn: &Connection, first_seq: i64, at: Timestamp) -> rusqlite::Result<bool> {
    let sql = "SELECT strftime('%Y-%m', at_ms / 1000, 'unixepoch') \
               < strftime('%Y-%m', ?2 / 1000, 'unixepoch') FROM events WHERE seq = ?1";
    let is_earlier: Option<Option<bool>> = conn
        .prepare_cached(sql)?
        .query_row([first_seq, at.millis()], |row| row.get(0))
        .optional()?;
    Ok(is_earlier.flatten().unwrap_or(false))
}

/// Closes the open segment, unless another process has just done so.
fn close(conn: &Connection, first_seq: i64, at: Timestamp) -> rusqlite::Result<Option<Segment>> {
    let before = list(conn)?.pop();
    let is_open = before
        .as_ref()
        .is_none_or(|before| before.last_seq < as_u64(first_seq));
    let Some(head) = events::head(conn)?.filter(|_| is_open) else {
        return Ok(None);
    };
    let segment = Segment {
        number: before.as_ref().map_or(1, |before| before.number + 1),
        first_seq: as_u64(first_seq),
        last_seq: head.seq,
        opens_with: before.map_or(Digest::GENESIS, |before| before.closes_with),
        closes_with: head.hash,
        closed: at,
        dropped: None,
    };
    let sql = "INSERT INTO segments (number, first_seq, last_seq, opens_with, closes_with, \
               closed_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    conn.prepare_cached(sql)?.execute(params![
        segment.number,
        as_i64(segment.first_seq),
        as_i64(segment.last_seq),
        segment.opens_with.as_bytes(),
        segment.closes_with.as_bytes(),
        at.millis(),
    ])?;
    Ok(Some(segment))
}

/// Returns the first row that is left of a dropped segment, and its last.
fn leftover(conn: &Connection) -> rusqlite::Result<Option<(i64, i64)>> {
    let sql = "SELECT min(seq), (SELECT max(last_seq) FROM segments WHERE dropped_ms IS NOT NULL) \
               FROM events \
               WHERE seq <= (SELECT max(last_seq) FROM segments WHERE dropped_ms IS NOT NULL)";
    let (first, last): (Option<i64>, Option<i64>) = conn
        .prepare_cached(sql)?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(first.zip(last))
}

fn remove(conn: &Connection, first: i64, last: i64) -> rusqlite::Result<()> {
    const INPUTS: &str = "SELECT DISTINCT input FROM events \
         WHERE seq BETWEEN ?1 AND ?2 AND input IS NOT NULL";
    const DELETE_INPUT: &str = "DELETE FROM inputs WHERE digest = ?1 \
         AND NOT EXISTS (SELECT 1 FROM events WHERE input = ?1)";
    let inputs: Vec<Vec<u8>> = conn
        .prepare_cached(INPUTS)?
        .query_map([first, last], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    conn.prepare_cached("DELETE FROM events WHERE seq BETWEEN ?1 AND ?2")?
        .execute([first, last])?;
    let mut delete = conn.prepare_cached(DELETE_INPUT)?;
    for input in inputs {
        delete.execute([input])?;
    }
    Ok(())
}
