//! The program's events as trials write them: one short line an event.

use serde_json::Value;

/// One line; none for the frame around a session, nor for a fresh look: whether a probe sees a
/// fault a turn before the health check does is a race.
pub(crate) fn line(event: &Value) -> Option<String> {
    if event["action"] == "status_check" {
        return None;
    }
    let text = |key: &str| event[key].as_str().unwrap_or("?").to_owned();
    let of_service = |words: String| format!("{} {words}", text("service"));
    Some(match event["event"].as_str()? {
        "session_started" | "session_ended" | "lease_taken" | "lease_yielded"
        | "snapshot_taken" => return None,
        "service_down" => {
            let code = event["exit_code"].as_i64();
            let code = code.map_or_else(String::new, |code| format!(" code={code}"));
            of_service(format!("down {}{code}", text("state")))
        }
        "service_recovered" => of_service("recovered".to_owned()),
        "service_unseen" => of_service("unseen".to_owned()),
        "service_seen" => of_service("seen".to_owned()),
        "held" => of_service(format!("held {}", text("code"))),
        "released" => of_service(format!("released {}", text("code"))),
        "escalated" => {
            let again = if event["repeated"] == true {
                " again"
            } else {
                ""
            };
            of_service(format!("escalated {}{again}", text("cause")))
        }
        "action_denied" => format!("denied {} {}", text("action"), text("code")),
        "action_started" => format!(
            "start {} {} #{}",
            text("action"),
            text("why"),
            event["attempt"]
        ),
        "action_returned" => format!("returned {} {}", text("action"), text("status")),
        "episode_closed" => format!("{} {}", text("verdict"), text("action")),
        other => other.replace('_', " "),
    })
}

/// What was done and how it ended, whatever the reason.
pub(crate) fn deed(event: &Value) -> Option<String> {
    match event["event"].as_str()? {
        "action_started" => {
            line(event).and_then(|_| Some(format!("start {}", event["action"].as_str()?)))
        }
        "action_returned" | "episode_closed" | "escalated" => line(event),
        _ => None,
    }
}

/// What tells the lines apart from the expected ones. An expected line that begins with `?` may
/// be absent, as when a turn falls between two short moments.
pub(crate) fn differs(expected: &str, actual: &[String]) -> Option<String> {
    let mut rest = actual.iter().peekable();
    let lines = expected.lines().map(str::trim);
    for wanted in lines.filter(|line| !line.is_empty()) {
        let (is_needed, words) = match wanted.strip_prefix("? ") {
            Some(words) => (false, words),
            None => (true, wanted),
        };
        if rest.peek().is_some_and(|next| *next == words) {
            rest.next();
        } else if is_needed {
            let found = rest.peek().map_or("nothing more", |next| next.as_str());
            return Some(format!(
                "expected `{words}`, it said `{found}`\n--- in short:\n{}",
                actual.join("\n")
            ));
        }
    }
    let more = rest.next()?;
    Some(format!(
        "it said `{more}` as well\n--- in short:\n{}",
        actual.join("\n")
    ))
}
