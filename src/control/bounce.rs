//! The last rung of autonomous: the core is restarted once, service by service in
//! the order of their needs, each judged before the next.

use std::collections::BTreeSet;

use crate::{
    control::{
        Condition, Diagnosis, Rules, State,
        authorize::Budget,
        weigh::{deploy_until, restart_expectation},
    },
    model::{Action, Denial, EventKind, Observation, ServiceId, ServiceName, Step, Verdict, Why},
};

/// What a bounce that is under way asks for.
pub(super) enum Next {
    /// Nothing yet: a restart waits for its verdict, or others change the stack.
    Wait,
    /// The next restart.
    Step(Box<Step>),
    /// It is over.
    End(EventKind),
}

/// Goes on with the bounce that is under way, if one is.
pub(super) fn next(
    diagnosis: &Diagnosis,
    seen: &Observation,
    state: &State,
    rules: &Rules,
) -> Option<Next> {
    let bounce = state.bounce()?;
    if state.busy_with().is_some() || deploy_until(seen, state, rules).is_some() {
        return Some(Next::Wait);
    }
    let may_go_on =
        |service: &&ServiceId| bounce.is_well && is_bounceable(service, diagnosis, rules);
    let Some(target) = bounce.remaining.iter().find(may_go_on) else {
        let verdict = if bounce.is_well {
            Verdict::Met
        } else {
            Verdict::Unmet
        };
        let service = bounce.service.clone();
        return Some(Next::End(EventKind::BounceEnded { service, verdict }));
    };
    let step = step(target, seen, rules, None)?;
    Some(Next::Step(Box::new(step)))
}

/// The first restart of a bounce for `service`, if one may be made now: it is core,
/// the mode bounces, the last bounce is long ago, and the stack's budget has room.
pub(super) fn first(
    service: &ServiceId,
    diagnosis: &Diagnosis,
    seen: &Observation,
    state: &State,
    rules: &Rules,
) -> Option<Step> {
    let policy = &rules.policy;
    let is_core = rules.stack.core().any(|name| name == service.name());
    let last = state.last_bounce_at();
    let is_recent = last.is_some_and(|last| seen.at.since(last) < policy.bounce_every);
    if !policy.bounces || !is_core || is_recent {
        return None;
    }
    let spent: Vec<_> = state.spent().iter().map(|spent| spent.at).collect();
    let budget = Budget {
        code: Denial::BudgetStack,
        max: policy.budget_stack,
        window: policy.budget_window,
    };
    if budget.refusal(&spent, seen.at).is_some() {
        return None;
    }
    let order = order(diagnosis, seen, rules);
    let target = order.first()?.clone();
    step(&target, seen, rules, Some((service.clone(), order)))
}

fn step(
    target: &ServiceId,
    seen: &Observation,
    rules: &Rules,
    opens_bounce: Option<(ServiceId, Vec<ServiceId>)>,
) -> Option<Step> {
    let container = seen.container(target)?;
    Some(Step {
        target: target.clone(),
        action: Action::Restart(target.clone()),
        why: Why::Bounce,
        attempt: 0,
        expect: restart_expectation(target, container, Why::Bounce, rules),
        patience: container.stop_timeout + rules.patience(container),
        opens_bounce,
    })
}

/// The core containers that may be restarted, those that others need first.
fn order(diagnosis: &Diagnosis, seen: &Observation, rules: &Rules) -> Vec<ServiceId> {
    let core: BTreeSet<&ServiceName> = rules.stack.core().collect();
    let mut open: Vec<&ServiceId> = diagnosis
        .conditions
        .keys()
        .filter(|service| core.contains(service.name()))
        .filter(|service| is_bounceable(service, diagnosis, rules))
        .collect();
    let mut order = Vec::new();
    while !open.is_empty() {
        let is_free = |service: &ServiceId| {
            let needs = rules.needs(service, seen);
            !open
                .iter()
                .any(|other| *other != service && needs.contains(other.name()))
        };
        // A circle of needs has no first; then the names decide.
        let next = open
            .iter()
            .position(|service| is_free(service))
            .unwrap_or(0);
        order.push(open.remove(next).clone());
    }
    order
}

/// What somebody stopped or paused stays so, and what is not there cannot be
/// restarted.
fn is_bounceable(service: &ServiceId, diagnosis: &Diagnosis, rules: &Rules) -> bool {
    let is_ours = match diagnosis.conditions.get(service) {
        Some(Condition::Up | Condition::Starting) => true,
        Some(Condition::Down(symptom)) => !symptom.state.is_hands_off(),
        Some(Condition::Absent | Condition::Unseen(_)) | None => false,
    };
    is_ours && rules.stack.is_restartable(service.name())
}
