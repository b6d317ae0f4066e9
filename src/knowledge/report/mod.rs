//! What reports are made of: counts of past work, never a query.

mod audit;
mod daily;
mod git_context;
mod relapse;
mod track_record;

pub use audit::{Audit, Bucket, Stats};
pub use daily::{Trend, trends};
pub use git_context::{BranchCount, CommitCount, EvidenceSources, GitContext, GitEvidence};
pub use relapse::{RELAPSE_DAYS, has_gap, span_days};
pub use track_record::{TrackRecord, Verified};
