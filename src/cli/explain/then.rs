//! What came of a row.

use serde::Serialize;

use crate::{
    model::{Envelope, EventKind, Timestamp},
    store::{Ledger, StoreError},
    telemetry::sentence,
};

/// How many rows after it are searched for what came of it.
const LATER_ROWS: u32 = 2_000;

/// A later row that belongs to it.
#[derive(Debug, Serialize)]
pub(super) struct Later {
    pub(super) seq: u64,
    pub(super) at: Timestamp,
    pub(super) text: String,
}

/// What came of it: the later rows that belong to it, up to the one that ends it.
pub(super) fn later(ledger: &Ledger, row: &Envelope) -> Result<Vec<Later>, StoreError> {
    let (Some(service), Some((all, end))) = (row.kind.service(), sequel(&row.kind)) else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    for next in ledger.event_list_after(row.seq, LATER_ROWS)? {
        let next = next.envelope;
        let is_ours = next.project == row.project && next.kind.service() == Some(service);
        let name = next.kind.name();
        if is_ours && all.contains(&name) {
            found.push(Later {
                seq: next.seq,
                at: next.at,
                text: sentence(&next.kind),
            });
        }
        if is_ours && end.contains(&name) {
            break;
        }
    }
    Ok(found)
}

/// The names of the rows that follow from a kind of row, and of those that end that.
fn sequel(kind: &EventKind) -> Option<(&'static [&'static str], &'static [&'static str])> {
    match kind.name() {
        "action_started" => Some((&["action_returned", "episode_closed"], &["episode_closed"])),
        "held" => {
            let end = &["released", "held", "service_recovered", "action_started"];
            Some((end, end))
        }
        "action_denied" => {
            let end = &[
                "action_started",
                "action_denied",
                "held",
                "service_recovered",
            ];
            Some((end, end))
        }
        "escalated" | "episode_closed" => {
            let all = &["snapshot_taken", "acknowledged", "service_recovered"];
            Some((
                all,
                &["service_recovered", "service_down", "action_started"],
            ))
        }
        "service_down" => {
            let all = &["action_started", "escalated", "service_recovered"];
            Some((all, &["service_recovered", "service_down"]))
        }
        _ => None,
    }
}
