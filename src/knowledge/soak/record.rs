use serde::{Deserialize, Serialize};

use super::{Ending, HarnessKind, Load};
use crate::model::{
    Actor, ControlMode, PhaseStatus, ProcessMark, Project, SoakPhase, SoakResult, Timestamp,
};

/// The version of the record's form.
pub const FORMAT: u32 = 1;

/// Everything that is known of a soak. It is written to the run's folder when the soak
/// begins and again at every step, so that a killed run leaves what the next one needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SoakRecord {
    /// The version of this form, [`FORMAT`].
    pub format: u32,
    /// The run, which is also the name of its folder.
    pub run: String,
    /// The compose project.
    pub project: Project,
    /// The engine and the project: what is soaked.
    pub stack: String,
    /// Who runs it.
    pub actor: Actor,
    /// How much the controller may do meanwhile.
    pub mode: ControlMode,
    /// The session in the ledger.
    pub session: u64,
    /// The harness.
    pub harness: Used,
    /// When it began.
    pub started_at: Timestamp,
    /// When it was over.
    pub ended_at: Option<Timestamp>,
    /// Whether the stack was up when it began.
    pub was_up: bool,
    /// The services that ran then.
    #[serde(default)]
    pub up_before: Vec<String>,
    /// The process of the harness, once it was started.
    pub process: Option<ProcessMark>,
    /// How the harness ended.
    pub ending: Option<Ending>,
    /// The answer.
    pub result: Option<SoakResult>,
    /// Why it is not a pass.
    pub reasons: Vec<String>,
    /// The phases as they went.
    pub phases: Vec<PhaseMark>,
}

/// The harness of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Used {
    /// Which it is.
    pub kind: HarnessKind,
    /// Its file.
    pub path: String,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
    /// What it was told.
    pub load: Load,
    /// The whole command.
    pub command: Vec<String>,
}

/// How a phase went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhaseMark {
    /// The phase.
    pub phase: SoakPhase,
    /// How it stood then.
    pub status: PhaseStatus,
    /// When.
    pub at: Timestamp,
    /// What happened.
    pub detail: String,
}
