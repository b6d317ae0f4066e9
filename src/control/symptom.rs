use crate::model::{Container, DownState, Evidence, Redacted, Source, Timestamp, Why};

/// What one snapshot says of one service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Running, healthy, and not in a restart loop.
    Up,
    /// Neither up nor down yet.
    Starting,
    /// A one-shot that ended well, or a service that is not part of this stack.
    Absent,
    /// Down.
    Down(Symptom),
    /// It cannot be seen.
    Unseen(Redacted),
}

/// How a service is down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symptom {
    /// In which way.
    pub state: DownState,
    /// How sure that is.
    pub evidence: Evidence,
    /// Where it comes from.
    pub sources: Vec<Source>,
    /// The exit code, where the main process ended.
    pub exit_code: Option<i64>,
    /// Failed health checks in a row.
    pub streak: Option<u32>,
    /// Restarts by the engine within the loop window.
    pub restarts: Option<u32>,
    /// When the run that failed started.
    pub started_at: Option<Timestamp>,
    /// What the engine or the probe said.
    pub reason: Option<Redacted>,
    /// Whether the engine's restart policy is still busy with it.
    pub is_policy_at_work: bool,
    /// Whether "stopped by hand" is only a guess.
    pub is_guess: bool,
    /// Why a step for it would be taken.
    pub why: Why,
}

impl Symptom {
    pub(super) fn new(state: DownState, why: Why) -> Self {
        Self {
            state,
            evidence: Evidence::Definite,
            sources: vec![Source::Engine],
            exit_code: None,
            streak: None,
            restarts: None,
            started_at: None,
            reason: None,
            is_policy_at_work: false,
            is_guess: false,
            why,
        }
    }

    pub(super) fn of(container: &Container, state: DownState, why: Why) -> Self {
        let reason = (!container.error.as_str().is_empty()).then(|| container.error.clone());
        Self {
            started_at: container.started_at,
            reason,
            ..Self::new(state, why)
        }
    }

    pub(super) fn ended(container: &Container, state: DownState, why: Why) -> Self {
        Self {
            exit_code: Some(container.exit_code),
            ..Self::of(container, state, why)
        }
    }
}
