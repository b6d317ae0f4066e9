use std::{pin::pin, sync::Arc, time::Duration};

use futures_util::StreamExt;
use tokio::time::{Instant, sleep};

use super::{
    clock,
    docker::EngineError,
    refresh::look,
    shared::{Shared, World},
    view::Cause,
};

/// The first waiting time before the engine is asked for its reports again.
const AGAIN_FIRST: Duration = Duration::from_millis(200);
/// The longest waiting time before the engine is asked for its reports again.
const AGAIN_MAX: Duration = Duration::from_secs(5);

/// Listens to the engine's reports for ever. Each container that one names is looked
/// at at once; the loop is woken when the answer is there.
pub(super) async fn listen(shared: World) {
    let mut place = Place {
        since: now_nanos(),
        last: i64::MIN,
    };
    let mut wait = AGAIN_FIRST;
    loop {
        let connected_at = Instant::now();
        if let Err(error) = listen_once(&shared, &mut place).await {
            tracing::debug!(%error, "the engine's reports have ended");
            shared.engine.forget();
            if matches!(error, EngineError::Odd { .. }) {
                // The same report would end the next stream as well.
                place.since = now_nanos();
            }
        }
        if connected_at.elapsed() > AGAIN_MAX {
            wait = AGAIN_FIRST;
        }
        sleep(wait).await;
        wait = (wait * 2).min(AGAIN_MAX);
    }
}

/// Where to go on after a lost connection, in nanoseconds.
#[derive(Debug)]
struct Place {
    /// From when on to ask. At first this is our clock, then the engine's.
    since: i64,
    /// The last report, by the engine's clock; it is told again when asked since.
    last: i64,
}

/// Listens until the stream ends. Before and after it, everything may have changed
/// unseen.
async fn listen_once(shared: &World, place: &mut Place) -> Result<(), EngineError> {
    let mut reports = pin!(shared.engine.events(place.since).await?);
    distrust(shared);
    while let Some(report) = reports.next().await {
        let Some(event) = report.inspect_err(|_| distrust(shared))? else {
            continue;
        };
        if event.at_nanos <= place.last {
            continue;
        }
        *place = Place {
            since: event.at_nanos,
            last: event.at_nanos,
        };
        let to_look_at = shared.view().take_report(event);
        match to_look_at {
            Some(id) => drop(tokio::spawn(look(Arc::clone(shared), id, Cause::Report))),
            None => shared.tell(),
        }
    }
    distrust(shared);
    Ok(())
}

fn distrust(shared: &Shared) {
    shared.view().distrust();
    shared.tell();
}

fn now_nanos() -> i64 {
    clock::now().millis().saturating_mul(1_000_000)
}
