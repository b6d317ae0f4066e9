use std::future::Future;

use crate::{
    model::{EventKind, SessionEnd},
    ports::{Act, Sense},
    runtime::{
        Desk,
        reconcile::{Stop, reconcile_once, reconcile_until, settle},
    },
};

/// How long a session goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stretch {
    /// One turn.
    Once,
    /// Until it is asked to stop.
    UntilStopped,
}

/// Runs one session to its end and closes it in the ledger.
///
/// Calls that are under way get a few seconds to come back; what is still out then
/// is judged by the next session.
pub async fn live<W>(
    world: &mut W,
    desk: &mut Desk,
    stretch: Stretch,
    stop: impl Future<Output = ()>,
) -> SessionEnd
where
    W: Sense + Act,
{
    let end = match stretch {
        Stretch::Once => match reconcile_once(world, desk).await {
            Ok(()) => SessionEnd::Clean,
            Err(error) => {
                desk.journal.report_unwritable(world.now(), &error);
                SessionEnd::Failed
            }
        },
        Stretch::UntilStopped => match reconcile_until(world, desk, stop).await {
            Stop::Asked => SessionEnd::Signal,
            Stop::Escalated => SessionEnd::Clean,
        },
    };
    settle(world, desk).await;
    let ended = EventKind::SessionEnded { end };
    if let Err(error) = desk.record_at(world.now(), None, ended) {
        desk.journal.report_unwritable(world.now(), &error);
    }
    end
}
