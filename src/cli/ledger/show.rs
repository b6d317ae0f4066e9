use std::fmt::Write as _;

use anyhow::{Context as _, anyhow};
use serde_json::Value;

use super::{
    super::{Exit, seen::seen_lines},
    Room,
};
use crate::{
    model::{Observation, Zone},
    runtime::Charter,
    store::{Ledger, Row},
    telemetry::{ndjson_line, sentence},
};

/// Arguments of `ledger show`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The number of the row
    seq: u64,
    /// Write one JSON object, with the whole observation
    #[arg(long)]
    json: bool,
}

pub(super) const AFTER_HELP: &str = "\
Example: what row 41 says, and what was seen when it was decided
  wicap-assist ledger show 41";

pub(super) fn run(args: &Args, room: &mut Room<'_>) -> anyhow::Result<Exit> {
    let ledger = Ledger::open_to_read(room.data_dir)?;
    let row = ledger
        .event_get(args.seq)?
        .ok_or_else(|| anyhow!("there is no row {}", args.seq))?;
    let input = match row.input {
        Some(digest) => ledger.input_get(digest)?,
        None => None,
    };
    let text = match args.json {
        true => json(&row, input.as_deref()),
        false => plain(&row, input.as_deref(), room.zone)?,
    };
    room.out.write_all(text.as_bytes())?;
    Ok(Exit::Done)
}

/// Stored texts go out as they are, so that their digests can be checked.
fn json(row: &Row, input: Option<&str>) -> String {
    let digest = row
        .input
        .map_or("null".to_owned(), |digest| format!("\"{digest}\""));
    format!(
        "{{\"row\":{},\"prev\":\"{}\",\"hash\":\"{}\",\"input_digest\":{digest},\"input\":{}}}\n",
        ndjson_line(&row.envelope),
        row.prev,
        row.hash,
        input.unwrap_or("null"),
    )
}

fn plain(row: &Row, input: Option<&str>, zone: &Zone) -> anyhow::Result<String> {
    let event = &row.envelope;
    let (actor, at) = (&event.actor, event.at);
    let mut out = String::new();
    writeln!(out, "row {}: {}", event.seq, sentence(&event.kind))?;
    writeln!(out)?;
    line(&mut out, "event", event.kind.name())?;
    let local = format!("{at} ({} {} here)", at.date(zone), at.time_of_day(zone));
    line(&mut out, "at", &local)?;
    line(&mut out, "project", event.project.as_str())?;
    line(&mut out, "session", &event.session.to_string())?;
    let by = format!("{}@{}, process {}", actor.user, actor.host, actor.pid);
    line(&mut out, "by", &by)?;
    fields(&mut out, &row.body)?;
    match (row.input, input) {
        (Some(digest), Some(body)) => {
            line(&mut out, "seen", &format!("digest {digest}"))?;
            observation(&mut out, body)?;
        }
        (Some(digest), None) => line(&mut out, "seen", &format!("MISSING, digest {digest}"))?,
        (None, _) => line(&mut out, "seen", "nothing that it rests on")?,
    }
    line(&mut out, "prev", &row.prev.to_string())?;
    line(&mut out, "hash", &row.hash.to_string())?;
    Ok(out)
}

fn line(out: &mut String, name: &str, value: &str) -> std::fmt::Result {
    let value: String = value
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    writeln!(out, "{name:<12} {value}")
}

/// The fields of the event, in alphabetical order.
fn fields(out: &mut String, body: &str) -> anyhow::Result<()> {
    let body: Value = serde_json::from_str(body).context("the event is no JSON")?;
    for (name, value) in body.as_object().into_iter().flatten() {
        match value {
            Value::String(_) if name == "event" => (),
            Value::String(text) => line(out, name, text)?,
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Array(_)
            | Value::Object(_) => line(out, name, &value.to_string())?,
        }
    }
    Ok(())
}

/// What was seen, one line a service.
fn observation(out: &mut String, body: &str) -> anyhow::Result<()> {
    let Ok(seen) = serde_json::from_str::<Observation>(body) else {
        let text = match serde_json::from_str::<Charter>(body) {
            Ok(_) => "the rules and grants of the session; `--json` shows them".to_owned(),
            Err(_) => format!("{} bytes that this program cannot read", body.len()),
        };
        return Ok(line(out, "", &text)?);
    };
    for text in seen_lines(&seen) {
        line(out, "", &text)?;
    }
    Ok(())
}
