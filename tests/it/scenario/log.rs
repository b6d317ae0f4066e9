//! The event log as scenarios write it: one short line an event.

use wicap_assist::model::{Envelope, EventKind, Fact, Facts, Timestamp};

/// One line: seconds since the start of the scenario, then what happened.
pub(crate) fn line(row: &Envelope, start: Timestamp) -> Option<String> {
    let text = text(&row.kind)?;
    Some(format!("{} {text}", row.at.since(start).as_secs()))
}

fn text(kind: &EventKind) -> Option<String> {
    Some(match kind {
        EventKind::SessionStarted { .. } | EventKind::SessionEnded { .. } => return None,
        EventKind::EngineUnseen { .. } => "engine unseen".to_owned(),
        EventKind::EngineSeen { .. } => "engine seen".to_owned(),
        EventKind::ServiceDown(down) => {
            let mut text = format!("{} down {}", down.service, word(&down.state));
            for (name, number) in [("streak", down.streak), ("restarts", down.restarts)] {
                text.extend(number.map(|number| format!(" {name}={number}")));
            }
            text.extend(down.exit_code.map(|code| format!(" code={code}")));
            if down.attempts > 0 {
                text.push_str(&format!(" attempts={}", down.attempts));
            }
            text
        }
        EventKind::ServiceRecovered { service, .. } => format!("{service} recovered"),
        EventKind::ServiceUnseen { service, .. } => format!("{service} unseen"),
        EventKind::ServiceSeen { service } => format!("{service} seen"),
        EventKind::Held {
            service,
            code,
            detail,
            ..
        } => {
            format!("{service} held {}{}", word(code), facts(detail))
        }
        EventKind::Released { service, code } => format!("{service} released {}", word(code)),
        EventKind::ActionDenied {
            action,
            code,
            detail,
            ..
        } => {
            format!("denied {action} {}{}", word(code), facts(detail))
        }
        EventKind::ActionStarted {
            action,
            why,
            attempt,
            ..
        } => {
            format!("start {action} {} #{attempt}", word(why))
        }
        EventKind::ActionReturned { action, status, .. } => {
            format!("returned {action} {}", word(status))
        }
        EventKind::EpisodeClosed {
            action, verdict, ..
        } => {
            format!("{} {action}", word(verdict))
        }
        EventKind::Escalated {
            service,
            cause,
            repeated,
            ..
        } => {
            let again = if *repeated { " again" } else { "" };
            format!("{service} escalated {}{again}", word(cause))
        }
        EventKind::SnapshotTaken { .. } => return None,
        EventKind::BounceStarted { order, .. } => {
            let order: Vec<String> = order.iter().map(ToString::to_string).collect();
            format!("bounce {}", order.join(" "))
        }
        EventKind::BounceEnded { verdict, .. } => format!("bounce ended {}", word(verdict)),
        EventKind::Acknowledged { service } => format!("{service} acknowledged"),
        EventKind::ActionsPaused { service, .. } => match service {
            Some(service) => format!("actions paused for {service}"),
            None => "actions paused".to_owned(),
        },
        EventKind::ActionsResumed { .. } => "actions resumed".to_owned(),
        EventKind::OperatorRequest(asked) => format!("asked {}", asked.wish),
        EventKind::OperatorAnswer(answer) => {
            let code = answer.code.map(|code| format!(" {}", word(&code)));
            let (reply, code) = (word(&answer.reply), code.unwrap_or_default());
            format!("answer {reply}{code}{}", facts(&answer.detail))
        }
        EventKind::LeaseTaken { token } => format!("lease taken {token}"),
        EventKind::LeaseYielded { token } => format!("lease yielded {token}"),
        EventKind::ClockJumped { by_ms } => format!("clock jumped {by_ms} ms"),
        EventKind::SoakStarted(_) => "soak started".to_owned(),
        EventKind::SoakPhase(phased) => {
            let holds = if phased.holds { " holds" } else { "" };
            format!("soak {} {}{holds}", phased.phase, phased.status)
        }
        EventKind::SoakEnded(ended) => format!("soak {}", ended.result),
        EventKind::KillSwitchPulled { .. } => "kill switch pulled".to_owned(),
        EventKind::KillSwitchCleared => "kill switch cleared".to_owned(),
    })
}

fn facts(detail: &Facts) -> String {
    let fact = |(name, fact): (&String, &Fact)| match fact {
        Fact::Number(number) => format!(" {name}={number}"),
        Fact::Word(word) => format!(" {name}={word}"),
    };
    detail.iter().map(fact).collect()
}

fn word(value: &impl serde::Serialize) -> String {
    let word = serde_json::to_value(value).unwrap();
    word.as_str()
        .map_or_else(|| word.to_string(), str::to_owned)
}
