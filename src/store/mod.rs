//! The ledger: one SQLite file that only grows, and whose rows are chained by
//! hash. The only module that knows SQL.

mod chain;
mod checkpoints;
mod digest;
mod error;
mod events;
pub mod evidence;
mod export;
mod fault;
mod leases;
mod open;
mod overview;
mod projections;
mod segments;
mod snapshots;
mod spans;
mod verify;

pub use chain::{HASH_RECIPE, Row};
pub use checkpoints::CHECKPOINTS_MAX;
pub use digest::{Checkpoint, Digest, ParseCheckpointError, ParseDigestError};
pub use error::StoreError;
pub use events::{Draft, EventFilter};
pub use export::Exported;
pub use fault::{Fault, Witness};
pub use leases::{Holder, Taken};
pub use open::Ledger;
pub use overview::SessionRecord;
pub use projections::{Episode, Session};
pub use segments::{SEGMENT_BYTES_MAX, Segment};
pub use snapshots::{
    SNAPSHOT_BYTES_MAX, SNAPSHOTS, SNAPSHOTS_BYTES_MAX, SNAPSHOTS_MAX, SnapshotFolder,
};
pub use verify::{FAULTS_MAX, Verification};
