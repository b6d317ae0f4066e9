//! Time as it passes while somebody watches: without the jumps of the clock.

use std::time::Duration;

use wicap_assist::model::{EventKind, Timestamp};

use crate::moment::{Broken, Moment, Paper};

/// The shortest gap that is a jump, whatever the interval.
const GAP_MIN: Duration = Duration::from_secs(10);

/// The wall clock, and by how much it has jumped.
#[derive(Default)]
pub(super) struct Clock {
    now: Timestamp,
    jumped_ms: i64,
    /// By how much it was set back while nobody watched, beside what was told of it.
    set_back_ms: i64,
    /// The jump that could not be told yet.
    owed_ms: i64,
    /// What a process that has just begun may find out from the last row.
    unseen_ms: i64,
}

impl Clock {
    /// Goes on to a snapshot; returns the jump before it, if there was one.
    pub(super) fn advance(&mut self, moment: &Moment) -> Option<i64> {
        self.now = moment.seen.at;
        let Some(gap_ms) = moment.seen.since_last_ms else {
            // What the last process could not tell died with it, and nobody watched.
            let owed_ms = std::mem::take(&mut self.owed_ms);
            self.jumped_ms -= owed_ms;
            let back_ms = moment.gap_ms.min(0) + owed_ms.min(0);
            self.unseen_ms = back_ms;
            self.set_back_ms += back_ms;
            return None;
        };
        let interval = moment.terms.policy.interval;
        let owed_ms = std::mem::take(&mut self.owed_ms);
        let gap_ms = gap_ms + owed_ms;
        let longest = (interval * 3).max(GAP_MIN);
        let is_jump = gap_ms < 0 || i64::try_from(longest.as_millis()).unwrap() < gap_ms;
        let jump = is_jump.then(|| gap_ms - i64::try_from(interval.as_millis()).unwrap());
        self.jumped_ms += jump.unwrap_or(0) - owed_ms;
        jump
    }

    /// A jump is told, by its size, and nothing else is.
    pub(super) fn is_told(&mut self, jump: Option<i64>, moment: &Moment) -> Result<(), Broken> {
        let told = moment.rows.iter().find_map(|row| match row.kind {
            EventKind::ClockJumped { by_ms } => Some(by_ms),
            _ => None,
        });
        if told.is_none() && moment.ledger != Paper::Works {
            self.owed_ms = jump.unwrap_or(0);
            return Ok(());
        }
        let unseen_ms = std::mem::take(&mut self.unseen_ms);
        if told == jump {
            return Ok(());
        }
        // A process that has just begun knows no more than the last row.
        let found_ms = told.unwrap_or(0) - jump.unwrap_or(0);
        if told.is_some() && (unseen_ms..0).contains(&found_ms) {
            self.jumped_ms += found_ms;
            self.set_back_ms -= found_ms;
            return Ok(());
        }
        Err(Broken {
            invariant: "clock_jump",
            how: format!("the clock jumped by {jump:?} ms, and {told:?} was told"),
        })
    }

    /// The wall clock now.
    pub(super) fn now(&self) -> Timestamp {
        self.now
    }

    /// Now, on a clock that never goes back. A gap forward while nobody watched is time
    /// that passed.
    pub(super) fn real_now(&self) -> Timestamp {
        self.steady(self.now).shifted(-self.set_back_ms)
    }

    /// A moment of now's wall clock, on a clock that does not jump where it was told.
    pub(super) fn steady(&self, at: Timestamp) -> Timestamp {
        at.shifted(-self.jumped_ms)
    }
}
