//! `sources`: what evidence there is, how fresh, how big.

use std::{
    io::{self, Write},
    path::Path,
};

use anyhow::Context;
use serde_json::json;

use super::Exit;
use crate::{
    model::Timestamp,
    store::evidence::{Evidence, SourceOverview},
};

/// Arguments of `sources`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  wicap-assist sources --json")]
pub(crate) struct Args {
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
///
/// # Errors
///
/// When there is no evidence, or when it cannot be read.
pub(crate) fn run(args: &Args, data_dir: &Path, now: Timestamp) -> anyhow::Result<Exit> {
    let evidence = Evidence::open_to_read(data_dir)?;
    let sources = evidence.source_overview()?;
    let size = evidence.size()?;
    let runs = evidence.run_list(5)?;
    let n_quarantined = evidence.quarantine_count()?;
    let at = |ms: Option<i64>| ms.map(|ms| Timestamp::from_millis(ms).to_string());
    let mut out = io::stdout().lock();
    let written = if args.json {
        let list: Vec<_> = sources
            .iter()
            .map(|source| {
                json!({
                    "source": source.source, "files": source.n_files, "gone": source.n_gone,
                    "bytes": source.bytes, "lines": source.lines, "events": source.events,
                    "rows": source.rows, "quarantined": source.quarantined,
                    "first": at(source.first_ms), "last": at(source.last_ms),
                    "read": at(Some(source.read_ms)),
                })
            })
            .collect();
        let runs: Vec<_> = runs
            .iter()
            .map(|run| {
                json!({
                    "run": run.run_id, "started": at(Some(run.started_ms)),
                    "ended": at(run.ended_ms), "status": run.status,
                })
            })
            .collect();
        let whole = json!({
            "path": evidence.path(), "bytes": size.bytes, "free": size.free,
            "quarantined": n_quarantined, "sources": list, "runs": runs,
        });
        writeln!(out, "{whole:#}")
    } else {
        text(&mut out, &sources, now).and_then(|()| {
            writeln!(
                out,
                "\n{}: {:.1} MB, {} in quarantine, last run {}",
                evidence.path().display(),
                size.bytes as f64 / 1e6,
                n_quarantined,
                runs.first().map_or("never".to_owned(), |run| format!(
                    "{} {}",
                    at(Some(run.started_ms)).unwrap_or_default(),
                    run.status
                )),
            )
        })
    };
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Exit::Done),
        other => other.map(|()| Exit::Done).context("cannot print"),
    }
}

fn text(out: &mut impl Write, sources: &[SourceOverview], now: Timestamp) -> io::Result<()> {
    writeln!(
        out,
        "{:<12} {:>6} {:>6} {:>9} {:>10} {:>8} {:>8} {:>6}  {:<20}  read",
        "source", "files", "gone", "MB", "lines", "events", "rows", "bad", "newest"
    )?;
    for source in sources {
        let newest = source
            .last_ms
            .map(|ms| Timestamp::from_millis(ms).to_string());
        let newest = newest.map_or("-".to_owned(), |text| text.chars().take(19).collect());
        let ago = now.since(Timestamp::from_millis(source.read_ms)).as_secs();
        writeln!(
            out,
            "{:<12} {:>6} {:>6} {:>9.1} {:>10} {:>8} {:>8} {:>6}  {:<20}  {}",
            source.source,
            source.n_files,
            source.n_gone,
            source.bytes as f64 / 1e6,
            source.lines,
            source.events,
            source.rows,
            source.quarantined,
            newest,
            age(ago),
        )?;
    }
    Ok(())
}

/// `12 s ago`, `3 min ago`, `5 h ago`, `9 days ago`.
fn age(seconds: u64) -> String {
    match seconds {
        0..=119 => format!("{seconds} s ago"),
        120..=7_199 => format!("{} min ago", seconds / 60),
        7_200..=172_799 => format!("{} h ago", seconds / 3_600),
        _ => format!("{} days ago", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_told_in_a_unit_that_fits() {
        assert_eq!("5 s ago", age(5));
        assert_eq!("2 min ago", age(150));
        assert_eq!("2 h ago", age(7_300));
        assert_eq!("3 days ago", age(3 * 86_400));
    }
}
