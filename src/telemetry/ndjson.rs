use crate::{
    model::{Envelope, EventKind, Project, Timestamp},
    telemetry::sentence,
};

/// Writes an event as one JSON object without a line end: `event`, `seq`, `at`,
/// `project`, then the fields of the event in the order of its type, for the start
/// and the end of a session and a request also `session`, `actor`, `host` and `pid`,
/// and last `text`, the [`sentence`].
pub fn ndjson_line(envelope: &Envelope) -> String {
    let kind = json(&envelope.kind);
    let name = envelope.kind.name();
    let fields = kind
        .strip_prefix(&format!("{{\"event\":\"{name}\""))
        .and_then(|rest| rest.strip_suffix('}'))
        .expect("an event serializes as an object that begins with its name");
    format!(
        "{{\"event\":\"{name}\",\"seq\":{},\"at\":\"{}\",\"project\":\"{}\"{fields}{},\"text\":{}}}",
        envelope.seq,
        envelope.at,
        envelope.project,
        actor(envelope),
        json(&sentence(&envelope.kind)),
    )
}

/// Writes the one message that is no row, because the ledger takes none: as
/// [`ndjson_line`], without `seq`.
pub(super) fn unwritable_line(at: Timestamp, project: &Project, text: &str) -> String {
    format!(
        "{{\"event\":\"ledger_unwritable\",\"at\":\"{at}\",\"project\":\"{project}\",\"text\":{}}}",
        json(&text)
    )
}

/// Who it was is the same for all events of a session, so only its ends say it, and
/// what belongs to none.
fn actor(envelope: &Envelope) -> String {
    let is_end = matches!(
        envelope.kind,
        EventKind::SessionStarted { .. }
            | EventKind::SessionEnded { .. }
            | EventKind::OperatorRequest(_)
    );
    if !is_end {
        return String::new();
    }
    let actor = &envelope.actor;
    format!(
        ",\"session\":{},\"actor\":{},\"host\":{},\"pid\":{}",
        envelope.session,
        json(&actor.user),
        json(&actor.host),
        actor.pid
    )
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("events and texts serialize")
}
