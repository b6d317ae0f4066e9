use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

use super::{Redacted, ServiceId, ServiceName, Timestamp};

/// What one probe learned.
///
/// `Unknown` is neither healthy nor down: it starts nothing and ends nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reading<T> {
    /// The probe answered.
    Known(T),
    /// The probe itself failed.
    Unknown(Redacted),
}

/// A snapshot of the world, complete at one moment.
///
/// It carries everything that pure code may know of the outside; the same
/// snapshot, state and policy always lead to the same decisions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// When the snapshot was complete. Pure code uses this as "now".
    pub at: Timestamp,
    /// Milliseconds of wall clock since this process's previous snapshot, if there was
    /// one; negative when the clock was set back.
    pub since_last_ms: Option<i64>,
    /// Whether the engine answered at all.
    pub engine: Reading<()>,
    /// One reading for each watched container slot.
    pub services: BTreeMap<ServiceId, Reading<Sight>>,
    /// The latest result of each configured HTTP probe.
    pub probes: BTreeMap<ServiceName, Reading<ProbeReport>>,
    /// The operator's kill switch.
    pub kill_switch: KillSwitch,
    /// What speaks against using compose; asked only while a service has no container,
    /// and none until there is an answer.
    pub compose: Option<Reading<ComposeFacts>>,
}

/// Whether the installed compose command can be trusted with this project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComposeFacts {
    /// Services whose configuration is not the one that their containers were made
    /// from.
    pub drifted: Vec<ServiceName>,
    /// The major version that made the project, by its labels.
    pub project_major: Option<u32>,
    /// The major version that is installed.
    pub installed_major: Option<u32>,
}

/// What the engine says of a container slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sight {
    /// The stack names the service, and the engine has no container for it.
    Missing {
        /// What others did to the last container of this slot, oldest first.
        happenings: Vec<Happening>,
    },
    /// The engine has a container.
    Present(Box<Container>),
}

/// One container as `inspect` tells it, with its recent past.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Container {
    /// The first twelve digits of the engine's id.
    pub id: String,
    /// The container's name without the leading slash.
    pub name: String,
    /// Where the container is in its life.
    pub lifecycle: Lifecycle,
    /// The engine's health verdict.
    pub health: Health,
    /// The container's own health check, if it has one.
    pub health_check: Option<HealthCheck>,
    /// What the engine does when the main process ends.
    pub restart_policy: RestartPolicy,
    /// Restarts by that policy since the last start by hand.
    pub restart_count: u32,
    /// Exit code of the last run; meaningless while running.
    pub exit_code: i64,
    /// Whether the kernel killed a process of the container for memory.
    pub is_oom_killed: bool,
    /// The engine's own error text for a start that failed; empty if none.
    pub error: Redacted,
    /// When the current or last run started, by the engine's clock.
    pub started_at: Option<Timestamp>,
    /// When the last run ended, by the engine's clock.
    pub finished_at: Option<Timestamp>,
    /// How long the engine waits between SIGTERM and SIGKILL.
    pub stop_timeout: Duration,
    /// The service in whose network this one lives, if it has none of its own.
    pub network_owner: Option<ServiceName>,
    /// Services that this one needs, where its labels or compose file say so.
    pub depends_on: Vec<ServiceName>,
    /// Starts seen in the last ten minutes, oldest first, at most
    /// [`Container::STARTS_MAX`].
    pub starts: Vec<Start>,
    /// What the engine reported in the last ten minutes, oldest first, at most
    /// [`Container::HAPPENINGS_MAX`].
    pub happenings: Vec<Happening>,
    /// When its health or its probe changed within the current run, in the last ten
    /// minutes, oldest first, at most [`Container::CHANGES_MAX`].
    pub changes: Vec<Timestamp>,
}

/// Where a container is in its life. `Restarting` outranks `Running`: the engine
/// sets both while it waits to start a container again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lifecycle {
    /// Made, never started.
    Created,
    /// The main process runs.
    Running,
    /// Between two starts by the engine's restart policy.
    Restarting,
    /// Frozen by `pause`.
    Paused,
    /// The main process has ended.
    Exited,
    /// The engine could not remove it.
    Dead,
    /// On its way out.
    Removing,
}

impl Lifecycle {
    /// The word for it in a sentence.
    pub fn word(self) -> &'static str {
        match self {
            Lifecycle::Created => "created",
            Lifecycle::Running => "running",
            Lifecycle::Restarting => "restarting",
            Lifecycle::Paused => "paused",
            Lifecycle::Exited => "exited",
            Lifecycle::Dead => "dead",
            Lifecycle::Removing => "being removed",
        }
    }
}

/// The engine's health verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// The container has no health check.
    Unchecked,
    /// No verdict yet.
    Starting,
    /// The last check passed.
    Healthy,
    /// The check failed; with a streak of 0 the engine only guesses (a paused or
    /// just unpaused container).
    Unhealthy {
        /// Checks failed in a row.
        streak: u32,
    },
}

/// The timing of a container's health check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthCheck {
    /// Time in which failures do not count.
    pub start_period: Duration,
    /// Time between two checks.
    pub interval: Duration,
    /// Failures in a row that make the container unhealthy.
    pub retries: u32,
}

/// What the engine does when the main process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RestartPolicy {
    /// Nothing.
    No,
    /// Starts it again after a failure.
    OnFailure {
        /// At most this many times; 0 means without limit.
        retries_max: u32,
    },
    /// Starts it again, also after the engine's own restart.
    Always,
    /// Like `Always`, unless somebody stopped it.
    UnlessStopped,
}

/// One start of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    /// When, by the engine's clock.
    pub at: Timestamp,
    /// The engine's restart count at that moment; 0 for a start by hand.
    pub restart_count: u32,
}

/// Something the engine reported about a container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Happening {
    /// When, by the engine's clock.
    pub at: Timestamp,
    /// What.
    pub kind: HappeningKind,
}

/// The lifecycle reports that decisions look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HappeningKind {
    /// A container was made.
    Create,
    /// The main process was started.
    Start,
    /// Somebody sent a signal through the engine.
    Kill {
        /// The signal's number, as the engine names it.
        signal: i64,
    },
    /// Somebody stopped the container through the engine.
    Stop,
    /// The main process ended.
    Die {
        /// Its exit code.
        exit_code: i64,
    },
    /// The kernel killed a process for memory.
    Oom,
    /// Somebody paused it.
    Pause,
    /// Somebody unpaused it.
    Unpause,
    /// Somebody renamed it.
    Rename,
    /// The container was removed.
    Destroy,
}

/// The result of one HTTP probe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbeReport {
    /// When the answer, or the lack of one, was known.
    pub at: Timestamp,
    /// How long it took.
    pub latency: Duration,
    /// What it says.
    pub result: ProbeResult,
}

/// What an HTTP probe says of its service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProbeResult {
    /// The expected answer.
    Ok,
    /// No answer, or a wrong one.
    Failed(Redacted),
    /// The service answers and says that something it needs is broken; a restart
    /// cannot cure that.
    Degraded(Redacted),
}

/// The operator's kill switch. What cannot be read counts as pulled.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KillSwitch {
    /// Actions are not stopped by it.
    #[default]
    Clear,
    /// No action may run.
    Pulled {
        /// Where it was pulled, or why it could not be read.
        source: Redacted,
    },
}

impl<T> Reading<T> {
    /// Returns the answer, if there is one.
    pub fn known(&self) -> Option<&T> {
        match self {
            Reading::Known(value) => Some(value),
            Reading::Unknown(_) => None,
        }
    }
}

impl Container {
    /// The most starts that a snapshot carries for a container.
    pub const STARTS_MAX: usize = 32;
    /// The most reports that a snapshot carries for a container.
    pub const HAPPENINGS_MAX: usize = 32;
    /// The most health changes that a snapshot carries for a container.
    pub const CHANGES_MAX: usize = 32;
    /// How far back starts, reports and changes go.
    pub const PAST_MAX: Duration = Duration::from_secs(600);
}

impl Observation {
    /// Returns the container in a slot, if the engine was seen to have one.
    pub fn container(&self, service: &ServiceId) -> Option<&Container> {
        match self.services.get(service)?.known()? {
            Sight::Present(container) => Some(container),
            Sight::Missing { .. } => None,
        }
    }

    /// Returns the probe of a service, if it answered for the container's
    /// current run.
    pub fn probe(&self, service: &ServiceId) -> Option<&ProbeReport> {
        let report = self.probes.get(service.name())?.known()?;
        let started_at = self.container(service)?.started_at?;
        (started_at <= report.at).then_some(report)
    }
}
