//! Known issues: failures whose cause and documented fix are written down.
//!
//! A rule is matched against the message of a line, from its start; the time, the level and the
//! logger before it do not count. So a rule cannot be set off by text in the middle of a payload.

mod rule;
mod table;

pub use rule::{KnownIssue, Remedy, all, in_line, mentions};
