use std::{
    fs::{File, OpenOptions},
    io::BufWriter,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::Context as _;

use super::{super::Exit, Room, since::Since};
use crate::store::{Exported, HASH_RECIPE, Ledger};

/// Arguments of `ledger export`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Only from the first row since then: an age (90s, 15m, 1h, 7d) or a time (RFC 3339)
    #[arg(long, value_name = "TIME")]
    since: Option<Since>,
    /// Write to this new file instead of stdout
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Say what was written to the file as one JSON object
    #[arg(long, requires = "output")]
    json: bool,
}

/// The recipe belongs to the data, so it stands where the data comes from.
pub(super) fn after_help() -> String {
    format!(
        "Each line is a row, or an input that the rows after it name.\n\n{HASH_RECIPE}\n\n\
         Example:\n  wicap-assist ledger export --since 30d --output ledger.ndjson"
    )
}

pub(super) fn run(args: &Args, room: &mut Room<'_>) -> anyhow::Result<Exit> {
    let ledger = Ledger::open_to_read(room.data_dir)?;
    let first = match args.since {
        Some(since) => ledger
            .event_first_since(since.resolve(room.now))?
            .unwrap_or(u64::MAX),
        None => 0,
    };
    let Some(path) = &args.output else {
        ledger.event_export(first, u64::MAX, room.out)?;
        return Ok(Exit::Done);
    };
    let exported = to_file(&ledger, (first, u64::MAX), path)?;
    if args.json {
        let line = serde_json::json!({
            "file": path,
            "events": exported.n_events,
            "inputs": exported.n_inputs,
            "sha256": exported.digest.to_string(),
        });
        writeln!(room.out, "{line}")?;
    } else {
        let Exported {
            n_events,
            n_inputs,
            digest,
        } = exported;
        let path = path.display();
        writeln!(
            room.out,
            "{n_events} events and {n_inputs} inputs in `{path}`, SHA-256 {digest}"
        )?;
    }
    Ok(Exit::Done)
}

/// Writes rows to a file that must not exist, for its owner alone, down to the disk.
pub(super) fn to_file(
    ledger: &Ledger,
    (first, last): (u64, u64),
    path: &Path,
) -> anyhow::Result<Exported> {
    let cannot = || format!("cannot write `{}`", path.display());
    let file: File = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .with_context(cannot)?;
    let mut out = BufWriter::new(file);
    let exported = ledger
        .event_export(first, last, &mut out)
        .with_context(cannot)?;
    let file = out.into_inner().map_err(|error| error.into_error());
    file.and_then(|file| file.sync_all()).with_context(cannot)?;
    Ok(exported)
}
