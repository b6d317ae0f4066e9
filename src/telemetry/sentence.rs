use super::{
    soak::soak,
    words::{cause, clock, count, denial, doing, facts, gate, hold, reply, span, why},
};
use crate::model::{
    Action, ActionRule, ControlMode, Denial, Down, DownState, EventKind, ExecutionStatus, Facts,
    Gate, OperatorAnswer, OperatorRequest, Redacted, ServiceId, SessionEnd, Timestamp, Verdict,
    Wish,
};

/// Says in one plain sentence what happened. The sentence is the `text` of the event
/// wherever it is shown or exported.
pub fn sentence(kind: &EventKind) -> String {
    match kind {
        EventKind::SessionStarted {
            mode,
            actions,
            shadow,
            version,
        } => session_started(*mode, actions, (*shadow, version)),
        EventKind::SessionEnded { end } => session_ended(*end).to_owned(),
        EventKind::EngineUnseen { reason } => {
            format!("the engine does not answer: {reason}; nothing is known and nothing is done")
        }
        EventKind::EngineSeen { unseen_ms } => {
            format!("the engine answers again after {}", span(*unseen_ms))
        }
        EventKind::ServiceDown(down) => service_down(down),
        EventKind::ServiceRecovered {
            service, down_ms, ..
        } => format!("{service} is well again after {}", span(*down_ms)),
        EventKind::ServiceUnseen { service, reason } => {
            format!("{service} cannot be seen: {reason}")
        }
        EventKind::ServiceSeen { service } => format!("{service} can be seen again"),
        EventKind::Held {
            service,
            code,
            detail,
            next_at,
        } => {
            let (code, detail, next) = (hold(*code), facts(detail), next(*next_at));
            format!("nothing done for {service}: {code}{detail}{next}")
        }
        EventKind::Released { service, code } => {
            format!("{service} is no longer held back (was: {})", hold(*code))
        }
        EventKind::ActionDenied { .. }
        | EventKind::ActionStarted { .. }
        | EventKind::ActionReturned { .. }
        | EventKind::EpisodeClosed { .. } => deed(kind),
        EventKind::Escalated {
            service,
            cause: because,
            guidance,
            repeated,
        } => {
            let still = if *repeated { "still " } else { "" };
            let because = cause(*because);
            format!(
                "{service} {still}needs a person: {because}{}",
                advice(guidance)
            )
        }
        EventKind::SnapshotTaken { .. }
        | EventKind::BounceStarted { .. }
        | EventKind::BounceEnded { .. }
        | EventKind::Acknowledged { .. }
        | EventKind::ActionsPaused { .. }
        | EventKind::ActionsResumed { .. }
        | EventKind::OperatorRequest(_)
        | EventKind::OperatorAnswer(_)
        | EventKind::LeaseTaken { .. }
        | EventKind::LeaseYielded { .. }
        | EventKind::ClockJumped { .. } => course(kind),
        EventKind::SoakStarted(_) | EventKind::SoakPhase(_) | EventKind::SoakEnded(_) => soak(kind),
        EventKind::KillSwitchPulled { source } => {
            format!("the kill switch is pulled: {source}; nothing is done until it is cleared")
        }
        EventKind::KillSwitchCleared => "the kill switch is clear again".to_owned(),
    }
}

fn session_started(
    mode: ControlMode,
    actions: &[ActionRule],
    (is_shadow, version): (bool, &str),
) -> String {
    let names: Vec<String> = actions.iter().map(ToString::to_string).collect();
    let granted = match (mode, names.as_slice()) {
        (ControlMode::Observe, _) => "nothing will be changed".to_owned(),
        (ControlMode::Assist | ControlMode::Autonomous, []) => "no action is granted".to_owned(),
        (ControlMode::Assist | ControlMode::Autonomous, names) => {
            format!("granted: {}", names.join(", "))
        }
    };
    let shadow = if is_shadow {
        "; shadow: nothing is done, only recorded"
    } else {
        ""
    };
    format!("began to watch in {mode} mode, version {version}; {granted}{shadow}")
}

fn session_ended(end: SessionEnd) -> &'static str {
    match end {
        SessionEnd::Clean => "stopped watching",
        SessionEnd::Signal => "stopped watching: it was asked to stop",
        SessionEnd::Interrupted => "stopped watching without a word: its process is gone",
        SessionEnd::Failed => "stopped watching: it could not go on",
    }
}

fn service_down(down: &Down) -> String {
    let service = &down.service;
    let state = match down.state {
        DownState::Exited => format!("{service} has exited{}", exit_code(down)),
        DownState::OomKilled => format!(
            "{service} was killed by the kernel for its use of memory{}",
            exit_code(down)
        ),
        DownState::Dead => format!("{service} is dead: the engine could not remove it"),
        DownState::RestartLoop => format!("{service} is in a restart loop{}", restarts(down)),
        DownState::Unhealthy => format!("{service} is unhealthy{}", streak(down)),
        DownState::Paused => format!("{service} is paused"),
        DownState::Stopped => format!("{service} was stopped{}", exit_code(down)),
        DownState::Missing => format!("{service} has no container"),
        DownState::ProbeFailed => format!("{service} does not answer our probe"),
        DownState::Degraded => {
            format!("{service} answers, and says that something it needs is broken")
        }
        DownState::Flapping => {
            format!("{service} is well and unwell in turns, without a new start")
        }
        DownState::NamespaceLost => {
            format!("{service} lives in a network that was replaced")
        }
    };
    let relapse = match down.attempts {
        0 => String::new(),
        n => format!("; {} before", count(n, "attempt")),
    };
    format!("{state}{}{relapse}", reason(down))
}

fn exit_code(down: &Down) -> String {
    down.exit_code
        .map(|code| format!(" (exit code {code})"))
        .unwrap_or_default()
}

fn streak(down: &Down) -> String {
    down.streak
        .map(|n| format!(": {} failed", count(n, "health check")))
        .unwrap_or_default()
}

fn restarts(down: &Down) -> String {
    let restarts = down
        .restarts
        .map(|n| format!(": {}", count(n, "restart")))
        .unwrap_or_default();
    format!("{restarts}{}", exit_code(down))
}

fn reason(down: &Down) -> String {
    down.reason.as_ref().map(tail).unwrap_or_default()
}

fn next(at: Option<Timestamp>) -> String {
    at.map(|at| format!("; next at {}", clock(at)))
        .unwrap_or_default()
}

fn advice(guidance: &Redacted) -> String {
    match guidance.as_str() {
        "" => String::new(),
        guidance => format!("; {guidance}"),
    }
}

/// What is done about a service; empty for every other kind.
fn deed(kind: &EventKind) -> String {
    match kind {
        EventKind::ActionDenied {
            action,
            gate: by,
            code,
            detail,
            next_at,
            ..
        } => denied((action, *by, *code), detail, *next_at),
        EventKind::ActionStarted {
            action,
            why: because,
            attempt,
            deadline,
            ..
        } => {
            let (doing, because, by) = (doing(action), why(*because), clock(*deadline));
            match attempt {
                0 => format!("{doing}: {because}; judged by {by}"),
                n => format!("{doing}: {because}; attempt {n}, judged by {by}"),
            }
        }
        EventKind::ActionReturned {
            action,
            status,
            output,
            took_ms,
            code,
            ..
        } => returned((action, *status), (output, *took_ms), *code),
        EventKind::EpisodeClosed {
            action,
            verdict,
            took_ms,
            evidence,
            ..
        } => judged((action, *verdict), (evidence, *took_ms)),
        EventKind::SessionStarted { .. }
        | EventKind::SessionEnded { .. }
        | EventKind::EngineUnseen { .. }
        | EventKind::EngineSeen { .. }
        | EventKind::ServiceDown(_)
        | EventKind::ServiceRecovered { .. }
        | EventKind::ServiceUnseen { .. }
        | EventKind::ServiceSeen { .. }
        | EventKind::Held { .. }
        | EventKind::Released { .. }
        | EventKind::Escalated { .. }
        | EventKind::SnapshotTaken { .. }
        | EventKind::BounceStarted { .. }
        | EventKind::BounceEnded { .. }
        | EventKind::Acknowledged { .. }
        | EventKind::ActionsPaused { .. }
        | EventKind::ActionsResumed { .. }
        | EventKind::OperatorRequest(_)
        | EventKind::OperatorAnswer(_)
        | EventKind::LeaseTaken { .. }
        | EventKind::LeaseYielded { .. }
        | EventKind::ClockJumped { .. }
        | EventKind::SoakStarted(_)
        | EventKind::SoakPhase(_)
        | EventKind::SoakEnded(_)
        | EventKind::KillSwitchPulled { .. }
        | EventKind::KillSwitchCleared => String::new(),
    }
}

/// What bears on the whole session; empty for every other kind.
fn course(kind: &EventKind) -> String {
    let all = |service: &Option<ServiceId>| match service {
        Some(service) => service.to_string(),
        None => "every service".to_owned(),
    };
    match kind {
        EventKind::SnapshotTaken { service, file, .. } => {
            format!("what the stack looked like around {service} is kept in {file}")
        }
        EventKind::BounceStarted { service, order } => {
            let order: Vec<String> = order.iter().map(ToString::to_string).collect();
            let order = order.join(", then ");
            format!("nothing else helped {service}: the core is restarted, {order}")
        }
        EventKind::BounceEnded { service, verdict } => match verdict {
            Verdict::Met => format!("the core was restarted for {service}, each service well"),
            Verdict::Unmet | Verdict::Inconclusive => {
                format!("restarting the core for {service} did not help")
            }
        },
        EventKind::Acknowledged { service } => {
            format!("somebody took note of {service}; the call is not repeated")
        }
        EventKind::ActionsPaused { service, until } => {
            format!(
                "actions on {} are paused until {}",
                all(service),
                clock(*until)
            )
        }
        EventKind::ActionsResumed { service } => {
            format!("actions on {} are allowed again", all(service))
        }
        EventKind::OperatorRequest(request) => requested(request),
        EventKind::OperatorAnswer(answer) => answered(answer),
        EventKind::LeaseTaken { token } => {
            format!("this controller leads the stack (hold {token})")
        }
        EventKind::LeaseYielded { token } => format!("gave the stack back (hold {token})"),
        EventKind::ClockJumped { by_ms } => {
            let ahead = if *by_ms < 0 { "back" } else { "ahead" };
            let by = span(by_ms.unsigned_abs());
            format!("the clock jumped {ahead} by {by}, or nothing ran; open deadlines move along")
        }
        EventKind::SessionStarted { .. }
        | EventKind::SessionEnded { .. }
        | EventKind::EngineUnseen { .. }
        | EventKind::EngineSeen { .. }
        | EventKind::ServiceDown(_)
        | EventKind::ServiceRecovered { .. }
        | EventKind::ServiceUnseen { .. }
        | EventKind::ServiceSeen { .. }
        | EventKind::Held { .. }
        | EventKind::Released { .. }
        | EventKind::ActionDenied { .. }
        | EventKind::ActionStarted { .. }
        | EventKind::ActionReturned { .. }
        | EventKind::EpisodeClosed { .. }
        | EventKind::Escalated { .. }
        | EventKind::SoakStarted(_)
        | EventKind::SoakPhase(_)
        | EventKind::SoakEnded(_)
        | EventKind::KillSwitchPulled { .. }
        | EventKind::KillSwitchCleared => String::new(),
    }
}

fn requested(request: &OperatorRequest) -> String {
    let what = match &request.wish {
        Wish::Act(action) => format!("a person asks for {}", doing(action)),
        Wish::Yield => "another controller asks for the stack".to_owned(),
    };
    format!("{what}, to be answered by {}", clock(request.until))
}

fn answered(answer: &OperatorAnswer) -> String {
    let why = answer.code.map(|code| format!(": {}", denial(code)));
    let (reply, facts) = (reply(answer.reply), facts(&answer.detail));
    let why = why.unwrap_or_default();
    format!(
        "to the request of row {}: {reply}{why}{facts}",
        answer.request
    )
}

fn denied(
    (action, by, code): (&Action, Gate, Denial),
    detail: &Facts,
    next_at: Option<Timestamp>,
) -> String {
    let (doing, by, code) = (doing(action), gate(by), denial(code));
    let (detail, next) = (facts(detail), next(next_at));
    format!("{doing} is refused by the {by} gate: {code}{detail}{next}")
}

fn returned(
    (action, status): (&Action, ExecutionStatus),
    (output, took_ms): (&Redacted, u64),
    code: Option<Denial>,
) -> String {
    let (doing, took) = (doing(action), span(took_ms));
    match status {
        ExecutionStatus::Ok => format!("the call for {doing} came back after {took}"),
        ExecutionStatus::Failed => {
            format!("the call for {doing} failed after {took}{}", tail(output))
        }
        ExecutionStatus::TimedOut => {
            format!("the call for {doing} did not come back within {took}")
        }
        ExecutionStatus::NotRun => {
            let code = code.map_or("it was refused at the last moment", denial);
            format!("{doing} was not run: {code}")
        }
    }
}

fn judged((action, verdict): (&Action, Verdict), (evidence, took_ms): (&Redacted, u64)) -> String {
    let (doing, took) = (doing(action), span(took_ms));
    let evidence = tail(evidence);
    match verdict {
        Verdict::Met => format!("{doing} helped, after {took}{evidence}"),
        Verdict::Unmet => format!("{doing} did not help within {took}{evidence}"),
        Verdict::Inconclusive => {
            format!("nobody can say whether {doing} helped, after {took}{evidence}")
        }
    }
}

fn tail(text: &Redacted) -> String {
    match text.as_str() {
        "" => String::new(),
        text => format!(": {text}"),
    }
}
