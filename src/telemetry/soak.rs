//! What is said of soaks.

use super::words::{count, span};
use crate::model::{EventKind, PhaseStatus, Redacted, SoakResult, SoakStarted};

/// What happens in a soak; empty for every other kind.
pub(super) fn soak(kind: &EventKind) -> String {
    if let EventKind::SoakStarted(started) = kind {
        let SoakStarted { run, harness, .. } = started;
        let minutes = count(started.minutes, "minute");
        return format!("soak {run} began: {harness}, {minutes} of load");
    }
    if let EventKind::SoakPhase(phased) = kind {
        let (phase, detail) = (phased.phase, tail(&phased.detail));
        let holds = match phased.holds {
            true => "; actions are held",
            false => "",
        };
        let stands = match phased.status {
            PhaseStatus::Started => " began",
            PhaseStatus::Noted => "",
            PhaseStatus::Completed => " is done",
            PhaseStatus::Warning => " is done, with a warning",
            PhaseStatus::Failed => " failed",
            PhaseStatus::Skipped => " was skipped",
        };
        return format!("soak: {phase}{stands}{detail}{holds}");
    }
    if let EventKind::SoakEnded(ended) = kind {
        let (run, took, reason) = (&ended.run, span(ended.took_ms), tail(&ended.reason));
        let how = match ended.result {
            SoakResult::Passed => "passed",
            SoakResult::Failed => "failed",
            SoakResult::Interrupted => "was interrupted",
        };
        return format!("soak {run} {how} after {took}{reason}");
    }
    String::new()
}

fn tail(text: &Redacted) -> String {
    match text.as_str() {
        "" => String::new(),
        text => format!(": {text}"),
    }
}
