use std::{collections::BTreeSet, time::Duration};

use crate::{
    control::{State, authorize::Budget},
    model::{Denial, Policy, ServiceId, Timestamp},
};

const DAY: Duration = Duration::from_secs(24 * 3_600);

/// How much of a budget is left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// The service; none for the budget of the stack.
    pub service: Option<ServiceId>,
    /// Disruptive actions within the window.
    pub spent: u32,
    /// How many there may be.
    pub max: u32,
    /// The window.
    pub window: Duration,
    /// When the next one may be made, where the budget is spent.
    pub next_at: Option<Timestamp>,
}

/// What is left of the budgets at `at`: those of the stack, and those of every service
/// that has spent something.
pub fn budgets_left(state: &State, policy: &Policy, at: Timestamp) -> Vec<Left> {
    let all: Vec<Timestamp> = state.spent().iter().map(|spent| spent.at).collect();
    let mut left = vec![of(
        None,
        &all,
        (policy.budget_stack, policy.budget_window),
        at,
    )];
    left.extend(
        policy
            .budget_stack_day
            .map(|max| of(None, &all, (max, DAY), at)),
    );
    let own = state.spent().iter().filter(|spent| !spent.is_bounce);
    let services: BTreeSet<&ServiceId> = own.clone().map(|spent| &spent.service).collect();
    for service in services {
        let own = own.clone().filter(|spent| spent.service == *service);
        let own: Vec<Timestamp> = own.map(|spent| spent.at).collect();
        for limit in [
            (policy.budget_service, policy.budget_window),
            (policy.budget_service_day, DAY),
        ] {
            let one = of(Some(service), &own, limit, at);
            left.extend((one.spent > 0).then_some(one));
        }
    }
    left
}

fn of(
    service: Option<&ServiceId>,
    spent: &[Timestamp],
    (max, window): (u32, Duration),
    at: Timestamp,
) -> Left {
    let budget = Budget {
        code: Denial::BudgetStack,
        max,
        window,
    };
    let n_recent = spent
        .iter()
        .filter(|then| at.since(**then) < window)
        .count();
    Left {
        service: service.cloned(),
        spent: u32::try_from(n_recent).unwrap_or(u32::MAX),
        max,
        window,
        next_at: budget
            .refusal(spent, at)
            .and_then(|refusal| refusal.next_at),
    }
}
