use std::collections::VecDeque;

use crate::{
    control::{Grants, Rules, State},
    model::{Envelope, EventKind, SessionEnd, Timestamp},
    runtime::{
        Charter,
        desk::MEMORY,
        reconcile::turn,
        replay::{
            Difference, Insight, Replayed,
            script::{Break, Script, remember},
        },
        turn::{Basis, TurnMark},
    },
    store::{Digest, Ledger, Row, StoreError},
};

/// The most rows of others that wait for the next turn of a session. A turn reads
/// within milliseconds what was written, so far fewer ever do.
const AHEAD_ROWS_MAX: usize = 20_000;

/// One session that is lived through again.
pub(super) struct Player {
    pub(super) first: Envelope,
    version: String,
    rules: Rules,
    grants: Grants,
    state: State,
    ahead: VecDeque<Envelope>,
    pending: Option<Pending>,
    /// What the last turn should have written and did not.
    cut: Option<Difference>,
}

/// A turn whose rows are being gathered.
struct Pending {
    digest: Digest,
    basis: Basis,
    rows: Vec<Envelope>,
}

/// Why a session cannot be lived through again.
pub(super) enum Missing {
    Charter,
    History,
}

impl Player {
    /// Begins with what the session knew when it began.
    pub(super) fn begin(ledger: &Ledger, first: &Row) -> Result<Result<Self, Missing>, StoreError> {
        let charter = first
            .input
            .map(|digest| ledger.input_read::<Charter>(digest));
        let Some(charter) = charter.transpose()?.flatten() else {
            return Ok(Err(Missing::Charter));
        };
        let first = first.envelope.clone();
        let since = first.at.before(MEMORY);
        let is_whole = ledger.fold_is_whole(&first.project, since, first.seq)?;
        if !is_whole {
            return Ok(Err(Missing::History));
        }
        let history = ledger.event_list_for_fold_before(&first.project, since, first.seq)?;
        let mut version = String::new();
        if let EventKind::SessionStarted { version: own, .. } = &first.kind {
            version.clone_from(own);
        }
        Ok(Ok(Self {
            state: State::replay(first.seq, &history),
            rules: charter.rules(),
            grants: charter.grants.clone(),
            ahead: VecDeque::from([first.clone()]),
            pending: None,
            cut: None,
            version,
            first,
        }))
    }

    /// The first row has to be the one that its charter asks for.
    pub(super) fn check_first(&self, told: &mut Replayed) {
        let charter = Charter::new(&self.rules, &self.grants);
        let expected = charter.session_started(&self.version);
        if expected != self.first.kind {
            let found = Some((self.first.seq, self.first.kind.clone()));
            told.differs(self.difference(self.first.at, found, Some(expected)));
        }
    }

    /// Takes one more row of the project.
    pub(super) fn feed(
        &mut self,
        (ledger, row): (&Ledger, &Row),
        told: &mut Replayed,
    ) -> Result<(), StoreError> {
        let envelope = &row.envelope;
        if envelope.session == self.first.seq {
            self.feed_own((ledger, row), told)?;
        }
        self.ahead.push_back(envelope.clone());
        if self.ahead.len() > AHEAD_ROWS_MAX {
            self.make_pending(told);
            let half = self.ahead[AHEAD_ROWS_MAX / 2].seq;
            remember(&mut self.state, &mut self.ahead, half);
        }
        Ok(())
    }

    fn feed_own(
        &mut self,
        (ledger, row): (&Ledger, &Row),
        told: &mut Replayed,
    ) -> Result<(), StoreError> {
        if let EventKind::SessionEnded { end } = row.envelope.kind {
            let mark = row
                .input
                .map(|digest| ledger.input_read::<TurnMark>(digest));
            let mark = mark.transpose()?.flatten().unwrap_or_default();
            self.make_pending(told);
            let is_sudden = matches!(end, SessionEnd::Interrupted | SessionEnd::Failed);
            self.settle_cut(is_sudden || mark.follows_cut, told);
            return Ok(());
        }
        let Some(digest) = row.input else {
            return Ok(());
        };
        if let Some(pending) = &mut self.pending
            && pending.digest == digest
        {
            pending.rows.push(row.envelope.clone());
            return Ok(());
        }
        self.make_pending(told);
        let Some(basis) = ledger.input_read::<Basis>(digest)? else {
            told.n_unreadable += 1;
            return Ok(());
        };
        self.settle_cut(basis.turn.follows_cut, told);
        self.pending = Some(Pending {
            digest,
            basis,
            rows: vec![row.envelope.clone()],
        });
        Ok(())
    }

    /// Ends with the last row that is known. What the last turn did not write may
    /// still come.
    pub(super) fn end(mut self, told: &mut Replayed) {
        self.make_pending(told);
        self.settle_cut(true, told);
    }

    /// Makes the gathered turn again.
    fn make_pending(&mut self, told: &mut Replayed) {
        let Some(Pending { basis, rows, .. }) = self.pending.take() else {
            return;
        };
        remember(&mut self.state, &mut self.ahead, basis.turn.read);
        let is_target = rows.iter().any(|row| Some(row.seq) == told.target);
        let is_wanted = match told.target {
            Some(_) => is_target,
            None => told.since <= basis.seen.at,
        };
        if !is_wanted {
            return;
        }
        let before = is_target.then(|| self.state.clone());
        let mut script = Script {
            state: &mut self.state,
            rules: &self.rules,
            grants: &self.grants,
            basis: &basis,
            recorded: &rows,
            ahead: &mut self.ahead,
            n_matched: 0,
            asked: is_target.then(Vec::new),
        };
        let made = turn(&basis.seen, &mut script);
        let (n_matched, asked) = (script.n_matched, script.asked.take());
        told.n_turns += 1;
        told.n_rows += rows.len() as u64;
        let left = rows.get(n_matched).map(|row| (row.seq, row.kind.clone()));
        match made {
            Ok(()) if left.is_some() => told.differs(self.difference(basis.seen.at, left, None)),
            Ok(()) => (),
            Err(Break::Unrecorded(kind)) => {
                self.cut = Some(self.difference(basis.seen.at, None, Some(kind)));
            }
            Err(Break::Differs(differs)) => {
                let (row, expected) = *differs;
                let found = Some((row.seq, row.kind));
                told.differs(self.difference(row.at, found, Some(expected)));
            }
        }
        if let (Some(state), Some(asked)) = (before, asked) {
            told.insight = Some(Insight {
                basis,
                state,
                rules: self.rules.clone(),
                asked,
            });
        }
    }

    fn settle_cut(&mut self, is_excused: bool, told: &mut Replayed) {
        match self.cut.take() {
            Some(_) if is_excused => told.n_cut += 1,
            Some(cut) => told.differs(cut),
            None => (),
        }
    }

    fn difference(
        &self,
        at: Timestamp,
        found: Option<(u64, EventKind)>,
        expected: Option<EventKind>,
    ) -> Difference {
        Difference {
            session: self.first.seq,
            version: self.version.clone(),
            at,
            seq: found.as_ref().map(|(seq, _)| *seq),
            found: found.map(|(_, kind)| kind),
            expected,
        }
    }
}
