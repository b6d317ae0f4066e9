//! `import`: take over a predecessor's database, once.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use anyhow::Context;
use serde_json::json;

use super::Exit;
use crate::{ingest::import, model::Timestamp};

/// Arguments of `import`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  wicap-assist import old/assistant.db")]
pub(crate) struct Args {
    /// The predecessor's `assistant.db`; it is only read.
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// Keep MAC addresses, SSIDs and IP addresses as they are.
    #[arg(long)]
    keep_identifiers: bool,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
///
/// # Errors
///
/// When the file is no database of a predecessor, was imported before, or an ingest is at work.
pub(crate) fn run(args: &Args, data_dir: &Path) -> anyhow::Result<Exit> {
    let imported = import(data_dir, &args.path, args.keep_identifiers)
        .with_context(|| format!("cannot import `{}`", args.path.display()))?;
    let mut out = io::stdout().lock();
    let written = if args.json {
        writeln!(
            out,
            "{}",
            json!({ "before": imported.before_ms.map(|ms| Timestamp::from_millis(ms).to_string()), "rows": imported.rows, "skipped": imported.skipped })
        )
    } else if let Some(before_ms) = imported.before_ms {
        writeln!(
            out,
            "nothing to do: it was imported {}",
            Timestamp::from_millis(before_ms)
        )
    } else {
        let rows: Vec<String> = imported
            .rows
            .iter()
            .map(|(table, n)| format!("{n} {table}"))
            .collect();
        let rows = rows.join(", ");
        writeln!(
            out,
            "read {rows}; {} of them gave nothing",
            imported.skipped
        )
    };
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Exit::Done),
        other => other.map(|()| Exit::Done).context("cannot print"),
    }
}
