//! temp
mod journal;
pub use journal::Journal;
