//! The numbers that hold for a service, in words.

use serde::Serialize;

use crate::{
    control::{Left, Patient, State, budgets_left},
    model::{Policy, ServiceId, Timestamp, millis},
    telemetry::words,
};

/// The numbers behind what is done about a service.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Numbers {
    pub(super) attempts: u32,
    pub(super) attempts_max: u32,
    pub(super) restart_after_definite_s: u64,
    pub(super) restart_after_probed_s: u64,
    pub(super) budgets: Vec<BudgetTold>,
}

/// One budget.
#[derive(Clone, Debug, Serialize)]
pub(super) struct BudgetTold {
    pub(super) service: Option<ServiceId>,
    pub(super) spent: u32,
    pub(super) max: u32,
    pub(super) window_s: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next_at: Option<Timestamp>,
}

/// The numbers of a service at a moment.
pub(super) fn numbers(
    service: &ServiceId,
    (state, policy): (&State, &Policy),
    at: Timestamp,
) -> Numbers {
    let patient = state.patient(service);
    let ours = |left: &Left| left.service.as_ref().is_none_or(|other| other == service);
    let budgets = budgets_left(state, policy, at);
    Numbers {
        attempts: patient.map_or(0, |patient: &Patient| patient.n_attempts),
        attempts_max: policy.ladder.attempts_max,
        restart_after_definite_s: policy.ladder.definite_after.as_secs(),
        restart_after_probed_s: policy.ladder.recover_after.as_secs(),
        budgets: budgets.into_iter().filter(ours).map(told).collect(),
    }
}

fn told(left: Left) -> BudgetTold {
    BudgetTold {
        service: left.service,
        spent: left.spent,
        max: left.max,
        window_s: left.window.as_secs(),
        next_at: left.next_at,
    }
}

/// The numbers, one sentence each.
pub(super) fn lines(numbers: &Numbers) -> Vec<String> {
    let span = |seconds: u64| words::span(seconds.saturating_mul(1_000));
    let mut lines = vec![
        format!(
            "{} of {} made before a person is called",
            words::count(numbers.attempts, "attempt"),
            numbers.attempts_max
        ),
        format!(
            "a restart comes after {} of trouble that the engine reports, {} of trouble that \
             only a probe sees",
            span(numbers.restart_after_definite_s),
            span(numbers.restart_after_probed_s)
        ),
    ];
    for budget in &numbers.budgets {
        let who = match &budget.service {
            Some(service) => service.to_string(),
            None => "the stack".to_owned(),
        };
        lines.push(format!(
            "{who}: {} of {} actions spent in {}",
            budget.spent,
            budget.max,
            span(budget.window_s)
        ));
    }
    lines
}

/// How long before `at` something was.
pub(super) fn before(then: Timestamp, at: Timestamp) -> String {
    words::span(millis(at.since(then)))
}
