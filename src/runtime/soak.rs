//! What a soak needs beside the loop: the same turns while something else goes on, and
//! a look at every snapshot.

use std::future::Future;

use crate::{
    control::Permit,
    model::{EventKind, Execution, Observation, SessionEnd, Tails, Timestamp},
    ports::{Act, Sense},
    runtime::{
        Desk,
        live::close,
        reconcile::{Stop, reconcile_until, settle},
    },
    store::StoreError,
};

/// A world whose every snapshot somebody else looks at as well. It changes nothing.
#[derive(Debug)]
pub struct Watched<'a, W, F> {
    world: &'a mut W,
    look: F,
}

impl<'a, W, F: FnMut(&Observation)> Watched<'a, W, F> {
    /// Shows every snapshot of `world` to `look`.
    pub fn new(world: &'a mut W, look: F) -> Self {
        Self { world, look }
    }
}

impl<W: Sense, F: FnMut(&Observation)> Sense for Watched<'_, W, F> {
    async fn observe(&mut self) -> Observation {
        let seen = self.world.observe().await;
        (self.look)(&seen);
        seen
    }

    fn now(&self) -> Timestamp {
        self.world.now()
    }

    async fn wake(&mut self) {
        self.world.wake().await;
    }

    fn tails(&self) -> impl Future<Output = Tails> + Send + 'static {
        self.world.tails()
    }
}

impl<W: Act, F> Act for Watched<'_, W, F> {
    fn execute(&self, permit: Permit) -> impl Future<Output = Execution> + Send + 'static {
        self.world.execute(permit)
    }
}

/// Goes on turning the wheel until `work` is done, and returns what came of it;
/// `None` if a call for a person ended it before.
///
/// As [`reconcile_until`], it never fails for a fault of the outside.
pub async fn reconcile_while<W, T>(
    world: &mut W,
    desk: &mut Desk,
    work: impl Future<Output = T>,
) -> Option<T>
where
    W: Sense + Act,
{
    let mut done = None;
    let stop = reconcile_until(world, desk, async { done = Some(work.await) }).await;
    match stop {
        Stop::Asked => done,
        Stop::Escalated => None,
    }
}

/// Ends the session as `live` does: waits for calls that are under way, gives the
/// stack back, and says so.
pub async fn end_session(world: &impl Sense, desk: &mut Desk, end: SessionEnd) {
    settle(world, desk).await;
    if let Err(error) = close(desk, world.now(), end).await {
        desk.journal.report_unwritable(world.now(), &error);
    }
}

impl Desk {
    /// Writes down what happens in a soak. It rests on no snapshot.
    ///
    /// # Errors
    ///
    /// The ledger cannot be written.
    pub fn record_soak(&mut self, at: Timestamp, kind: EventKind) -> Result<(), StoreError> {
        self.record_at(at, kind)
    }
}
