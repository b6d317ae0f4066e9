//! How bad a line is, and which kind of failure it tells of.
//!
//! The status code of an access line decides first, then the level, then words. No line is
//! skipped because a word is missing from it.

mod category;
mod judge;
mod level;
mod matcher;
mod pytest;
mod words;

pub use category::Category;
pub use judge::{Clue, Severity, judge};
pub use level::Level;
pub use words::{STATEMENTS, Statement, Strength};
