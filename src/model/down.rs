use serde::{Deserialize, Serialize};

use super::{DownState, Evidence, Redacted, ServiceId, Source, Timestamp};

/// A service that is down, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Down {
    /// The service.
    pub service: ServiceId,
    /// In which way.
    pub state: DownState,
    /// How sure that is.
    pub evidence: Evidence,
    /// Where it comes from.
    pub sources: Vec<Source>,
    /// The exit code of the main process, where it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i64>,
    /// Health checks failed in a row, where they fail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub streak: Option<u32>,
    /// Restarts by the engine in the loop window, where it loops.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restarts: Option<u32>,
    /// When the run that failed started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// What the engine or the probe said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Redacted>,
    /// Earlier attempts that still count, after a relapse.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub attempts: u32,
    /// Earlier attempts that still lengthen the waiting time.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub backoff: u32,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands out a reference"
)]
fn is_zero(n: &u32) -> bool {
    *n == 0
}
