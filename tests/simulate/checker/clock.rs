//! Time as it passes while somebody watches: without the jumps of the clock.

use std::time::Duration;

use wicap_assist::model::{Envelope, EventKind, Observation, Timestamp};

use crate::moment::Broken;

/// The shortest gap that is a jump, whatever the interval.
const GAP_MIN: Duration = Duration::from_secs(10);

/// The wall clock, and by how much it has jumped.
#[derive(Default)]
pub(super) struct Clock {
    now: Timestamp,
    jumped_ms: i64,
}

impl Clock {
    /// Goes on to a snapshot; returns the jump before it, if there was one.
    pub(super) fn advance(&mut self, seen: &Observation, interval: Duration) -> Option<i64> {
        self.now = seen.at;
        let gap_ms = seen.since_last_ms?;
        let longest = (interval * 3).max(GAP_MIN);
        let is_jump = gap_ms < 0 || i64::try_from(longest.as_millis()).unwrap() < gap_ms;
        let jump = gap_ms - i64::try_from(interval.as_millis()).unwrap();
        is_jump.then(|| {
            self.jumped_ms += jump;
            jump
        })
    }

    /// A jump is told, by its size, and nothing else is.
    pub(super) fn is_told(&self, jump: Option<i64>, rows: &[Envelope]) -> Result<(), Broken> {
        let told = rows.iter().find_map(|row| match row.kind {
            EventKind::ClockJumped { by_ms } => Some(by_ms),
            _ => None,
        });
        if told == jump {
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

    /// A moment of now's wall clock, on a clock that does not jump.
    pub(super) fn steady(&self, at: Timestamp) -> Timestamp {
        at.shifted(-self.jumped_ms)
    }
}
