use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    Action, ActionRule, ControlMode, Denial, Down, EscalationCause, ExecutionStatus, Expectation,
    Facts, Gate, HoldCode, OperatorAnswer, OperatorRequest, Project, Redacted, ServiceId,
    SoakEnded, SoakPhased, SoakStarted, Timestamp, Verdict, Why,
};

/// One row of the ledger: something that happened, in the order in which it was
/// written, with who wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// Place in the ledger, counted from 1, without gaps.
    pub seq: u64,
    /// When it happened: a finding has its observation's time, an action the wall
    /// clock of the moment.
    pub at: Timestamp,
    /// The session that wrote it: the `seq` of its `session_started`.
    pub session: u64,
    /// The compose project.
    pub project: Project,
    /// Who wrote it.
    pub actor: Actor,
    /// What happened.
    pub kind: EventKind,
}

/// Who writes events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The user who started the process.
    pub user: String,
    /// The host's name.
    pub host: String,
    /// The process id.
    pub pid: u32,
}

/// The closed list of happenings.
///
/// Names and fields are added, never renamed. Readers match without a wildcard,
/// so a new variant does not compile until each has decided. `docs/EVENTS.md` is
/// made from this type and the sentences of `telemetry`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum EventKind {
    /// A controller began to watch. In assist and autonomous this row is the
    /// operator's grant.
    SessionStarted {
        /// How much it may do.
        mode: ControlMode,
        /// The actions it was granted.
        actions: Vec<ActionRule>,
        /// Whether it only records what it would do.
        shadow: bool,
        /// The program's version.
        version: String,
    },
    /// A controller stopped watching.
    SessionEnded {
        /// How.
        end: SessionEnd,
    },
    /// The engine stopped answering; nothing is known and nothing is done.
    EngineUnseen {
        /// Why.
        reason: Redacted,
    },
    /// The engine answers again.
    EngineSeen {
        /// How long it did not.
        unseen_ms: u64,
    },
    /// A service is down, or is down in another way than before.
    ServiceDown(Down),
    /// A service is well again.
    ServiceRecovered {
        /// The service.
        service: ServiceId,
        /// How long it was down.
        down_ms: u64,
        /// When its current run started.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        started_at: Option<Timestamp>,
    },
    /// A service cannot be seen, though the engine answers.
    ServiceUnseen {
        /// The service.
        service: ServiceId,
        /// Why.
        reason: Redacted,
    },
    /// A service can be seen again.
    ServiceSeen {
        /// The service.
        service: ServiceId,
    },
    /// A service is down and nothing is proposed, for this reason.
    Held {
        /// The service.
        service: ServiceId,
        /// The reason.
        code: HoldCode,
        /// The numbers behind it.
        detail: Facts,
        /// When that may change.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next_at: Option<Timestamp>,
    },
    /// The reason for holding back is gone.
    Released {
        /// The service.
        service: ServiceId,
        /// The reason that is gone.
        code: HoldCode,
    },
    /// A step was proposed and a gate refused it.
    ActionDenied {
        /// The service for whose sake it was proposed.
        service: ServiceId,
        /// The step.
        action: Action,
        /// The gate.
        gate: Gate,
        /// Its reason.
        code: Denial,
        /// The numbers behind it.
        detail: Facts,
        /// When that may change.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next_at: Option<Timestamp>,
    },
    /// A step is about to run. Written before the world is touched.
    ActionStarted {
        /// The service for whose sake it runs.
        service: ServiceId,
        /// The step.
        action: Action,
        /// Its reason.
        why: Why,
        /// Which attempt it is, from 1; 0 for a look.
        attempt: u32,
        /// What the world should look like afterwards.
        expect: Expectation,
        /// Until when.
        deadline: Timestamp,
    },
    /// The call of a step came back. It is no verdict.
    ActionReturned {
        /// The service for whose sake it ran.
        service: ServiceId,
        /// The step.
        action: Action,
        /// How the call ended.
        status: ExecutionStatus,
        /// The call.
        call: Redacted,
        /// What came back.
        output: Redacted,
        /// How long it took.
        took_ms: u64,
        /// Why it was not run, if it was not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<Denial>,
    },
    /// A step was judged by what the world looked like afterwards.
    EpisodeClosed {
        /// The service for whose sake it ran.
        service: ServiceId,
        /// The step.
        action: Action,
        /// The judgement.
        verdict: Verdict,
        /// From the step to the judgement.
        took_ms: u64,
        /// What was seen.
        evidence: Redacted,
    },
    /// A person is called.
    Escalated {
        /// The service.
        service: ServiceId,
        /// Why.
        cause: EscalationCause,
        /// What the person can do.
        guidance: Redacted,
        /// Whether it was said before and still holds.
        repeated: bool,
    },
    /// What the stack looked like when a person was called or an action did not help
    /// was written to a file.
    SnapshotTaken {
        /// The service.
        service: ServiceId,
        /// The file, below the data folder.
        file: Redacted,
        /// SHA-256 of the file, in hex.
        sha256: String,
    },
    /// The whole core is about to be restarted, service by service.
    BounceStarted {
        /// The service whose attempts are spent.
        service: ServiceId,
        /// The services, in the order in which they are restarted.
        order: Vec<ServiceId>,
    },
    /// The bounce is over.
    BounceEnded {
        /// The service for whose sake it was made.
        service: ServiceId,
        /// Whether every restart was met.
        verdict: Verdict,
    },
    /// A person took note; the call is not repeated.
    Acknowledged {
        /// The service.
        service: ServiceId,
    },
    /// A person paused actions.
    ActionsPaused {
        /// The service; none means all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        service: Option<ServiceId>,
        /// Until when.
        until: Timestamp,
    },
    /// A person ended a pause.
    ActionsResumed {
        /// The service; none means all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        service: Option<ServiceId>,
    },
    /// A person asks something of the controller that holds the stack.
    OperatorRequest(OperatorRequest),
    /// What became of a request.
    OperatorAnswer(OperatorAnswer),
    /// A controller took the stack over, or took it for the first time.
    LeaseTaken {
        /// The fencing number; a higher one always wins.
        token: u64,
    },
    /// A controller gave the stack back.
    LeaseYielded {
        /// The fencing number that is void now.
        token: u64,
    },
    /// The wall clock jumped, or the process stood still. Open deadlines move along.
    ClockJumped {
        /// By how many milliseconds.
        by_ms: i64,
    },
    /// A soak began.
    SoakStarted(SoakStarted),
    /// A phase of a soak began or ended, or something happened in it.
    SoakPhase(SoakPhased),
    /// A soak is over.
    SoakEnded(SoakEnded),
    /// The kill switch was pulled.
    KillSwitchPulled {
        /// Where.
        source: Redacted,
    },
    /// The kill switch is clear again.
    KillSwitchCleared,
}

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionEnd {
    /// It did what it was asked for.
    Clean,
    /// Somebody asked it to stop.
    Signal,
    /// Its process was gone; a later session wrote this.
    Interrupted,
    /// It could not go on.
    Failed,
}

impl EventKind {
    /// The stable name under which the event is stored and exported.
    pub fn name(&self) -> &'static str {
        match self {
            EventKind::SessionStarted { .. } => "session_started",
            EventKind::SessionEnded { .. } => "session_ended",
            EventKind::EngineUnseen { .. } => "engine_unseen",
            EventKind::EngineSeen { .. } => "engine_seen",
            EventKind::ServiceDown(_) => "service_down",
            EventKind::ServiceRecovered { .. } => "service_recovered",
            EventKind::ServiceUnseen { .. } => "service_unseen",
            EventKind::ServiceSeen { .. } => "service_seen",
            EventKind::Held { .. } => "held",
            EventKind::Released { .. } => "released",
            EventKind::ActionDenied { .. } => "action_denied",
            EventKind::ActionStarted { .. } => "action_started",
            EventKind::ActionReturned { .. } => "action_returned",
            EventKind::EpisodeClosed { .. } => "episode_closed",
            EventKind::Escalated { .. } => "escalated",
            EventKind::SnapshotTaken { .. } => "snapshot_taken",
            EventKind::BounceStarted { .. } => "bounce_started",
            EventKind::BounceEnded { .. } => "bounce_ended",
            EventKind::Acknowledged { .. } => "acknowledged",
            EventKind::ActionsPaused { .. } => "actions_paused",
            EventKind::ActionsResumed { .. } => "actions_resumed",
            EventKind::OperatorRequest(_) => "operator_request",
            EventKind::OperatorAnswer(_) => "operator_answer",
            EventKind::LeaseTaken { .. } => "lease_taken",
            EventKind::LeaseYielded { .. } => "lease_yielded",
            EventKind::ClockJumped { .. } => "clock_jumped",
            EventKind::SoakStarted(_) => "soak_started",
            EventKind::SoakPhase(_) => "soak_phase",
            EventKind::SoakEnded(_) => "soak_ended",
            EventKind::KillSwitchPulled { .. } => "kill_switch_pulled",
            EventKind::KillSwitchCleared => "kill_switch_cleared",
        }
    }

    /// The service that the event is about, if it is about one.
    pub fn service(&self) -> Option<&ServiceId> {
        match self {
            EventKind::ServiceDown(down) => Some(&down.service),
            EventKind::ServiceRecovered { service, .. }
            | EventKind::ServiceUnseen { service, .. }
            | EventKind::ServiceSeen { service }
            | EventKind::Held { service, .. }
            | EventKind::Released { service, .. }
            | EventKind::ActionDenied { service, .. }
            | EventKind::ActionStarted { service, .. }
            | EventKind::ActionReturned { service, .. }
            | EventKind::EpisodeClosed { service, .. }
            | EventKind::SnapshotTaken { service, .. }
            | EventKind::BounceStarted { service, .. }
            | EventKind::BounceEnded { service, .. }
            | EventKind::Acknowledged { service }
            | EventKind::Escalated { service, .. } => Some(service),
            EventKind::ActionsPaused { service, .. } | EventKind::ActionsResumed { service } => {
                service.as_ref()
            }
            EventKind::OperatorRequest(request) => request.wish.service(),
            EventKind::SessionStarted { .. }
            | EventKind::SessionEnded { .. }
            | EventKind::EngineUnseen { .. }
            | EventKind::EngineSeen { .. }
            | EventKind::OperatorAnswer(_)
            | EventKind::LeaseTaken { .. }
            | EventKind::LeaseYielded { .. }
            | EventKind::ClockJumped { .. }
            | EventKind::SoakStarted(_)
            | EventKind::SoakPhase(_)
            | EventKind::SoakEnded(_)
            | EventKind::KillSwitchPulled { .. }
            | EventKind::KillSwitchCleared => None,
        }
    }
}

/// Whole milliseconds, for event fields.
pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
