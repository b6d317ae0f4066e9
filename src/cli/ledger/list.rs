use super::{super::Exit, Room, since::Since};
use crate::{
    model::Envelope,
    store::{EventFilter, Ledger},
    telemetry::{Console, ndjson_line},
};

/// Arguments of `ledger list`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Only what happened since then: an age (90s, 15m, 1h, 7d) or a time (RFC 3339)
    #[arg(long, value_name = "TIME")]
    since: Option<Since>,
    /// Only what happened to this service; `worker` means all its containers, `worker#2` one
    #[arg(long)]
    service: Option<String>,
    /// Only events of this name, such as `service_down`
    #[arg(long, value_name = "NAME")]
    event: Option<String>,
    /// At most this many, the newest
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: u32,
    /// Write one JSON object a line, as `live --json` does
    #[arg(long)]
    json: bool,
}

pub(super) const AFTER_HELP: &str = "\
Example: what was done about the ui today
  wicap-assist ledger list --since 24h --service ui";

pub(super) fn run(args: &Args, room: &mut Room<'_>) -> anyhow::Result<Exit> {
    let rows = Ledger::open_to_read(room.data_dir)?.event_list(&EventFilter {
        since: args.since.map(|since| since.resolve(room.now)),
        service: args.service.clone(),
        kind: args.event.clone(),
        limit: Some(args.limit),
    })?;
    let events: Vec<Envelope> = rows.into_iter().map(|row| row.envelope).collect();
    if args.json {
        for event in &events {
            writeln!(room.out, "{}", ndjson_line(event))?;
        }
        return Ok(Exit::Done);
    }
    plain(&events, room)?;
    Ok(Exit::Done)
}

/// The date stands on a line of its own wherever it changes.
fn plain(events: &[Envelope], room: &mut Room<'_>) -> anyhow::Result<()> {
    let console = Console::new(room.zone.clone(), room.has_color);
    let mut day = String::new();
    for event in events {
        let date = event.at.date(room.zone);
        if date != day {
            writeln!(room.out, "{date}")?;
            day = date;
        }
        writeln!(room.out, "{:>6}  {}", event.seq, console.line(event))?;
    }
    if events.is_empty() {
        writeln!(room.out, "no such event")?;
    }
    Ok(())
}
