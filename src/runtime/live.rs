use std::future::Future;

use crate::{
    model::{SessionEnd, Timestamp},
    ports::{Act, Sense},
    runtime::{
        Desk,
        reconcile::{Stop, reconcile_once, reconcile_until, settle},
    },
    store::StoreError,
};

/// How long a session goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stretch {
    /// One turn.
    Once,
    /// Until it is asked to stop.
    UntilStopped,
}

/// Runs one session to its end and closes it in the ledger. `greet` is called after
/// the first turn, when it is known how the stack is.
///
/// Calls that are under way get a few seconds to come back; what is still out then
/// is judged by the next session.
pub async fn live<W>(
    world: &mut W,
    desk: &mut Desk,
    stretch: Stretch,
    stop: impl Future<Output = ()>,
    greet: impl FnOnce(&Desk),
) -> SessionEnd
where
    W: Sense + Act,
{
    let first = reconcile_once(world, desk).await;
    if let Err(error) = &first {
        desk.journal.report_unwritable(world.now(), error);
    }
    greet(desk);
    let end = match (stretch, first) {
        (Stretch::Once, Ok(())) => SessionEnd::Clean,
        (Stretch::Once, Err(_)) => SessionEnd::Failed,
        (Stretch::UntilStopped, _) => match reconcile_until(world, desk, stop).await {
            Stop::Asked => SessionEnd::Signal,
            Stop::Escalated => SessionEnd::Clean,
        },
    };
    settle(world, desk).await;
    if let Err(error) = close(desk, world.now(), end) {
        desk.journal.report_unwritable(world.now(), &error);
    }
    end
}

/// Writes down what came back last, gives the stack back, and ends the session.
fn close(desk: &mut Desk, now: Timestamp, end: SessionEnd) -> Result<(), StoreError> {
    desk.catch_up()?;
    desk.yield_lead(now)?;
    desk.close(now, end)
}
