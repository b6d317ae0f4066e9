//! `search`: the newest events with these words.

use std::{
    io::{self, Write},
    path::Path,
};

use anyhow::Context;
use serde_json::json;

use super::Exit;
use crate::{model::Timestamp, store::evidence::Evidence};

/// Arguments of `search`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  wicap-assist search redis connection refused")]
pub(crate) struct Args {
    /// Words that the event must have; a word that ends in `*` matches by its start.
    #[arg(required = true, value_name = "TEXT")]
    words: Vec<String>,
    /// Show at most this many.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: u32,
    /// Print one JSON object a line.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
///
/// # Errors
///
/// When there is no evidence, or when it cannot be read.
pub(crate) fn run(args: &Args, data_dir: &Path) -> anyhow::Result<Exit> {
    let evidence = Evidence::open_to_read(data_dir)?;
    let bounds = (i64::MAX, i64::from(args.limit));
    let events = evidence.event_search(&args.words.join(" "), bounds)?;
    let mut out = io::stdout().lock();
    let mut print = || -> io::Result<()> {
        for event in &events {
            let at = event.at_ms.map(|ms| Timestamp::from_millis(ms).to_string());
            if args.json {
                let object = json!({
                    "at": at, "clock": event.clock, "path": event.path, "line": event.line,
                    "service": event.service, "category": event.category, "level": event.level,
                    "signature": event.signature_id, "text": event.text,
                });
                writeln!(out, "{object}")?;
            } else {
                let at = at.unwrap_or_else(|| "-".to_owned());
                writeln!(
                    out,
                    "{at}  {}  {}:{}",
                    event.signature_id, event.path, event.line
                )?;
                writeln!(out, "    {}", event.text)?;
            }
        }
        if events.is_empty() && !args.json {
            writeln!(out, "no event has these words")?;
        }
        Ok(())
    };
    match print() {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Exit::Done),
        other => other.map(|()| Exit::Done).context("cannot print"),
    }
}
