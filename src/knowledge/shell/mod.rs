//! Commands that were found in texts of others: read as a shell would, judged, never run.

mod policy;
mod programs;
mod tokens;

pub use policy::{Judgement, Risk, judge};
pub use tokens::{Part, Unreadable, split};
