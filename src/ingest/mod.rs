//! The outside, read: files and histories become evidence.

mod clock;
mod content;

pub use clock::Zone;
