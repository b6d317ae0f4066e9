use std::{collections::BTreeMap, time::Duration};

use crate::{
    control::patient::{Episode, LastAction, Mark, Patient, Standing},
    model::{
        Action, Denial, Down, Envelope, EventKind, ExecutionStatus, ServiceId, Timestamp, Verdict,
    },
};

/// The longest window that any rule looks back: the day's budget.
const MEMORY: Duration = Duration::from_secs(24 * 3_600);

/// What the controller remembers from one turn to the next.
///
/// It is a fold over the rows of the ledger and nothing else, so a restarted
/// controller reads it back and goes on where the last one was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    session: u64,
    session_at: Timestamp,
    engine_unseen_since: Option<Timestamp>,
    is_kill_switch_pulled: bool,
    patients: BTreeMap<ServiceId, Patient>,
    spent: Vec<Spent>,
}

/// A disruptive action that counts against the budgets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spent {
    /// When it started.
    pub at: Timestamp,
    /// The service for whose sake it ran.
    pub service: ServiceId,
}

impl State {
    /// The empty memory of a session, named by the `seq` of its first row.
    pub fn of_session(session: u64) -> Self {
        Self {
            session,
            ..Self::default()
        }
    }

    /// Rebuilds the memory of `session` from rows of the ledger, oldest first.
    pub fn replay<'a>(session: u64, rows: impl IntoIterator<Item = &'a Envelope>) -> Self {
        let mut state = Self::of_session(session);
        for row in rows {
            state.apply(row);
        }
        state
    }

    /// Takes one row into account.
    ///
    /// What earlier sessions found counts; what another session finds while this
    /// one runs does not, because both look for themselves. Actions always count.
    pub fn apply(&mut self, row: &Envelope) {
        let is_own = row.session == self.session || row.seq < self.session;
        match &row.kind {
            EventKind::ActionStarted { service, .. } => self.action_started(service, row),
            EventKind::ActionReturned {
                service,
                status,
                code,
                ..
            } => {
                self.action_returned(service, row.at, *status, *code);
            }
            EventKind::EpisodeClosed {
                service, verdict, ..
            } => {
                self.episode_closed(service, row.at, *verdict);
            }
            EventKind::SessionStarted { .. } if is_own => self.session_started(row.at),
            EventKind::EngineUnseen { .. } if is_own => self.engine_unseen_since = Some(row.at),
            EventKind::EngineSeen { .. } if is_own => self.engine_unseen_since = None,
            EventKind::KillSwitchPulled { .. } if is_own => self.is_kill_switch_pulled = true,
            EventKind::KillSwitchCleared if is_own => self.is_kill_switch_pulled = false,
            EventKind::ServiceDown(down) if is_own => self.service_down(down, row.at),
            EventKind::ServiceRecovered { service, .. } if is_own => {
                self.patient_mut(service).recover(row.at);
            }
            EventKind::ServiceUnseen { service, .. } if is_own => {
                self.patient_mut(service).is_unseen = true;
            }
            EventKind::ServiceSeen { service } if is_own => {
                self.patient_mut(service).is_unseen = false;
            }
            EventKind::Held { service, code, .. } if is_own => {
                self.patient_mut(service).hold(Some(*code), row.at);
            }
            EventKind::Released { service, .. } if is_own => {
                self.patient_mut(service).hold(None, row.at);
            }
            EventKind::ActionDenied {
                service,
                action,
                code,
                ..
            } if is_own => {
                self.patient_mut(service).denied = Some((action.clone(), *code));
            }
            EventKind::Escalated { service, cause, .. } if is_own => {
                self.patient_mut(service).escalation = Some(Mark {
                    what: *cause,
                    at: row.at,
                });
            }
            EventKind::SessionEnded { .. }
            | EventKind::SessionStarted { .. }
            | EventKind::EngineUnseen { .. }
            | EventKind::EngineSeen { .. }
            | EventKind::KillSwitchPulled { .. }
            | EventKind::KillSwitchCleared
            | EventKind::ServiceDown(_)
            | EventKind::ServiceRecovered { .. }
            | EventKind::ServiceUnseen { .. }
            | EventKind::ServiceSeen { .. }
            | EventKind::Held { .. }
            | EventKind::Released { .. }
            | EventKind::ActionDenied { .. }
            | EventKind::Escalated { .. } => (),
        }
    }

    /// When the session started.
    pub fn session_at(&self) -> Timestamp {
        self.session_at
    }

    /// Since when the engine does not answer, if it does not.
    pub fn engine_unseen_since(&self) -> Option<Timestamp> {
        self.engine_unseen_since
    }

    /// Whether the kill switch was pulled when last looked at.
    pub fn is_kill_switch_pulled(&self) -> bool {
        self.is_kill_switch_pulled
    }

    /// What is remembered of a service, if anything is.
    pub fn patient(&self, service: &ServiceId) -> Option<&Patient> {
        self.patients.get(service)
    }

    /// Everything that is remembered of services, in their order.
    pub fn patients(&self) -> impl Iterator<Item = (&ServiceId, &Patient)> {
        self.patients.iter()
    }

    /// The steps that wait for a verdict.
    pub fn episodes(&self) -> impl Iterator<Item = (&ServiceId, &Episode)> {
        self.patients
            .iter()
            .filter_map(|(service, patient)| Some((service, patient.episode.as_ref()?)))
    }

    /// The service that is being repaired, if one is.
    pub fn busy_with(&self) -> Option<&ServiceId> {
        self.episodes()
            .find(|(_, episode)| episode.action.is_disruptive())
            .map(|(service, _)| service)
    }

    /// The disruptive actions of the last 24 hours, oldest first.
    pub fn spent(&self) -> &[Spent] {
        &self.spent
    }

    fn session_started(&mut self, at: Timestamp) {
        self.session_at = at;
        self.engine_unseen_since = None;
        self.is_kill_switch_pulled = false;
        for patient in self.patients.values_mut() {
            patient.begin_session();
        }
    }

    fn service_down(&mut self, down: &Down, at: Timestamp) {
        let patient = self.patient_mut(&down.service);
        let standing = Standing {
            since: patient
                .standing
                .as_ref()
                .map_or(at, |standing| standing.since),
            acting_since: match &patient.standing {
                Some(before) if before.is_announced && !before.state.is_hands_off() => {
                    before.acting_since
                }
                Some(_) | None => at,
            },
            state: down.state,
            is_announced: true,
        };
        patient.standing = Some(standing);
        patient.n_attempts = down.attempts;
        patient.n_backoff = down.backoff;
        patient.denied = None;
        patient.last_edge_at = Some(at);
    }

    fn action_started(&mut self, service: &ServiceId, row: &Envelope) {
        let EventKind::ActionStarted {
            action,
            why,
            attempt,
            expect,
            deadline,
            ..
        } = &row.kind
        else {
            return;
        };
        let is_disruptive = action.is_disruptive();
        let patient = self.patient_mut(service);
        patient.episode = Some(Episode {
            action: action.clone(),
            why: *why,
            attempt: *attempt,
            expect: expect.clone(),
            started_at: row.at,
            started_seq: row.seq,
            deadline: *deadline,
            returned: None,
        });
        patient.held = None;
        patient.denied = None;
        if !is_disruptive {
            patient.checked_at = Some(row.at);
            return;
        }
        patient.n_attempts += 1;
        patient.n_backoff += 1;
        patient.last_action = Some(LastAction {
            started_at: row.at,
            until: None,
            deadline: *deadline,
            judged_at: None,
        });
        self.spent.retain(|spent| row.at.since(spent.at) < MEMORY);
        self.spent.push(Spent {
            at: row.at,
            service: service.clone(),
        });
    }

    fn action_returned(
        &mut self,
        service: &ServiceId,
        at: Timestamp,
        status: ExecutionStatus,
        code: Option<Denial>,
    ) {
        let patient = self.patient_mut(service);
        let Some(episode) = &mut patient.episode else {
            return;
        };
        episode.returned = Some(Mark { what: status, at });
        if let Some(last) = &mut patient.last_action {
            last.until = Some(at);
        }
        if status == ExecutionStatus::NotRun && episode.action.is_disruptive() {
            // The world was not touched: nothing is spent.
            patient.n_attempts = patient.n_attempts.saturating_sub(1);
            patient.n_backoff = patient.n_backoff.saturating_sub(1);
            patient.last_action = None;
            patient.denied = code.map(|code| (episode.action.clone(), code));
            if let Some(last) = self
                .spent
                .iter()
                .rposition(|spent| &spent.service == service)
            {
                self.spent.remove(last);
            }
        }
    }

    fn episode_closed(&mut self, service: &ServiceId, at: Timestamp, verdict: Verdict) {
        let patient = self.patient_mut(service);
        let Some(episode) = patient.episode.take() else {
            return;
        };
        patient.last_edge_at = Some(at);
        let is_cure = matches!(&episode.action, Action::Restart(_) | Action::ComposeUpCore);
        if let Some(last) = patient.last_action.as_mut().filter(|_| is_cure) {
            last.judged_at = Some(at);
        }
        if is_cure && verdict == Verdict::Met {
            patient.cured_at = Some(at);
        }
    }

    fn patient_mut(&mut self, service: &ServiceId) -> &mut Patient {
        self.patients.entry(service.clone()).or_default()
    }
}
