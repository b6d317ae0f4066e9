use tokio::task::{JoinSet, spawn_blocking};

use super::{act, clock, docker::Row, shared::World};
use crate::model::{BLOCK_BYTES_MAX, Reading, Redacted, ServiceId, Tail, Tails};

/// Reads the end of every log of the watched project, beside the loop.
pub(super) async fn tails(shared: World) -> Tails {
    let mut found = Tails {
        at: clock::now(),
        ..Tails::default()
    };
    let Ok(Some((_, rows))) = act::slots(&shared).await else {
        return found;
    };
    let mut reading = JoinSet::new();
    for row in rows {
        reading.spawn(tail(World::clone(&shared), row));
    }
    while let Some(joined) = reading.join_next().await {
        found.services.extend(joined.ok());
    }
    found.at = clock::now();
    found
}

async fn tail(shared: World, row: Row) -> (ServiceId, Tail) {
    let lines = {
        let _turn = shared.questions.acquire().await;
        shared.engine.last_lines(&row.id, Tail::LINES_MAX).await
    };
    let lines = match lines {
        Ok(lines) => redacted(lines).await,
        Err(error) => Reading::Unknown(error.redacted()),
    };
    let tail = Tail {
        container: row.name,
        config_hash: row.compose.config_hash,
        lines,
    };
    (row.slot, tail)
}

/// Redaction sees the lines together, because a key can stand in many; and it takes
/// longer than the loop may stand still.
async fn redacted(lines: Vec<String>) -> Reading<Vec<Redacted>> {
    let work = spawn_blocking(move || {
        let block = Redacted::block(&lines.join("\n"), BLOCK_BYTES_MAX);
        block.as_str().lines().map(Redacted::from_raw).collect()
    });
    match work.await {
        Ok(lines) => Reading::Known(lines),
        Err(_) => Reading::Unknown(Redacted::from_raw("the lines could not be redacted")),
    }
}
