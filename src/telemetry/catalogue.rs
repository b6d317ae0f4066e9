//! What `docs/EVENTS.md` says of each event.

use std::fmt::Write;

use super::{codes::codes, examples::examples, ndjson_line, words};
use crate::{model::EventKind, store::HASH_RECIPE};

/// What is said of an event beside its examples.
#[derive(Debug)]
struct Entry {
    /// When it is written.
    when: &'static str,
    /// Its own fields and what they mean.
    fields: &'static [(&'static str, &'static str)],
}

const SERVICE: (&str, &str) = (
    "service",
    "the compose key, `worker#2` for a second container",
);
const ACTION: (&str, &str) = ("action", "the step, such as `restart_service:ui`");
const DETAIL: (&str, &str) = (
    "detail",
    "the numbers behind it by name; units are the end of the name (`_ms`, `_s`)",
);
const NEXT_AT: (&str, &str) = ("next_at", "when that may change, where it is known");
const SESSION: (&str, &str) = ("session", "the session: the `seq` of its `session_started`");
const ACTOR: (&str, &str) = ("actor", "the user who started the writing process");
const HOST: (&str, &str) = ("host", "its host");
const PID: (&str, &str) = ("pid", "its process id");

const HEAD: &str = "\
# Events

Made from the code; `WICAP_ASSIST_BLESS=1 cargo test --test it events` writes it anew.

Everything that is seen, decided and done is one event. `wicap-assist live --json` and
`wicap-assist ledger list --json` write one JSON object a line. Names and fields are
added, never renamed. Each object begins with

| field | meaning |
|---|---|
| `event` | the name |
| `seq` | the row of the ledger, counted from 1 without gaps |
| `at` | when it happened, UTC: a finding has the time of its observation, an action the wall clock of the moment |
| `project` | the compose project |

and ends with `text`, one plain sentence for people. Findings, `held` and
`action_denied` are edges: written when they begin, change their reason or end, never
once a turn. A field in *italics* may be absent.
";

/// Returns the text of `docs/EVENTS.md`.
pub fn events_markdown() -> String {
    let mut out = HEAD.to_owned();
    let mut last = "";
    let all = examples();
    for example in &all {
        let name = example.kind.name();
        if name != last {
            let lines: Vec<String> = all
                .iter()
                .filter(|other| other.kind.name() == name)
                .map(ndjson_line)
                .collect();
            section(&mut out, name, entry(&example.kind), &lines);
        }
        last = name;
    }
    out.push_str("\n# Codes\n");
    for (title, meanings) in codes() {
        write!(out, "\n## {title}\n\n| code | meaning |\n|---|---|\n").expect("a text grows");
        for (code, meaning) in meanings {
            writeln!(out, "| `{code}` | {meaning} |").expect("a text grows");
        }
    }
    let recipe = words::wrapped(HASH_RECIPE, 84);
    write!(
        out,
        "\n# The chain\n\n`wicap-assist ledger export` writes the rows as they are stored.\n\n{recipe}\n"
    )
    .expect("a text grows");
    out
}

fn section(out: &mut String, name: &str, entry: &Entry, lines: &[String]) {
    let objects: Vec<serde_json::Value> = lines
        .iter()
        .map(|line| serde_json::from_str(line).expect("a line is an object"))
        .collect();
    write!(out, "\n## `{name}`\n\n{}\n", entry.when).expect("a text grows");
    if !entry.fields.is_empty() {
        out.push_str("\n| field | meaning |\n|---|---|\n");
    }
    for (field, meaning) in entry.fields {
        let is_always = objects.iter().all(|object| object.get(*field).is_some());
        let field = match is_always {
            true => format!("`{field}`"),
            false => format!("*`{field}`*"),
        };
        writeln!(out, "| {field} | {meaning} |").expect("a text grows");
    }
    write!(out, "\n```json\n{}\n```\n", lines.join("\n")).expect("a text grows");
}

fn entry(kind: &EventKind) -> &'static Entry {
    match kind {
        EventKind::SessionStarted { .. } => &SESSION_STARTED,
        EventKind::SessionEnded { .. } => &SESSION_ENDED,
        EventKind::EngineUnseen { .. } => &ENGINE_UNSEEN,
        EventKind::EngineSeen { .. } => &ENGINE_SEEN,
        EventKind::ServiceDown(_) => &SERVICE_DOWN,
        EventKind::ServiceRecovered { .. } => &SERVICE_RECOVERED,
        EventKind::ServiceUnseen { .. } => &SERVICE_UNSEEN,
        EventKind::ServiceSeen { .. } => &SERVICE_SEEN,
        EventKind::Held { .. } => &HELD,
        EventKind::Released { .. } => &RELEASED,
        EventKind::ActionDenied { .. } => &ACTION_DENIED,
        EventKind::ActionStarted { .. } => &ACTION_STARTED,
        EventKind::ActionReturned { .. } => &ACTION_RETURNED,
        EventKind::EpisodeClosed { .. } => &EPISODE_CLOSED,
        EventKind::Escalated { .. } => &ESCALATED,
        EventKind::SnapshotTaken { .. } => &SNAPSHOT_TAKEN,
        EventKind::BounceStarted { .. } => &BOUNCE_STARTED,
        EventKind::BounceEnded { .. } => &BOUNCE_ENDED,
        EventKind::Acknowledged { .. } => &ACKNOWLEDGED,
        EventKind::ActionsPaused { .. } => &ACTIONS_PAUSED,
        EventKind::ActionsResumed { .. } => &ACTIONS_RESUMED,
        EventKind::LeaseTaken { .. } => &LEASE_TAKEN,
        EventKind::LeaseYielded { .. } => &LEASE_YIELDED,
        EventKind::ClockJumped { .. } => &CLOCK_JUMPED,
        EventKind::KillSwitchPulled { .. } => &KILL_SWITCH_PULLED,
        EventKind::KillSwitchCleared => &KILL_SWITCH_CLEARED,
    }
}

const SESSION_STARTED: Entry = Entry {
    when: "A controller begins to watch. In assist and autonomous mode this row is the operator's grant.",
    fields: &[
        ("mode", "`observe`, `assist` or `autonomous`"),
        ("actions", "the actions that it was granted"),
        ("shadow", "whether it only records what it would do"),
        ("version", "the version of the program"),
        SESSION,
        ACTOR,
        HOST,
        PID,
    ],
};

const SESSION_ENDED: Entry = Entry {
    when: "A controller stops watching. `interrupted` is written by a later session, under the \
           number of the one that ended and with its own actor, host and pid.",
    fields: &[("end", "how, see below"), SESSION, ACTOR, HOST, PID],
};

const ENGINE_UNSEEN: Entry = Entry {
    when: "The engine stops answering. Nothing is known then, and nothing is done.",
    fields: &[("reason", "what went wrong")],
};

const ENGINE_SEEN: Entry = Entry {
    when: "The engine answers again.",
    fields: &[("unseen_ms", "how long it did not, in milliseconds")],
};

const SERVICE_DOWN: Entry = Entry {
    when: "A service is down, or is down in another way than before.",
    fields: &[
        SERVICE,
        ("state", "in which way, see below"),
        (
            "evidence",
            "`definite`: the engine says so; `probed`: seen from outside",
        ),
        ("sources", "who says so: `engine`, `probe`"),
        (
            "exit_code",
            "the exit code of the main process, where it ended",
        ),
        ("streak", "health checks failed in a row"),
        ("restarts", "restarts by the engine in the last minute"),
        ("started_at", "when the run that failed began"),
        ("reason", "what the engine or the probe said"),
        (
            "attempts",
            "earlier attempts that still count, after a relapse",
        ),
        (
            "backoff",
            "earlier attempts that still lengthen the waiting time",
        ),
    ],
};

const SERVICE_RECOVERED: Entry = Entry {
    when: "A service that was down is well again, whoever cured it.",
    fields: &[
        SERVICE,
        ("down_ms", "how long it was down, in milliseconds"),
        ("started_at", "when its current run began"),
    ],
};

const SERVICE_UNSEEN: Entry = Entry {
    when: "A service cannot be seen though the engine answers. It is neither well nor down.",
    fields: &[SERVICE, ("reason", "what went wrong")],
};

const SERVICE_SEEN: Entry = Entry {
    when: "A service can be seen again.",
    fields: &[SERVICE],
};

const HELD: Entry = Entry {
    when: "A service is down and nothing is proposed, or the reason for that changes.",
    fields: &[SERVICE, ("code", "the reason, see below"), DETAIL, NEXT_AT],
};

const RELEASED: Entry = Entry {
    when: "The reason for holding back is gone.",
    fields: &[SERVICE, ("code", "the reason that is gone")],
};

const ACTION_DENIED: Entry = Entry {
    when: "A step was proposed and a gate refused it. Said once until the gate or the evidence changes.",
    fields: &[
        SERVICE,
        ACTION,
        ("gate", "the gate: `runtime`, `tool_policy`, `elevated`"),
        ("code", "its reason, see below"),
        DETAIL,
        NEXT_AT,
    ],
};

const ACTION_STARTED: Entry = Entry {
    when: "A step is about to run. It is on disk before the world is touched.",
    fields: &[
        SERVICE,
        ACTION,
        ("why", "the reason, see below"),
        ("attempt", "which attempt it is, from 1; 0 for a mere look"),
        ("expect", "what the world should look like afterwards"),
        ("deadline", "until when"),
    ],
};

const ACTION_RETURNED: Entry = Entry {
    when: "The call of a step came back. It is no verdict.",
    fields: &[
        SERVICE,
        ACTION,
        ("status", "how the call ended, see below"),
        ("call", "the call"),
        ("output", "the end of what came back, redacted"),
        ("took_ms", "how long it took, in milliseconds"),
        ("code", "why it was not run, if it was not"),
    ],
};

const EPISODE_CLOSED: Entry = Entry {
    when: "A step was judged by what the world looked like on later turns.",
    fields: &[
        SERVICE,
        ACTION,
        ("verdict", "the judgement, see below"),
        ("took_ms", "from the step to the judgement, in milliseconds"),
        ("evidence", "what was seen"),
    ],
};

const ESCALATED: Entry = Entry {
    when: "A person is called, and called again every hour while it lasts.",
    fields: &[
        SERVICE,
        ("cause", "why, see below"),
        ("guidance", "what the person can do"),
        ("repeated", "whether it was said before"),
    ],
};

const SNAPSHOT_TAKEN: Entry = Entry {
    when: "When a person is called or an action did not help, once the file is written.",
    fields: &[
        SERVICE,
        (
            "file",
            "the file below the data folder: states, probes, the last log lines",
        ),
        ("sha256", "SHA-256 of the file, in hex"),
    ],
};
const BOUNCE_STARTED: Entry = Entry {
    when: "In autonomous, when the attempts for a core service are spent: before the first restart.",
    fields: &[
        SERVICE,
        (
            "order",
            "the services, in the order in which they are restarted",
        ),
    ],
};
const BOUNCE_ENDED: Entry = Entry {
    when: "When the last restart of a bounce was judged, or one did not help.",
    fields: &[SERVICE, ("verdict", "`met` if every restart was")],
};
const ACKNOWLEDGED: Entry = Entry {
    when: "When a person takes note of a call.",
    fields: &[SERVICE],
};
const ACTIONS_PAUSED: Entry = Entry {
    when: "When a person pauses actions, at most for a day.",
    fields: &[
        ("service", "the service; absent for all"),
        ("until", "until when"),
    ],
};
const ACTIONS_RESUMED: Entry = Entry {
    when: "When a person ends a pause.",
    fields: &[("service", "the service; absent for all")],
};
const LEASE_TAKEN: Entry = Entry {
    when: "When a controller begins to lead the stack.",
    fields: &[("token", "the fencing number; a higher one always wins")],
};
const LEASE_YIELDED: Entry = Entry {
    when: "When a controller gives the stack back.",
    fields: &[("token", "the fencing number that is void now")],
};
const CLOCK_JUMPED: Entry = Entry {
    when: "When the time since the last look is more than three intervals, or negative.",
    fields: &[(
        "by_ms",
        "by how many milliseconds; open deadlines move by as much",
    )],
};
const KILL_SWITCH_PULLED: Entry = Entry {
    when: "The kill switch is pulled, or cannot be read, which counts as pulled.",
    fields: &[("source", "where")],
};

const KILL_SWITCH_CLEARED: Entry = Entry {
    when: "The kill switch is clear again.",
    fields: &[],
};

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_event_has_an_example() {
        // The error of a name that does not exist lists those that do.
        let error = serde_json::from_str::<EventKind>("{\"event\":\"?\"}").unwrap_err();
        let error = error.to_string();
        let known: BTreeSet<&str> = error.split('`').skip(3).step_by(2).collect();
        let shown = examples();
        let shown: BTreeSet<&str> = shown.iter().map(|example| example.kind.name()).collect();
        assert!(known.len() > 10, "{error}");
        assert_eq!(known, shown);
    }

    #[test]
    fn every_field_is_explained_and_every_explained_field_is_shown() {
        let all = examples();
        for example in &all {
            let name = example.kind.name();
            let mut shown = BTreeSet::new();
            for other in all.iter().filter(|other| other.kind.name() == name) {
                let line: serde_json::Value = serde_json::from_str(&ndjson_line(other)).unwrap();
                shown.extend(line.as_object().unwrap().keys().cloned());
            }
            let common = ["event", "seq", "at", "project", "text"];
            let own = entry(&example.kind).fields.iter().map(|(field, _)| *field);
            let explained: BTreeSet<String> =
                common.into_iter().chain(own).map(str::to_owned).collect();
            assert_eq!(explained, shown, "{name}");
        }
    }

    #[test]
    fn examples_read_back_as_they_were() {
        for example in examples() {
            let line = ndjson_line(&example);
            assert_eq!(example.kind, serde_json::from_str(&line).unwrap(), "{line}");
        }
    }
}
