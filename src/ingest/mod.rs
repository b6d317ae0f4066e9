//! The outside, read: files and histories become evidence.

mod clock;
mod content;
mod discover;
mod logs;
mod segment;
mod source;
mod wash;

pub use clock::Zone;
