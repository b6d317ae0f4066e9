//! What holds for every ledger, whatever happened.

use std::collections::BTreeMap;

use wicap_assist::{
    model::{Action, ControlMode, Envelope, EventKind, ServiceId, Timestamp, Verdict},
    store::Ledger,
};

/// Checks that what is kept beside the rows of a project is what its rows say.
#[track_caller]
pub(crate) fn check_projections(ledger: &Ledger, rows: &[Envelope]) {
    let Some(project) = rows.first().map(|row| &row.project) else {
        return;
    };
    let mut sessions: Vec<u64> = Vec::new();
    let mut episodes = Vec::new();
    for row in rows {
        let kind = &row.kind;
        if let EventKind::SessionStarted { .. } = kind {
            sessions.push(row.session);
        } else if let EventKind::SessionEnded { .. } = kind {
            sessions.retain(|id| *id != row.session);
        } else if let EventKind::ActionStarted {
            service,
            action,
            attempt,
            ..
        } = kind
        {
            let names = (service.to_string(), action.to_string());
            episodes.push((row.seq, names.0, names.1, *attempt, row.at, None));
        } else if let EventKind::EpisodeClosed {
            service, verdict, ..
        } = kind
        {
            let name = service.to_string();
            let mut open = episodes
                .iter_mut()
                .filter(|one| one.1 == name && one.5.is_none());
            let started = open.next().expect("what is judged was started");
            started.5 = Some(match verdict {
                Verdict::Met => "met",
                Verdict::Unmet => "unmet",
                Verdict::Inconclusive => "inconclusive",
            });
        }
    }
    let kept = ledger.session_list_open(project).unwrap();
    let kept: Vec<u64> = kept.iter().map(|session| session.id).collect();
    assert_eq!(sessions, kept, "sessions that have not ended");
    let end = Timestamp::from_millis(i64::MAX);
    let kept = ledger.episode_list_past(Some(project), end, u32::MAX);
    let kept = kept.unwrap();
    let kept: Vec<_> = kept
        .iter()
        .rev()
        .map(|one| {
            let names = (one.service.clone(), one.action.clone());
            let verdict = one.verdict.as_deref();
            (
                one.started_seq,
                names.0,
                names.1,
                one.attempt,
                one.started,
                verdict,
            )
        })
        .collect();
    assert_eq!(episodes, kept, "actions and how they ended");
}

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
