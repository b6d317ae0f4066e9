//! The tables of codes in `docs/EVENTS.md`.

use serde::Serialize;

use super::words;
use crate::model::{
    Denial, DownState, EscalationCause, ExecutionStatus, HoldCode, Reply, SessionEnd, Verdict, Why,
};

/// A title, and each code with its meaning.
pub(super) type Table = (&'static str, Vec<(String, String)>);

const STATES: [DownState; 12] = [
    DownState::Exited,
    DownState::OomKilled,
    DownState::Dead,
    DownState::RestartLoop,
    DownState::Unhealthy,
    DownState::Paused,
    DownState::Stopped,
    DownState::Missing,
    DownState::ProbeFailed,
    DownState::Degraded,
    DownState::Flapping,
    DownState::NamespaceLost,
];
const HOLDS: [HoldCode; 15] = [
    HoldCode::Backoff,
    HoldCode::Settling,
    HoldCode::StackBusy,
    HoldCode::WaitsForDependency,
    HoldCode::ManualStop,
    HoldCode::PausedByHand,
    HoldCode::RestartPolicyAtWork,
    HoldCode::Starting,
    HoldCode::Flapping,
    HoldCode::RestartProof,
    HoldCode::NotRestartable,
    HoldCode::UnknownReading,
    HoldCode::RecentDeploy,
    HoldCode::SoakRunning,
    HoldCode::AttemptsSpent,
];
const DENIALS: [Denial; 15] = [
    Denial::Shadow,
    Denial::KillSwitch,
    Denial::ObserveMode,
    Denial::NotLeader,
    Denial::PlaneOff,
    Denial::Denylisted,
    Denial::NotAllowedInSession,
    Denial::OperatorPaused,
    Denial::ComposeDrift,
    Denial::ComposeVersion,
    Denial::StackBusy,
    Denial::SoakRunning,
    Denial::BudgetService,
    Denial::BudgetStack,
    Denial::LedgerUnwritable,
];
const WHYS: [Why; 8] = [
    Why::DefiniteExit,
    Why::DefiniteOom,
    Why::DefiniteUnhealthy,
    Why::RestartLoop,
    Why::ProbeHttp,
    Why::NamespaceLost,
    Why::Bounce,
    Why::Operator,
];
const STATUSES: [ExecutionStatus; 4] = [
    ExecutionStatus::Ok,
    ExecutionStatus::Failed,
    ExecutionStatus::TimedOut,
    ExecutionStatus::NotRun,
];
const VERDICTS: [Verdict; 3] = [Verdict::Met, Verdict::Unmet, Verdict::Inconclusive];
const CAUSES: [EscalationCause; 5] = [
    EscalationCause::AttemptsSpent,
    EscalationCause::Flapping,
    EscalationCause::NotRestartable,
    EscalationCause::PerhapsByHand,
    EscalationCause::RestartProof,
];
const ENDS: [SessionEnd; 4] = [
    SessionEnd::Clean,
    SessionEnd::Signal,
    SessionEnd::Interrupted,
    SessionEnd::Failed,
];
const REPLIES: [Reply; 6] = [
    Reply::Accepted,
    Reply::Refused,
    Reply::Impossible,
    Reply::Yielded,
    Reply::Expired,
    Reply::Withdrawn,
];

/// Returns all tables.
pub(super) fn codes() -> Vec<Table> {
    vec![
        ("`state` of `service_down`", table(&STATES, words::state)),
        (
            "`code` of `held` and `released`",
            table(&HOLDS, words::hold),
        ),
        (
            "`code` of `action_denied` and `action_returned`",
            table(&DENIALS, words::denial),
        ),
        ("`why` of `action_started`", table(&WHYS, words::why)),
        (
            "`status` of `action_returned`",
            table(&STATUSES, words::status),
        ),
        (
            "`verdict` of `episode_closed`",
            table(&VERDICTS, words::verdict),
        ),
        ("`cause` of `escalated`", table(&CAUSES, words::cause)),
        ("`end` of `session_ended`", table(&ENDS, words::end)),
        (
            "`reply` of `operator_answer`",
            table(&REPLIES, words::reply),
        ),
    ]
}

fn table<T: Copy + Serialize>(
    all: &[T],
    meaning: impl Fn(T) -> &'static str,
) -> Vec<(String, String)> {
    all.iter()
        .map(|&code| {
            let name = serde_json::to_value(code).expect("a code serializes");
            let name = name.as_str().expect("a code is a text").to_owned();
            (name, meaning(code).to_owned())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde::de::DeserializeOwned;

    use super::*;

    #[test]
    fn every_code_is_in_its_table() {
        check::<DownState>(0);
        check::<HoldCode>(1);
        check::<Denial>(2);
        check::<Why>(3);
        check::<ExecutionStatus>(4);
        check::<Verdict>(5);
        check::<EscalationCause>(6);
        check::<SessionEnd>(7);
        check::<Reply>(8);
    }

    /// The error of a code that does not exist lists those that do.
    #[track_caller]
    fn check<T: DeserializeOwned + std::fmt::Debug>(table: usize) {
        let error = serde_json::from_str::<T>("\"?\"").unwrap_err().to_string();
        let known: Vec<&str> = error.split('`').skip(3).step_by(2).collect();
        let (title, rows) = &codes()[table];
        let shown: Vec<&str> = rows.iter().map(|(code, _)| code.as_str()).collect();
        assert_eq!(known, shown, "{title}");
    }
}
