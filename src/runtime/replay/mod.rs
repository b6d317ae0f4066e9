//! Lives through recorded sessions again, and compares. Every decision follows from
//! rows of the ledger and from what they rest on; here that is checked, not claimed.

mod player;
mod script;

use std::collections::{BTreeMap, BTreeSet};

pub use script::Asked;

use crate::{
    control::{Rules, State},
    model::{EventKind, Timestamp},
    runtime::turn::Basis,
    store::{Ledger, Row, SessionRecord, StoreError},
};
use player::{Missing, Player};

/// The most differences that are kept; the rest is counted.
pub const DIFFERENCES_MAX: usize = 20;

/// Rows that are read at a time.
const PAGE_ROWS: u32 = 500;

/// What came of living through the sessions again.
#[derive(Debug, Default)]
pub struct Replayed {
    /// Sessions that were lived through.
    pub n_sessions: u64,
    /// Turns that were made again: those that wrote something.
    pub n_turns: u64,
    /// Rows that they once wrote.
    pub n_rows: u64,
    /// Turns that could not be written down to their end: the disk was full, or the
    /// process was killed.
    pub n_cut: u64,
    /// Turns whose snapshot is not there, or is none that this program can read.
    pub n_unreadable: u64,
    /// Sessions that cannot be made again, and why.
    pub skipped: BTreeMap<u64, &'static str>,
    /// How many rows differ, or are missing, or should not be there.
    pub n_differences: u64,
    /// The first of them.
    pub differences: Vec<Difference>,
    since: Timestamp,
    target: Option<u64>,
    insight: Option<Insight>,
}

/// A row that does not follow from what it rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The session.
    pub session: u64,
    /// The program's version that wrote it.
    pub version: String,
    /// When it was decided.
    pub at: Timestamp,
    /// The row; none where one is missing.
    pub seq: Option<u64>,
    /// What the row says.
    pub found: Option<EventKind>,
    /// What follows from what the row rests on.
    pub expected: Option<EventKind>,
}

/// A turn that was made again, with everything that bore on it.
#[derive(Clone, Debug)]
pub struct Insight {
    /// What it was decided on.
    pub basis: Basis,
    /// What was remembered when it began.
    pub state: State,
    /// What held for the session.
    pub rules: Rules,
    /// The steps for which leave was asked, with all answers.
    pub asked: Vec<Asked>,
}

impl Replayed {
    /// Says whether every row follows from what it rests on.
    pub fn is_same(&self) -> bool {
        self.n_differences == 0 && self.n_unreadable == 0
    }

    fn differs(&mut self, difference: Difference) {
        if self.target.is_some() {
            return;
        }
        self.n_differences += 1;
        if self.differences.len() < DIFFERENCES_MAX {
            self.differences.push(difference);
        }
    }
}

/// Makes every recorded turn again that began at `since` or later.
///
/// # Errors
///
/// The ledger cannot be read.
pub fn replay(ledger: &Ledger, since: Option<Timestamp>) -> Result<Replayed, StoreError> {
    let since = since.unwrap_or(Timestamp::from_millis(i64::MIN));
    let mut told = Replayed {
        since,
        ..Replayed::default()
    };
    let mut sessions = ledger.session_list()?;
    sessions.retain(|session| session.ended.is_none_or(|(ended, _)| since <= ended));
    live_again(ledger, (&sessions, u64::MAX), &mut told)?;
    Ok(told)
}

/// Makes the turn again that wrote a row, and tells everything that bore on it;
/// `None` for a row that no turn wrote, or whose session cannot be made again.
///
/// # Errors
///
/// The ledger cannot be read.
pub fn insight(ledger: &Ledger, seq: u64) -> Result<Option<Insight>, StoreError> {
    let Some(row) = ledger.event_get(seq)? else {
        return Ok(None);
    };
    let mut told = Replayed {
        target: Some(seq),
        ..Replayed::default()
    };
    let mut sessions = ledger.session_list()?;
    sessions.retain(|session| session.id == row.envelope.session);
    live_again(ledger, (&sessions, seq), &mut told)?;
    Ok(told.insight)
}

/// Feeds all rows from the first session on; `last` ends it once its turn is known.
fn live_again(
    ledger: &Ledger,
    (sessions, last): (&[SessionRecord], u64),
    told: &mut Replayed,
) -> Result<(), StoreError> {
    let wanted: BTreeSet<u64> = sessions.iter().map(|session| session.id).collect();
    let Some(first) = wanted.first() else {
        return Ok(());
    };
    let mut players: BTreeMap<u64, Player> = BTreeMap::new();
    let mut read = first - 1;
    while told.insight.is_none() {
        let rows = ledger.event_list_after(read, PAGE_ROWS)?;
        let Some(end) = rows.last() else { break };
        read = end.envelope.seq;
        for row in &rows {
            feed((ledger, row), &wanted, (&mut players, told))?;
        }
        // A turn is a few dozen rows at most; a page later it is complete.
        if last.saturating_add(u64::from(PAGE_ROWS)) < read {
            break;
        }
    }
    for player in players.into_values() {
        player.end(told);
    }
    Ok(())
}

fn feed(
    (ledger, row): (&Ledger, &Row),
    wanted: &BTreeSet<u64>,
    (players, told): (&mut BTreeMap<u64, Player>, &mut Replayed),
) -> Result<(), StoreError> {
    let envelope = &row.envelope;
    let project = &envelope.project;
    for player in players.values_mut() {
        if player.first.project == *project {
            player.feed((ledger, row), told)?;
        }
    }
    if matches!(envelope.kind, EventKind::SessionEnded { .. }) {
        players.remove(&envelope.session);
    }
    if !wanted.contains(&envelope.seq) {
        return Ok(());
    }
    match Player::begin(ledger, row)? {
        Ok(player) => {
            player.check_first(told);
            told.n_sessions += 1;
            players.insert(envelope.seq, player);
        }
        Err(Missing::Charter) => {
            let why = "its rules were not stored with it";
            told.skipped.insert(envelope.seq, why);
        }
        Err(Missing::History) => {
            let why = "retention has dropped what it knew when it began";
            told.skipped.insert(envelope.seq, why);
        }
    }
    Ok(())
}
