//! Plays a course before an onlooker.

use std::time::Duration;

use wicap_assist::{
    control::State,
    model::Timestamp,
    runtime::{Desk, replay},
};

use crate::{
    checker::Checker,
    course,
    dice::Dice,
    moment::{Broken, Moment, Paper, Sight, Terms},
    scenario::{Scenario, disk::Disk},
};

/// The most turns of one course. Short ones are quick to shrink, and each starts with
/// a ledger of its own.
const COURSE_TURNS_MAX: u64 = 400;

/// How far back a session remembers.
const DAY: Duration = Duration::from_secs(86_400);

/// What came of a course.
pub(crate) struct Played {
    /// The commands that were played.
    pub script: Vec<String>,
    pub n_turns: u64,
    /// The rows that were written.
    pub n_rows: u64,
    /// What the world was asked to do.
    pub n_calls: u64,
    /// The hash of the last row, which covers all before it.
    pub head: String,
    pub broken: Option<Broken>,
    pub log: Vec<String>,
}

/// What the onlooker is shown instead of what happened, to see that it finds out.
pub(crate) type Lie = fn(&mut Moment);

/// Shows what happened.
pub(crate) fn truth(_: &mut Moment) {}

/// Plays a random course of at most `turns_max` turns.
pub(crate) fn random(seed: u64, turns_max: u64, lie: Lie) -> Played {
    let mut dice = Dice::new(seed);
    let n_turns = dice.within(50, COURSE_TURNS_MAX).min(turns_max);
    let mut stage = Stage::new(lie);
    let broken = random_course(&mut stage, &mut dice, n_turns);
    stage.end(broken)
}

fn random_course(stage: &mut Stage, dice: &mut Dice, n_turns: u64) -> Result<(), Broken> {
    for command in course::opening(dice) {
        stage.play(&command)?;
    }
    while stage.n_turns < n_turns {
        let mut command = course::next(dice, &stage.scenario);
        if let Some(n) = command.strip_prefix("turn ") {
            let n: u64 = n.parse().unwrap();
            command = format!("turn {}", n.min(n_turns - stage.n_turns));
        }
        stage.play(&command)?;
    }
    stage.look_back()
}

/// Plays given commands; what cannot happen is left out.
pub(crate) fn given(script: &[String], lie: Lie) -> Played {
    let mut stage = Stage::new(lie);
    let broken = script
        .iter()
        .try_for_each(|command| stage.play(command))
        .and_then(|()| stage.look_back());
    stage.end(broken)
}

/// Plays given commands and keeps what the onlooker saw.
pub(crate) fn witnessed(script: &str) -> Vec<Sight> {
    let mut stage = Stage::new(truth);
    stage.kept = Some(Vec::new());
    for command in script.split(';').map(str::trim) {
        stage.play(command).unwrap();
    }
    stage.kept.unwrap()
}

/// Plays given commands, changes something behind the controller's back, and looks back.
pub(crate) fn spoiled(script: &str, spoil: fn(&mut Desk)) -> Option<Broken> {
    let mut stage = Stage::new(truth);
    let (before, after) = script.split_once(" | ").unwrap();
    for command in before.split(';').map(str::trim) {
        stage.play(command).unwrap();
    }
    spoil(&mut stage.scenario.desk);
    for command in after.split(';').map(str::trim) {
        // What the onlooker of the turns says of it is not asked here.
        let _ = stage.play(command);
    }
    stage.look_back().err()
}

struct Stage {
    lie: Lie,
    scenario: Scenario,
    checker: Checker,
    script: Vec<String>,
    n_turns: u64,
    n_calls: u64,
    /// The last row that was shown.
    shown: u64,
    has_lost_lease: bool,
    rival_until: Option<Timestamp>,
    kept: Option<Vec<Sight>>,
}

impl Stage {
    fn new(lie: Lie) -> Self {
        Self {
            lie,
            scenario: Scenario::new(),
            checker: Checker::default(),
            script: Vec::new(),
            n_turns: 0,
            n_calls: 0,
            shown: 0,
            has_lost_lease: false,
            rival_until: None,
            kept: None,
        }
    }

    fn play(&mut self, command: &str) -> Result<(), Broken> {
        let words: Vec<&str> = command.split_whitespace().collect();
        if !course::is_possible(&words, &self.scenario) {
            return Ok(());
        }
        if words == ["disk"] {
            if self.script.is_empty() {
                self.scenario = Scenario::on_disk();
                self.script.push(command.to_owned());
            }
            return Ok(());
        }
        if let ["turn", ref n @ ..] = words[..] {
            let n = n.first().map_or(1, |n| n.parse().unwrap());
            return self.turns(n);
        }
        self.script.push(command.to_owned());
        let now = self.scenario.world.insides().now;
        match words[..] {
            ["lease", "lost"] => self.has_lost_lease = true,
            ["rival", "takes", seconds] => {
                let hold = Duration::from_secs(seconds.parse().unwrap());
                self.rival_until = Some(now.after(hold));
            }
            [
                "session" | "mode" | "shadow" | "allow" | "deny" | "plane" | "set" | "lead",
                ..,
            ] => {
                self.is_fold()?;
                self.has_lost_lease = false;
            }
            _ => (),
        }
        let words = words.iter().map(|&word| word.to_owned()).collect();
        self.show(Sight::Deed(now, words))?;
        self.scenario.play(command);
        Ok(())
    }

    fn turns(&mut self, n: u64) -> Result<(), Broken> {
        self.script.push(String::new());
        for n in 1..=n {
            *self.script.last_mut().unwrap() = match n {
                1 => "turn".to_owned(),
                n => format!("turn {n}"),
            };
            let was_full = self.is_full();
            self.scenario.play("turn");
            self.n_turns += 1;
            let mut moment = self.moment();
            moment.ledger = match (was_full, self.is_full()) {
                (true, _) => Paper::Full,
                (false, true) => Paper::RunsOut,
                (false, false) if self.is_failing() => Paper::RunsOut,
                (false, false) => Paper::Works,
            };
            (self.lie)(&mut moment);
            self.show(Sight::Turn(Box::new(moment)))?;
        }
        Ok(())
    }

    fn moment(&mut self) -> Moment {
        let ledger = self.scenario.desk.journal.ledger();
        let rows = ledger.event_list_after(self.shown, 10_000).unwrap();
        let rows: Vec<_> = rows.into_iter().map(|row| row.envelope).collect();
        self.shown = rows.last().map_or(self.shown, |row| row.seq);
        let mut insides = self.scenario.world.insides();
        let calls = std::mem::take(&mut insides.calls);
        self.n_calls += calls.len() as u64;
        let seen = insides.given.take().unwrap();
        let has = |name: &str| rows.iter().any(|row| row.kind.name() == name);
        self.has_lost_lease &= !has("lease_taken");
        let gives_up = has("lease_yielded");
        let session = &self.scenario.session;
        self.rival_until = self.rival_until.filter(|&until| seen.at < until);
        let may_lead = !self.has_lost_lease && self.rival_until.is_none();
        self.has_lost_lease |= gives_up;
        Moment {
            terms: Terms {
                grants: session.grants.clone(),
                policy: session.policy.clone(),
                may_lead,
                leads: session.leads,
            },
            gap_ms: insides.given_gap_ms,
            seen,
            rows,
            calls,
            ledger: Paper::Works,
        }
    }

    fn is_failing(&self) -> bool {
        self.scenario.disk.as_ref().is_some_and(Disk::is_failing)
    }

    fn is_full(&self) -> bool {
        self.scenario.disk.as_ref().is_some_and(Disk::is_full)
    }

    fn show(&mut self, sight: Sight) -> Result<(), Broken> {
        if let Some(kept) = &mut self.kept {
            kept.push(sight.clone());
        }
        self.checker.look(&sight)
    }

    /// Whether what the session remembers follows from what it has read.
    fn is_fold(&self) -> Result<(), Broken> {
        let journal = &self.scenario.desk.journal;
        let (session, read) = (journal.session(), journal.read_until());
        let first = journal.ledger().event_get(session).unwrap().unwrap();
        let since = first.envelope.at.before(DAY);
        let history =
            journal
                .ledger()
                .event_list_for_fold_before(journal.project(), since, session);
        let own = self.scenario.rows();
        let own = own.iter().filter(|row| (session..=read).contains(&row.seq));
        if State::replay(session, history.unwrap().iter().chain(own)) == self.scenario.desk.state {
            return Ok(());
        }
        Err(Broken {
            invariant: "state_is_a_fold",
            how: format!(
                "what session {} remembers is not in its rows",
                journal.session()
            ),
        })
    }

    /// What is looked at once, at the end.
    fn look_back(&mut self) -> Result<(), Broken> {
        self.is_fold()?;
        let ledger = self.scenario.desk.journal.ledger();
        let verified = ledger.verify(None).unwrap();
        if verified.n_faults > 0 {
            return Err(Broken {
                invariant: "chain",
                how: format!("{verified:?}"),
            });
        }
        let told = replay(ledger, None).unwrap();
        let may_be_cut = self.scenario.disk.is_some();
        if told.is_same() && (told.n_cut == 0 || may_be_cut) && told.skipped.is_empty() {
            return Ok(());
        }
        Err(Broken {
            invariant: "replay",
            how: format!("not the same again: {told:?}"),
        })
    }

    fn end(self, broken: Result<(), Broken>) -> Played {
        let ledger = self.scenario.desk.journal.ledger();
        let head = ledger.event_head().unwrap();
        Played {
            script: self.script,
            n_turns: self.n_turns,
            n_rows: head.as_ref().map_or(0, |head| head.seq),
            n_calls: self.n_calls,
            head: head.map_or_else(String::new, |head| head.to_string()),
            log: match &broken {
                Ok(()) => Vec::new(),
                Err(_) => self.scenario.log(),
            },
            broken: broken.err(),
        }
    }
}
