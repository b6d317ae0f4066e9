use crate::{
    control::{Symptom, weigh::Weighing},
    model::{DownState, EscalationCause, EventKind, HoldCode, Redacted, ServiceId},
};

impl Weighing<'_> {
    /// Calls a person if the reason for holding back needs one: once, and again after
    /// every `escalate_every` while it lasts.
    pub(super) fn call(&self, code: HoldCode) -> Option<EventKind> {
        let (cause, guidance) = escalation(self.service, self.symptom, code)?;
        let service = self.service.clone();
        let last = self
            .patient
            .escalation
            .as_ref()
            .filter(|last| last.cause == cause);
        let repeated = match last {
            Some(last) if last.is_acknowledged => return None,
            Some(last) if self.seen.at.since(last.at) < self.rules.policy.escalate_every => {
                return None;
            }
            Some(_) => true,
            None => false,
        };
        Some(EventKind::Escalated {
            service,
            cause,
            guidance,
            repeated,
        })
    }
}

/// Whether a hold calls for a person, and what that person can do.
fn escalation(
    service: &ServiceId,
    symptom: &Symptom,
    code: HoldCode,
) -> Option<(EscalationCause, Redacted)> {
    let (cause, guidance) = match code {
        HoldCode::AttemptsSpent => (EscalationCause::AttemptsSpent, spent(service, symptom)),
        HoldCode::Flapping => (
            EscalationCause::Flapping,
            format!("look at what the health check of {service} depends on; nothing is restarted"),
        ),
        HoldCode::NotRestartable => (
            EscalationCause::NotRestartable,
            format!("restart {service} by hand, or set `restartable = true` for it"),
        ),
        HoldCode::ManualStop if symptom.is_guess => (
            EscalationCause::PerhapsByHand,
            format!("nobody saw why {service} ended; start it by hand if it should run"),
        ),
        HoldCode::RestartProof => (
            EscalationCause::RestartProof,
            format!("repair what {service} needs; a restart of {service} would not help"),
        ),
        HoldCode::Backoff
        | HoldCode::Settling
        | HoldCode::StackBusy
        | HoldCode::WaitsForDependency
        | HoldCode::ManualStop
        | HoldCode::PausedByHand
        | HoldCode::RestartPolicyAtWork
        | HoldCode::Starting
        | HoldCode::UnknownReading
        | HoldCode::RecentDeploy
        | HoldCode::SoakRunning => return None,
    };
    Some((cause, Redacted::from_raw(&guidance)))
}

fn spent(service: &ServiceId, symptom: &Symptom) -> String {
    match symptom.state {
        DownState::OomKilled => {
            format!("restarts did not help: raise the memory limit of {service}, or find the leak")
        }
        DownState::Exited
        | DownState::Dead
        | DownState::RestartLoop
        | DownState::Unhealthy
        | DownState::Paused
        | DownState::Stopped
        | DownState::Missing
        | DownState::NamespaceLost
        | DownState::ProbeFailed
        | DownState::Degraded
        | DownState::Flapping => {
            format!("restarts did not help: read the last lines of {service}'s log")
        }
    }
}
