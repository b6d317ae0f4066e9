//! What a turn needs beside the snapshot: a memory, paper and the outside. A turn of
//! the loop and one that is made again from the ledger go through the same verbs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    control::{Ask, Condition, Permit, Rules, State},
    model::{Envelope, EventKind, Observation, ServiceId, Step, Tenure, Timestamp},
    ports::{Act, Sense},
    runtime::{Desk, packs::Packs},
    store::StoreError,
};

/// The surroundings of one turn.
pub(super) trait Turn {
    /// Why a turn cannot go on.
    type Error;

    /// What is remembered at this moment.
    fn state(&self) -> &State;

    /// What holds for the session.
    fn rules(&self) -> &Rules;

    /// Everything that the gates look at, for one step.
    fn ask<'a>(&'a mut self, step: &'a Step) -> Ask<'a>;

    /// The wall clock of this moment.
    fn now(&self) -> Timestamp;

    /// Whether another controller held the stack when the turn began.
    fn is_led_by_other(&self) -> bool;

    /// Whether we held it.
    fn leads(&self) -> bool;

    /// Takes note of how each service is.
    fn learn(&mut self, conditions: BTreeMap<ServiceId, Condition>);

    /// Writes down what happened at `at`, and remembers it.
    fn record(&mut self, at: Timestamp, kind: EventKind) -> Result<(), Self::Error>;

    /// Lets a permitted step run beside the loop.
    fn run(&mut self, step: Step, permit: Permit);
}

/// What the rows of a turn rest on: the snapshot, and what else was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basis {
    /// The snapshot.
    #[serde(flatten)]
    pub seen: Observation,
    /// The rest.
    pub turn: TurnMark,
}

/// What a turn looked at beside its snapshot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TurnMark {
    /// The last row that was known when the turn began.
    pub read: u64,
    /// The fencing number of our hold on the stack, if we had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<u64>,
    /// When that hold runs out, in Unix milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold_until_ms: Option<i64>,
    /// Whether another controller held the stack.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub led_by_other: bool,
    /// Whether the turn before could not be written down to its end.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub follows_cut: bool,
}

impl TurnMark {
    /// Our hold on the stack.
    pub(super) fn tenure(&self) -> Option<Tenure> {
        Some(Tenure {
            token: self.hold?,
            expires_at: Timestamp::from_millis(self.hold_until_ms?),
        })
    }
}

/// A turn of the loop.
pub(super) struct LiveTurn<'a, W> {
    world: &'a W,
    desk: &'a mut Desk,
    basis: Basis,
    n_recorded: u32,
    /// The last row about each service that asks for a snapshot pack.
    asking: BTreeMap<ServiceId, Envelope>,
}

impl<'a, W: Sense> LiveTurn<'a, W> {
    /// Begins a turn on a snapshot.
    pub(super) fn new(world: &'a W, desk: &'a mut Desk, seen: Observation) -> Self {
        let turn = TurnMark {
            read: desk.journal.read_until(),
            hold: desk.tenure.map(|tenure| tenure.token),
            hold_until_ms: desk.tenure.map(|tenure| tenure.expires_at.millis()),
            led_by_other: desk.is_led_by_other(seen.at),
            follows_cut: desk.is_cut,
        };
        let basis = Basis { seen, turn };
        Self {
            world,
            desk,
            basis,
            n_recorded: 0,
            asking: BTreeMap::new(),
        }
    }

    /// Ends the turn: notes whether all of it was written down, and begins to make the
    /// snapshot packs that its rows ask for.
    pub(super) fn end(self, done: Result<(), StoreError>) -> Result<(), StoreError> {
        let Desk { packs, journal, .. } = self.desk;
        for row in self.asking.into_values() {
            let tails = self.world.tails();
            packs.make(journal.ledger(), (row, &self.basis.seen), tails);
        }
        match &done {
            Err(_) => self.desk.is_cut = true,
            Ok(()) if self.n_recorded > 0 => self.desk.is_cut = false,
            Ok(()) => (),
        }
        done
    }
}

impl<W: Sense + Act> Turn for LiveTurn<'_, W> {
    type Error = StoreError;

    fn state(&self) -> &State {
        &self.desk.state
    }

    fn rules(&self) -> &Rules {
        &self.desk.rules
    }

    fn is_led_by_other(&self) -> bool {
        self.basis.turn.led_by_other
    }

    fn leads(&self) -> bool {
        self.basis.turn.hold.is_some()
    }

    fn ask<'a>(&'a mut self, step: &'a Step) -> Ask<'a> {
        Ask {
            step,
            seen: &self.basis.seen,
            state: &self.desk.state,
            grants: &self.desk.grants,
            rules: &self.desk.rules,
            tenure: self.desk.tenure,
        }
    }

    fn now(&self) -> Timestamp {
        self.world.now()
    }

    fn learn(&mut self, conditions: BTreeMap<ServiceId, Condition>) {
        self.desk.conditions = conditions;
    }

    fn record(&mut self, at: Timestamp, kind: EventKind) -> Result<(), StoreError> {
        let heir = self.desk.heir_of(&kind, at);
        let row = self.desk.record_on(at, Some(&self.basis), kind)?;
        if heir.is_some() {
            self.desk.heir = heir;
        }
        self.n_recorded += 1;
        if Packs::is_asked_by(&row.kind)
            && let Some(service) = row.kind.service()
        {
            self.asking.insert(service.clone(), row);
        }
        Ok(())
    }

    fn run(&mut self, step: Step, permit: Permit) {
        let execution = self.world.execute(permit);
        self.desk.run(step.target, step.action, execution);
    }
}
