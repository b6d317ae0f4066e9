//! Signatures that come back in one place after the other.

use rusqlite::named_params;

use super::{
    Evidence, EvidenceError, SeenSignature,
    queries::{self, SIGNATURE},
    said::SAID_MS,
    until::{SEEN, Until, end_id},
};

/// The least to be known about a failure that comes back.
#[derive(Clone, Copy, Debug)]
pub struct PatternFilter {
    /// Places or days.
    pub occurrences_min: i64,
    /// From the first to the last, in milliseconds.
    pub span_min_ms: i64,
    /// As it was at this instant, in Unix milliseconds.
    pub now_ms: i64,
}

/// A failure that comes back.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// The failure, and how often it was seen.
    pub seen: SeenSignature,
    /// Files, sessions and conversations in which it was seen.
    pub n_places: i64,
    /// Days on which it was seen.
    pub n_days: i64,
    /// The first time in logs or past work, in Unix milliseconds.
    pub first_ms: i64,
    /// The last time.
    pub last_ms: i64,
}

/// Failures with places, days and times until an instant.
fn pattern_sql() -> String {
    [
        SEEN,
        ", w AS (SELECT signature_key, count(*) n FROM
                 (SELECT f.signature_key, g.path FROM signature_files f JOIN files g USING (file_id)
                  WHERE f.n > 0 AND ifnull(g.last_ms, 0) <= :now
                  UNION SELECT e.signature_key, g.path FROM files g CROSS JOIN events e
                  WHERE g.first_ms <= :now AND g.last_ms > :now AND e.file_id = g.file_id
                  AND e.event_id < :end_id)
               GROUP BY signature_key),
             d AS (SELECT c.signature_key, count(*) n FROM signature_days c
               WHERE c.n > 0 AND c.day >= 0 AND (c.day < :day OR c.day = :day AND EXISTS
                 (SELECT 1 FROM events e WHERE e.signature_key = c.signature_key
                  AND e.event_id >= :day_id AND e.event_id < :end_id))
               GROUP BY c.signature_key),
             t AS (SELECT t.signature_key, count(DISTINCT t.session_key) n,
               min(t.at_ms) first_ms, max(t.at_ms) last_ms
               FROM statements t JOIN sessions n ON n.session_key = t.session_key
               WHERE t.signature_key IS NOT NULL AND t.kind = 'error' AND ",
        SAID_MS,
        " <= :now GROUP BY t.signature_key),
             p AS (SELECT s.*, ifnull(w.n, 0) + ifnull(t.n, 0) places, ifnull(d.n, 0) days,
               min(ifnull(s.first_ms, t.first_ms), ifnull(t.first_ms, s.first_ms)) since_ms,
               max(ifnull(s.last_ms, t.last_ms), ifnull(t.last_ms, s.last_ms)) until_ms
               FROM seen s LEFT JOIN w USING (signature_key)
               LEFT JOIN d USING (signature_key) LEFT JOIN t USING (signature_key)
               WHERE s.category IN ('error', 'docker_fail', 'pytest_fail'))
             SELECT ",
        SIGNATURE,
        ", places, days, since_ms, until_ms FROM p s
             WHERE max(places, days) >= :least AND until_ms - since_ms >= :span
             ORDER BY max(places, days) DESC, until_ms - since_ms DESC, n_events DESC,
             signature_id LIMIT :n_max",
    ]
    .concat()
}

impl Evidence {
    /// Returns the failures that come back, those in most places or on most days first, then
    /// those that last longest.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn pattern_list(
        &self,
        filter: &PatternFilter,
        n_max: i64,
    ) -> Result<Vec<Pattern>, EvidenceError> {
        let until = Until::of(filter.now_ms);
        let read = || {
            let mut statement = self.conn.prepare_cached(&pattern_sql())?;
            let bounds = named_params! {
                ":now": until.now_ms,
                ":hour": until.hour,
                ":hour_id": until.hour_id,
                ":day": until.day,
                ":day_id": until.day_id,
                ":end_id": until.end_id,
                ":least": filter.occurrences_min,
                ":span": filter.span_min_ms,
                ":n_max": n_max,
            };
            let rows = statement.query_map(bounds, |row| {
                let signature = queries::signature_from_row(row)?;
                let at = queries::SIGNATURE_COLUMNS;
                Ok(Pattern {
                    seen: SeenSignature {
                        n: signature.n_events,
                        signature,
                    },
                    n_places: row.get(at)?,
                    n_days: row.get(at + 1)?,
                    first_ms: row.get(at + 2)?,
                    last_ms: row.get(at + 3)?,
                })
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|error| self.fail("read signatures", error))
    }

    /// Returns where a signature was seen until an instant: sources with their names, sorted.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn signature_sources(
        &self,
        key: i64,
        (now_ms, n_max): (i64, i64),
    ) -> Result<Vec<(String, String)>, EvidenceError> {
        let read = || {
            let sql = [
                // Of a content that goes on later: what it has since its beginning, or without a time.
                "SELECT g.source, g.path FROM signature_files f JOIN files g USING (file_id)
                 WHERE f.signature_key = :key AND f.n > 0 AND (ifnull(g.last_ms, 0) <= :now OR
                  g.first_ms <= :now AND (EXISTS (SELECT 1 FROM events e
                    WHERE e.signature_key = :key AND e.file_id = f.file_id
                    AND e.event_id >= g.first_ms << 21 AND e.event_id < :end_id)
                   OR EXISTS (SELECT 1 FROM events e WHERE e.signature_key = :key
                    AND e.file_id = f.file_id AND e.event_id < 1 << 21)))
                 UNION SELECT n.source, n.session_id FROM statements t
                 JOIN sessions n ON n.session_key = t.session_key
                 WHERE t.signature_key = :key AND ",
                SAID_MS,
                " <= :now ORDER BY 1, 2 LIMIT :n_max",
            ];
            let mut statement = self.conn.prepare_cached(&sql.concat())?;
            let bounds = named_params! {
                ":key": key,
                ":now": now_ms,
                ":end_id": end_id(now_ms),
                ":n_max": n_max,
            };
            let rows = statement.query_map(bounds, |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|error| self.fail("read signatures", error))
    }

    /// Returns the moments until an instant at which a signature was seen in past work, sorted.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn signature_mentions(
        &self,
        key: i64,
        (now_ms, n_max): (i64, i64),
    ) -> Result<Vec<i64>, EvidenceError> {
        let read = || {
            let mut statement = self.conn.prepare_cached(
                "SELECT at_ms FROM statements WHERE signature_key = ?1 AND at_ms <= ?2
                 ORDER BY at_ms LIMIT ?3",
            )?;
            let rows = statement.query_map([key, now_ms, n_max], |row| row.get(0))?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|error| self.fail("read statements", error))
    }
}
