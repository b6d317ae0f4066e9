use std::collections::{BTreeMap, VecDeque};

use crate::model::{Container, Happening, ServiceId, Start, Timestamp};

/// The most slots and containers whose past is kept.
const KEYS_MAX: usize = 2_000;

/// What was seen of the containers in the last ten minutes.
#[derive(Debug, Default)]
pub(super) struct Past {
    happenings: BTreeMap<ServiceId, VecDeque<Happening>>,
    starts: BTreeMap<String, VecDeque<Start>>,
    runs: BTreeMap<String, Run>,
}

/// How well a container was in its current run.
#[derive(Debug, Default)]
struct Run {
    started_at: Timestamp,
    said: BTreeMap<Witness, Said>,
}

/// What one witness has said of a run.
#[derive(Debug, Default)]
struct Said {
    was_well: bool,
    changes: VecDeque<Timestamp>,
}

/// Who says whether a container is well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Witness {
    /// Its own health check.
    Check,
    /// Our probe.
    Probe,
}

impl Past {
    /// Remembers a report of the engine about a slot.
    pub(super) fn note_happening(&mut self, slot: &ServiceId, happening: Happening) {
        if !self.happenings.contains_key(slot) && self.happenings.len() >= KEYS_MAX {
            return;
        }
        let known = self.happenings.entry(slot.clone()).or_default();
        known.push_back(happening);
        if known.len() > Container::HAPPENINGS_MAX {
            known.pop_front();
        }
    }

    /// Remembers when a container was seen to have started. A new restart count
    /// alone is no start: the engine counts before it starts.
    pub(super) fn note_start(&mut self, id: &str, start: Start) {
        if !self.starts.contains_key(id) && self.starts.len() >= KEYS_MAX {
            return;
        }
        let known = self.starts.entry(id.to_owned()).or_default();
        if known.back().is_some_and(|last| last.at >= start.at) {
            return;
        }
        known.push_back(start);
        if known.len() > Container::STARTS_MAX {
            known.pop_front();
        }
    }

    /// Remembers whether a container is well at a moment of the run that started at
    /// `started_at`. A new run begins without changes.
    pub(super) fn note_wellness(
        &mut self,
        id: &str,
        started_at: Timestamp,
        (witness, is_well): (Witness, bool),
        at: Timestamp,
    ) {
        if !self.runs.contains_key(id) && self.runs.len() >= KEYS_MAX {
            return;
        }
        let run = self.runs.entry(id.to_owned()).or_default();
        if run.started_at != started_at {
            *run = Run {
                started_at,
                ..Run::default()
            };
        }
        let first = || Said {
            was_well: is_well,
            ..Said::default()
        };
        let said = run.said.entry(witness).or_insert_with(first);
        if said.was_well != is_well {
            said.was_well = is_well;
            said.changes.push_back(at);
            if said.changes.len() > Container::CHANGES_MAX {
                said.changes.pop_front();
            }
        }
    }

    /// Returns when a container became well or unwell in the run that started at
    /// `started_at`, oldest first, by the witness that changed its mind most often: two
    /// that see the same trouble come and go have not seen it twice.
    pub(super) fn changes(&self, id: &str, started_at: Option<Timestamp>) -> Vec<Timestamp> {
        let run = self.runs.get(id);
        let run = run.filter(|run| Some(run.started_at) == started_at);
        let all = run.into_iter().flat_map(|run| run.said.values());
        let most = all.max_by_key(|said| said.changes.len());
        most.map_or_else(Vec::new, |said| said.changes.iter().copied().collect())
    }

    /// Forgets containers that are no longer there.
    pub(super) fn forget_others(&mut self, is_there: impl Fn(&str) -> bool) {
        self.runs.retain(|id, _| is_there(id));
    }

    /// Returns the reports about a slot, oldest first.
    pub(super) fn happenings(&self, slot: &ServiceId) -> Vec<Happening> {
        let known = self.happenings.get(slot);
        known.into_iter().flatten().cloned().collect()
    }

    /// Returns the starts of a container, oldest first.
    pub(super) fn starts(&self, id: &str) -> Vec<Start> {
        let known = self.starts.get(id);
        known.into_iter().flatten().copied().collect()
    }

    /// Forgets what is older than [`Container::PAST_MAX`]. An old start that is
    /// seen again afterwards is forgotten again.
    pub(super) fn forget_old(&mut self, now: Timestamp) {
        let oldest = now.before(Container::PAST_MAX);
        self.happenings.retain(|_, known| {
            known.retain(|happening| happening.at >= oldest);
            !known.is_empty()
        });
        self.starts.retain(|_, known| {
            known.retain(|start| start.at >= oldest);
            !known.is_empty()
        });
        for run in self.runs.values_mut() {
            for said in run.said.values_mut() {
                said.changes.retain(|&change| change >= oldest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::HappeningKind;

    #[test]
    fn a_start_is_a_new_start_time() {
        let mut past = Past::default();
        for (at, restart_count) in [(1_000, 0), (1_000, 1), (2_000, 1), (2_000, 1), (1_500, 0)] {
            past.note_start("a", start(at, restart_count));
        }
        assert_eq!(vec![start(1_000, 0), start(2_000, 1)], past.starts("a"));
        assert!(past.starts("b").is_empty());
    }

    #[test]
    fn the_past_is_ten_minutes_long() {
        let mut past = Past::default();
        past.note_start("a", start(0, 0));
        past.note_start("a", start(1_000, 1));
        past.note_happening(&slot(), happening(999));
        past.note_happening(&slot(), happening(1_000));
        past.forget_old(at(601_000));
        assert_eq!(vec![start(1_000, 1)], past.starts("a"));
        assert_eq!(vec![happening(1_000)], past.happenings(&slot()));
        past.forget_old(at(700_000));
        assert!(past.starts.is_empty() && past.happenings.is_empty());
    }

    #[test]
    fn the_oldest_make_room() {
        let mut past = Past::default();
        for n in 0..40 {
            past.note_happening(&slot(), happening(n));
            past.note_start("a", start(n, 0));
        }
        assert_eq!(Container::HAPPENINGS_MAX, past.happenings(&slot()).len());
        assert_eq!(Some(&happening(39)), past.happenings(&slot()).last());
        assert_eq!(Container::STARTS_MAX, past.starts("a").len());
    }

    #[test]
    fn a_change_is_a_change_of_one_witness_within_a_run() {
        let mut past = Past::default();
        let mut note = |run, witness, is_well, now| {
            past.note_wellness("a", at(run), (witness, is_well), at(now));
            past.changes("a", Some(at(run))).len()
        };
        assert_eq!(0, note(1, Witness::Check, true, 10));
        assert_eq!(0, note(1, Witness::Probe, false, 11));
        assert_eq!(1, note(1, Witness::Check, false, 12));
        assert_eq!(1, note(1, Witness::Check, false, 13));
        assert_eq!(1, note(1, Witness::Probe, true, 14), "the same trouble");
        assert_eq!(2, note(1, Witness::Check, true, 14));
        assert_eq!(0, note(2, Witness::Check, true, 15));
        assert!(past.changes("a", Some(at(1))).is_empty());
    }

    #[test]
    fn changes_grow_old_and_containers_go() {
        let mut past = Past::default();
        for (now, is_well) in [(0, true), (1_000, false), (2_000, true)] {
            past.note_wellness("a", at(0), (Witness::Check, is_well), at(now));
        }
        past.forget_old(at(602_000));
        assert_eq!(vec![at(2_000)], past.changes("a", Some(at(0))));
        past.forget_others(|_| false);
        assert!(past.changes("a", Some(at(0))).is_empty());
    }

    fn slot() -> ServiceId {
        "ui".parse().unwrap()
    }

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn start(millis: i64, restart_count: u32) -> Start {
        Start {
            at: at(millis),
            restart_count,
        }
    }

    fn happening(millis: i64) -> Happening {
        Happening {
            at: at(millis),
            kind: HappeningKind::Start,
        }
    }
}
