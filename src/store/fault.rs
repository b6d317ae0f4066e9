use std::fmt;

use super::{Checkpoint, Digest};

/// Who says where the ledger once ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Witness {
    /// A line of the checkpoint file.
    File,
    /// The caller.
    Caller,
    /// The checkpoint of a closed segment.
    Segment(u32),
}

/// One thing that is wrong with a ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The content of a row does not fit its hash.
    Changed {
        /// The row.
        seq: u64,
    },
    /// Rows are missing before a row.
    Missing {
        /// The first missing row.
        first: u64,
        /// The last missing row.
        last: u64,
    },
    /// A row is sound in itself and does not follow the row before it.
    Unlinked {
        /// The row.
        seq: u64,
    },
    /// A row has a number that none can have.
    Stray {
        /// The number.
        seq: i64,
    },
    /// The stored input of a row does not fit its digest.
    InputChanged {
        /// The first row that names it.
        seq: u64,
        /// The digest.
        digest: Digest,
    },
    /// The input that a row names is gone.
    InputMissing {
        /// The first row that names it.
        seq: u64,
        /// The digest.
        digest: Digest,
    },
    /// The ledger ends before a row that was once its last.
    TailCut {
        /// The last row that is there; 0 if there is none.
        head: u64,
        /// What was once the last row.
        checkpoint: Checkpoint,
        /// Who says so.
        witness: Witness,
    },
    /// A row is not the one that was once there.
    Rewritten {
        /// What was once there.
        checkpoint: Checkpoint,
        /// Who says so.
        witness: Witness,
    },
    /// A line of the checkpoint file cannot be read.
    Illegible {
        /// The line, from 1.
        line: u32,
    },
}

impl Fault {
    /// The row that the fault is about, where it is about one.
    pub fn seq(&self) -> Option<u64> {
        match self {
            Fault::Changed { seq }
            | Fault::Unlinked { seq }
            | Fault::InputChanged { seq, .. }
            | Fault::InputMissing { seq, .. } => Some(*seq),
            Fault::Missing { first, .. } => Some(*first),
            Fault::TailCut { head, .. } => Some(head + 1),
            Fault::Rewritten { checkpoint, .. } => Some(checkpoint.seq),
            Fault::Stray { .. } | Fault::Illegible { .. } => None,
        }
    }

    /// The stable name.
    pub fn code(&self) -> &'static str {
        match self {
            Fault::Changed { .. } => "changed",
            Fault::Missing { .. } => "missing",
            Fault::Unlinked { .. } => "unlinked",
            Fault::Stray { .. } => "stray",
            Fault::InputChanged { .. } => "input_changed",
            Fault::InputMissing { .. } => "input_missing",
            Fault::TailCut { .. } => "tail_cut",
            Fault::Rewritten { .. } => "rewritten",
            Fault::Illegible { .. } => "illegible",
        }
    }

    /// What the operator can do next.
    pub fn next_step(&self) -> &'static str {
        match self {
            Fault::Changed { .. } | Fault::Unlinked { .. } | Fault::Stray { .. } => {
                "compare the row with an export or a backup; trust nothing that rests on it"
            }
            Fault::Missing { .. } => "look for the rows in an export or a backup",
            Fault::InputChanged { .. } | Fault::InputMissing { .. } => {
                "the event itself is sound; do not replay its decision"
            }
            Fault::TailCut { .. } => {
                "look for the rows in a backup, the exported lines or the log of the service"
            }
            Fault::Rewritten { .. } => {
                "compare with an export or a backup from before; somebody could write the file"
            }
            Fault::Illegible { .. } => "look at the line; the other checkpoints were compared",
        }
    }
}

impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Witness::File => f.write_str("the checkpoint file"),
            Witness::Caller => f.write_str("`--expect`"),
            Witness::Segment(number) => write!(f, "segment {number}"),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Changed { seq } => write!(
                f,
                "row {seq} was changed after it was written: its content does not fit its hash"
            ),
            Fault::Missing { first, last } if first == last => write!(f, "row {first} is missing"),
            Fault::Missing { first, last } => write!(f, "rows {first} to {last} are missing"),
            Fault::Unlinked { seq } => write!(
                f,
                "row {seq} does not follow row {}: one of the two was put in another's place",
                seq - 1
            ),
            Fault::Stray { seq } => write!(f, "row {seq} has a number that no row can have"),
            Fault::InputChanged { seq, digest } => write!(
                f,
                "the input of row {seq} was changed: it does not fit its digest {digest}"
            ),
            Fault::InputMissing { seq, digest } => {
                write!(f, "the input of row {seq} is missing, digest {digest}")
            }
            Fault::TailCut {
                head,
                checkpoint,
                witness,
            } => write!(
                f,
                "rows {} to {} are missing: {witness} says that the ledger once reached row {}",
                head + 1,
                checkpoint.seq,
                checkpoint.seq
            ),
            Fault::Rewritten {
                checkpoint,
                witness,
            } => write!(
                f,
                "row {} is not the one that {witness} knows: the ledger was written anew up to it",
                checkpoint.seq
            ),
            Fault::Illegible { line } => {
                write!(f, "line {line} of the checkpoint file cannot be read")
            }
        }
    }
}
