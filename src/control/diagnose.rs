use std::collections::BTreeMap;

use crate::{
    control::{
        Condition, Rules, State, Symptom,
        condition::Case,
        patient::{Patient, Standing},
    },
    model::{
        Down, DownState, EventKind, KillSwitch, Observation, Reading, ServiceId, Timestamp, millis,
    },
};

/// What one snapshot says, and what of it is news.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// How each service is.
    pub conditions: BTreeMap<ServiceId, Condition>,
    /// What has begun, changed or ended since it was last said.
    pub news: Vec<EventKind>,
}

/// Reads a snapshot. An unknown reading changes nothing: absence is not recovery.
pub fn diagnose(seen: &Observation, state: &State, rules: &Rules) -> Diagnosis {
    let mut diagnosis = Diagnosis {
        conditions: BTreeMap::new(),
        news: Vec::new(),
    };
    diagnosis.news.extend(kill_switch_news(seen, state));
    if let Reading::Unknown(reason) = &seen.engine {
        if state.engine_unseen_since().is_none() {
            diagnosis.news.push(EventKind::EngineUnseen {
                reason: reason.clone(),
            });
        }
        let unseen = |service: &ServiceId| (service.clone(), Condition::Unseen(reason.clone()));
        diagnosis.conditions = seen.services.keys().map(unseen).collect();
        return diagnosis;
    }
    if let Some(since) = state.engine_unseen_since() {
        let unseen_ms = millis(seen.at.since(since));
        diagnosis.news.push(EventKind::EngineSeen { unseen_ms });
    }
    let nobody = Patient::default();
    for (service, reading) in &seen.services {
        let patient = state.patient(service).unwrap_or(&nobody);
        let case = Case {
            service,
            seen,
            patient,
            rules,
        };
        let condition = case.condition(reading);
        service_news(&case, &condition, &mut diagnosis.news);
        diagnosis.conditions.insert(service.clone(), condition);
    }
    diagnosis.news.extend(gone_news(seen, state));
    diagnosis
}

fn kill_switch_news(seen: &Observation, state: &State) -> Option<EventKind> {
    match (&seen.kill_switch, state.is_kill_switch_pulled()) {
        (KillSwitch::Pulled { source }, false) => Some(EventKind::KillSwitchPulled {
            source: source.clone(),
        }),
        (KillSwitch::Clear, true) => Some(EventKind::KillSwitchCleared),
        (KillSwitch::Pulled { .. }, true) | (KillSwitch::Clear, false) => None,
    }
}

/// Containers of a service that was scaled down: they are no part of the stack any
/// more, so nothing is wrong with them.
fn gone_news(seen: &Observation, state: &State) -> Vec<EventKind> {
    state
        .patients()
        .filter(|(service, _)| !seen.services.contains_key(service))
        .filter_map(|(service, patient)| {
            let standing = patient.standing.as_ref()?;
            (!patient.is_being_cured()).then(|| EventKind::ServiceRecovered {
                service: service.clone(),
                down_ms: millis(seen.at.since(standing.since)),
                started_at: None,
            })
        })
        .collect()
}

fn service_news(case: &Case<'_>, condition: &Condition, news: &mut Vec<EventKind>) {
    let service = case.service.clone();
    if let Condition::Unseen(reason) = condition {
        if !case.patient.is_unseen {
            news.push(EventKind::ServiceUnseen {
                service,
                reason: reason.clone(),
            });
        }
        return;
    }
    if case.patient.is_unseen {
        news.push(EventKind::ServiceSeen { service });
    }
    match (condition, &case.patient.standing) {
        (Condition::Down(symptom), Some(standing))
            if standing.is_announced
                && (is_the_same(standing, symptom) || case.is_own_doing(symptom)) => {}
        (Condition::Down(symptom), _) => news.push(down(case, symptom)),
        (Condition::Up | Condition::Absent, Some(standing)) => {
            if !case.patient.is_being_cured() {
                news.push(recovered(case, standing.since));
            }
        }
        (Condition::Up | Condition::Starting, None) => {
            let container = case.seen.container(case.service);
            let Some(symptom) = container.and_then(|container| case.missed_crash(container)) else {
                return;
            };
            news.push(down(case, &symptom));
            if *condition == Condition::Up {
                news.push(recovered(case, case.seen.at));
            }
        }
        (Condition::Starting, Some(_)) | (Condition::Absent, None) | (Condition::Unseen(_), _) => {}
    }
}

/// A stop by hand is remembered together with the run that it ended: when somebody
/// started the service and stopped it again, that is another one.
fn is_the_same(standing: &Standing, symptom: &Symptom) -> bool {
    let is_same_run = symptom.started_at.is_none() || standing.run == symptom.started_at;
    standing.state == symptom.state && (is_same_run || symptom.state != DownState::Stopped)
}

fn down(case: &Case<'_>, symptom: &Symptom) -> EventKind {
    let at = case.seen.at;
    let policy = &case.rules.policy;
    EventKind::ServiceDown(Down {
        service: case.service.clone(),
        state: symptom.state,
        evidence: symptom.evidence,
        sources: symptom.sources.clone(),
        exit_code: symptom.exit_code,
        streak: symptom.streak,
        restarts: symptom.restarts,
        started_at: symptom.started_at,
        reason: symptom.reason.clone(),
        attempts: case.patient.attempts_carried(at, policy),
        backoff: case.patient.backoff_carried(at, policy),
    })
}

fn recovered(case: &Case<'_>, since: Timestamp) -> EventKind {
    let container = case.seen.container(case.service);
    EventKind::ServiceRecovered {
        service: case.service.clone(),
        down_ms: millis(case.seen.at.since(since)),
        started_at: container.and_then(|container| container.started_at),
    }
}
