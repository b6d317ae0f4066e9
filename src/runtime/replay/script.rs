use std::collections::{BTreeMap, VecDeque};

use crate::{
    control::{Answer, Ask, Condition, Grants, Permit, Rules, State, trace},
    model::{Envelope, EventKind, ServiceId, Step, Timestamp},
    runtime::turn::{Basis, Turn},
};

/// Why a turn that is made again stops.
#[derive(Debug)]
pub(super) enum Break {
    /// It comes to something that was not written down.
    Unrecorded(EventKind),
    /// It comes to something else than what was written down.
    Differs(Box<(Envelope, EventKind)>),
}

/// A step for which leave was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The step.
    pub step: Step,
    /// What each gate answered.
    pub answers: Vec<Answer>,
}

/// A turn that is made again: what it comes to is compared with the rows that it once
/// wrote, and those rows, not what it comes to, are remembered.
pub(super) struct Script<'a> {
    pub(super) state: &'a mut State,
    pub(super) rules: &'a Rules,
    pub(super) grants: &'a Grants,
    pub(super) basis: &'a Basis,
    /// The rows that the turn wrote.
    pub(super) recorded: &'a [Envelope],
    /// All rows of the project that are not remembered yet.
    pub(super) ahead: &'a mut VecDeque<Envelope>,
    pub(super) n_matched: usize,
    /// Every step for which leave was asked, where that is wanted.
    pub(super) asked: Option<Vec<Asked>>,
}

impl Script<'_> {
    /// Asks all gates again, for those who want to know.
    fn retrace(&mut self, step: &Step) {
        if self.asked.is_none() {
            return;
        }
        let answers = trace(&self.plain_ask(step));
        let step = step.clone();
        if let Some(asked) = &mut self.asked {
            asked.push(Asked { step, answers });
        }
    }

    fn plain_ask<'a>(&'a self, step: &'a Step) -> Ask<'a> {
        Ask {
            step,
            seen: &self.basis.seen,
            state: self.state,
            grants: self.grants,
            rules: self.rules,
            tenure: self.basis.turn.tenure(),
        }
    }
}

impl Turn for Script<'_> {
    type Error = Break;

    fn state(&self) -> &State {
        self.state
    }

    fn rules(&self) -> &Rules {
        self.rules
    }

    fn is_led_by_other(&self) -> bool {
        self.basis.turn.led_by_other
    }

    fn leads(&self) -> bool {
        self.basis.turn.hold.is_some()
    }

    fn ask<'a>(&'a mut self, step: &'a Step) -> Ask<'a> {
        self.retrace(step);
        self.plain_ask(step)
    }

    fn now(&self) -> Timestamp {
        let next = self.recorded.get(self.n_matched);
        next.map_or(self.basis.seen.at, |row| row.at)
    }

    fn learn(&mut self, _: BTreeMap<ServiceId, Condition>) {}

    fn record(&mut self, at: Timestamp, kind: EventKind) -> Result<(), Break> {
        let Some(row) = self.recorded.get(self.n_matched) else {
            return Err(Break::Unrecorded(kind));
        };
        if row.kind != kind || row.at != at {
            return Err(Break::Differs(Box::new((row.clone(), kind))));
        }
        remember(self.state, self.ahead, row.seq);
        self.n_matched += 1;
        Ok(())
    }

    /// The world of the past cannot be touched: the leave lapses.
    fn run(&mut self, _: Step, permit: Permit) {
        drop(permit);
    }
}

/// Remembers everything up to a row.
pub(super) fn remember(state: &mut State, ahead: &mut VecDeque<Envelope>, until: u64) {
    while let Some(row) = ahead.pop_front_if(|row| row.seq <= until) {
        state.apply(&row);
    }
}
