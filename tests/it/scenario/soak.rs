//! The rows of a soak that another process runs.

use wicap_assist::model::{
    EventKind, PhaseStatus, Redacted, SoakEnded, SoakPhase, SoakPhased, SoakResult,
};

/// `holds`, `lets go`, `is over`.
pub(super) fn row(words: &[&str]) -> EventKind {
    let run = "a".to_owned();
    if words == ["is", "over"] {
        return EventKind::SoakEnded(SoakEnded {
            run,
            result: SoakResult::Passed,
            reason: Redacted::from_raw(""),
            took_ms: 1,
        });
    }
    EventKind::SoakPhase(SoakPhased {
        run,
        phase: SoakPhase::Execute,
        status: PhaseStatus::Noted,
        detail: Redacted::from_raw(""),
        holds: words == ["holds"],
    })
}
