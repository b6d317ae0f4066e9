//! Signatures that come back in one place after the other.

use rusqlite::params;

use super::{
    Evidence, EvidenceError, SeenSignature,
    queries::{self, SIGNATURE},
};

/// The least to be known about a failure that comes back.
#[derive(Clone, Copy, Debug)]
pub struct PatternFilter {
    /// Places or days.
    pub occurrences_min: i64,
    /// From the first to the last, in milliseconds.
    pub span_min_ms: i64,
    /// Only what was seen before this instant.
    pub before_ms: i64,
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
        let sql = [
            "WITH f AS (SELECT signature_key, count(DISTINCT path) n FROM signature_files
               JOIN files USING (file_id) WHERE n > 0 GROUP BY signature_key),
             d AS (SELECT signature_key, count(*) n FROM signature_days
               WHERE n > 0 AND day >= 0 GROUP BY signature_key),
             t AS (SELECT signature_key, count(DISTINCT session_key) n, min(at_ms) first_ms,
               max(at_ms) last_ms FROM statements
               WHERE signature_key IS NOT NULL AND kind = 'error' GROUP BY signature_key),
             p AS (SELECT s.signature_key, ifnull(f.n, 0) + ifnull(t.n, 0) places,
               ifnull(d.n, 0) days,
               min(ifnull(s.first_ms, t.first_ms), ifnull(t.first_ms, s.first_ms)) first_ms,
               max(ifnull(s.last_ms, t.last_ms), ifnull(t.last_ms, s.last_ms)) last_ms
               FROM signatures s LEFT JOIN f USING (signature_key)
               LEFT JOIN d USING (signature_key) LEFT JOIN t USING (signature_key)
               WHERE s.category IN ('error', 'docker_fail', 'pytest_fail'))
             SELECT ",
            SIGNATURE,
            ", places, days, p.first_ms, p.last_ms FROM p JOIN signatures s USING (signature_key)
             WHERE max(places, days) >= ?1 AND p.last_ms - p.first_ms >= ?2 AND p.first_ms < ?3
             ORDER BY max(places, days) DESC, p.last_ms - p.first_ms DESC, s.n_events DESC,
             s.signature_id LIMIT ?4",
        ]
        .concat();
        let read = || {
            let mut statement = self.conn.prepare_cached(&sql)?;
            let bounds = params![
                filter.occurrences_min,
                filter.span_min_ms,
                filter.before_ms,
                n_max
            ];
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

    /// Returns where a signature was seen: sources with their names, sorted.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn signature_sources(
        &self,
        key: i64,
        n_max: i64,
    ) -> Result<Vec<(String, String)>, EvidenceError> {
        let read = || {
            let mut statement = self.conn.prepare_cached(
                "SELECT source, path FROM signature_files JOIN files USING (file_id)
                 WHERE signature_key = ?1 AND n > 0
                 UNION SELECT n.source, n.session_id FROM statements t
                 JOIN sessions n USING (session_key) WHERE t.signature_key = ?1
                 ORDER BY 1, 2 LIMIT ?2",
            )?;
            let rows = statement.query_map([key, n_max], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|error| self.fail("read signatures", error))
    }

    /// Returns the moments at which a signature was seen in past work, sorted.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn signature_mentions(&self, key: i64, n_max: i64) -> Result<Vec<i64>, EvidenceError> {
        let read = || {
            let mut statement = self.conn.prepare_cached(
                "SELECT at_ms FROM statements WHERE signature_key = ?1 AND at_ms IS NOT NULL
                 ORDER BY at_ms LIMIT ?2",
            )?;
            let rows = statement.query_map([key, n_max], |row| row.get(0))?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|error| self.fail("read statements", error))
    }
}
