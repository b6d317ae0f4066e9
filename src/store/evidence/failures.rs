//! Failures as answers need them: which, where, when.

use std::collections::BTreeMap;

use rusqlite::params;

use super::{
    EventView, Evidence, EvidenceError, SignatureView,
    events::first_id,
    queries::{self, SIGNATURE},
    until::end_id,
};

impl Evidence {
    /// Returns every kind of failure or network record that has events, by its key, with counts and
    /// times as they were at an instant.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn failure_list(&self, now_ms: i64) -> Result<Vec<SignatureView>, EvidenceError> {
        let read = || {
            let from = " FROM signatures s WHERE s.n_events > 0 ORDER BY s.signature_key";
            let sql = ["SELECT ", SIGNATURE, from].concat();
            let mut statement = self.conn.prepare_cached(&sql)?;
            let rows = statement.query_map([], queries::signature_from_row)?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        let all = read().map_err(|error| self.fail("read signatures", error))?;
        if all
            .iter()
            .all(|one| one.last_ms.is_none_or(|last| last <= now_ms))
        {
            return Ok(all);
        }
        self.failures_until(all, now_ms)
    }

    /// Returns how often each kind of failure happened from an hour to an instant, in the lines of
    /// one service or of all. An hour is milliseconds / 3,600,000.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn failure_counts(
        &self,
        keys: &[i64],
        service: Option<&str>,
        (from_hour, now_ms): (i64, i64),
    ) -> Result<BTreeMap<i64, i64>, EvidenceError> {
        let read = || {
            let mut one = self.conn.prepare_cached(
                "SELECT (SELECT ifnull(sum(h.n), 0) FROM services v CROSS JOIN signature_hours h
                   WHERE h.signature_key = ?1 AND h.service_key = v.service_key AND h.hour >= ?2
                   AND h.hour < ?4 AND (?3 IS NULL OR v.name = ?3))
                 + (SELECT count(*) FROM events e JOIN services v USING (service_key)
                   WHERE e.signature_key = ?1 AND e.event_id >= ?5 AND e.event_id < ?6
                   AND (?3 IS NULL OR v.name = ?3))",
            )?;
            let cut = self.cut(now_ms)?;
            let mut counts = BTreeMap::new();
            for key in keys {
                let bounds = params![key, from_hour, service, cut.hour, cut.from_id, cut.end_id];
                let n: i64 = one.query_row(bounds, |row| row.get(0))?;
                if n > 0 {
                    counts.insert(*key, n);
                }
            }
            Ok(counts)
        };
        read().map_err(|error: rusqlite::Error| self.fail("count failures", error))
    }

    /// Returns how often each kind of failure happened in these contents until an instant.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn failure_counts_in(
        &self,
        file_ids: &[i64],
        now_ms: i64,
    ) -> Result<BTreeMap<i64, i64>, EvidenceError> {
        let read = || {
            let cut = self.cut(now_ms)?;
            if cut.end_id > 0 {
                return self.counts_in_until(file_ids, cut.end_id);
            }
            let mut all = self
                .conn
                .prepare_cached("SELECT file_id, signature_key, n FROM signature_files")?;
            let mut rows = all.query([])?;
            let mut counts = BTreeMap::new();
            while let Some(row) = rows.next()? {
                let (file_id, n): (i64, i64) = (row.get(0)?, row.get(2)?);
                if n > 0 && file_ids.contains(&file_id) {
                    *counts.entry(row.get(1)?).or_default() += n;
                }
            }
            Ok(counts)
        };
        read().map_err(|error: rusqlite::Error| self.fail("count failures", error))
    }

    /// Returns in which services a kind of failure happened until an instant, and how often, most
    /// first.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn failure_services(
        &self,
        key: i64,
        now_ms: i64,
    ) -> Result<Vec<(String, i64)>, EvidenceError> {
        let read = || {
            let mut statement = self.conn.prepare_cached(
                "SELECT name, sum(n) n FROM (
                   SELECT v.name, h.n FROM services v CROSS JOIN signature_hours h
                   WHERE h.signature_key = ?1 AND h.service_key = v.service_key AND h.hour < ?2
                   UNION ALL SELECT v.name, 1 FROM events e JOIN services v USING (service_key)
                   WHERE e.signature_key = ?1 AND e.event_id >= ?3 AND e.event_id < ?4)
                 GROUP BY name HAVING n > 0 ORDER BY n DESC, name",
            )?;
            let cut = self.cut(now_ms)?;
            let bounds = [key, cut.hour, cut.from_id, cut.end_id];
            let rows = statement.query_map(bounds, |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|error| self.fail("read services", error))
    }

    /// Returns the hours from `from_hour` to before `to_hour` in which a kind of failure happened
    /// until an instant, with its counts.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn failure_hours(
        &self,
        key: i64,
        (from_hour, to_hour): (i64, i64),
        now_ms: i64,
    ) -> Result<Vec<(i64, i64)>, EvidenceError> {
        let read = || {
            let mut statement = self.conn.prepare_cached(
                "SELECT h.hour, sum(h.n) FROM services v CROSS JOIN signature_hours h
                 WHERE h.signature_key = ?1 AND h.service_key = v.service_key
                 AND h.hour >= ?2 AND h.hour < ?3 AND h.n > 0 GROUP BY h.hour ORDER BY h.hour",
            )?;
            let cut = self.cut(now_ms)?;
            let bounds = [key, from_hour, to_hour.min(cut.hour)];
            let rows = statement.query_map(bounds, |row| Ok((row.get(0)?, row.get(1)?)))?;
            let mut hours = rows.collect::<rusqlite::Result<Vec<_>>>()?;
            if cut.end_id > 0 && (from_hour..to_hour).contains(&cut.hour) {
                let n: i64 = self
                    .conn
                    .prepare_cached(
                        "SELECT count(*) FROM events
                         WHERE signature_key = ?1 AND event_id >= ?2 AND event_id < ?3",
                    )?
                    .query_row([key, cut.from_id, cut.end_id], |row| row.get(0))?;
                hours.extend((n > 0).then_some((cut.hour, n)));
            }
            Ok(hours)
        };
        read().map_err(|error| self.fail("count failures", error))
    }

    /// Returns the newest events of a kind of failure until an instant.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn failure_events(
        &self,
        key: i64,
        now_ms: i64,
        n_max: i64,
    ) -> Result<Vec<EventView>, EvidenceError> {
        let condition = " WHERE e.signature_key = ?1 AND e.event_id < ?2
            ORDER BY e.event_id DESC LIMIT ?3";
        self.events_where(condition, &[key, end_id(now_ms), n_max])
    }

    /// Returns the last events of a kind of failure in a content until an instant.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn failure_events_in(
        &self,
        key: i64,
        file_id: i64,
        (now_ms, n_max): (i64, i64),
    ) -> Result<Vec<EventView>, EvidenceError> {
        let is_there = self
            .conn
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM signature_files
                 WHERE signature_key = ?1 AND file_id = ?2 AND n > 0)",
            )
            .and_then(|mut one| one.query_row([key, file_id], |row| row.get::<_, bool>(0)))
            .map_err(|error| self.fail("read events", error))?;
        if !is_there {
            return Ok(Vec::new());
        }
        let condition = " WHERE +e.signature_key = ?1 AND e.file_id = ?2 AND e.event_id < ?3
            ORDER BY e.offset DESC LIMIT ?4";
        self.events_where(condition, &[key, file_id, end_id(now_ms), n_max])
    }

    /// Returns the events from one instant to before another, oldest first.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn events_between(
        &self,
        (from_ms, to_ms): (i64, i64),
        n_max: i64,
    ) -> Result<Vec<EventView>, EvidenceError> {
        let condition = " WHERE e.event_id >= ?1 AND e.event_id < ?2 AND e.at_ms IS NOT NULL
            ORDER BY e.event_id LIMIT ?3";
        let bounds = [first_id(Some(from_ms)), first_id(Some(to_ms)), n_max];
        self.events_where(condition, &bounds)
    }

    /// Returns whether nothing was ever gathered.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn is_empty(&self) -> Result<bool, EvidenceError> {
        self.conn
            .query_row(
                "SELECT NOT EXISTS (SELECT 1 FROM events) AND NOT EXISTS (SELECT 1 FROM statements)",
                [],
                |row| row.get(0),
            )
            .map_err(|error| self.fail("read events", error))
    }

    /// Returns the names of the services that have lines.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn service_names(&self) -> Result<Vec<String>, EvidenceError> {
        let read = || {
            let mut statement = self
                .conn
                .prepare_cached("SELECT name FROM services ORDER BY name")?;
            let rows = statement.query_map([], |row| row.get(0))?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|error| self.fail("read services", error))
    }

    /// Returns whether a verification of a kind of failure passed after it was last seen.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn failure_is_over(
        &self,
        key: i64,
        last_ms: Option<i64>,
        now_ms: i64,
    ) -> Result<bool, EvidenceError> {
        self.conn
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM outcomes WHERE signature_key = ?1
                 AND verdict = 'pass' AND at_ms > ?2 AND at_ms <= ?3)",
            )
            .and_then(|mut one| {
                one.query_row(params![key, last_ms.unwrap_or(0), now_ms], |row| row.get(0))
            })
            .map_err(|error| self.fail("read outcomes", error))
    }

    fn events_where(
        &self,
        condition: &str,
        bounds: &[i64],
    ) -> Result<Vec<EventView>, EvidenceError> {
        let read = || {
            let sql = [queries::EVENT, condition].concat();
            let mut statement = self.conn.prepare_cached(&sql)?;
            let rows =
                statement.query_map(rusqlite::params_from_iter(bounds), queries::from_row)?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|error| self.fail("read events", error))
    }
}
