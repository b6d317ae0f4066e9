//! `export`: evidence for other programs.

use std::{
    io::{self, BufWriter, Write},
    path::Path,
};

use anyhow::Context;
use clap::ValueEnum;
use serde_json::json;

use super::Exit;
use crate::{
    model::Timestamp,
    store::{
        EpisodeRecord, Ledger, StoreError,
        evidence::{EventFilter, EventView, Evidence, EvidenceError},
    },
};

/// What is exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum What {
    /// Failures: path, line, category, signature.
    Failures,
    /// All events with everything that is known about them.
    Events,
    /// Actions of the ledger with their verdicts.
    Episodes,
}

/// How it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Parted by tabs.
    Tsv,
    /// Parted by commas, quoted where needed.
    Csv,
    /// One JSON object a line.
    Json,
}

/// Arguments of `export`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  wicap-assist export failures --format tsv")]
pub(crate) struct Args {
    /// What to export.
    what: What,
    /// How to write it.
    #[arg(long, value_name = "FORMAT", default_value = "tsv")]
    format: Format,
    /// Only from this time on (RFC 3339).
    #[arg(long, value_name = "TIME")]
    from: Option<Timestamp>,
    /// Only before this time (RFC 3339).
    #[arg(long, value_name = "TIME")]
    to: Option<Timestamp>,
    /// Only of this service.
    #[arg(long, value_name = "SERVICE")]
    service: Option<String>,
    /// Only of this signature.
    #[arg(long, value_name = "ID")]
    signature: Option<String>,
}

/// Columns of an event.
const EVENT_COLUMNS: [&str; 9] = [
    "at",
    "clock",
    "path",
    "line",
    "service",
    "category",
    "level",
    "signature",
    "text",
];

/// Columns of an episode.
const EPISODE_COLUMNS: [&str; 10] = [
    "started_seq",
    "started",
    "project",
    "service",
    "action",
    "why",
    "attempt",
    "deadline",
    "verdict",
    "closed_seq",
];

/// Why an export ended early.
#[derive(Debug, thiserror::Error)]
enum Stopped {
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    #[error(transparent)]
    Ledger(#[from] StoreError),
    #[error("cannot write")]
    Json(#[from] serde_json::Error),
    #[error("cannot write")]
    Write(#[from] io::Error),
}

/// Runs the command.
///
/// # Errors
///
/// When there is no evidence, or when it cannot be read or written out.
pub(crate) fn run(args: &Args, data_dir: &Path) -> anyhow::Result<Exit> {
    let mut out = BufWriter::new(io::stdout().lock());
    let done = match args.what {
        What::Episodes => episodes(args, &Ledger::open_to_read(data_dir)?, &mut out),
        What::Failures | What::Events => export(args, &Evidence::open_to_read(data_dir)?, &mut out),
    };
    match done {
        Err(Stopped::Write(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Exit::Done),
        other => other.map(|()| Exit::Done).context("cannot export"),
    }
}

fn export(args: &Args, evidence: &Evidence, out: &mut impl Write) -> Result<(), Stopped> {
    let signature_id = match &args.signature {
        Some(id) => Some(evidence.signature_resolve(id)?),
        None => None,
    };
    let filter = EventFilter {
        failures_only: args.what == What::Failures,
        from_ms: args.from.map(Timestamp::millis),
        to_ms: args.to.map(Timestamp::millis),
        signature_id,
        service: args.service.clone(),
    };
    if args.what == What::Events && args.format != Format::Json {
        row(out, args.format, &EVENT_COLUMNS.map(str::to_owned))?;
    }
    evidence.event_each(&filter, |event| event_row(args, &event, out))?;
    out.flush()?;
    Ok(())
}

fn episodes(args: &Args, ledger: &Ledger, out: &mut impl Write) -> Result<(), Stopped> {
    if args.format != Format::Json {
        row(out, args.format, &EPISODE_COLUMNS.map(str::to_owned))?;
    }
    let from = args.from.unwrap_or(Timestamp::from_millis(i64::MIN));
    let to = args.to.unwrap_or(Timestamp::from_millis(i64::MAX));
    ledger.episode_each::<Stopped>((from, to), |episode| {
        let is_wanted = args
            .service
            .as_ref()
            .is_none_or(|service| *service == episode.service);
        match is_wanted {
            true => episode_row(args.format, &episode, out),
            false => Ok(()),
        }
    })?;
    out.flush()?;
    Ok(())
}

fn episode_row(
    format: Format,
    episode: &EpisodeRecord,
    out: &mut impl Write,
) -> Result<(), Stopped> {
    if format == Format::Json {
        writeln!(out, "{}", serde_json::to_string(episode)?)?;
        return Ok(());
    }
    let fields = [
        episode.started_seq.to_string(),
        episode.started.to_string(),
        episode.project.clone(),
        episode.service.clone(),
        episode.action.clone(),
        episode.why.clone(),
        episode.attempt.to_string(),
        episode.deadline.to_string(),
        episode.verdict.clone().unwrap_or_default(),
        episode
            .closed_seq
            .map(|seq| seq.to_string())
            .unwrap_or_default(),
    ];
    row(out, format, &fields)?;
    Ok(())
}

fn event_row(args: &Args, event: &EventView, out: &mut impl Write) -> Result<(), Stopped> {
    let at = event.at_ms.map(|ms| Timestamp::from_millis(ms).to_string());
    match (args.what, args.format) {
        // Episodes are no events.
        (What::Episodes, _) => (),
        (What::Failures, Format::Json) => {
            let object = json!({
                "path": event.path, "line": event.line, "category": event.category,
                "signature": event.signature_id,
            });
            writeln!(out, "{object}")?;
        }
        (What::Events, Format::Json) => {
            let object = json!({
                "at": at, "clock": event.clock, "path": event.path, "line": event.line,
                "service": event.service, "category": event.category, "level": event.level,
                "signature": event.signature_id, "text": event.text,
            });
            writeln!(out, "{object}")?;
        }
        (What::Failures, Format::Tsv | Format::Csv) => {
            let fields = [
                event.path.clone(),
                event.line.to_string(),
                event.category.clone(),
                event.signature_id.clone(),
            ];
            row(out, args.format, &fields)?;
        }
        (What::Events, Format::Tsv | Format::Csv) => {
            let fields = [
                at.unwrap_or_default(),
                event.clock.clone(),
                event.path.clone(),
                event.line.to_string(),
                event.service.clone(),
                event.category.clone(),
                event.level.clone(),
                event.signature_id.clone(),
                event.text.clone(),
            ];
            row(out, args.format, &fields)?;
        }
    }
    Ok(())
}

fn row(out: &mut impl Write, format: Format, fields: &[String]) -> io::Result<()> {
    let (separator, fields): (&str, Vec<String>) = match format {
        Format::Csv => (",", fields.iter().map(|field| csv(field)).collect()),
        Format::Tsv | Format::Json => (
            "\t",
            fields
                .iter()
                .map(|field| field.replace(['\t', '\n', '\r'], " "))
                .collect(),
        ),
    };
    writeln!(out, "{}", fields.join(separator))
}

fn csv(field: &str) -> String {
    if field.contains([',', '"', '\n', '\r']) {
        return ["\"", &field.replace('"', "\"\""), "\""].concat();
    }
    field.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_of_csv_is_quoted_where_it_must_be() {
        assert_eq!("a b", csv("a b"));
        assert_eq!("\"a,b\"", csv("a,b"));
        assert_eq!("\"say \"\"x\"\"\"", csv("say \"x\""));
    }
}
