//! What holds for every ledger, whatever happened.

use std::collections::BTreeMap;

use wicap_assist::model::{Action, ControlMode, Envelope, EventKind, ServiceId};

/// Checks the rows of one project, oldest first.
#[track_caller]
pub(crate) fn check(rows: &[Envelope]) {
    let mut open: BTreeMap<&ServiceId, &Action> = BTreeMap::new();
    let mut mode = ControlMode::Observe;
    for (place, row) in (1..).zip(rows) {
        assert_eq!(place, row.seq, "the sequence has a gap");
        match &row.kind {
            EventKind::SessionStarted { mode: granted, .. } => mode = *granted,
            EventKind::ActionStarted {
                service,
                action,
                deadline,
                ..
            } => {
                assert_ne!(
                    ControlMode::Observe,
                    mode,
                    "row {}: an act in observe",
                    row.seq
                );
                assert!(row.at < *deadline, "row {}: no time to judge", row.seq);
                let busy = open.values().any(|action| action.is_disruptive());
                assert!(
                    !(busy && action.is_disruptive()),
                    "row {}: two at once",
                    row.seq
                );
                let before = open.insert(service, action);
                assert!(
                    before.is_none(),
                    "row {}: {service} has two open episodes",
                    row.seq
                );
            }
            EventKind::EpisodeClosed {
                service, action, ..
            } => {
                let started = open.remove(service);
                assert_eq!(
                    Some(action),
                    started,
                    "row {}: closed, never started",
                    row.seq
                );
            }
            EventKind::SessionEnded { .. }
            | EventKind::EngineUnseen { .. }
            | EventKind::EngineSeen { .. }
            | EventKind::ServiceDown(_)
            | EventKind::ServiceRecovered { .. }
            | EventKind::ServiceUnseen { .. }
            | EventKind::ServiceSeen { .. }
            | EventKind::Held { .. }
            | EventKind::Released { .. }
            | EventKind::ActionDenied { .. }
            | EventKind::ActionReturned { .. }
            | EventKind::Escalated { .. }
            | EventKind::SnapshotTaken { .. }
            | EventKind::BounceStarted { .. }
            | EventKind::BounceEnded { .. }
            | EventKind::Acknowledged { .. }
            | EventKind::ActionsPaused { .. }
            | EventKind::ActionsResumed { .. }
            | EventKind::OperatorRequest(_)
            | EventKind::OperatorAnswer(_)
            | EventKind::LeaseTaken { .. }
            | EventKind::LeaseYielded { .. }
            | EventKind::ClockJumped { .. }
            | EventKind::SoakStarted(_)
            | EventKind::SoakPhase(_)
            | EventKind::SoakEnded(_)
            | EventKind::KillSwitchPulled { .. }
            | EventKind::KillSwitchCleared => (),
        }
    }
}
