//! `pause`, `resume`, `ack`: what a person asks of a controller that runs elsewhere.
//! Each is a row of the ledger, which the controller reads on its next turn.

use std::time::Duration;

use super::{Context, Exit, Failure, Globals, known::Known, ledger::age};
use crate::{
    model::{Envelope, EventKind, ServiceId, Timestamp},
    store::Ledger,
    telemetry::{Journal, ndjson_line, sentence, words},
    world::actor,
};

/// The longest pause: nobody shall find a month later that nothing was watched over.
const PAUSE_MAX: Duration = Duration::from_secs(24 * 3_600);

/// Arguments of `pause`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The stack is watched on; only actions are refused. A pause ends by itself.

Example: change something by hand, and nobody interferes
  wicap-assist pause ui --for 30m")]
pub(super) struct PauseArgs {
    /// The service, by its compose key or container name [default: all]
    service: Option<String>,
    /// How long, at most 24h (90s, 15m, 1h)
    #[arg(long = "for", value_name = "TIME", value_parser = length)]
    length: Duration,
    /// Print the row as JSON
    #[arg(long)]
    json: bool,
}

/// Arguments of `resume`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example: the work on the ui is done
  wicap-assist resume ui")]
pub(super) struct ResumeArgs {
    /// The service, by its compose key or container name [default: all]
    service: Option<String>,
    /// Print the row as JSON
    #[arg(long)]
    json: bool,
}

/// Arguments of `ack`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The call for a person is not repeated after that, until something new happens.

Exit codes: 0 noted, 3 nobody was called for this service.

Example:
  wicap-assist ack ui")]
pub(super) struct AckArgs {
    /// The service, by its compose key or container name
    service: String,
    /// Print the row as JSON
    #[arg(long)]
    json: bool,
}

fn length(raw: &str) -> Result<Duration, String> {
    match age(raw) {
        Some(Duration::ZERO) => Err("a pause must last a while".to_owned()),
        Some(length) if length <= PAUSE_MAX => Ok(length),
        Some(_) => Err("a pause lasts at most 24h, so that none is forgotten; \
                        `--control-mode observe` is for longer"
            .to_owned()),
        None => Err(format!("`{raw}` is no length of time (90s, 15m, 1h)")),
    }
}

/// Runs `pause`.
pub(super) fn pause(globals: &Globals, args: &PauseArgs) -> anyhow::Result<Exit> {
    let desk = Desk::open(globals, args.json)?;
    let service = desk.service(args.service.as_deref())?;
    let until = desk.ctx.now.after(args.length);
    desk.write(&EventKind::ActionsPaused { service, until })
}

/// Runs `resume`.
pub(super) fn resume(globals: &Globals, args: &ResumeArgs) -> anyhow::Result<Exit> {
    let desk = Desk::open(globals, args.json)?;
    let service = desk.service(args.service.as_deref())?;
    let (now, state) = (desk.ctx.now, &desk.known.state);
    let mut pauses = state.pauses(now);
    let is_paused = match &service {
        None => pauses.next().is_some(),
        Some(_) => pauses.any(|(paused, _)| paused == service.as_ref()),
    };
    let all_until = state
        .pauses(now)
        .find_map(|(paused, until)| paused.is_none().then_some(until));
    if let (Some(service), Some(until)) = (&service, all_until) {
        let text = format!(
            "{service} stays paused: every service is, until {}; `wicap-assist resume` ends that",
            words::clock(until)
        );
        return desk.leave(&text, Exit::No);
    }
    if !is_paused {
        return desk.leave("nothing is paused", Exit::Done);
    }
    drop(pauses);
    desk.write(&EventKind::ActionsResumed { service })
}

/// Runs `ack`.
pub(super) fn ack(globals: &Globals, args: &AckArgs) -> anyhow::Result<Exit> {
    let desk = Desk::open(globals, args.json)?;
    let service = desk
        .known
        .service(&args.service, &desk.ctx.settings.stack)?;
    let patient = desk.known.state.patient(&service);
    match patient.and_then(|patient| patient.escalation.as_ref()) {
        None => desk.leave(&format!("nobody was called for {service}"), Exit::No),
        Some(escalation) if escalation.is_acknowledged => {
            let text = format!("somebody took note of {service} before");
            desk.leave(&text, Exit::Done)
        }
        Some(_) => desk.write(&EventKind::Acknowledged { service }),
    }
}

/// A request before it is written.
struct Desk {
    ctx: Context,
    known: Known,
    is_json: bool,
}

impl Desk {
    fn open(globals: &Globals, is_json: bool) -> Result<Self, Failure> {
        let ctx = Context::new(&globals.flags())?;
        let known = Known::open(&ctx)?;
        Ok(Self {
            ctx,
            known,
            is_json,
        })
    }

    fn service(&self, raw: Option<&str>) -> Result<Option<ServiceId>, Failure> {
        let stack = &self.ctx.settings.stack;
        raw.map(|raw| self.known.service(raw, stack)).transpose()
    }

    /// Writes the row, and says what comes of it.
    fn write(self, kind: &EventKind) -> anyhow::Result<Exit> {
        let is_heard = self.known.running().is_some();
        let Known { project, .. } = self.known;
        let ledger = Ledger::open(&self.ctx.settings.paths.data_dir).map_err(Failure::from)?;
        let mut journal = Journal::new(ledger, project, actor());
        let row = journal
            .record(self.ctx.now, kind, None)
            .map_err(Failure::from)?;
        let output = &self.ctx.output;
        if self.is_json {
            output.line(&ndjson_line(&row))?;
            return Ok(Exit::Done);
        }
        output.line(&told(&row, self.ctx.now))?;
        output.line(match is_heard {
            true => "the controller knows it on its next turn",
            false => "no controller runs here now; the next one knows it from the ledger",
        })?;
        Ok(Exit::Done)
    }

    /// Writes nothing, and says why.
    fn leave(&self, text: &str, exit: Exit) -> anyhow::Result<Exit> {
        match self.is_json {
            true => self
                .ctx
                .output
                .json(&serde_json::json!({"event": null, "text": text}))?,
            false => self.ctx.output.line(text)?,
        }
        Ok(exit)
    }
}

fn told(row: &Envelope, now: Timestamp) -> String {
    let mut text = format!("row {}: {}", row.seq, sentence(&row.kind));
    if let EventKind::ActionsPaused { until, .. } = &row.kind {
        let left = crate::model::millis(until.since(now));
        text.push_str(&format!(" ({})", words::span(left)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_lasts_at_most_a_day() {
        assert_eq!(Ok(Duration::from_secs(5_400)), length("90m"));
        assert_eq!(Ok(PAUSE_MAX), length("24h"));
        for (raw, expected) in [
            ("25h", "at most 24h"),
            ("0s", "must last a while"),
            ("soon", "`soon` is no length of time"),
        ] {
            let error = length(raw).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}
