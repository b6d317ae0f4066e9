//! The evidence: a database of its own, big and prunable, that never holds up the ledger.
//!
//! Everything that is written in one go is a [`Batch`]: rows, counts and file cursors together, in
//! one short transaction. So whatever ends a run, what is stored and what counts as read agree.

mod batch;
mod commit;
mod error;
mod events;
mod failures;
mod files;
mod guardian;
mod maintain;
mod merge;
mod network;
mod open;
mod overview;
mod past;
mod patterns;
mod predecessor;
mod queries;
mod related;
mod runs;
mod said;
mod signatures;
mod tally;
mod totals;
mod until;
mod windows;
mod work;

pub use batch::{
    Batch, ChangeRow, Clock, CommitRow, EventRow, FileProgress, Item, NetworkRow, OutcomeRow,
    QuarantineRow, ScriptRow, SessionRow, SignatureRow, SoakRow, StatementRow,
};
pub use error::EvidenceError;
pub use files::{FileRow, FileState, NewFile};
pub use guardian::{HourlyRate, Look, News, USUAL_HOURS};
pub use maintain::{Pruned, Retention};
pub use network::NetworkView;
pub use open::{Evidence, FILE_NAME};
pub use overview::{SourceOverview, StoreSize};
pub use past::{PastStatement, ScriptView};
pub use patterns::{Pattern, PatternFilter};
pub use predecessor::{Imported, Predecessor};
pub use queries::{EventFilter, EventView, SignatureView};
pub use related::{OutcomeView, SessionView};
pub use runs::{RunStatus, RunView};
pub use said::{CommitView, Said};
pub use totals::{ChangeTotals, Totals};
pub use windows::{SeenSignature, Span};
