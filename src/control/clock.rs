use std::time::Duration;

use crate::{
    control::{Rules, State},
    model::{EventKind, Observation},
};

/// The shortest gap that counts as a jump: an engine that answers slowly can stretch
/// a turn by its time limits alone.
const GAP_MIN: Duration = Duration::from_secs(10);

/// Tells whether the clock was set, or the process stood still, since its previous
/// snapshot: a gap of more than three intervals, or one backwards.
///
/// The first snapshot of a process has none before it. There the last row tells whether
/// the clock was set back meanwhile; a gap forward is time in which nobody watched.
///
/// It is asked before anything is judged, because open deadlines move by the gap.
pub fn clock_jump(seen: &Observation, state: &State, rules: &Rules) -> Option<EventKind> {
    let Some(gap_ms) = seen.since_last_ms else {
        return set_back(seen, state);
    };
    let interval = rules.policy.interval;
    let longest = interval.saturating_mul(3).max(GAP_MIN);
    let is_jump = gap_ms < 0 || i64::try_from(longest.as_millis()).is_ok_and(|most| most < gap_ms);
    let usual_ms = i64::try_from(interval.as_millis()).unwrap_or(i64::MAX);
    is_jump.then(|| EventKind::ClockJumped {
        by_ms: gap_ms.saturating_sub(usual_ms),
    })
}

/// A row that another process wrote while this one looked may be a little younger.
fn set_back(seen: &Observation, state: &State) -> Option<EventKind> {
    let latest = state.latest_at();
    let by_ms = seen.at.millis().saturating_sub(latest.millis());
    (seen.at.after(GAP_MIN) < latest).then_some(EventKind::ClockJumped { by_ms })
}
