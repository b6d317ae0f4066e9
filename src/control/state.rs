use std::collections::BTreeMap;

use crate::{
    control::{
        patient::{Episode, Patient},
        request::Request,
    },
    model::{Envelope, EventKind, ServiceId, SoakPhased, Timestamp},
};

/// What the controller remembers from one turn to the next.
///
/// It is a fold over the rows of the ledger and nothing else, so a restarted
/// controller reads it back and goes on where the last one was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    pub(super) session: u64,
    pub(super) latest_at: Timestamp,
    pub(super) set_back: Option<SetBack>,
    pub(super) engine_unseen_since: Option<Timestamp>,
    pub(super) is_kill_switch_pulled: bool,
    pub(super) patients: BTreeMap<ServiceId, Patient>,
    pub(super) spent: Vec<Spent>,
    pub(super) bounce: Option<Bounce>,
    pub(super) last_bounce_at: Option<Timestamp>,
    pub(super) pauses: BTreeMap<Option<ServiceId>, Timestamp>,
    pub(super) requests: BTreeMap<u64, Request>,
    pub(super) soak: Option<SoakHold>,
}

/// A soak whose harness stops and starts the stack at this moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoakHold {
    /// The session that runs it.
    pub session: u64,
    /// The run.
    pub run: String,
}

/// Who told last that the clock was set back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SetBack {
    pub(super) session: u64,
    pub(super) seq: u64,
    pub(super) at: Timestamp,
    pub(super) by_ms: i64,
}

/// A disruptive action that counts against the budgets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spent {
    /// When it started.
    pub at: Timestamp,
    /// The service for whose sake it ran.
    pub service: ServiceId,
    /// Whether it stands for a whole bounce.
    pub is_bounce: bool,
}

/// A bounce of the core that is under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounce {
    /// The service for whose sake it is made.
    pub service: ServiceId,
    /// The services that are still to be restarted, first one next.
    pub remaining: Vec<ServiceId>,
    /// Whether every restart so far was met.
    pub is_well: bool,
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
    /// one runs does not, because both look for themselves. What was done, and what
    /// people asked for, always counts.
    pub fn apply(&mut self, row: &Envelope) {
        let is_own = row.session == self.session || row.seq < self.session;
        self.note_time(row);
        match &row.kind {
            EventKind::ActionStarted { service, .. } => self.action_started(service, row),
            EventKind::ActionReturned {
                service,
                status,
                code,
                ..
            } => {
                self.action_returned(service, row, (*status, *code));
            }
            EventKind::EpisodeClosed {
                service, verdict, ..
            } => {
                self.episode_closed(service, row.at, *verdict);
            }
            EventKind::BounceStarted { service, order } => {
                self.bounce_started(service, order, row.at);
            }
            EventKind::BounceEnded { .. } => self.bounce = None,
            EventKind::Acknowledged { service } => self.acknowledged(service),
            EventKind::ActionsPaused { service, until } => {
                self.pauses.insert(service.clone(), *until);
            }
            EventKind::OperatorRequest(request) => self.requested(row, request),
            EventKind::OperatorAnswer(answer) => {
                self.requests.remove(&answer.request);
            }
            EventKind::ActionsResumed { service: None } => self.pauses.clear(),
            EventKind::ActionsResumed { service } => {
                self.pauses.remove(service);
            }
            EventKind::SoakPhase(SoakPhased { run, holds, .. }) => {
                self.soak_phased(row.session, holds.then_some(run));
            }
            EventKind::SoakEnded(_) | EventKind::SessionEnded { .. } => {
                self.soak_phased(row.session, None);
            }
            EventKind::SoakStarted(_) => (),
            EventKind::SessionStarted { .. }
            | EventKind::EngineUnseen { .. }
            | EventKind::EngineSeen { .. }
            | EventKind::ServiceDown(_)
            | EventKind::ServiceRecovered { .. }
            | EventKind::ServiceUnseen { .. }
            | EventKind::ServiceSeen { .. }
            | EventKind::Held { .. }
            | EventKind::Released { .. }
            | EventKind::ActionDenied { .. }
            | EventKind::Escalated { .. }
            | EventKind::SnapshotTaken { .. }
            | EventKind::LeaseTaken { .. }
            | EventKind::LeaseYielded { .. }
            | EventKind::ClockJumped { .. }
            | EventKind::KillSwitchPulled { .. }
            | EventKind::KillSwitchCleared => {
                if is_own {
                    self.found(row);
                }
            }
        }
    }

    fn note_time(&mut self, row: &Envelope) {
        let is_jump = matches!(row.kind, EventKind::ClockJumped { .. });
        // These are written down some time after they happened.
        let is_belated = matches!(
            row.kind,
            EventKind::ActionReturned { .. } | EventKind::SnapshotTaken { .. }
        );
        if is_jump {
            self.latest_at = row.at;
        } else if !is_belated {
            self.latest_at = self.latest_at.max(row.at);
        }
    }

    /// The session: the `seq` of its first row.
    pub fn session(&self) -> u64 {
        self.session
    }

    /// The time of the latest row since the clock last jumped.
    pub fn latest_at(&self) -> Timestamp {
        self.latest_at
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

    /// The bounce that is under way, if one is.
    pub fn bounce(&self) -> Option<&Bounce> {
        self.bounce.as_ref()
    }

    /// The soak for whose sake actions are held, if there is one.
    pub fn soak_hold(&self) -> Option<&SoakHold> {
        self.soak.as_ref()
    }

    /// When the core was last bounced.
    pub fn last_bounce_at(&self) -> Option<Timestamp> {
        self.last_bounce_at
    }

    /// What people asked for and nobody has answered, oldest first.
    pub fn requests(&self) -> impl Iterator<Item = &Request> {
        self.requests.values()
    }

    /// The operator's pauses that last at `at`; without a service all are meant.
    pub fn pauses(&self, at: Timestamp) -> impl Iterator<Item = (Option<&ServiceId>, Timestamp)> {
        let pauses = self.pauses.iter();
        pauses
            .map(|(service, &until)| (service.as_ref(), until))
            .filter(move |(_, until)| at < *until)
    }

    /// Until when the operator paused actions on a service, or on all of them.
    pub fn paused_until(&self, service: &ServiceId, at: Timestamp) -> Option<Timestamp> {
        let own = self.pauses.get(&Some(service.clone()));
        let all = self.pauses.get(&None);
        own.max(all).copied().filter(|&until| at < until)
    }
}
