use crate::{
    control::{
        Condition, Diagnosis, Rules, State, bounce,
        patient::Patient,
        weigh::{Move, Weighing},
    },
    model::{EventKind, Hold, HoldCode, Observation, ServiceId, Step},
};

/// What to do in this turn, and what is said about what is not done. Contains no
/// choices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Holds that begin, change or end.
    pub notes: Vec<EventKind>,
    /// Calls for a person.
    pub calls: Vec<EventKind>,
    /// Steps in the order in which to ask for leave.
    pub steps: Vec<Step>,
}

/// Chooses what to do in this turn.
pub fn decide(diagnosis: &Diagnosis, seen: &Observation, state: &State, rules: &Rules) -> Plan {
    let nobody = Patient::default();
    let mut plan = Plan::default();
    let bounce = bounce::next(diagnosis, seen, state, rules);
    for (service, condition) in &diagnosis.conditions {
        let patient = state.patient(service).unwrap_or(&nobody);
        if patient.episode.is_some() {
            continue;
        }
        let hold = match condition {
            Condition::Up | Condition::Absent => None,
            // Between two crashes of a loop a container is starting for a moment.
            Condition::Starting => patient.standing.as_ref().map(|_| match patient.held {
                Some(HoldCode::RestartPolicyAtWork) => bare(HoldCode::RestartPolicyAtWork),
                Some(_) | None => bare(HoldCode::Starting),
            }),
            Condition::Unseen(_) => patient
                .standing
                .as_ref()
                .map(|_| bare(HoldCode::UnknownReading)),
            Condition::Down(symptom) => {
                let case = Weighing {
                    service,
                    symptom,
                    patient,
                    diagnosis,
                    seen,
                    state,
                    rules,
                };
                match case.next_move(bounce.is_some()) {
                    Move::Wait => None,
                    Move::Hold(hold) => {
                        plan.calls.extend(case.call(hold.code));
                        Some(hold)
                    }
                    Move::Step(step) => {
                        plan.steps.push(step);
                        None
                    }
                }
            }
        };
        plan.notes.extend(hold_news(service, patient, hold));
    }
    match bounce {
        Some(bounce::Next::Step(step)) => plan.steps = vec![*step],
        Some(bounce::Next::End(ended)) => plan.notes.push(ended),
        Some(bounce::Next::Wait) | None => (),
    }
    plan
}

fn bare(code: HoldCode) -> Hold {
    Hold {
        code,
        detail: Default::default(),
        next_at: None,
    }
}

/// A hold is said once: when it begins, when its reason changes, when it ends.
fn hold_news(service: &ServiceId, patient: &Patient, hold: Option<Hold>) -> Option<EventKind> {
    let service = service.clone();
    match (patient.held, hold) {
        (before, Some(hold)) if before != Some(hold.code) => {
            let Hold {
                code,
                detail,
                next_at,
            } = hold;
            Some(EventKind::Held {
                service,
                code,
                detail,
                next_at,
            })
        }
        (Some(code), None) => Some(EventKind::Released { service, code }),
        (Some(_) | None, Some(_)) | (None, None) => None,
    }
}
