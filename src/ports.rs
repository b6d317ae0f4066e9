//! The two doors to the outside world.

use std::future::Future;

use crate::{
    control::Permit,
    model::{Execution, Observation, Tails, Timestamp},
};

/// Looks at the world. Never fails: a probe that fails is an unknown reading.
pub trait Sense {
    /// Takes a snapshot.
    fn observe(&mut self) -> impl Future<Output = Observation>;

    /// Tells the wall clock of this moment, for what happens between two snapshots.
    fn now(&self) -> Timestamp;

    /// Resolves when something happened that makes an early look worth while. It
    /// says nothing about what: the next snapshot does.
    fn wake(&mut self) -> impl Future<Output = ()>;

    /// Reads what the services of the stack wrote last, for a snapshot pack. Nothing is
    /// ever decided by it. The future does not borrow the world, so that the loop goes
    /// on beside it, and it ends within seconds.
    fn tails(&self) -> impl Future<Output = Tails> + Send + 'static;
}

/// Changes the world.
pub trait Act {
    /// Runs one permitted action to its end or its time limit. The future does not
    /// borrow the world, so that the loop goes on beside it.
    fn execute(&self, permit: Permit) -> impl Future<Output = Execution> + Send + 'static;
}
