use crate::{
    control::{Episode, Rules, State},
    model::{
        Container, EventKind, ExecutionStatus, Expectation, Health, Lifecycle, Observation,
        ProbeResult, Reading, Redacted, ServiceId, Sight, Verdict, millis,
    },
};

/// Judges the steps of earlier turns by what the world looks like now.
///
/// A step without an answer yet, and with time left, is not in the result.
pub fn verify(seen: &Observation, state: &State, rules: &Rules) -> Vec<EventKind> {
    state
        .episodes()
        .filter(|(_, episode)| !is_under_way(episode, seen, state))
        .filter_map(|(service, episode)| {
            let (verdict, evidence) = judge(service, episode, seen, rules)?;
            Some(EventKind::EpisodeClosed {
                service: service.clone(),
                action: episode.action.clone(),
                verdict,
                took_ms: millis(seen.at.since(episode.started_at)),
                evidence: Redacted::from_raw(&evidence),
            })
        })
        .collect()
}

/// Whether the call of a step can still come back. Until then the world is being
/// changed, however well it looks. The calls of a session that is gone are lost.
fn is_under_way(episode: &Episode, seen: &Observation, state: &State) -> bool {
    episode.action.is_disruptive()
        && episode.returned.is_none()
        && state.session < episode.started_seq
        && seen.at < episode.deadline
}

fn judge(
    service: &ServiceId,
    episode: &Episode,
    seen: &Observation,
    rules: &Rules,
) -> Option<(Verdict, String)> {
    let returned = episode.returned.as_ref().map(|returned| returned.what);
    if returned == Some(ExecutionStatus::NotRun) {
        return Some((Verdict::Inconclusive, "the call was not made".to_owned()));
    }
    // A `down` that failed has ended: nothing more of it is to come.
    let has_given_up =
        returned == Some(ExecutionStatus::Failed) && episode.expect == Expectation::Gone;
    let is_late = has_given_up || episode.deadline <= seen.at;
    match holds(service, episode, seen, rules) {
        Look::Holds(evidence) => Some((Verdict::Met, evidence)),
        Look::Fails(evidence) if is_late => Some((Verdict::Unmet, evidence)),
        Look::Blind(reason) if is_late => Some((Verdict::Inconclusive, reason)),
        Look::Fails(_) | Look::Blind(_) => None,
    }
}

/// What a snapshot says of an expectation.
enum Look {
    Holds(String),
    Fails(String),
    Blind(String),
}

fn holds(service: &ServiceId, episode: &Episode, seen: &Observation, rules: &Rules) -> Look {
    match &episode.expect {
        Expectation::Nothing if episode.returned.is_some() => Look::Holds("looked".to_owned()),
        Expectation::Nothing => Look::Blind("the look did not come back".to_owned()),
        Expectation::Present { services } => all_present(services, seen, rules),
        Expectation::Gone => all_gone(seen),
        Expectation::Restarted {
            before,
            run_min_ms,
            needs_health,
            needs_probe,
        } => {
            let container = match seen.services.get(service) {
                Some(Reading::Known(Sight::Present(container))) => container,
                Some(Reading::Known(Sight::Missing { .. })) | None => {
                    return Look::Fails("it has no container".to_owned());
                }
                Some(Reading::Unknown(reason)) => return Look::Blind(reason.to_string()),
            };
            if container.started_at == *before {
                return Look::Fails("it was not started again".to_owned());
            }
            if container.lifecycle != Lifecycle::Running {
                return Look::Fails(format!("it is {}", container.lifecycle.word()));
            }
            if *needs_health && container.health != Health::Healthy {
                return Look::Fails("its health check has not passed".to_owned());
            }
            if *needs_probe && let Some(look) = probe_look(service, seen) {
                return look;
            }
            let run_ms = run_ms(container, seen);
            if run_ms < *run_min_ms {
                return Look::Fails(format!("it has run for {} s only", run_ms / 1000));
            }
            Look::Holds(well(
                container,
                rules.policy.settle.as_secs(),
                *needs_health,
            ))
        }
    }
}

fn probe_look(service: &ServiceId, seen: &Observation) -> Option<Look> {
    match seen.probe(service).map(|report| &report.result) {
        Some(ProbeResult::Ok | ProbeResult::Degraded(_)) => None,
        Some(ProbeResult::Failed(reason)) => {
            Some(Look::Fails(format!("its probe fails: {reason}")))
        }
        None => match seen.probes.get(service.name()) {
            Some(Reading::Unknown(reason)) => Some(Look::Blind(reason.to_string())),
            Some(Reading::Known(_)) | None => {
                Some(Look::Fails("its probe has not answered yet".to_owned()))
            }
        },
    }
}

fn all_present(services: &[ServiceId], seen: &Observation, rules: &Rules) -> Look {
    for service in services {
        let container = match seen.services.get(service) {
            Some(Reading::Unknown(reason)) => return Look::Blind(reason.to_string()),
            Some(Reading::Known(Sight::Missing { .. })) | None => {
                return Look::Fails(format!("{service} has no container"));
            }
            Some(Reading::Known(Sight::Present(container))) => container,
        };
        if container.lifecycle != Lifecycle::Running {
            return Look::Fails(format!("{service} is {}", container.lifecycle.word()));
        }
        let needs_health = rules.needs_health(service, container);
        if needs_health && container.health != Health::Healthy {
            return Look::Fails(format!("the health check of {service} has not passed"));
        }
        let run_ms = run_ms(container, seen);
        if !needs_health && run_ms < millis(rules.policy.settle) {
            return Look::Fails(format!("{service} has run for {} s only", run_ms / 1000));
        }
    }
    Look::Holds("all core services run".to_owned())
}

fn all_gone(seen: &Observation) -> Look {
    if let Reading::Unknown(reason) = &seen.engine {
        return Look::Blind(reason.to_string());
    }
    for (service, sight) in &seen.services {
        match sight {
            Reading::Unknown(reason) => return Look::Blind(reason.to_string()),
            Reading::Known(Sight::Present(container)) => {
                return Look::Fails(format!("{service} is {}", container.lifecycle.word()));
            }
            Reading::Known(Sight::Missing { .. }) => (),
        }
    }
    Look::Holds("nothing of the stack is left".to_owned())
}

fn run_ms(container: &Container, seen: &Observation) -> u64 {
    let started_at = container.started_at;
    started_at.map_or(0, |started_at| millis(seen.at.since(started_at)))
}

fn well(container: &Container, settle_s: u64, needs_health: bool) -> String {
    if needs_health {
        return "started again, health check passed".to_owned();
    }
    format!(
        "started again and ran {settle_s} s, {}",
        container.lifecycle.word()
    )
}
