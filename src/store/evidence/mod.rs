//! The evidence: a database of its own, big and prunable, that never holds up the ledger.
//!
//! Everything that is written in one go is a [`Batch`]: rows, counts and file cursors together, in
//! one short transaction. So whatever ends a run, what is stored and what counts as read agree.

mod batch;
mod commit;
mod error;
mod events;
mod files;
mod maintain;
mod merge;
mod network;
mod open;
mod overview;
mod predecessor;
mod queries;
mod runs;
mod signatures;
mod work;

pub use batch::{
    Batch, ChangeRow, Clock, CommitRow, EventRow, FileProgress, Item, NetworkRow, OutcomeRow,
    QuarantineRow, ScriptRow, SessionRow, SignatureRow, SoakRow, StatementRow,
};
pub use error::EvidenceError;
pub use files::{FileRow, FileState, NewFile};
pub use maintain::{Pruned, Retention};
pub use open::{Evidence, FILE_NAME};
pub use overview::{SourceOverview, StoreSize};
pub use predecessor::{Imported, Predecessor};
pub use queries::{EventFilter, EventView, SignatureView};
pub use runs::{RunStatus, RunView};
