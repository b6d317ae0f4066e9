//! Signatures: which lines are the same line with other values.
//!
//! A line is read in two steps. [`Prepared::read`] is pure and may run on any thread: head, masks,
//! severity. [`Engine::assign`] finds or founds the template, in the order of the lines; the same
//! lines in the same order always give the same ids.

pub mod blocks;
mod clean;
mod engine;
mod framing;
mod hash;
mod head;
pub mod mask;
mod prepared;
mod recency;
mod soften;
mod state;
mod template;
mod time;
mod tree;
pub mod v1;

pub use engine::{Counts, Engine, Limits};
pub use framing::{Framer, LINE_BYTES_MAX};
pub use head::{LineHead, Span};
pub use prepared::Prepared;
pub use state::{State, StateError};
pub use template::TemplateView;
pub use time::{Basis, LogTime, read_epoch, read_time};
