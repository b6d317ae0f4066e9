use super::{Compared, Drift, Ending, Learned, ReadinessStatus, SoakRecord};
use crate::model::{Action, ActionKind, ControlMode, ExecutionStatus, SoakResult};

/// The most lines.
const LINES_MAX: usize = 10;
/// The most steps of a runbook that are repeated.
const STEPS_MAX: usize = 5;

/// What was done about a service during a soak, for [`guidance`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    /// The action.
    pub action: Action,
    /// How its call ended; `None` if a gate refused it.
    pub status: Option<ExecutionStatus>,
}

/// What a person can do before a soak is run, by what past work says.
pub fn manager_actions(learned: &Learned) -> Vec<String> {
    let readiness = &learned.readiness;
    let head = match readiness.status {
        ReadinessStatus::Ready => "past soaks say enough to go by; review the plan and run it",
        ReadinessStatus::Partial => {
            "past soaks say little; compare the steps below with what you would do"
        }
        ReadinessStatus::Insufficient => {
            "no past soak says how; `wicap-assist ingest` reads what there is"
        }
    };
    let steps = learned.runbook.iter().take(STEPS_MAX);
    let steps = steps.map(|step| format!("done before: {step}"));
    std::iter::once(head.to_owned()).chain(steps).collect()
}

/// What a person can do when a soak is over.
pub fn guidance(record: &SoakRecord, deeds: &[Deed], compared: &[Compared]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    lines.extend(of_result(record));
    lines.extend(deeds.iter().map(of_deed));
    for one in compared.iter().filter(|one| one.drift == Drift::Worse) {
        let title = one.metric.title();
        lines.push(format!("{title} moved to the worse; see the comparison"));
    }
    if deeds.is_empty() {
        lines.push(idle(record.mode).to_owned());
    }
    let mut unique: Vec<String> = Vec::new();
    for line in lines {
        if !unique.contains(&line) {
            unique.push(line);
        }
    }
    unique.truncate(LINES_MAX);
    unique
}

fn of_result(record: &SoakRecord) -> Vec<String> {
    let ending = match record.ending {
        Some(Ending::ContractRed) => Some("`wicap-assist contract-check` says what is not kept"),
        Some(Ending::Escalated) => Some("`wicap-assist explain` says why a person was called"),
        Some(Ending::TimedOut) => Some("the end of runner.log says where the harness stood"),
        Some(Ending::NotStarted) => Some("`wicap-assist doctor` says what is in the way"),
        Some(Ending::Stopped | Ending::Code(_)) | None => None,
    };
    let result = match record.result {
        Some(SoakResult::Passed) => "review the report, then deploy",
        Some(SoakResult::Interrupted) => "run it again; what was written is kept",
        Some(SoakResult::Failed) | None => "read runner.log and the errors of the report first",
    };
    ending
        .into_iter()
        .chain([result])
        .map(str::to_owned)
        .collect()
}

fn of_deed(deed: &Deed) -> String {
    let action = &deed.action;
    let words = match (action.kind(), deed.status) {
        (_, None) => "was refused; use assist or autonomous, or see `wicap-assist explain`",
        (ActionKind::StatusCheck, Some(ExecutionStatus::Ok)) => "was fine; keep watching",
        (ActionKind::StatusCheck, Some(_)) => "failed; read what it said and runner.log",
        (ActionKind::ComposeUp | ActionKind::ComposeUpCore, Some(ExecutionStatus::Ok)) => {
            "was run; see that the services stay up"
        }
        (ActionKind::ComposeUp | ActionKind::ComposeUpCore, Some(_)) => {
            "failed; read the compose output before the next try"
        }
        (ActionKind::RestartService, Some(ExecutionStatus::Ok)) => {
            "was run; see that it stays well, and why it fell"
        }
        (ActionKind::RestartService, Some(_)) => {
            "failed; read its log before anything broader is done"
        }
        (ActionKind::Shutdown, Some(ExecutionStatus::Ok)) => "was run; the stack is down",
        (ActionKind::Shutdown, Some(_)) => "failed; take the stack down by hand",
    };
    format!("{action} {words}")
}

fn idle(mode: ControlMode) -> &'static str {
    match mode {
        ControlMode::Observe => "nothing was changed; review what was found, or use assist",
        ControlMode::Assist => "nothing had to be done",
        ControlMode::Autonomous => "nothing had to be done; see that the kill switch is clear",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_deed_has_a_line() {
        for kind in ActionKind::ALL {
            let action = match kind {
                ActionKind::StatusCheck => Action::StatusCheck,
                ActionKind::ComposeUpCore => Action::ComposeUpCore,
                ActionKind::ComposeUp => Action::ComposeUp,
                ActionKind::Shutdown => Action::Shutdown,
                ActionKind::RestartService => "restart_service:ui".parse().unwrap(),
            };
            for status in [
                None,
                Some(ExecutionStatus::Ok),
                Some(ExecutionStatus::Failed),
            ] {
                let deed = Deed {
                    action: action.clone(),
                    status,
                };
                let line = of_deed(&deed);
                assert!(
                    line.starts_with(&action.to_string()) && line.len() > 20,
                    "{line}"
                );
            }
        }
    }

    #[test]
    fn what_is_known_is_said_first() {
        let learned = Learned {
            runbook: (1..9).map(|n| format!("step {n}")).collect(),
            ..Learned::default()
        };
        let lines = manager_actions(&learned);
        assert_eq!(1 + STEPS_MAX, lines.len());
        assert!(lines[0].starts_with("no past soak"));
        assert_eq!("done before: step 1", lines[1]);
    }
}
