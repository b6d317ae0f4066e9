use std::{future::Future, time::Duration};

use tokio::time::sleep;

use crate::{
    model::{SessionEnd, Timestamp},
    ports::{Act, Sense},
    runtime::{
        Desk,
        reconcile::{Stop, reconcile_once, reconcile_until, settle},
    },
    store::StoreError,
};

/// How often a row of a session's end is tried again while another process holds the
/// ledger; each try waits for a quarter of a second by itself.
const CLOSE_TRIES_MAX: u32 = 8;

/// The rest between two such tries.
const CLOSE_REST: Duration = Duration::from_millis(50);

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
    if let Err(error) = close(desk, world.now(), end).await {
        desk.journal.report_unwritable(world.now(), &error);
    }
    end
}

/// Writes down what came back last, gives the stack back, and ends the session. A
/// ledger that is held by another process is waited for: no turn comes after this one.
///
/// # Errors
///
/// The ledger could not be written for seconds. The next session closes this one as
/// interrupted.
pub async fn close(desk: &mut Desk, now: Timestamp, end: SessionEnd) -> Result<(), StoreError> {
    patiently(|| desk.catch_up()).await?;
    patiently(|| desk.say_yielded(now)).await?;
    patiently(|| desk.yield_lead()).await?;
    patiently(|| desk.close(now, end)).await
}

async fn patiently(mut step: impl FnMut() -> Result<(), StoreError>) -> Result<(), StoreError> {
    for _ in 0..CLOSE_TRIES_MAX {
        match step() {
            Err(error) if error.is_transient() => sleep(CLOSE_REST).await,
            done => return done,
        }
    }
    step()
}
