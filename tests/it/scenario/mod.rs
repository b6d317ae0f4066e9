//! The main harness: a script of the world in, the event log out.
//!
//! A script is a list of commands, parted by `;`. `turn N` turns the wheel, five
//! seconds a turn; the other commands change the world or the session. After every
//! scenario the invariants of the house are checked against the ledger.

pub(crate) mod body;
mod change;
mod commands;
pub(crate) mod disk;
mod effect;
pub(crate) mod invariants;
pub(crate) mod log;
mod script;
mod session;
mod soak;
pub(crate) mod world;

pub(crate) use script::{Scenario, check};
