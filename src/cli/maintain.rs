//! `maintain`: drop what is old, clean what an older version cleaned less.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    path::Path,
};

use anyhow::Context;
use serde_json::json;

use super::Exit;
use crate::{
    ingest::{Maintenance, Source},
    model::Timestamp,
    store::evidence::Retention,
};

/// Arguments of `maintain`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  wicap-assist maintain")]
pub(crate) struct Args {
    /// What to do; without a word: drop what is old and give the room back.
    #[command(subcommand)]
    what: Option<What>,
    /// Keep events of logs for this many days.
    #[arg(long, value_name = "DAYS", default_value_t = 180)]
    logs_days: u32,
    /// Keep events of the network streams for this many days.
    #[arg(long, value_name = "DAYS", default_value_t = 60)]
    network_days: u32,
    /// Keep events of containers for this many days.
    #[arg(long, value_name = "DAYS", default_value_t = 90)]
    containers_days: u32,
    /// Keep reports of runs, and what is in quarantine, for this many days.
    #[arg(long, value_name = "DAYS", default_value_t = 90)]
    runs_days: u32,
    /// Keep sessions for this many days.
    #[arg(long, value_name = "DAYS", default_value_t = 365)]
    sessions_days: u32,
    /// Print one JSON document.
    #[arg(long, global = true)]
    json: bool,
}

/// What `maintain` can do.
#[derive(Clone, Copy, Debug, clap::Subcommand)]
enum What {
    /// Clean every stored text again with the rules of this version.
    #[command(after_help = "Example:\n  wicap-assist maintain scrub")]
    Scrub,
}

/// Runs the command.
///
/// # Errors
///
/// When an ingest is at work, or when the store cannot be written.
pub(crate) fn run(args: &Args, data_dir: &Path, now: Timestamp) -> anyhow::Result<Exit> {
    let mut maintenance = Maintenance::open(data_dir)?;
    let mut out = io::stdout().lock();
    let written = if matches!(args.what, Some(What::Scrub)) {
        let n = maintenance.scrub()?;
        if args.json {
            writeln!(out, "{}", json!({ "scrubbed": n }))
        } else {
            writeln!(out, "{n} texts were cleaned again")
        }
    } else {
        let retention = Retention {
            events_days: BTreeMap::from([
                (Source::Soak.name(), args.logs_days),
                (Source::SoakResult.name(), args.logs_days),
                (Source::Import.name(), args.logs_days),
                (Source::Network.name(), args.network_days),
                (Source::Container.name(), args.containers_days),
            ]),
            runs_days: Some(args.runs_days),
            sessions_days: Some(args.sessions_days),
        };
        let pruned = maintenance.prune(&retention, now.millis())?;
        if args.json {
            writeln!(out, "{}", json!(pruned))
        } else {
            writeln!(
                out,
                "dropped {} events, {} runs and rejects, {} sessions; {:.1} MB are free again",
                pruned.events,
                pruned.runs,
                pruned.sessions,
                pruned.bytes as f64 / 1e6
            )
        }
    };
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Exit::Done),
        other => other.map(|()| Exit::Done).context("cannot print"),
    }
}
