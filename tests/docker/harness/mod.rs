//! Starts stand-in stacks for tests, breaks them, looks at them, and leaves nothing behind.
//!
//! It talks to the engine through the `docker` command alone, so that what it finds is independent
//! of the product's own client.

mod docker;
mod machine;
mod options;
mod parallel;
mod stack;
mod sweep;
mod trial;
mod truth;

pub(crate) use docker::{Inspect, docker};
pub(crate) use machine::{compose_words, next_compose, root};
pub(crate) use options::Options;
pub(crate) use stack::Stack;
pub(crate) use sweep::{owner_of, remove_project, sweep};
pub(crate) use trial::{Outcome, ensure, eventually, trial};
