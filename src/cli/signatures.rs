//! `signatures`: what is in this log.

mod read;
mod render;
mod tally;

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;

use crate::knowledge::signature::{Engine, Limits};
use read::{Progress, read_files};
use tally::{FailureRow, Tally};

/// Arguments of `signatures`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Print one JSON document.
    #[arg(long, conflicts_with = "per_line")]
    json: bool,
    /// Print the final id of every line, in order.
    #[arg(long)]
    per_line: bool,
    /// Print at most this many signatures.
    #[arg(long, value_name = "N", default_value_t = 40)]
    top: usize,
    /// Print failures only.
    #[arg(long)]
    failures: bool,
    /// Print the signature of the predecessor as well.
    #[arg(long)]
    v1: bool,
    /// Print path, line, category and id of every failure, parted by tabs.
    #[arg(long, requires = "failures", conflicts_with_all = ["json", "per_line"])]
    tsv: bool,
    /// Print paths relative to this folder.
    #[arg(long, value_name = "DIR", requires = "tsv")]
    root: Option<PathBuf>,
    /// Logs to read; `-` is the standard input, `.gz` and `.zst` are unpacked.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let mut engine = Engine::new(Limits::default());
    let progress = Progress::new(&args.files);
    let out = BufWriter::new(io::stdout().lock());
    let written = if args.per_line {
        per_line(args, &mut engine, &progress, out)
    } else if args.tsv {
        failures_tsv(args, &mut engine, &progress, out)
    } else {
        summary(args, &mut engine, &progress, out)
    };
    match written {
        Err(error) if is_closed_pipe(&error) => Ok(ExitCode::SUCCESS),
        other => other.map(|()| ExitCode::SUCCESS),
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

fn per_line(args: &Args, engine: &mut Engine, progress: &Progress, mut out: impl Write) -> anyhow::Result<()> {
    let mut ids = Vec::new();
    read_files(&args.files, progress, &mut |_, line| {
        ids.push(engine.line(line));
    })?;
    progress.finish();
    for id in ids {
        writeln!(out, "{}", engine.resolve(id))?;
    }
    out.flush()?;
    Ok(())
}

fn failures_tsv(args: &Args, engine: &mut Engine, progress: &Progress, mut out: impl Write) -> anyhow::Result<()> {
    let mut rows: Vec<FailureRow> = Vec::new();
    let mut tally = Tally::new(engine, |row| rows.push(row));
    tally.read(&args.files, progress)?;
    progress.finish();
    for row in rows {
        let path = &args.files[row.file];
        let shown = match &args.root {
            Some(root) => path.strip_prefix(root).with_context(|| {
                format!("`{}` is not below `{}`", path.display(), root.display())
            })?,
            None => path,
        };
        let id = engine.resolve(row.id);
        writeln!(out, "{}\t{}\t{}\t{id}", shown.display(), row.line, row.category.name())?;
    }
    out.flush()?;
    Ok(())
}

fn summary(args: &Args, engine: &mut Engine, progress: &Progress, out: impl Write) -> anyhow::Result<()> {
    let mut tally = Tally::new(engine, |_| ());
    tally.read(&args.files, progress)?;
    progress.finish();
    let summary = tally.into_summary();
    let shown = render::Shown { top: args.top, failures_only: args.failures, v1: args.v1 };
    if args.json { render::json(&summary, shown, out) } else { render::text(&summary, shown, out) }
}
