//! How often what was seen in a window of time.

use rusqlite::params;

use super::{
    Evidence, EvidenceError, SignatureView,
    events::first_id,
    queries::{self, SIGNATURE},
    until::Until,
};
use crate::model::{DAY_MS, HOUR_MS};

const HOURS: i64 = 24;

/// A signature, and how often it was seen in a window.
#[derive(Clone, Debug)]
pub struct SeenSignature {
    /// What is known about it.
    pub signature: SignatureView,
    /// Its events in the window.
    pub n: i64,
}

/// When something was seen first and last, in Unix milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first time.
    pub first_ms: i64,
    /// The last time.
    pub last_ms: i64,
}

/// A window cut into what is counted by the day, by the hour, and not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pieces {
    days: [i64; 2],
    /// Whole hours before the first and after the last whole day.
    hours: [[i64; 2]; 2],
    /// Milliseconds before the first and after the last whole hour.
    rests_ms: [[i64; 2]; 2],
}

impl Pieces {
    fn of(from_ms: i64, to_ms: i64) -> Self {
        let (first_hour, end_hour) = (ceil(from_ms, HOUR_MS), to_ms.div_euclid(HOUR_MS));
        if first_hour >= end_hour {
            return Self {
                days: [0, 0],
                hours: [[0, 0]; 2],
                rests_ms: [[from_ms, to_ms], [0, 0]],
            };
        }
        let (first_day, end_day) = (ceil(from_ms, DAY_MS), to_ms.div_euclid(DAY_MS));
        let has_days = first_day < end_day;
        Self {
            days: if has_days {
                [first_day, end_day]
            } else {
                [0, 0]
            },
            hours: if has_days {
                [[first_hour, first_day * HOURS], [end_day * HOURS, end_hour]]
            } else {
                [[first_hour, end_hour], [0, 0]]
            },
            rests_ms: [[from_ms, first_hour * HOUR_MS], [end_hour * HOUR_MS, to_ms]],
        }
    }
}

fn ceil(value: i64, unit: i64) -> i64 {
    value.div_euclid(unit) + i64::from(value.rem_euclid(unit) > 0)
}

impl Evidence {
    /// Returns how often every signature was seen from one instant until before another, in no
    /// order. What has no time is not counted.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn signature_counts(
        &self,
        from_ms: i64,
        to_ms: i64,
    ) -> Result<Vec<SeenSignature>, EvidenceError> {
        let read = || {
            let sql = [
                "WITH c AS (SELECT signature_key, sum(n) n FROM (
                   SELECT signature_key, n FROM signature_days WHERE day >= ?1 AND day < ?2
                   UNION ALL SELECT signature_key, n FROM signature_hours
                     WHERE hour >= ?3 AND hour < ?4
                   UNION ALL SELECT signature_key, n FROM signature_hours
                     WHERE hour >= ?5 AND hour < ?6
                   UNION ALL SELECT signature_key, 1 FROM events
                     WHERE event_id >= ?7 AND event_id < ?8 AND at_ms IS NOT NULL
                   UNION ALL SELECT signature_key, 1 FROM events
                     WHERE event_id >= ?9 AND event_id < ?10 AND at_ms IS NOT NULL)
                   GROUP BY signature_key)
                 SELECT ",
                SIGNATURE,
                ", c.n FROM c JOIN signatures s USING (signature_key) WHERE c.n > 0",
            ]
            .concat();
            let pieces = Pieces::of(from_ms.max(0), to_ms.max(0));
            let [before, after] = pieces.hours;
            let [[a, b], [c, d]] = pieces
                .rests_ms
                .map(|rest| rest.map(|ms| first_id(Some(ms))));
            let mut statement = self.conn.prepare_cached(&sql)?;
            let bounds = params![
                pieces.days[0],
                pieces.days[1],
                before[0],
                before[1],
                after[0],
                after[1],
                a,
                b,
                c,
                d
            ];
            let rows = statement.query_map(bounds, |row| {
                Ok(SeenSignature {
                    signature: queries::signature_from_row(row)?,
                    n: row.get(queries::SIGNATURE_COLUMNS)?,
                })
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|error| self.fail("count events", error))
    }

    /// Returns when a signature was seen first and last from one instant until before another.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn signature_span(
        &self,
        key: i64,
        (from_ms, to_ms): (i64, i64),
    ) -> Result<Option<Span>, EvidenceError> {
        let one = |sql: &str| {
            let mut statement = self.conn.prepare_cached(sql)?;
            let bounds = [key, first_id(Some(from_ms)), first_id(Some(to_ms))];
            let mut rows = statement.query(bounds)?;
            rows.next()?.map(|row| row.get::<_, i64>(0)).transpose()
        };
        let read = || -> rusqlite::Result<Option<Span>> {
            let first = one(
                "SELECT at_ms FROM events WHERE signature_key = ?1 AND event_id >= ?2
                 AND event_id < ?3 AND at_ms IS NOT NULL ORDER BY event_id LIMIT 1",
            )?;
            let last = one(
                "SELECT at_ms FROM events WHERE signature_key = ?1 AND event_id >= ?2
                 AND event_id < ?3 AND at_ms IS NOT NULL ORDER BY event_id DESC LIMIT 1",
            )?;
            Ok(first
                .zip(last)
                .map(|(first_ms, last_ms)| Span { first_ms, last_ms }))
        };
        read().map_err(|error| self.fail("read events", error))
    }

    /// Returns the days in UTC on which a signature was seen until an instant, from 1970 on, in
    /// their order.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn signature_days(&self, key: i64, now_ms: i64) -> Result<Vec<i64>, EvidenceError> {
        let until = Until::of(now_ms);
        let read = || {
            let mut statement = self.conn.prepare_cached(
                "SELECT day FROM signature_days INDEXED BY signature_days_by_signature
                 WHERE signature_key = ?1 AND n > 0 AND day >= 0 AND (day < ?2 OR day = ?2 AND
                   EXISTS (SELECT 1 FROM events e WHERE e.signature_key = ?1
                   AND e.event_id >= ?3 AND e.event_id < ?4)) ORDER BY day",
            )?;
            let bounds = [key, until.day, until.day_id, until.end_id];
            let rows = statement.query_map(bounds, |row| row.get(0))?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|error| self.fail("count events", error))
    }

    /// Returns the path in which a signature stands most often among its newest `n_max` events of a
    /// window; of equals the first by name.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn signature_place(
        &self,
        key: i64,
        (from_ms, to_ms): (i64, i64),
        n_max: i64,
    ) -> Result<Option<String>, EvidenceError> {
        let read = || {
            let mut statement = self.conn.prepare_cached(
                "WITH e AS (SELECT file_id FROM events WHERE signature_key = ?1
                   AND event_id >= ?2 AND event_id < ?3 ORDER BY event_id DESC LIMIT ?4)
                 SELECT f.path FROM e JOIN files f USING (file_id)
                 GROUP BY f.path ORDER BY count(*) DESC, f.path LIMIT 1",
            )?;
            let bounds = [key, first_id(Some(from_ms)), first_id(Some(to_ms)), n_max];
            let mut rows = statement.query(bounds)?;
            rows.next()?.map(|row| row.get(0)).transpose()
        };
        read().map_err(|error| self.fail("read events", error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every minute of a window stands in exactly one piece.
    #[track_caller]
    fn check(from_minute: i64, to_minute: i64) {
        const MINUTE_MS: i64 = 60_000;
        let pieces = Pieces::of(from_minute * MINUTE_MS, to_minute * MINUTE_MS);
        for minute in 0..6 * 24 * 60 {
            let ms = minute * MINUTE_MS;
            let is_in = |[from, to]: [i64; 2], unit: i64| (from * unit..to * unit).contains(&ms);
            let n = usize::from(is_in(pieces.days, DAY_MS))
                + pieces
                    .hours
                    .iter()
                    .filter(|hours| is_in(**hours, HOUR_MS))
                    .count()
                + pieces
                    .rests_ms
                    .iter()
                    .filter(|rest| is_in(**rest, 1))
                    .count();
            let expected = usize::from((from_minute..to_minute).contains(&minute));
            assert_eq!(expected, n, "minute {minute} of {from_minute}..{to_minute}");
        }
    }

    #[test]
    fn a_window_is_counted_once() {
        for (from, to) in [
            (0, 0),
            (0, 24 * 60),
            (17, 5 * 24 * 60 + 3),
            (61, 119),
            (60, 120),
            (30, 150),
            (23 * 60 + 30, 24 * 60 + 30),
            (23 * 60, 25 * 60),
            (100, 26 * 60 + 1),
            (1, 2 * 24 * 60),
            (5 * 24 * 60, 24 * 60),
        ] {
            check(from, to);
        }
    }
}
