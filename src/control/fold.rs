//! How rows change the memory. The dispatch is `State::apply`; what each row does
//! stands here.

use std::time::Duration;

use crate::{
    control::{
        State,
        patient::{Episode, Escalation, LastAction, Mark, Patient, Standing},
        request::{REQUESTS_MAX, Request},
        state::{Bounce, SetBack, SoakHold, Spent},
    },
    model::{
        Action, Denial, Down, DownState, Envelope, EventKind, ExecutionStatus, OperatorRequest,
        ServiceId, Timestamp, Verdict, Why,
    },
};

/// The longest window that any rule looks back: the day's budget.
const MEMORY: Duration = Duration::from_secs(24 * 3_600);

/// How long after another a session may tell of the same jump: it tells on its next turn.
const TOLD_AGAIN_MAX: Duration = Duration::from_secs(600);

/// By how much the two times, and the two sizes, may differ: each session measures from a turn of
/// its own.
const JUMP_SLACK: Duration = Duration::from_secs(30);

impl SetBack {
    /// Whether another session, that watched already then, tells of the same jump a little later.
    fn is_same(&self, later: &SetBack) -> bool {
        let differ = Duration::from_millis(self.by_ms.abs_diff(later.by_ms));
        self.session != later.session
            && later.session < self.seq
            && differ <= JUMP_SLACK
            && self.at <= later.at.after(JUMP_SLACK)
            && later.at.since(self.at) < TOLD_AGAIN_MAX
    }
}

impl State {
    /// Takes in what a session saw, said and was held back by. Deeds are taken in by
    /// [`State::apply`].
    pub(super) fn found(&mut self, row: &Envelope) {
        match &row.kind {
            EventKind::SessionStarted { .. } => self.session_started(),
            EventKind::EngineUnseen { .. } => self.engine_unseen_since = Some(row.at),
            EventKind::EngineSeen { .. } => self.engine_unseen_since = None,
            EventKind::KillSwitchPulled { .. } => self.is_kill_switch_pulled = true,
            EventKind::KillSwitchCleared => self.is_kill_switch_pulled = false,
            EventKind::ClockJumped { by_ms } => self.clock_jumped(row, *by_ms),
            EventKind::ServiceDown(down) => self.service_down(down, row.at),
            EventKind::ServiceRecovered { service, .. } => {
                self.patient_mut(service).recover(row.at);
            }
            EventKind::ServiceUnseen { service, .. } => self.patient_mut(service).is_unseen = true,
            EventKind::ServiceSeen { service } => self.patient_mut(service).is_unseen = false,
            EventKind::Held { service, code, .. } => {
                self.patient_mut(service).hold(Some(*code), row.at);
            }
            EventKind::Released { service, .. } => self.patient_mut(service).hold(None, row.at),
            EventKind::ActionDenied {
                service,
                action,
                code,
                ..
            } => {
                self.patient_mut(service).denied = Some((action.clone(), *code));
            }
            EventKind::Escalated { service, cause, .. } => {
                self.patient_mut(service).escalation = Some(Escalation {
                    cause: *cause,
                    at: row.at,
                    is_acknowledged: false,
                });
            }
            EventKind::SessionEnded { .. }
            | EventKind::SoakStarted(_)
            | EventKind::SoakPhase(_)
            | EventKind::SoakEnded(_)
            | EventKind::ActionStarted { .. }
            | EventKind::ActionReturned { .. }
            | EventKind::EpisodeClosed { .. }
            | EventKind::BounceStarted { .. }
            | EventKind::BounceEnded { .. }
            | EventKind::Acknowledged { .. }
            | EventKind::ActionsPaused { .. }
            | EventKind::ActionsResumed { .. }
            | EventKind::SnapshotTaken { .. }
            | EventKind::OperatorRequest(_)
            | EventKind::OperatorAnswer(_)
            | EventKind::LeaseTaken { .. }
            | EventKind::LeaseYielded { .. } => (),
        }
    }

    /// Moves what is remembered along with the clock.
    ///
    /// Two sessions that watch side by side both tell that it was set back. Taken twice, what was
    /// spent would be forgotten too early; left out once too often, it only counts for longer.
    fn clock_jumped(&mut self, row: &Envelope, by_ms: i64) {
        if by_ms < 0 {
            let told = SetBack {
                session: row.session,
                seq: row.seq,
                at: row.at,
                by_ms,
            };
            let before = self.set_back.replace(told);
            if before.is_some_and(|before| before.is_same(&told)) {
                return;
            }
        }
        self.shift(by_ms);
    }

    /// Remembers what a person asks for. More than a few at once are no person's.
    pub(super) fn requested(&mut self, row: &Envelope, asked: &OperatorRequest) {
        let request = Request {
            seq: row.seq,
            actor: row.actor.clone(),
            wish: asked.wish.clone(),
            until: asked.until,
        };
        self.requests.insert(row.seq, request);
        while self.requests.len() > REQUESTS_MAX {
            self.requests.pop_first();
        }
    }

    /// A soak of any session holds actions, or lets go of what it held itself.
    pub(super) fn soak_phased(&mut self, session: u64, run: Option<&String>) {
        match run.cloned() {
            Some(run) => self.soak = Some(SoakHold { session, run }),
            None => self.soak = self.soak.take().filter(|hold| hold.session != session),
        }
    }

    pub(super) fn acknowledged(&mut self, service: &ServiceId) {
        if let Some(escalation) = &mut self.patient_mut(service).escalation {
            escalation.is_acknowledged = true;
        }
    }

    pub(super) fn session_started(&mut self) {
        self.engine_unseen_since = None;
        self.is_kill_switch_pulled = false;
        for patient in self.patients.values_mut() {
            patient.begin_session();
        }
    }

    pub(super) fn service_down(&mut self, down: &Down, at: Timestamp) {
        let patient = self.patient_mut(&down.service);
        // Where only a probe still fails, the last answer may be older than the check
        // that passes again: it gets the time of the first look.
        let is_weaker =
            |before: &Standing| down.state == DownState::ProbeFailed && before.state != down.state;
        let (since, acting_since) = match &patient.standing {
            Some(before)
                if before.is_announced && !before.state.is_hands_off() && !is_weaker(before) =>
            {
                (before.since, before.acting_since)
            }
            Some(before) => (before.since, at),
            None => (at, at),
        };
        patient.standing = Some(Standing {
            since,
            acting_since,
            state: down.state,
            is_announced: true,
            run: down.started_at,
        });
        patient.n_attempts = down.attempts;
        patient.n_backoff = down.backoff;
        patient.denied = None;
        patient.last_edge_at = Some(at);
    }

    pub(super) fn action_started(&mut self, service: &ServiceId, row: &Envelope) {
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
        let patient = self.patient_mut(service);
        patient.episode = Some(Episode {
            action: action.clone(),
            why: *why,
            attempt: *attempt,
            expect: expect.clone(),
            started_at: row.at,
            started_seq: row.seq,
            session: row.session,
            deadline: *deadline,
            returned: None,
        });
        patient.held = None;
        patient.denied = None;
        if !action.is_disruptive() {
            patient.checked_at = Some(row.at);
            return;
        }
        patient.act(LastAction {
            started_at: row.at,
            until: None,
            deadline: *deadline,
            judged_at: None,
            makes_containers: !matches!(action, Action::Restart(_)),
        });
        // A bounce was paid for when it began.
        if *why != Why::Bounce {
            patient.n_attempts += 1;
            patient.n_backoff += 1;
            self.spend(service, row.at, false);
        }
    }

    pub(super) fn action_returned(
        &mut self,
        service: &ServiceId,
        row: &Envelope,
        (status, code): (ExecutionStatus, Option<Denial>),
    ) {
        let patient = self.patient_mut(service);
        let is_its = |episode: &&mut Episode| episode.session == row.session;
        let Some(episode) = patient.episode.as_mut().filter(is_its) else {
            return;
        };
        let at = row.at;
        episode.returned = Some(Mark { what: status, at });
        let is_disruptive = episode.action.is_disruptive();
        let is_paid_for = episode.why != Why::Bounce;
        if let Some(last) = patient.last_action.as_mut().filter(|_| is_disruptive) {
            last.until = Some(at);
        }
        if status != ExecutionStatus::NotRun {
            return;
        }
        // The world was not touched: nothing is spent.
        let action = episode.action.clone();
        patient.denied = code.map(|code| (action, code));
        if is_disruptive && is_paid_for {
            patient.n_attempts = patient.n_attempts.saturating_sub(1);
            patient.n_backoff = patient.n_backoff.saturating_sub(1);
            let is_own = |spent: &Spent| &spent.service == service && !spent.is_bounce;
            if let Some(last) = self.spent.iter().rposition(is_own) {
                self.spent.remove(last);
            }
        }
    }

    pub(super) fn episode_closed(&mut self, service: &ServiceId, at: Timestamp, verdict: Verdict) {
        let patient = self.patient_mut(service);
        let Some(episode) = patient.episode.take() else {
            return;
        };
        patient.last_edge_at = Some(at);
        if !episode.action.is_disruptive() {
            return;
        }
        if let Some(last) = &mut patient.last_action {
            last.judged_at = Some(at);
        }
        if verdict == Verdict::Met {
            patient.cured_at = Some(at);
        }
        if episode.why == Why::Bounce
            && let Some(bounce) = &mut self.bounce
        {
            bounce.remaining.retain(|next| next != service);
            bounce.is_well &= verdict == Verdict::Met;
        }
    }

    pub(super) fn bounce_started(
        &mut self,
        service: &ServiceId,
        order: &[ServiceId],
        at: Timestamp,
    ) {
        self.bounce = Some(Bounce {
            service: service.clone(),
            remaining: order.to_vec(),
            is_well: true,
        });
        self.last_bounce_at = Some(at);
        self.spend(service, at, true);
    }

    /// Moves every remembered moment of ours along with the clock.
    pub(super) fn shift(&mut self, by_ms: i64) {
        let moved = |at: &mut Timestamp| *at = at.shifted(by_ms);
        self.engine_unseen_since.iter_mut().for_each(moved);
        self.last_bounce_at.iter_mut().for_each(moved);
        self.pauses.values_mut().for_each(moved);
        // After a gap a request is old, whatever the clock says.
        let moved_back = |request: &mut Request| {
            request.until = request.until.shifted(by_ms.min(0));
        };
        self.requests.values_mut().for_each(moved_back);
        self.spent.iter_mut().for_each(|spent| moved(&mut spent.at));
        for patient in self.patients.values_mut() {
            patient.shift(by_ms);
        }
    }

    fn spend(&mut self, service: &ServiceId, at: Timestamp, is_bounce: bool) {
        self.spent.retain(|spent| at.since(spent.at) < MEMORY);
        self.spent.push(Spent {
            at,
            service: service.clone(),
            is_bounce,
        });
    }

    pub(super) fn patient_mut(&mut self, service: &ServiceId) -> &mut Patient {
        self.patients.entry(service.clone()).or_default()
    }
}
