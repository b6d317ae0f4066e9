//! What must hold between the ledger and what the engine was asked to do, however
//! often the program died.

use std::collections::BTreeMap;

use wicap_assist::model::{Envelope, EventKind, ServiceId, SessionEnd, Timestamp};

use crate::scenario::invariants;

/// A restart that the engine was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Write {
    pub(crate) at: Timestamp,
    pub(crate) service: ServiceId,
}

/// What was found, in numbers.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Account {
    pub(crate) writes: usize,
    pub(crate) sessions_interrupted: usize,
    /// Actions whose verdict another session gave than the one that started them.
    pub(crate) judged_by_another: usize,
}

impl Account {
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            writes: self.writes + other.writes,
            sessions_interrupted: self.sessions_interrupted + other.sessions_interrupted,
            judged_by_another: self.judged_by_another + other.judged_by_another,
        }
    }
}

/// One action: the row that announced it, and the row that judged it.
struct Deed<'a> {
    started: &'a Envelope,
    closed: Option<&'a Envelope>,
}

/// Checks a whole ledger against the writes that the engine saw.
#[track_caller]
pub(crate) fn check(rows: &[Envelope], writes: &[Write]) -> Account {
    invariants::check(rows);
    let deeds = deeds(rows);
    assert_all_judged(&deeds);
    assert_each_write_is_announced(&deeds, writes);
    let judged_by_another = deeds.iter().filter(|deed| {
        deed.closed
            .is_some_and(|closed| closed.session != deed.started.session)
    });
    Account {
        writes: writes.len(),
        sessions_interrupted: assert_sessions_are_closed(rows),
        judged_by_another: judged_by_another.count(),
    }
}

fn deeds(rows: &[Envelope]) -> Vec<Deed<'_>> {
    let mut deeds: Vec<Deed<'_>> = Vec::new();
    for row in rows {
        if matches!(row.kind, EventKind::ActionStarted { .. }) {
            deeds.push(Deed {
                started: row,
                closed: None,
            });
        }
        if let EventKind::EpisodeClosed { service, .. } = &row.kind {
            let mut newest_first = deeds.iter_mut().rev();
            let deed = newest_first.find(|deed| deed.started.kind.service() == Some(service));
            deed.unwrap().closed = Some(row);
        }
    }
    deeds
}

#[track_caller]
fn assert_all_judged(deeds: &[Deed<'_>]) {
    let open = deeds.iter().filter(|deed| deed.closed.is_none());
    let open: Vec<u64> = open.map(|deed| deed.started.seq).collect();
    assert!(open.is_empty(), "started and never judged: rows {open:?}");
}

/// Each write lies between its announcement and its verdict, and no announcement
/// stands for two writes.
#[track_caller]
fn assert_each_write_is_announced(deeds: &[Deed<'_>], writes: &[Write]) {
    let mut used: BTreeMap<u64, Timestamp> = BTreeMap::new();
    for write in writes {
        let announced = deeds.iter().rev().find(|deed| {
            deed.started.kind.service() == Some(&write.service) && deed.started.at <= write.at
        });
        let deed = announced.unwrap_or_else(|| panic!("{write:?} was never announced"));
        let until = deed.closed.map(|closed| closed.at);
        assert!(
            until.is_none_or(|until| write.at <= until),
            "{write:?} came after the verdict on row {}",
            deed.started.seq
        );
        let before = used.insert(deed.started.seq, write.at);
        assert_eq!(None, before, "{write:?} repeats row {}", deed.started.seq);
    }
}

/// Every session is closed once: the last one by itself, all before it by the next.
#[track_caller]
fn assert_sessions_are_closed(rows: &[Envelope]) -> usize {
    let mut ends: BTreeMap<u64, Vec<SessionEnd>> = BTreeMap::new();
    for row in rows {
        if matches!(row.kind, EventKind::SessionStarted { .. }) {
            ends.insert(row.seq, Vec::new());
        }
        if let EventKind::SessionEnded { end } = row.kind {
            ends.get_mut(&row.session).unwrap().push(end);
        }
    }
    let last = ends.pop_last().unwrap();
    assert_eq!([SessionEnd::Signal], last.1[..], "session {}", last.0);
    for (session, ends) in &ends {
        assert_eq!([SessionEnd::Interrupted], ends[..], "session {session}");
    }
    ends.len()
}
