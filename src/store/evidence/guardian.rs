//! What has come into the logs since the guardian last told of it.

use std::collections::BTreeMap;

use rusqlite::{TransactionBehavior, params};

use super::{
    Evidence, EvidenceError, SeenSignature,
    events::first_id,
    queries::{self, SIGNATURE},
    tally::hour_of,
};

/// Hours before the present one that tell what is usual.
pub const USUAL_HOURS: i64 = 168;

/// A failure that came into the logs.
#[derive(Clone, Debug)]
pub struct News {
    /// The failure; `n` is how often it came.
    pub seen: SeenSignature,
    /// The file of the newest of its lines.
    pub path: String,
    /// The number of that line.
    pub line: i64,
    /// That line, redacted.
    pub text: String,
    /// When it was written, in Unix milliseconds.
    pub at_ms: Option<i64>,
    /// Its service; empty when unknown.
    pub service: String,
}

/// What came into the logs, and up to where they were looked at.
#[derive(Clone, Debug, Default)]
pub struct Look {
    /// The failures, the most frequent first.
    pub news: Vec<News>,
    cursors: BTreeMap<i64, i64>,
}

/// How often a failure is seen in an hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HourlyRate {
    /// Events of the hour.
    pub now: i64,
    /// Events of the hours before it.
    pub before: i64,
    /// How many hours before it the store knows, at most [`USUAL_HOURS`].
    pub hours: i64,
}

impl Evidence {
    /// Returns what came into logs since the last call of [`Evidence::guardian_advance`]. Before
    /// the first, that is what was written since `from_ms`.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn guardian_look(&mut self, from_ms: i64) -> Result<Look, EvidenceError> {
        let path = self.path.clone();
        self.look(from_ms)
            .map_err(|error| EvidenceError::from_sqlite("look for news", path, error))
    }

    fn look(&mut self, from_ms: i64) -> rusqlite::Result<Look> {
        let tx = self.conn.transaction()?;
        let n_cursors: i64 = tx.query_row("SELECT count(*) FROM guardian_cursors", [], |row| {
            row.get(0)
        })?;
        let mut look = Look::default();
        {
            let mut statement = tx.prepare(&news_sql(n_cursors == 0))?;
            let from = first_id(Some(from_ms));
            let rows = statement.query_map([from], news_from_row)?;
            look.news = rows.collect::<rusqlite::Result<_>>()?;
            let sql = ["SELECT f.file_id, f.offset FROM files f WHERE ", OF_LOGS].concat();
            let mut statement = tx.prepare(&sql)?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            look.cursors = rows.collect::<rusqlite::Result<_>>()?;
        }
        tx.commit()?;
        Ok(look)
    }

    /// Returns whether the guardian has never looked.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn guardian_is_new(&self) -> Result<bool, EvidenceError> {
        self.conn
            .query_row("SELECT count(*) FROM guardian_cursors", [], |row| {
                row.get::<_, i64>(0)
            })
            .map(|n| n == 0)
            .map_err(|error| self.fail("look for news", error))
    }

    /// Notes that what was looked at has been told.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be written; then it is told again.
    pub fn guardian_advance(&mut self, look: &Look) -> Result<(), EvidenceError> {
        let path = self.path.clone();
        let mut advance = || -> rusqlite::Result<()> {
            let tx = self
                .conn
                .transaction_with_behavior(TransactionBehavior::Immediate)?;
            {
                let mut statement = tx.prepare_cached(
                    "INSERT INTO guardian_cursors (file_id, offset) VALUES (?1, ?2)
                     ON CONFLICT (file_id) DO UPDATE SET offset = max(offset, excluded.offset)
                     WHERE excluded.offset > offset",
                )?;
                for (file_id, offset) in &look.cursors {
                    statement.execute([file_id, offset])?;
                }
            }
            tx.commit()
        };
        advance().map_err(|error| EvidenceError::from_sqlite("note what was told", path, error))
    }

    /// Returns how often a failure was seen in the hour of an instant, and in those before it.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn signature_rate(&self, key: i64, at_ms: i64) -> Result<HourlyRate, EvidenceError> {
        let hour = hour_of(Some(at_ms));
        let read = || {
            let (now, before): (i64, i64) = self
                .conn
                .prepare_cached(
                    "SELECT ifnull(sum(n) FILTER (WHERE hour = ?2), 0),
                     ifnull(sum(n) FILTER (WHERE hour < ?2), 0) FROM signature_hours
                     WHERE signature_key = ?1 AND hour BETWEEN ?2 - ?3 AND ?2",
                )?
                .query_row(params![key, hour, USUAL_HOURS], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })?;
            let first: Option<i64> = self
                .conn
                .prepare_cached("SELECT min(hour) FROM signature_hours WHERE hour >= 0")?
                .query_row([], |row| row.get(0))?;
            Ok(HourlyRate {
                now,
                before,
                hours: first.map_or(0, |first| (hour - first).clamp(0, USUAL_HOURS)),
            })
        };
        read().map_err(|error| self.fail("count events", error))
    }
}

/// Which contents are logs.
const OF_LOGS: &str = "f.source IN ('soak', 'container')";

/// What came since an instant, or since what was told. The order of the tables is the order in which
/// they are read: the other one reads every event there is.
fn news_sql(is_first: bool) -> String {
    let since = if is_first {
        "events e NOT INDEXED CROSS JOIN files f ON f.file_id = e.file_id
         WHERE e.event_id >= ?1 AND "
    } else {
        "files f LEFT JOIN guardian_cursors g ON g.file_id = f.file_id
         CROSS JOIN events e INDEXED BY events_by_file
         ON e.file_id = f.file_id AND e.offset >= ifnull(g.offset, 0)
         WHERE ?1 = ?1 AND "
    };
    [
        "WITH c AS MATERIALIZED
         (SELECT signature_key, count(*) n, max(event_id) event_id FROM ",
        since,
        OF_LOGS,
        " GROUP BY signature_key) SELECT ",
        SIGNATURE,
        ", c.n, f.path, e.line, e.text, e.at_ms, v.name FROM c
         CROSS JOIN signatures s USING (signature_key) CROSS JOIN events e ON e.event_id = c.event_id
         CROSS JOIN files f ON f.file_id = e.file_id
         CROSS JOIN services v ON v.service_key = e.service_key
         ORDER BY c.n DESC, s.signature_id",
    ]
    .concat()
}

fn news_from_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<News> {
    let at = queries::SIGNATURE_COLUMNS;
    Ok(News {
        seen: SeenSignature {
            signature: queries::signature_from_row(row)?,
            n: row.get(at)?,
        },
        path: row.get(at + 1)?,
        line: row.get(at + 2)?,
        text: row.get(at + 3)?,
        at_ms: row.get(at + 4)?,
        service: row.get(at + 5)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_look_reads_every_event() {
        let evidence = Evidence::in_memory().unwrap();
        for is_first in [true, false] {
            let sql = ["EXPLAIN QUERY PLAN ", &news_sql(is_first)].concat();
            let mut statement = evidence.conn.prepare(&sql).unwrap();
            let rows = statement.query_map([1], |row| row.get::<_, String>(3));
            let plan: Vec<String> = rows.unwrap().map(Result::unwrap).collect();
            assert!(
                !plan.iter().any(|step| step.starts_with("SCAN e")),
                "{plan:#?}"
            );
        }
    }
}
