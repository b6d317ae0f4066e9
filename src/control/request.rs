use crate::{
    control::{Rules, State, weigh::restart_expectation},
    model::{
        Action, ActionKind, Actor, Expectation, Fact, Facts, Observation, OperatorAnswer, Reading,
        Redacted, Reply, ServiceId, ServiceName, Sight, Step, Timestamp, Why, Wish,
    },
};

/// The most requests that wait at a time; an older one is forgotten.
pub(super) const REQUESTS_MAX: usize = 16;

/// What a person asked for, and nobody has answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The row in which it was asked.
    pub seq: u64,
    /// Who asked.
    pub actor: Actor,
    /// What for.
    pub wish: Wish,
    /// Until when it may be answered.
    pub until: Timestamp,
}

/// What to do about a request in this turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answering {
    /// Nothing yet.
    Wait,
    /// Say this.
    Say(OperatorAnswer),
    /// Ask for leave to take this step.
    Ask(Box<Step>),
}

/// Looks at a request. It is for the controller that holds the stack to answer it.
///
/// What cannot be done, or is not seen, is answered and never tried. The stack itself
/// is given up only between two actions.
pub fn answering(request: &Request, seen: &Observation, state: &State, rules: &Rules) -> Answering {
    let say = |reply| Answering::Say(OperatorAnswer::plain(request.seq, reply));
    if request.until <= seen.at {
        return say(Reply::Expired);
    }
    let action = match &request.wish {
        Wish::Yield if state.busy_with().is_some() || state.bounce().is_some() => {
            return Answering::Wait;
        }
        Wish::Yield => return say(Reply::Yielded),
        Wish::Act(action) => action,
    };
    let needs_compose = matches!(action, Action::ComposeUpCore | Action::ComposeUp);
    match operator_step(action, seen, state, rules) {
        // Compose takes a while to say whether it can be trusted.
        Ok(_) if needs_compose && seen.compose.is_none() => Answering::Wait,
        Ok(step) => Answering::Ask(Box::new(step)),
        Err(why) => Answering::Say(OperatorAnswer {
            detail: Facts::from([("because".to_owned(), Fact::Word(why))]),
            ..OperatorAnswer::plain(request.seq, Reply::Impossible)
        }),
    }
}

/// The step that an operator's action comes to, for the gates to judge.
///
/// # Errors
///
/// There is nothing to be done, and why.
pub fn operator_step(
    action: &Action,
    seen: &Observation,
    state: &State,
    rules: &Rules,
) -> Result<Step, Redacted> {
    let no = |why: &str| Err(Redacted::from_raw(why));
    if let Reading::Unknown(why) = &seen.engine {
        return no(&format!("the engine does not answer: {why}"));
    }
    let attempt = |service: &ServiceId| {
        let patient = state.patient(service);
        patient.map_or(0, |patient| patient.n_attempts) + 1
    };
    let policy = &rules.policy;
    let nothing = Expectation::Nothing;
    let (target, attempt, expect, patience) = match action {
        Action::StatusCheck => (first(seen, state)?, 0, nothing, policy.verify_min),
        Action::Shutdown => (first(seen, state)?, 0, Expectation::Gone, policy.verify_max),
        Action::Restart(service) => {
            let container = match seen.services.get(service) {
                Some(Reading::Known(Sight::Present(container))) => container,
                Some(Reading::Known(Sight::Missing { .. })) => {
                    return no(&format!(
                        "{service} has no container; compose_up_core starts it"
                    ));
                }
                Some(Reading::Unknown(why)) => {
                    return no(&format!("{service} cannot be seen: {why}"));
                }
                None => return no(&format!("the stack has no service {service}")),
            };
            if !rules.stack.is_restartable(service.name()) {
                return no(&format!(
                    "the profile of {service} forbids a restart; `restartable = true` allows it"
                ));
            }
            let expect = restart_expectation(service, container, Why::Operator, rules);
            let patience = container.stop_timeout + rules.patience(container);
            (service.clone(), attempt(service), expect, patience)
        }
        Action::ComposeUpCore | Action::ComposeUp => {
            let services = startable(action, seen, rules)?;
            let first = services[0].clone();
            let n_before = attempt(&first);
            let expect = Expectation::Present { services };
            (first, n_before, expect, policy.verify_max)
        }
    };
    Ok(Step {
        target,
        action: action.clone(),
        why: Why::Operator,
        attempt,
        expect,
        patience,
        opens_bounce: None,
    })
}

/// The service that stands for the whole stack: one that no step waits on, where there
/// is one.
fn first(seen: &Observation, state: &State) -> Result<ServiceId, Redacted> {
    let is_free = |service: &&ServiceId| {
        let patient = state.patient(service);
        patient.is_none_or(|patient| patient.episode.is_none())
    };
    let free = seen.services.keys().find(is_free);
    let first = free.or(seen.services.keys().next()).cloned();
    first.ok_or_else(|| Redacted::from_raw("the stack has no services"))
}

/// The services that a start of the core, or of all, is about; at least one.
fn startable(
    action: &Action,
    seen: &Observation,
    rules: &Rules,
) -> Result<Vec<ServiceId>, Redacted> {
    let (services, none) = match action.kind() {
        ActionKind::ComposeUp => (
            missing(seen, rules.stack.lasting()),
            "every service has a container; restart_service starts one that is stopped",
        ),
        ActionKind::ComposeUpCore
        | ActionKind::StatusCheck
        | ActionKind::Shutdown
        | ActionKind::RestartService => (
            missing(seen, rules.stack.core()),
            "every core service has a container",
        ),
    };
    match services.is_empty() {
        true => Err(Redacted::from_raw(none)),
        false => Ok(services),
    }
}

/// The services of `named` that have no container.
fn missing<'a>(seen: &Observation, named: impl Iterator<Item = &'a ServiceName>) -> Vec<ServiceId> {
    let is_missing = |service: &ServiceId| {
        let sight = seen.services.get(service);
        matches!(sight, Some(Reading::Known(Sight::Missing { .. })))
    };
    let named = named.cloned().map(ServiceId::first);
    named.filter(is_missing).collect()
}
