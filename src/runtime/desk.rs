use std::{collections::BTreeMap, future::Future, time::Duration};

use tokio::task::JoinSet;

use crate::{
    control::{Condition, Grants, Rules, State, clock_jump},
    model::{
        Action, Envelope, EventKind, Execution, Observation, ServiceId, SessionEnd, Tenure,
        Timestamp, millis,
    },
    runtime::{
        Charter, Lease,
        lease::Heir,
        packs::Packs,
        turn::{Basis, TurnMark},
    },
    store::StoreError,
    telemetry::Journal,
};

/// The longest window that any rule looks back: the day's budget.
pub(super) const MEMORY: Duration = Duration::from_secs(24 * 3_600);

/// Everything on the controller's desk between two turns.
#[derive(Debug)]
pub struct Desk {
    /// What is remembered.
    pub state: State,
    /// What holds for the session.
    pub rules: Rules,
    /// What the operator granted.
    pub grants: Grants,
    /// The event stream.
    pub journal: Journal,
    /// Our hold on the stack, if we have one.
    pub tenure: Option<Tenure>,
    /// The stack that we lead or want to lead; none in observe.
    pub(super) lease: Option<Lease>,
    /// For whom we gave the stack up, until it is ours again.
    pub(super) heir: Option<Heir>,
    /// The stack that is watched, by the name under which it is led.
    pub stack: Option<String>,
    /// How each service was in the last turn, for those who want to show it.
    pub conditions: BTreeMap<ServiceId, Condition>,
    /// Whether a call for a person ends the loop.
    pub stops_on_escalation: bool,
    /// Whether a person was called in this session.
    pub has_escalated: bool,
    /// Whether a turn could not be written down to its end, and no later row says so.
    pub(super) is_cut: bool,
    /// The jump of the clock that was seen and is not written down.
    owed_jump_ms: i64,
    pub(super) packs: Packs,
    /// When a turn was last noted.
    beaten: Option<Timestamp>,
    actions: JoinSet<Returned>,
    returned: Vec<Returned>,
}

/// An action whose call came back, and is not recorded yet.
#[derive(Debug)]
struct Returned {
    service: ServiceId,
    action: Action,
    execution: Execution,
}

impl Desk {
    /// Opens a session: its first row is the operator's grant, and its memory is what
    /// the ledger says of the last 24 hours and of everything still open.
    ///
    /// # Errors
    ///
    /// The ledger cannot be read or written.
    pub fn open(
        rules: Rules,
        grants: Grants,
        mut journal: Journal,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let history = journal.history(now.before(MEMORY))?;
        let charter = Charter::new(&rules, &grants);
        let started = charter.session_started(env!("CARGO_PKG_VERSION"));
        let first = journal.record_on(now, &started, Some(&charter))?;
        let mut state = State::replay(first.seq, &history);
        for row in unread_or_end(&mut journal, first, now)? {
            state.apply(&row);
        }
        let packs = Packs::beside(journal.ledger());
        Ok(Self {
            state,
            rules,
            grants,
            journal,
            tenure: None,
            conditions: BTreeMap::new(),
            lease: None,
            heir: None,
            stack: None,
            stops_on_escalation: false,
            has_escalated: false,
            is_cut: false,
            owed_jump_ms: 0,
            packs,
            beaten: None,
            actions: JoinSet::new(),
            returned: Vec::new(),
        })
    }

    /// Gives the journal back; calls that are under way go on unheard.
    pub fn into_journal(mut self) -> Journal {
        self.actions.detach_all();
        self.journal
    }

    /// Adds the jump of the clock that an earlier turn could not write down: else it would
    /// be told to nobody.
    pub(super) fn owe_jump(&mut self, seen: &mut Observation) {
        let owed_ms = self.owed_jump_ms;
        seen.since_last_ms = seen.since_last_ms.map(|gap| gap.saturating_add(owed_ms));
        self.owed_jump_ms = match clock_jump(seen, &self.state, &self.rules) {
            Some(EventKind::ClockJumped { by_ms }) => by_ms,
            Some(_) | None => 0,
        };
    }

    /// Takes in what happened beside the loop: rows that others wrote, and calls
    /// that came back.
    pub(super) fn catch_up(&mut self) -> Result<(), StoreError> {
        for row in self.journal.unread(None)? {
            self.state.apply(&row);
        }
        while let Some(joined) = self.actions.try_join_next() {
            self.returned.extend(joined.ok());
        }
        while let Some(next) = self.returned.first() {
            let kind = next.event();
            self.record_at(next.execution.at, kind)?;
            self.returned.remove(0);
        }
        self.packs.gather();
        while let Some((at, taken)) = self.packs.next() {
            self.record_at(at, taken)?;
            self.packs.done();
        }
        Ok(())
    }

    /// Writes down something that rests on no snapshot.
    pub(super) fn record_at(&mut self, at: Timestamp, kind: EventKind) -> Result<(), StoreError> {
        self.record_on(at, None, kind).map(drop)
    }

    /// Writes down something with what it rests on, and remembers it.
    pub(super) fn record_on(
        &mut self,
        at: Timestamp,
        basis: Option<&Basis>,
        kind: EventKind,
    ) -> Result<Envelope, StoreError> {
        let own = self.journal.record_on(at, &kind, basis)?;
        if matches!(kind, EventKind::ClockJumped { .. }) {
            self.owed_jump_ms = 0;
        }
        self.has_escalated |= matches!(kind, EventKind::Escalated { .. });
        for row in self.journal.unread(Some(own.clone()))? {
            self.state.apply(&row);
        }
        Ok(own)
    }

    /// Notes that a turn begins, once an interval, unless the one before could not be
    /// written down to its end. Not after a turn: what comes last in one is an act, and
    /// who stands still after it should not hold the file.
    pub(super) fn beat(&mut self, at: Timestamp) -> Result<(), StoreError> {
        let interval = self.rules.policy.interval;
        let is_due = |last: Timestamp| at < last || at.since(last) >= interval;
        if !self.is_cut && self.beaten.is_none_or(is_due) {
            let session = self.journal.session();
            let ledger = self.journal.ledger_mut();
            ledger.heartbeat_put(session, at, interval)?;
            self.beaten = Some(at);
        }
        Ok(())
    }

    /// Ends the session. Where the last turn could not be written down to its end,
    /// the row says so.
    pub(super) fn close(&mut self, at: Timestamp, end: SessionEnd) -> Result<(), StoreError> {
        let mark = TurnMark {
            read: self.journal.read_until(),
            follows_cut: true,
            ..TurnMark::default()
        };
        let mark = self.is_cut.then_some(mark);
        let ended = EventKind::SessionEnded { end };
        self.journal.record_on(at, &ended, mark.as_ref()).map(drop)
    }

    /// Lets a permitted action run beside the loop.
    pub(super) fn run(
        &mut self,
        service: ServiceId,
        action: Action,
        execution: impl Future<Output = Execution> + Send + 'static,
    ) {
        self.actions.spawn(async move {
            Returned {
                service,
                action,
                execution: execution.await,
            }
        });
    }

    /// Whether a call has not come back.
    fn is_acting(&self) -> bool {
        !self.actions.is_empty()
    }

    /// Resolves when every snapshot pack that was asked for is made; the next turn
    /// writes that down.
    pub async fn packs_done(&mut self) {
        while self.packs.is_busy() {
            self.packs.one_done().await;
        }
    }

    /// Whether something runs beside the loop that ends within seconds and is worth a
    /// row.
    pub(super) fn is_awaiting(&self) -> bool {
        self.is_acting() || self.packs.is_busy()
    }

    /// Resolves when a call comes back or a snapshot pack is done.
    pub(super) async fn one_done(&mut self) {
        let Self {
            actions,
            returned,
            packs,
            ..
        } = self;
        let called = async {
            match actions.join_next().await {
                Some(joined) => returned.extend(joined.ok()),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = called => (),
            () = packs.one_done() => (),
        }
    }

    /// Resolves when a call comes back; never, when none is out.
    pub(super) async fn action_returned(&mut self) {
        match self.actions.join_next().await {
            Some(joined) => self.returned.extend(joined.ok()),
            None => std::future::pending().await,
        }
    }
}

/// The rows up to the first one of a session. Where they cannot be read, the session
/// has begun and is ended.
fn unread_or_end(
    journal: &mut Journal,
    first: Envelope,
    now: Timestamp,
) -> Result<Vec<Envelope>, StoreError> {
    journal.unread(Some(first)).inspect_err(|_| {
        let end = SessionEnd::Failed;
        // The first failure is the one to be told.
        let _ = journal.record(now, &EventKind::SessionEnded { end }, None);
    })
}

impl Returned {
    fn event(&self) -> EventKind {
        let Execution {
            status,
            call,
            output,
            took,
            at: _,
            refused,
        } = &self.execution;
        EventKind::ActionReturned {
            service: self.service.clone(),
            action: self.action.clone(),
            status: *status,
            call: call.clone(),
            output: output.clone(),
            took_ms: millis(*took),
            code: *refused,
        }
    }
}
