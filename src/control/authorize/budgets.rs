//! May the world be changed once more?

use std::time::Duration;

use super::{Ask, refuse};
use crate::model::{Denial, Facts, Refusal, Timestamp, Why};

const DAY: Duration = Duration::from_secs(24 * 3_600);

/// The windowed budgets. A bounce is paid for by its first restart, out of the
/// stack's budget alone.
pub(super) fn budgets(ask: &Ask<'_>) -> Option<Refusal> {
    let step = ask.step;
    let is_paid_for = step.why == Why::Bounce && step.opens_bounce.is_none();
    if !step.action.is_disruptive() || is_paid_for {
        return None;
    }
    let policy = &ask.rules.policy;
    let spent = ask.state.spent();
    let own = || {
        let is_own = spent
            .iter()
            .filter(|spent| spent.service == ask.step.target);
        is_own
            .filter(|spent| !spent.is_bounce)
            .map(|spent| spent.at)
            .collect::<Vec<_>>()
    };
    let all = || spent.iter().map(|spent| spent.at).collect::<Vec<_>>();
    let short = policy.budget_window;
    let service = |max, window| Budget {
        code: Denial::BudgetService,
        max,
        window,
    };
    let stack = Budget {
        code: Denial::BudgetStack,
        max: policy.budget_stack,
        window: short,
    };
    let whole = || {
        let day = policy.budget_stack_day.map(|max| Budget {
            code: Denial::BudgetStack,
            max,
            window: DAY,
        });
        let day = day.and_then(|day| day.refusal(&all(), ask.seen.at));
        stack.refusal(&all(), ask.seen.at).or(day)
    };
    if step.why == Why::Bounce {
        return whole();
    }
    service(policy.budget_service, short)
        .refusal(&own(), ask.seen.at)
        .or_else(|| service(policy.budget_service_day, DAY).refusal(&own(), ask.seen.at))
        .or_else(whole)
}

/// At most `max` actions in any `window`.
pub(in crate::control) struct Budget {
    pub(in crate::control) code: Denial,
    pub(in crate::control) max: u32,
    pub(in crate::control) window: Duration,
}

impl Budget {
    pub(in crate::control) fn refusal(
        &self,
        spent: &[Timestamp],
        at: Timestamp,
    ) -> Option<Refusal> {
        // What lies in the future, after the clock was set back, counts as recent.
        let is_recent = |then: &&Timestamp| at.since(**then) < self.window;
        let recent: Vec<Timestamp> = spent.iter().filter(is_recent).copied().collect();
        let n_recent = u32::try_from(recent.len()).unwrap_or(u32::MAX);
        if n_recent < self.max {
            return None;
        }
        let first_to_leave = usize::try_from(n_recent - self.max).unwrap_or(usize::MAX);
        let detail = Facts::from([
            ("spent".to_owned(), n_recent.into()),
            ("max".to_owned(), self.max.into()),
            ("window_s".to_owned(), self.window.into()),
        ]);
        let next_at = recent
            .get(first_to_leave)
            .map(|then| then.after(self.window));
        Some(Refusal {
            detail,
            next_at,
            ..refuse(self.code)
        })
    }
}
