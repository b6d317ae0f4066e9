use std::fmt;

use serde::{Deserialize, Serialize};

use super::Redacted;

/// A soak began: a harness is about to load the stack while the controller watches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoakStarted {
    /// The run, which is also the name of its folder.
    pub run: String,
    /// The harness.
    pub harness: Redacted,
    /// SHA-256 of the harness, in hex, as it was trusted.
    pub sha256: String,
    /// How long the harness was told to load the stack, in minutes.
    pub minutes: u32,
}

/// A phase of a soak began or ended, or something happened in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoakPhased {
    /// The run.
    pub run: String,
    /// The phase.
    pub phase: SoakPhase,
    /// How it stands.
    pub status: PhaseStatus,
    /// What happened.
    pub detail: Redacted,
    /// Whether actions are held from now on: the harness stops and starts the stack.
    pub holds: bool,
}

/// A soak is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoakEnded {
    /// The run.
    pub run: String,
    /// The answer.
    pub result: SoakResult,
    /// Why; empty where it passed.
    pub reason: Redacted,
    /// How long the whole run took, in milliseconds.
    pub took_ms: u64,
}

/// The phases of a soak, in their order; observing goes on beside executing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SoakPhase {
    /// Everything that can be known before the harness runs.
    Preflight,
    /// The harness runs.
    Execute,
    /// The controller watches while it does.
    Observe,
    /// What was written is read into the evidence.
    Ingest,
    /// The incident report is written.
    Incident,
    /// The stack is left as it was found, and the reports are written.
    Finalize,
}

/// How a phase of a soak stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhaseStatus {
    /// It began.
    Started,
    /// Something happened in it.
    Noted,
    /// It ended as it should.
    Completed,
    /// It ended, and a person should look.
    Warning,
    /// It failed.
    Failed,
    /// There was nothing to do in it.
    Skipped,
}

/// How a soak ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SoakResult {
    /// The harness reports no error and no failed check.
    Passed,
    /// Something failed, or there is no report that says otherwise.
    Failed,
    /// It was stopped before the harness was done.
    Interrupted,
}

/// A process, known by more than its number: numbers are used again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessMark {
    /// Its number, which is also that of its group.
    pub pid: u32,
    /// When it started, in clock ticks since the host did.
    pub started: u64,
    /// The host's current run.
    pub boot: String,
}

impl SoakPhase {
    /// All phases, in their order.
    pub const ALL: [SoakPhase; 6] = [
        SoakPhase::Preflight,
        SoakPhase::Execute,
        SoakPhase::Observe,
        SoakPhase::Ingest,
        SoakPhase::Incident,
        SoakPhase::Finalize,
    ];

    /// Returns the stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            SoakPhase::Preflight => "preflight",
            SoakPhase::Execute => "execute",
            SoakPhase::Observe => "observe",
            SoakPhase::Ingest => "ingest",
            SoakPhase::Incident => "incident",
            SoakPhase::Finalize => "finalize",
        }
    }
}

impl PhaseStatus {
    /// Returns the stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            PhaseStatus::Started => "started",
            PhaseStatus::Noted => "noted",
            PhaseStatus::Completed => "completed",
            PhaseStatus::Warning => "warning",
            PhaseStatus::Failed => "failed",
            PhaseStatus::Skipped => "skipped",
        }
    }
}

impl SoakResult {
    /// Returns the stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            SoakResult::Passed => "passed",
            SoakResult::Failed => "failed",
            SoakResult::Interrupted => "interrupted",
        }
    }
}

impl fmt::Display for SoakPhase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for PhaseStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for SoakResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
