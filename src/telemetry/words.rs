//! The codes of events in plain words.

use crate::model::{
    Action, Denial, DownState, EscalationCause, ExecutionStatus, Fact, Facts, Gate, HoldCode,
    Reply, SessionEnd, Timestamp, Verdict, Why, Zone,
};

/// What an action does, as in "`restarting ui` did not help".
pub(crate) fn doing(action: &Action) -> String {
    match action {
        Action::StatusCheck => "taking a fresh look".to_owned(),
        Action::ComposeUpCore => "starting the missing core services".to_owned(),
        Action::ComposeUp => "starting the stack".to_owned(),
        Action::Shutdown => "shutting the stack down".to_owned(),
        Action::Restart(service) => format!("restarting {service}"),
    }
}

/// In which way a service is down, as in "ui: `its health check fails`".
pub(crate) fn state(state: DownState) -> &'static str {
    match state {
        DownState::Exited => "its main process has ended",
        DownState::OomKilled => "the kernel killed it for its use of memory",
        DownState::Dead => "the engine could not remove its container",
        DownState::RestartLoop => "it starts and ends again and again",
        DownState::Unhealthy => "its health check fails",
        DownState::Paused => "somebody paused it",
        DownState::Stopped => "somebody stopped it, or so it seems",
        DownState::Missing => "it has no container",
        DownState::ProbeFailed => "it does not answer our probe",
        DownState::Degraded => "it answers, and says that something it needs is broken",
        DownState::Flapping => "it is well and unwell in turns, without a new start",
        DownState::NamespaceLost => "the network that it lives in was replaced",
    }
}

/// Why an action is taken, as in "restarting ui: `its health check fails`".
pub(crate) fn why(why: Why) -> &'static str {
    match why {
        Why::DefiniteExit => "it is not running",
        Why::DefiniteOom => "it was killed for its use of memory",
        Why::DefiniteUnhealthy => "its health check fails",
        Why::RestartLoop => "it starts and ends again and again",
        Why::ProbeHttp => "it does not answer over HTTP",
        Why::NamespaceLost => "the network that it lives in was replaced",
        Why::Bounce => "the core is restarted service by service, as the last resort",
        Why::Operator => "a person asked for it",
    }
}

/// Why nothing is proposed, as in "nothing done for redis: `somebody stopped it`".
pub(crate) fn hold(code: HoldCode) -> &'static str {
    match code {
        HoldCode::Backoff => "the next attempt is not due yet",
        HoldCode::Settling => "the last action on it is too recent",
        HoldCode::StackBusy => "another service is being repaired",
        HoldCode::WaitsForDependency => "something it needs is down",
        HoldCode::ManualStop => "somebody stopped it",
        HoldCode::PausedByHand => "somebody paused it",
        HoldCode::RestartPolicyAtWork => "the engine restarts it by itself",
        HoldCode::Starting => "it is starting",
        HoldCode::Flapping => "its health changes too often to mean anything",
        HoldCode::RestartProof => "a restart cannot cure this",
        HoldCode::NotRestartable => "its profile forbids a restart",
        HoldCode::UnknownReading => "it cannot be seen",
        HoldCode::RecentDeploy => "somebody has just changed the stack",
        HoldCode::SoakRunning => "the harness of a soak stops and starts the stack",
        HoldCode::AttemptsSpent => "everything allowed has been tried",
    }
}

/// Why a step is refused, as in "restarting ui is refused: `the session only
/// observes`".
pub(crate) fn denial(code: Denial) -> &'static str {
    match code {
        Denial::Shadow => "the session only records what it would do",
        Denial::KillSwitch => "the kill switch is pulled",
        Denial::ObserveMode => "the session only observes",
        Denial::NotLeader => "another controller holds the stack, or our hold has run out",
        Denial::PlaneOff => "this plane is switched off",
        Denial::Denylisted => "the operator ruled it out",
        Denial::OperatorPaused => "the operator paused actions",
        Denial::ComposeDrift => "the compose file may not be the one the containers were made from",
        Denial::ComposeVersion => "the compose command is not of the project's generation",
        Denial::NotAllowedInSession => "the session was not granted this action",
        Denial::StackBusy => "another action has no verdict yet",
        Denial::SoakRunning => "the harness of a soak stops and starts the stack",
        Denial::BudgetService => "the budget of the service is spent",
        Denial::BudgetStack => "the budget of the stack is spent",
        Denial::LedgerUnwritable => "the ledger cannot be written",
    }
}

/// How a request ended, as in "to the request of row 41: `it is refused`".
pub(crate) fn reply(reply: Reply) -> &'static str {
    match reply {
        Reply::Accepted => "every gate lets it through",
        Reply::Refused => "it is refused",
        Reply::Impossible => "there is nothing to be done",
        Reply::Yielded => "the stack is given up for the one who asked",
        Reply::Expired => "nobody answered in time, and nothing is done",
        Reply::Withdrawn => "it was taken back",
    }
}

/// The name of a gate.
pub(crate) fn gate(gate: Gate) -> &'static str {
    match gate {
        Gate::Runtime => "runtime",
        Gate::ToolPolicy => "tool policy",
        Gate::Elevated => "elevated",
    }
}

/// Why a person is called, as in "ui needs a person: `…`".
pub(crate) fn cause(cause: EscalationCause) -> &'static str {
    match cause {
        EscalationCause::AttemptsSpent => "everything allowed was tried and did not help",
        EscalationCause::Flapping => "its health changes too often to act on",
        EscalationCause::NotRestartable => "it is down and its profile forbids a restart",
        EscalationCause::PerhapsByHand => "it may have been stopped by hand, and nobody saw it",
        EscalationCause::RestartProof => "a restart cannot cure this",
    }
}

/// How a call ended.
pub(crate) fn status(status: ExecutionStatus) -> &'static str {
    match status {
        ExecutionStatus::Ok => "it reported success",
        ExecutionStatus::Failed => "it reported failure",
        ExecutionStatus::TimedOut => "it did not come back in time",
        ExecutionStatus::NotRun => "it was refused at the last moment; the world was not touched",
    }
}

/// What a verdict means.
pub(crate) fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Met => "what was expected came true in time",
        Verdict::Unmet => "the time is over and it is not true",
        Verdict::Inconclusive => "the time is over and nobody could look, or the step never ran",
    }
}

/// How a session ended.
pub(crate) fn end(end: SessionEnd) -> &'static str {
    match end {
        SessionEnd::Clean => "it did what it was asked for",
        SessionEnd::Signal => "it was asked to stop",
        SessionEnd::Interrupted => "its process is gone; a later session wrote this",
        SessionEnd::Failed => "it could not go on",
    }
}

/// The numbers behind a decision in parentheses with a space before; empty if there
/// are none.
pub(crate) fn facts(facts: &Facts) -> String {
    if facts.is_empty() {
        return String::new();
    }
    let texts: Vec<String> = facts
        .iter()
        .map(|(name, value)| fact(name, value))
        .collect();
    format!(" ({})", texts.join(", "))
}

/// Units are the last part of a name: `waited_s` 12 reads "waited 12 s".
fn fact(name: &str, value: &Fact) -> String {
    let words = |name: &str| name.replace('_', " ");
    match value {
        Fact::Word(word) => format!("{} {word}", words(name)),
        Fact::Number(number) => {
            let millis = match (name.strip_suffix("_ms"), name.strip_suffix("_s")) {
                (Some(_), _) => Some(*number),
                (None, Some(_)) => Some(number.saturating_mul(1_000)),
                (None, None) => None,
            };
            match millis.and_then(|millis| u64::try_from(millis).ok()) {
                Some(millis) => {
                    let (name, _unit) = name.rsplit_once('_').unwrap_or((name, ""));
                    format!("{} {}", words(name), span(millis))
                }
                None => format!("{} {number}", words(name)),
            }
        }
    }
}

/// A length of time in its one or two greatest units.
pub(crate) fn span(millis: u64) -> String {
    let seconds = millis / 1_000;
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    let two = |n: u64, unit: &str, rest: u64, rest_unit: &str| match rest {
        0 => format!("{n} {unit}"),
        rest => format!("{n} {unit} {rest} {rest_unit}"),
    };
    match () {
        () if seconds == 0 => format!("{millis} ms"),
        () if seconds < 10 && millis % 1_000 >= 100 => {
            format!("{seconds}.{} s", millis % 1_000 / 100)
        }
        () if minutes == 0 => format!("{seconds} s"),
        () if hours == 0 => two(minutes, "min", seconds % 60, "s"),
        () if days == 0 => two(hours, "h", minutes % 60, "min"),
        () => two(days, "d", hours % 24, "h"),
    }
}

/// `n` things, with an `s` where there is not one.
pub(crate) fn count(n: u32, thing: &str) -> String {
    match n {
        1 => format!("1 {thing}"),
        n => format!("{n} {thing}s"),
    }
}

/// A time of day in universal time, for deadlines that are near.
pub(crate) fn clock(at: Timestamp) -> String {
    format!("{}Z", at.time_of_day(&Zone::utc()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_short_and_exact() {
        for (millis, expected) in [
            (0, "0 ms"),
            (999, "999 ms"),
            (1_000, "1 s"),
            (1_234, "1.2 s"),
            (12_900, "12 s"),
            (60_000, "1 min"),
            (200_000, "3 min 20 s"),
            (7_500_000, "2 h 5 min"),
            (273_600_000, "3 d 4 h"),
        ] {
            assert_eq!(expected, span(millis));
        }
    }

    #[test]
    fn facts_say_their_unit() {
        let number = |name: &str, n| (name.to_owned(), Fact::Number(n));
        let all = Facts::from([
            number("attempts", 2),
            number("down_ms", 1_500),
            number("waited_s", 90),
            number("drift_ms", -5),
            (
                "waits_for".to_owned(),
                Fact::Word(crate::model::Redacted::from_raw("redis")),
            ),
        ]);
        assert_eq!(
            " (attempts 2, down 1.5 s, drift ms -5, waited 1 min 30 s, waits for redis)",
            facts(&all)
        );
        assert_eq!("", facts(&Facts::new()));
    }
}
