//! The ledger: one SQLite file that only grows, and whose rows are chained by
//! hash. The only module that knows SQL.

mod chain;
mod checkpoints;
mod digest;
mod episodes;
mod error;
mod events;
pub mod evidence;
mod export;
mod fault;
mod heartbeats;
mod leases;
mod open;
mod overview;
pub mod private;
mod projections;
mod schema;
mod segments;
mod snapshots;
mod soaks;
mod spans;
mod trust;
mod verify;

pub use chain::{HASH_RECIPE, Row};
pub use checkpoints::CHECKPOINTS_MAX;
pub use digest::{Checkpoint, Digest, ParseCheckpointError, ParseDigestError};
pub use episodes::PastEpisode;
pub use error::StoreError;
pub use events::{Draft, EventFilter};
pub use export::Exported;
pub use fault::{Fault, Witness};
pub use heartbeats::Heartbeat;
pub use leases::{Holder, Taken};
pub use open::Ledger;
pub use overview::{EpisodeRecord, SessionRecord};
pub use projections::Session;
pub use segments::{SEGMENT_BYTES_MAX, Segment};
pub use snapshots::{
    SNAPSHOT_BYTES_MAX, SNAPSHOTS, SNAPSHOTS_BYTES_MAX, SNAPSHOTS_MAX, SnapshotFolder,
};
pub use soaks::{SOAKS, SOAKS_MAX, SoakFolderError, SoakFolders};
pub use trust::{TRUSTED_MAX, TrustBook, TrustError, Trusted, script_digest};
pub use verify::{FAULTS_MAX, Verification};
