//! Known issues: failures whose cause and documented fix are written down.
//!
//! A rule is matched against the message of a line, from its start; the time, the level and the
//! logger before it do not count. So a rule cannot be set off by text in the middle of a payload.
//! Questions in words are held against what a rule is called and what it says.

mod rule;
mod table;
mod thesaurus;
mod words;

pub use rule::{KnownIssue, Remedy, all, in_line};
pub use words::in_words;
