//! The onlooker: what has to hold whatever happens, told from what was seen, written
//! and asked for. None of the code that decides is called here.
//!
//! The names of the invariants, as they are printed, stand in [`INVARIANTS`].

mod acts;
mod budgets;
mod clock;
mod hands_off;
mod people;
mod record;

use wicap_assist::model::{Envelope, EventKind};

use crate::moment::{Broken, Moment, Paper, Sight};
use budgets::Purse;
use clock::Clock;
use people::People;
use record::Record;

/// Every invariant that a turn can break.
pub(crate) const INVARIANTS: [&str; 31] = [
    "intent_first",
    "allowlist",
    "observe",
    "shadow",
    "planes",
    "kill_switch",
    "lead",
    "operator_pause",
    "budget_service",
    "budget_service_day",
    "budget_stack",
    "budget_stack_day",
    "bounce",
    "attempts",
    "one_at_a_time",
    "one_episode_a_service",
    "verdict_by_deadline",
    "deadline_is_bounded",
    "verdict_of_something",
    "met_is_true",
    "manual_stop",
    "unknown_starts_nothing",
    "unknown_ends_nothing",
    "deploy_grace",
    "first_mover",
    "not_restartable",
    "clock_jump",
    "edges",
    "request",
    "unwritten_is_not_done",
    "soak",
];

/// Everything that the onlooker remembers.
#[derive(Default)]
pub(crate) struct Checker {
    clock: Clock,
    people: People,
    purse: Purse,
    record: Record,
}

impl Checker {
    /// Takes in one more sight.
    pub(crate) fn look(&mut self, sight: &Sight) -> Result<(), Broken> {
        match sight {
            Sight::Deed(at, words) => {
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                self.people.hear(*at, &words, (&self.clock, &self.record));
                Ok(())
            }
            Sight::Turn(moment) => self.turn(moment),
        }
    }

    fn turn(&mut self, moment: &Moment) -> Result<(), Broken> {
        let jump = self.clock.advance(moment);
        self.clock.is_told(jump, moment)?;
        self.people
            .notice(&moment.seen, (&self.clock, &self.record));
        if moment.ledger == Paper::Full && !moment.calls.is_empty() {
            let how = format!("{:?}, and nothing could be written", moment.calls);
            return Err(Broken {
                invariant: "unwritten_is_not_done",
                how,
            });
        }
        let mut calls = moment.calls.iter();
        for row in &moment.rows {
            self.record.edges(row)?;
            if let EventKind::ActionStarted { .. } = &row.kind {
                let Some(call) = calls.next() else {
                    return Err(broken(
                        "intent_first",
                        row,
                        "was announced, and never asked for",
                    ));
                };
                self.act(moment, row, call)?;
            }
            self.purse
                .take_in(row, (&self.record, &self.clock), &moment.terms.policy)?;
            self.record.take_in(row, moment, &self.clock)?;
        }
        if let Some(call) = calls.next() {
            let how = format!("{} at {} was not announced", call.action, call.at);
            return Err(Broken {
                invariant: "intent_first",
                how,
            });
        }
        match moment.ledger {
            Paper::Works => self.record.overdue(moment, &self.clock),
            Paper::RunsOut | Paper::Full => Ok(()),
        }
    }
}

fn broken(invariant: &'static str, row: &Envelope, how: impl ToString) -> Broken {
    let body = serde_json::to_string(&row.kind).unwrap();
    Broken {
        invariant,
        how: format!("row {} at {}, {body}: {}", row.seq, row.at, how.to_string()),
    }
}
