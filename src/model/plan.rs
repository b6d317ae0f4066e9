use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

use super::{Action, Redacted, ServiceId, Timestamp};

/// In which way a service is down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DownState {
    /// The main process has ended.
    Exited,
    /// The kernel ended it for memory.
    OomKilled,
    /// The engine has given the container up.
    Dead,
    /// It starts and ends again and again.
    RestartLoop,
    /// Its own health check fails.
    Unhealthy,
    /// Frozen by hand.
    Paused,
    /// Stopped by hand, or so it seems.
    Stopped,
    /// It has no container.
    Missing,
    /// It does not answer our probe.
    ProbeFailed,
    /// It answers, and says that something it needs is broken.
    Degraded,
    /// It is well and unwell in turns, without a new start.
    Flapping,
    /// It lives in the network of a container that was started after it.
    NamespaceLost,
}

/// How sure the evidence is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// Seen from outside; needs to last before anything is done.
    Probed,
    /// The engine says so and has debounced it.
    Definite,
}

/// Where a piece of evidence comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The engine's inspect or event stream.
    Engine,
    /// Our own probe.
    Probe,
}

/// Why a step is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The main process ended, or the container is gone.
    DefiniteExit,
    /// The kernel ended it for memory.
    DefiniteOom,
    /// Its health check fails.
    DefiniteUnhealthy,
    /// It starts and ends again and again.
    RestartLoop,
    /// It does not answer over HTTP.
    ProbeHttp,
    /// The network that it lives in was replaced.
    NamespaceLost,
    /// The whole core is restarted, service by service.
    Bounce,
    /// A person asked for it.
    Operator,
}

/// Why nothing is proposed for a service that is down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldCode {
    /// The next attempt is not due yet.
    Backoff,
    /// The last action on this service is too recent.
    Settling,
    /// Another service is being repaired.
    StackBusy,
    /// Something it needs is down.
    WaitsForDependency,
    /// Somebody stopped it.
    ManualStop,
    /// Somebody paused it.
    PausedByHand,
    /// The engine is restarting it by itself.
    RestartPolicyAtWork,
    /// It is starting.
    Starting,
    /// Its health changes too often to mean anything.
    Flapping,
    /// A restart cannot cure this.
    RestartProof,
    /// The profile forbids to restart it.
    NotRestartable,
    /// It cannot be seen.
    UnknownReading,
    /// Others have just changed the stack.
    RecentDeploy,
    /// The harness of a soak stops and starts the stack.
    SoakRunning,
    /// Everything allowed has been tried.
    AttemptsSpent,
}

/// Why a proposed step is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Denial {
    /// The session records what it would do, and does nothing.
    Shadow,
    /// The operator has pulled the kill switch.
    KillSwitch,
    /// The session only observes.
    ObserveMode,
    /// Another controller holds the stack, or our hold on it has run out.
    NotLeader,
    /// The operator switched this plane off.
    PlaneOff,
    /// The operator ruled the action out.
    Denylisted,
    /// The session was not granted this action.
    NotAllowedInSession,
    /// The operator paused actions for a while.
    OperatorPaused,
    /// The compose file or its environment changed since the containers were made.
    ComposeDrift,
    /// The installed compose command is of another generation than the project.
    ComposeVersion,
    /// Another disruptive action has no verdict yet.
    StackBusy,
    /// The harness of a soak stops and starts the stack.
    SoakRunning,
    /// The budget of this service is spent.
    BudgetService,
    /// The budget of the stack is spent.
    BudgetStack,
    /// The decision cannot be written down first.
    LedgerUnwritable,
}

/// The gate that refused a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gate {
    /// Whether anything may run now.
    Runtime,
    /// Whether this action may run.
    ToolPolicy,
    /// Whether one more change of the world may be made.
    Elevated,
}

/// Why a person is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EscalationCause {
    /// Everything allowed was tried and did not help.
    AttemptsSpent,
    /// The service's health changes too often to act on.
    Flapping,
    /// The service is down and the profile forbids to restart it.
    NotRestartable,
    /// It may have been stopped by hand; nobody saw it.
    PerhapsByHand,
    /// A restart cannot cure this.
    RestartProof,
}

/// A number or a word of a [`Hold`], a denial or an escalation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Fact {
    /// A number; its unit is in its name.
    Number(i64),
    /// A word.
    Word(Redacted),
}

/// The numbers behind a decision, by name.
pub type Facts = BTreeMap<String, Fact>;

/// A service that is down, and for which nothing is proposed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// The reason.
    pub code: HoldCode,
    /// The numbers behind it.
    pub detail: Facts,
    /// When the answer may change, where that is known.
    pub next_at: Option<Timestamp>,
}

/// A gate's answer when it is no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The reason.
    pub code: Denial,
    /// The numbers behind it.
    pub detail: Facts,
    /// When the answer may change, where that is known.
    pub next_at: Option<Timestamp>,
}

/// One action, with its reason and the test of its success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The service for whose sake the step is taken.
    pub target: ServiceId,
    /// What to do.
    pub action: Action,
    /// Why.
    pub why: Why,
    /// Which attempt at this service it is, counted from 1; 0 for a look.
    pub attempt: u32,
    /// How to tell that it worked.
    pub expect: Expectation,
    /// How long the world has to look like that.
    pub patience: Duration,
    /// Where the step is the first of a bounce: for whose sake, and which services in
    /// which order.
    pub opens_bounce: Option<(ServiceId, Vec<ServiceId>)>,
}

/// What the world should look like after a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expectation {
    /// Nothing in particular.
    Nothing,
    /// The service runs, was started anew, and is well.
    Restarted {
        /// The start time before the step; the new one must differ.
        before: Option<Timestamp>,
        /// How long it must have run, in milliseconds.
        run_min_ms: u64,
        /// Whether its own health check has to pass.
        needs_health: bool,
        /// Whether our probe has to pass.
        needs_probe: bool,
    },
    /// Each of these services has a running container.
    Present {
        /// The services.
        services: Vec<ServiceId>,
    },
    /// No service has a container.
    Gone,
}

/// How an episode ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The expectation came true in time.
    Met,
    /// The time is over and the expectation is not true.
    Unmet,
    /// The time is over and nobody could look, or the step never ran.
    Inconclusive,
}

/// Our hold on the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tenure {
    /// The fencing number; a higher one always wins.
    pub token: u64,
    /// When it runs out unless it is renewed.
    pub expires_at: Timestamp,
}

/// What an action itself reported. It is no verdict: the world decides that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Execution {
    /// How the call ended.
    pub status: ExecutionStatus,
    /// The call, as a person would write it.
    pub call: Redacted,
    /// What came back, at most the last 2 KB.
    pub output: Redacted,
    /// How long it took.
    pub took: Duration,
    /// When it came back.
    pub at: Timestamp,
    /// Why it was not run, if it was not.
    pub refused: Option<Denial>,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExecutionStatus {
    /// It reported success.
    Ok,
    /// It reported failure.
    Failed,
    /// It did not come back in time.
    TimedOut,
    /// It was refused at the last moment; the world was not touched.
    NotRun,
}

impl DownState {
    /// Whether this is somebody's doing, or nothing that a restart could change, so
    /// that time spent in it does not count towards an action.
    pub fn is_hands_off(self) -> bool {
        match self {
            DownState::Paused | DownState::Stopped | DownState::Degraded | DownState::Flapping => {
                true
            }
            DownState::Exited
            | DownState::OomKilled
            | DownState::Dead
            | DownState::RestartLoop
            | DownState::Unhealthy
            | DownState::Missing
            | DownState::NamespaceLost
            | DownState::ProbeFailed => false,
        }
    }
}

impl Denial {
    /// Returns the gate that refuses for this reason.
    pub fn gate(self) -> Gate {
        match self {
            Denial::Shadow
            | Denial::KillSwitch
            | Denial::ObserveMode
            | Denial::NotLeader
            | Denial::OperatorPaused
            | Denial::StackBusy
            | Denial::SoakRunning
            | Denial::LedgerUnwritable => Gate::Runtime,
            Denial::Denylisted | Denial::NotAllowedInSession => Gate::ToolPolicy,
            Denial::PlaneOff
            | Denial::ComposeDrift
            | Denial::ComposeVersion
            | Denial::BudgetService
            | Denial::BudgetStack => Gate::Elevated,
        }
    }
}

impl From<&str> for Fact {
    fn from(word: &str) -> Self {
        Fact::Word(Redacted::from_raw(word))
    }
}

impl From<u32> for Fact {
    fn from(number: u32) -> Self {
        Fact::Number(i64::from(number))
    }
}

impl From<Duration> for Fact {
    /// Whole seconds.
    fn from(duration: Duration) -> Self {
        Fact::Number(i64::try_from(duration.as_secs()).unwrap_or(i64::MAX))
    }
}
