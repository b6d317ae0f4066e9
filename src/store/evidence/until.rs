//! The store as it was at an instant: what is younger is as if it were not there.

use std::collections::BTreeMap;

use super::{Evidence, EvidenceError, SignatureView, events::first_id, tally::hour_of};
use crate::model::{DAY_MS, HOUR_MS};

/// Every signature as it was at an instant, called `seen`; to stand first in a query that binds
/// [`Until`].
pub(super) const SEEN: &str = "WITH seen AS (
    SELECT signature_key, signature_id, category, level, template, v1, example,
      CASE WHEN ifnull(last_ms, 0) <= :now THEN n_events
        ELSE (SELECT ifnull(sum(h.n), 0) FROM signature_hours h
            WHERE h.signature_key = z.signature_key AND h.hour < :hour)
          + (SELECT count(*) FROM events e WHERE e.signature_key = z.signature_key
            AND e.event_id >= :hour_id AND e.event_id < :end_id) END n_events,
      CASE WHEN first_ms <= :now THEN first_ms END first_ms,
      CASE WHEN ifnull(last_ms, 0) <= :now THEN last_ms
        ELSE (SELECT e.at_ms FROM events e WHERE e.signature_key = z.signature_key
          AND e.event_id < :end_id ORDER BY e.event_id DESC LIMIT 1) END last_ms
    FROM signatures z)";

/// An instant as queries need it: the hour and the day it lies in, and the keys of events at which
/// they begin and the instant is over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Until {
    pub(super) now_ms: i64,
    pub(super) hour: i64,
    pub(super) hour_id: i64,
    pub(super) day: i64,
    pub(super) day_id: i64,
    pub(super) end_id: i64,
}

impl Until {
    pub(super) fn of(now_ms: i64) -> Self {
        let (hour, day) = (now_ms.div_euclid(HOUR_MS), now_ms.div_euclid(DAY_MS));
        Self {
            now_ms,
            hour,
            hour_id: first_id(Some(hour.saturating_mul(HOUR_MS))),
            day,
            day_id: first_id(Some(day.saturating_mul(DAY_MS))),
            end_id: end_id(now_ms),
        }
    }
}

/// How counts are cut at an instant: hours before `hour` count whole, of that hour the events from
/// one key to before another. When nothing is later, all hours count whole.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cut {
    pub(super) hour: i64,
    pub(super) from_id: i64,
    pub(super) end_id: i64,
}

/// The first key that is later than an instant.
pub(super) fn end_id(now_ms: i64) -> i64 {
    first_id(Some(now_ms.saturating_add(1)))
}

impl Evidence {
    /// Returns a kind of failure that no log has, if past work spoke of it until an instant.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn failure_mentioned(
        &self,
        signature_id: &str,
        now_ms: i64,
    ) -> Result<Option<SignatureView>, EvidenceError> {
        let Some(seen) = self.signature_get(signature_id)? else {
            return Ok(None);
        };
        if self.said_places(seen.key, (now_ms, 1))?.is_empty() {
            return Ok(None);
        }
        Ok(Some(SignatureView {
            n_events: 0,
            first_ms: None,
            last_ms: None,
            ..seen
        }))
    }

    /// Returns whether a signature was seen in a log or in past work until an instant.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn signature_is_known(&self, key: i64, now_ms: i64) -> Result<bool, EvidenceError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM events WHERE signature_key = ?1 AND event_id < ?2)";
        let is_seen = self
            .conn
            .prepare_cached(sql)
            .and_then(|mut one| one.query_row([key, end_id(now_ms)], |row| row.get(0)))
            .map_err(|error| self.fail("read events", error))?;
        Ok(is_seen || !self.said_places(key, (now_ms, 1))?.is_empty())
    }

    /// These failures without what happened after an instant.
    pub(super) fn failures_until(
        &self,
        all: Vec<SignatureView>,
        now_ms: i64,
    ) -> Result<Vec<SignatureView>, EvidenceError> {
        let timed = self.signature_counts(0, now_ms.saturating_add(1))?;
        let mut counts: BTreeMap<i64, i64> = timed
            .iter()
            .map(|seen| (seen.signature.key, seen.n))
            .collect();
        let read = |counts: &mut BTreeMap<i64, i64>| {
            let mut timeless = self
                .conn
                .prepare_cached("SELECT signature_key, n FROM signature_hours WHERE hour < 0")?;
            let mut rows = timeless.query([])?;
            while let Some(row) = rows.next()? {
                *counts.entry(row.get(0)?).or_default() += row.get::<_, i64>(1)?;
            }
            let mut newest = self.conn.prepare_cached(
                "SELECT max(event_id) >> 21 FROM events
                 WHERE signature_key = ?1 AND event_id >= ?2 AND event_id < ?3",
            )?;
            let (first, end) = (first_id(Some(1)), first_id(Some(now_ms.saturating_add(1))));
            let mut kept = Vec::new();
            for mut one in all {
                one.n_events = counts.get(&one.key).copied().unwrap_or(0);
                if one.n_events <= 0 {
                    continue;
                }
                one.first_ms = one.first_ms.filter(|first| *first <= now_ms);
                if one.last_ms.is_some_and(|last| last > now_ms) {
                    one.last_ms = newest.query_row([one.key, first, end], |row| row.get(0))?;
                }
                kept.push(one);
            }
            Ok(kept)
        };
        read(&mut counts).map_err(|error: rusqlite::Error| self.fail("count failures", error))
    }

    /// Counted one by one: what is later than the end is in the counts of whole contents.
    pub(super) fn counts_in_until(
        &self,
        file_ids: &[i64],
        end_id: i64,
    ) -> rusqlite::Result<BTreeMap<i64, i64>> {
        let mut one = self.conn.prepare_cached(
            "SELECT signature_key, count(*) FROM events WHERE file_id = ?1 AND event_id < ?2
             GROUP BY signature_key",
        )?;
        let mut counts = BTreeMap::new();
        for file_id in file_ids {
            let mut rows = one.query([*file_id, end_id])?;
            while let Some(row) = rows.next()? {
                *counts.entry(row.get(0)?).or_default() += row.get::<_, i64>(1)?;
            }
        }
        Ok(counts)
    }

    /// Where the counts of whole hours end at an instant, and the events of the last hour begin.
    pub(super) fn cut(&self, now_ms: i64) -> rusqlite::Result<Cut> {
        let newest: Option<i64> = self
            .conn
            .prepare_cached("SELECT max(event_id) FROM events")?
            .query_row([], |row| row.get(0))?;
        if newest.is_none_or(|newest| newest < end_id(now_ms)) {
            return Ok(Cut {
                hour: i64::MAX,
                from_id: 0,
                end_id: 0,
            });
        }
        let hour = hour_of(Some(now_ms));
        Ok(Cut {
            hour,
            from_id: first_id(Some(hour.saturating_mul(HOUR_MS))),
            end_id: end_id(now_ms),
        })
    }
}
