//! Whether the ledger is what was once written.

use std::collections::BTreeMap;

use rusqlite::types::ValueRef;

use super::{
    Checkpoint, Digest, Fault, Ledger, StoreError, Witness,
    chain::Fields,
    events::{as_i64, as_u64},
};

/// The most faults that are told apart; more are only counted.
pub const FAULTS_MAX: usize = 20;

/// How many rows are read by one statement. One over all rows would keep the
/// write-ahead log from being emptied all the while.
const PAGE_ROWS: i64 = 50_000;

/// What a verification found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    /// Rows that were read.
    pub n_rows: u64,
    /// Rows before the first one that retention has dropped.
    pub n_dropped: u64,
    /// Checkpoints that were compared, of the file and of the caller.
    pub n_checkpoints: u64,
    /// The last row.
    pub head: Option<Checkpoint>,
    /// What is wrong, in the order of the rows, at most [`FAULTS_MAX`].
    pub faults: Vec<Fault>,
    /// How many faults there are in all.
    pub n_faults: u64,
}

/// What has to hold for the next row.
struct Walk<'a> {
    ledger: &'a Ledger,
    scratch: Vec<u8>,
    seq: i64,
    /// The hash of the row before; `None` after a gap.
    prev: Option<Digest>,
    last_input: Option<Digest>,
    anchors: BTreeMap<i64, Vec<(Checkpoint, Witness)>>,
    found: Verification,
}

impl Ledger {
    /// Reads all rows and compares them with their hashes, with each other, with
    /// the inputs they name, with the checkpoint file, and with what the caller
    /// knows from elsewhere. Needs memory for one row.
    ///
    /// # Errors
    ///
    /// Fails if the ledger or the checkpoint file cannot be read. A ledger that can
    /// be read and is not sound is no error.
    pub fn verify(&self, expect: Option<Checkpoint>) -> Result<Verification, StoreError> {
        let fail = |error| self.fail("verify", error);
        let mut walk = self.walk(expect)?;
        let mut after = Some(i64::MIN);
        while let Some(seq) = after {
            after = walk.page(seq).map_err(fail)?;
        }
        Ok(walk.end())
    }

    fn walk(&self, expect: Option<Checkpoint>) -> Result<Walk<'_>, StoreError> {
        let mut walk = Walk {
            ledger: self,
            scratch: Vec::new(),
            seq: 0,
            prev: Some(Digest::GENESIS),
            last_input: None,
            anchors: BTreeMap::new(),
            found: Verification::default(),
        };
        for segment in self.segment_list()? {
            let (seq, hash) = (segment.last_seq, segment.closes_with);
            if segment.dropped.is_some() {
                walk.found.n_dropped = seq;
                (walk.seq, walk.prev) = (as_i64(seq), Some(hash));
            } else {
                walk.expect(Checkpoint { seq, hash }, Witness::Segment(segment.number));
            }
        }
        for (line, checkpoint) in self.checkpoint_list()?.unwrap_or_default().lines {
            match checkpoint {
                Some(checkpoint) => walk.expect(checkpoint, Witness::File),
                None => walk.fault(Fault::Illegible { line }),
            }
        }
        if let Some(expect) = expect {
            walk.expect(expect, Witness::Caller);
        }
        Ok(walk)
    }
}

impl Walk<'_> {
    /// Remembers what has to be found. Of rows that are gone with their segment
    /// only the last is known.
    fn expect(&mut self, checkpoint: Checkpoint, witness: Witness) {
        let seq = as_i64(checkpoint.seq);
        if seq > self.seq {
            self.anchors
                .entry(seq)
                .or_default()
                .push((checkpoint, witness));
        } else if seq == self.seq {
            self.compare(self.prev, checkpoint, witness);
        }
    }

    fn fault(&mut self, fault: Fault) {
        self.found.n_faults += 1;
        if self.found.faults.len() < FAULTS_MAX {
            self.found.faults.push(fault);
        }
    }

    /// Reads one page and returns the number of its last row, if it had any.
    fn page(&mut self, after: i64) -> rusqlite::Result<Option<i64>> {
        const SQL: &str = "SELECT seq, at_ms, session, project, actor_user, actor_host, \
             actor_pid, kind, body, input, prev, hash FROM events \
             WHERE seq > ?1 ORDER BY seq LIMIT ?2";
        let mut select = self.ledger.conn.prepare_cached(SQL)?;
        let mut rows = select.query([after, PAGE_ROWS])?;
        let mut last = None;
        while let Some(row) = rows.next()? {
            let seq = row.get(0)?;
            last = Some(seq);
            self.row(seq, row)?;
        }
        Ok(last)
    }

    fn row(&mut self, seq: i64, row: &rusqlite::Row<'_>) -> rusqlite::Result<()> {
        // What is left of a dropped segment is about to be removed.
        if 0 < seq && seq <= as_i64(self.found.n_dropped) {
            return Ok(());
        }
        self.found.n_rows += 1;
        if seq <= self.seq {
            self.fault(Fault::Stray { seq });
            return Ok(());
        }
        if seq > self.seq + 1 {
            self.prev = None;
            self.fault(Fault::Missing {
                first: as_u64(self.seq + 1),
                last: as_u64(seq - 1),
            });
        }
        self.seq = seq;
        let stored = blob(row.get_ref(11)?);
        self.content(seq, stored, row)?;
        self.prev = stored;
        self.found.head = stored.map(|hash| Checkpoint {
            seq: as_u64(seq),
            hash,
        });
        for (checkpoint, witness) in self.anchors.remove(&seq).unwrap_or_default() {
            self.compare(stored, checkpoint, witness);
        }
        Ok(())
    }

    fn content(
        &mut self,
        seq: i64,
        stored: Option<Digest>,
        row: &rusqlite::Row<'_>,
    ) -> rusqlite::Result<()> {
        let input = row.get_ref(9)?;
        let fields = Fields {
            seq,
            at_ms: row.get(1)?,
            session: row.get(2)?,
            project: text(row.get_ref(3)?),
            actor_user: text(row.get_ref(4)?),
            actor_host: text(row.get_ref(5)?),
            actor_pid: row.get(6)?,
            kind: text(row.get_ref(7)?),
            body: text(row.get_ref(8)?),
            input: blob(input),
            prev: blob(row.get_ref(10)?).unwrap_or(Digest::GENESIS),
        };
        let is_unlinked = self.prev.is_some_and(|prev| prev != fields.prev);
        let seq = as_u64(seq);
        if stored != Some(fields.hash(&mut self.scratch)) {
            self.fault(Fault::Changed { seq });
        } else if is_unlinked {
            self.fault(Fault::Unlinked { seq });
        }
        match fields.input {
            Some(digest) if fields.input != self.last_input => self.input(seq, digest),
            Some(_) | None => Ok(()),
        }
    }

    /// The events of one turn name the same input, one after the other.
    fn input(&mut self, seq: u64, digest: Digest) -> rusqlite::Result<()> {
        self.last_input = Some(digest);
        let sql = "SELECT body FROM inputs WHERE digest = ?1";
        let mut select = self.ledger.conn.prepare_cached(sql)?;
        let mut rows = select.query([digest.as_bytes()])?;
        match rows.next()? {
            None => self.fault(Fault::InputMissing { seq, digest }),
            Some(row) if Digest::of(text(row.get_ref(0)?)) != digest => {
                self.fault(Fault::InputChanged { seq, digest });
            }
            Some(_) => (),
        }
        Ok(())
    }

    fn compare(&mut self, stored: Option<Digest>, checkpoint: Checkpoint, witness: Witness) {
        self.found.n_checkpoints += 1;
        if stored != Some(checkpoint.hash) {
            self.fault(Fault::Rewritten {
                checkpoint,
                witness,
            });
        }
    }

    /// What is left of the anchors names rows that are not there. A gap is a fault of
    /// its own already, and of a cut tail the farthest witness says all.
    fn end(mut self) -> Verification {
        let head = as_u64(self.seq);
        let left = std::mem::take(&mut self.anchors);
        self.found.n_checkpoints += left
            .values()
            .map(|anchors| anchors.len() as u64)
            .sum::<u64>();
        let farthest = left
            .into_values()
            .next_back()
            .and_then(|anchors| anchors.into_iter().next());
        if let Some((checkpoint, witness)) = farthest.filter(|(anchor, _)| anchor.seq > head) {
            self.fault(Fault::TailCut {
                head,
                checkpoint,
                witness,
            });
        }
        self.found
    }
}

impl Verification {
    /// Says whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.n_faults == 0
    }
}

fn text<'a>(value: ValueRef<'a>) -> &'a [u8] {
    value.as_bytes().unwrap_or_default()
}

fn blob(value: ValueRef<'_>) -> Option<Digest> {
    value.as_blob().ok().and_then(Digest::from_slice)
}
