use std::{collections::BTreeMap, future::Future, time::Duration};

use tokio::task::JoinSet;

use crate::{
    control::{Ask, Condition, Grants, Rules, State},
    model::{
        Action, EventKind, Execution, Observation, Refusal, ServiceId, Step, Tenure, Timestamp,
        millis,
    },
    runtime::Lease,
    store::StoreError,
    telemetry::Journal,
};

/// The longest window that any rule looks back: the day's budget.
const MEMORY: Duration = Duration::from_secs(24 * 3_600);

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
    /// The stack that is watched, by the name under which it is led.
    pub stack: Option<String>,
    /// How each service was in the last turn, for those who want to show it.
    pub conditions: BTreeMap<ServiceId, Condition>,
    /// Whether a call for a person ends the loop.
    pub stops_on_escalation: bool,
    /// Whether a person was called in this session.
    pub has_escalated: bool,
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
        let started = EventKind::SessionStarted {
            mode: grants.mode,
            actions: grants.actions.iter().cloned().collect(),
            shadow: grants.is_shadow,
            version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        let first = journal.record(now, &started, None)?;
        let mut state = State::replay(first.seq, &history);
        for row in journal.unread(Some(first))? {
            state.apply(&row);
        }
        Ok(Self {
            state,
            rules,
            grants,
            journal,
            tenure: None,
            conditions: BTreeMap::new(),
            lease: None,
            stack: None,
            stops_on_escalation: false,
            has_escalated: false,
            actions: JoinSet::new(),
            returned: Vec::new(),
        })
    }

    /// Gives the journal back; calls that are under way go on unheard.
    pub fn into_journal(mut self) -> Journal {
        self.actions.detach_all();
        self.journal
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
            self.record_at(next.execution.at, None, kind)?;
            self.returned.remove(0);
        }
        Ok(())
    }

    /// Everything that the gates look at, for one step.
    pub(super) fn ask<'a>(&'a self, step: &'a Step, seen: &'a Observation) -> Ask<'a> {
        Ask {
            step,
            seen,
            state: &self.state,
            grants: &self.grants,
            rules: &self.rules,
            tenure: self.tenure,
        }
    }

    /// Writes down what a snapshot led to, and remembers it.
    pub(super) fn record(&mut self, seen: &Observation, kind: EventKind) -> Result<(), StoreError> {
        self.record_at(seen.at, Some(seen), kind)
    }

    /// Writes a verdict down, unless somebody else was first.
    pub(super) fn record_verdict(
        &mut self,
        seen: &Observation,
        kind: EventKind,
    ) -> Result<(), StoreError> {
        let own = self.journal.record_verdict(seen.at, &kind, seen)?;
        for row in self.journal.unread(own)? {
            self.state.apply(&row);
        }
        Ok(())
    }

    /// Writes down something that did not happen at the moment of a snapshot.
    pub(super) fn record_at(
        &mut self,
        at: Timestamp,
        seen: Option<&Observation>,
        kind: EventKind,
    ) -> Result<(), StoreError> {
        let own = self.journal.record(at, &kind, seen)?;
        self.has_escalated |= matches!(kind, EventKind::Escalated { .. });
        for row in self.journal.unread(Some(own))? {
            self.state.apply(&row);
        }
        Ok(())
    }

    /// Writes a refusal down, unless the same one was the last thing said.
    pub(super) fn record_refusal(
        &mut self,
        seen: &Observation,
        step: Step,
        refusal: Refusal,
    ) -> Result<(), StoreError> {
        let said = self
            .state
            .patient(&step.target)
            .and_then(|patient| patient.denied.as_ref());
        if said == Some(&(step.action.clone(), refusal.code)) {
            return Ok(());
        }
        let denied = EventKind::ActionDenied {
            service: step.target,
            action: step.action,
            gate: refusal.code.gate(),
            code: refusal.code,
            detail: refusal.detail,
            next_at: refusal.next_at,
        };
        self.record(seen, denied)
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
    pub fn is_acting(&self) -> bool {
        !self.actions.is_empty()
    }

    /// Resolves when a call comes back; never, when none is out.
    pub(super) async fn action_returned(&mut self) {
        match self.actions.join_next().await {
            Some(joined) => self.returned.extend(joined.ok()),
            None => std::future::pending().await,
        }
    }
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
