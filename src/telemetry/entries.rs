//! What is said of each event in `docs/EVENTS.md`.

use crate::model::EventKind;

/// What is said of an event beside its examples.
#[derive(Debug)]
pub(super) struct Entry {
    /// When it is written.
    pub(super) when: &'static str,
    /// Its own fields and what they mean.
    pub(super) fields: &'static [(&'static str, &'static str)],
}

/// Returns what is said of an event.
pub(super) fn entry(kind: &EventKind) -> &'static Entry {
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
        EventKind::OperatorRequest(_) => &OPERATOR_REQUEST,
        EventKind::OperatorAnswer(_) => &OPERATOR_ANSWER,
        EventKind::LeaseTaken { .. } => &LEASE_TAKEN,
        EventKind::LeaseYielded { .. } => &LEASE_YIELDED,
        EventKind::ClockJumped { .. } => &CLOCK_JUMPED,
        EventKind::SoakStarted(_) => &SOAK_STARTED,
        EventKind::SoakPhase(_) => &SOAK_PHASE,
        EventKind::SoakEnded(_) => &SOAK_ENDED,
        EventKind::KillSwitchPulled { .. } => &KILL_SWITCH_PULLED,
        EventKind::KillSwitchCleared => &KILL_SWITCH_CLEARED,
    }
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
const OPERATOR_REQUEST: Entry = Entry {
    when: "A person asks something of the controller that holds the stack. It reads the row on \
           its next turn.",
    fields: &[
        ("wish", "an action, or `yield` for the stack itself"),
        (
            "until",
            "until when it may be answered; later nothing is done",
        ),
        SESSION,
        ACTOR,
        HOST,
        PID,
    ],
};

const OPERATOR_ANSWER: Entry = Entry {
    when: "What became of a request.",
    fields: &[
        ("request", "the row of the request"),
        ("reply", "the answer, see below"),
        ("gate", "the gate that refused"),
        ("code", "its reason, as in `action_denied`"),
        DETAIL,
        NEXT_AT,
    ],
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

const RUN: (&str, &str) = ("run", "the run, which is also the name of its folder");

const SOAK_STARTED: Entry = Entry {
    when: "A soak begins: a harness is about to load the stack while the controller watches.",
    fields: &[
        RUN,
        ("harness", "the script"),
        ("sha256", "SHA-256 of the script, in hex, as it was trusted"),
        ("minutes", "how long it was told to load the stack"),
    ],
};

const SOAK_PHASE: Entry = Entry {
    when: "A phase of a soak begins or ends, or something happens in it.",
    fields: &[
        RUN,
        (
            "phase",
            "`preflight`, `execute`, `observe`, `ingest`, `incident` or `finalize`",
        ),
        (
            "status",
            "`started`, `noted`, `completed`, `warning`, `failed` or `skipped`",
        ),
        ("detail", "what happened"),
        (
            "holds",
            "whether actions are held from now on, because the harness stops and starts the stack",
        ),
    ],
};

const SOAK_ENDED: Entry = Entry {
    when: "A soak is over.",
    fields: &[
        RUN,
        ("result", "`passed`, `failed` or `interrupted`"),
        ("reason", "why; empty where it passed"),
        ("took_ms", "how long the whole run took, in milliseconds"),
    ],
};
