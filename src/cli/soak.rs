//! `soak`: the soaks that were run.

use anyhow::anyhow;
use serde_json::json;

use super::{
    Context, Exit, Failure, Globals,
    soak_run::{REPORTS, compared_text, measured},
};
use crate::{
    knowledge::soak::{Drift, Measured, SoakRecord, compare},
    model::SoakResult,
    store::SoakFolders,
    world::is_gone,
};

/// The word for the newest run.
const LATEST: &str = "latest";

/// Arguments of `soak`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List the runs, newest first
    #[command(after_help = "Example:\n  wicap-assist soak list --limit 5")]
    List(ListArgs),
    /// Show a run: its phases, its reasons, its files
    #[command(after_help = "Example:\n  wicap-assist soak show latest")]
    Show(ShowArgs),
    /// Compare the figures of two runs
    #[command(after_help = AFTER_COMPARE)]
    Compare(CompareArgs),
}

#[derive(Debug, clap::Args)]
struct ListArgs {
    /// At most this many
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
struct ShowArgs {
    /// The run, or `latest`
    #[arg(default_value = LATEST)]
    run: String,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
struct CompareArgs {
    /// The earlier run
    base: String,
    /// The later run
    #[arg(default_value = LATEST)]
    now: String,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

const AFTER_COMPARE: &str = "\
A drift is a change of the median by more than 20 %, by more than what matters to anybody, and by
more than three times the spread. Exit codes: 0 nothing moved to the worse, 3 something did.

Example:
  wicap-assist soak compare 20260304T050607089Z latest";

/// Runs `soak`.
pub(super) fn run(globals: &Globals, args: &Args) -> anyhow::Result<Exit> {
    let ctx = Context::new(&globals.flags())?;
    let folders = SoakFolders::below(&ctx.settings.paths.data_dir);
    let records: Vec<SoakRecord> = folders.record_list()?;
    match &args.command {
        Command::List(args) => list(&ctx, records, args),
        Command::Show(args) => show(&ctx, (&folders, &records), args),
        Command::Compare(args) => compare_runs(&ctx, (&folders, &records), args),
    }
}

fn list(ctx: &Context, mut records: Vec<SoakRecord>, args: &ListArgs) -> anyhow::Result<Exit> {
    records.reverse();
    records.truncate(args.limit);
    if args.json {
        for record in &records {
            ctx.output.json(record)?;
        }
        return Ok(Exit::Done);
    }
    if records.is_empty() {
        ctx.output
            .line("no soak was run; `wicap-assist soak-run --dry-run` shows how")?;
        return Ok(Exit::Done);
    }
    let mut text = format!(
        "{:<22} {:<12} {:<11} {:>7} {:<10} harness\n",
        "run", "project", "result", "minutes", "mode"
    );
    for one in &records {
        text.push_str(&format!(
            "{:<22} {:<12} {:<11} {:>7} {:<10} {}\n",
            one.run,
            one.project,
            result(one),
            one.harness.load.minutes,
            one.mode,
            one.harness.kind.path()
        ));
    }
    ctx.output.raw(text.as_bytes())?;
    Ok(Exit::Done)
}

fn show(
    ctx: &Context,
    (folders, records): (&SoakFolders, &[SoakRecord]),
    args: &ShowArgs,
) -> anyhow::Result<Exit> {
    let record = find(records, &args.run)?;
    let folder = folders.of(&record.run);
    if args.json {
        let mut told = serde_json::to_value(record)?;
        told["run_dir"] = json!(folder);
        ctx.output.json(&told)?;
        return Ok(Exit::Done);
    }
    match std::fs::read(folder.join(REPORTS[0])) {
        Ok(report) => ctx.output.raw(&report)?,
        Err(_) => ctx.output.line(&format!(
            "soak {} {}; it left no report",
            record.run,
            result(record)
        ))?,
    }
    ctx.output.line(&format!("\nfiles: {}", folder.display()))?;
    Ok(Exit::Done)
}

fn compare_runs(
    ctx: &Context,
    (folders, records): (&SoakFolders, &[SoakRecord]),
    args: &CompareArgs,
) -> anyhow::Result<Exit> {
    let (base, now) = (find(records, &args.base)?, find(records, &args.now)?);
    let figures = |record: &SoakRecord| -> Result<Measured, Failure> {
        measured(&folders.of(&record.run)).ok_or_else(|| {
            let error = anyhow!("run `{}` left no figures", record.run);
            Failure::new(Exit::Usage, error).hint("`wicap-assist soak list` shows the others")
        })
    };
    let compared = compare(&figures(base)?, &figures(now)?);
    let is_worse = compared.iter().any(|one| one.drift == Drift::Worse);
    match args.json {
        true => ctx.output.json(&json!({
            "base": base.run,
            "now": now.run,
            "worse": is_worse,
            "metrics": compared,
        }))?,
        false => {
            let head = format!("{} and {}\n\n", base.run, now.run);
            let text = head + &compared_text(&compared);
            ctx.output.raw(text.as_bytes())?;
        }
    }
    Ok(if is_worse { Exit::No } else { Exit::Done })
}

/// The run with this name, or whose name begins so; the newest for `latest`.
fn find<'a>(records: &'a [SoakRecord], name: &str) -> Result<&'a SoakRecord, Failure> {
    let is_named = |one: &&SoakRecord| name == LATEST || one.run.starts_with(name);
    let mut found = records.iter().rev().filter(is_named);
    let first = found.next();
    let is_clear = name == LATEST || found.next().is_none();
    match first {
        Some(one) if is_clear || one.run == name => Ok(one),
        Some(_) => {
            let error = anyhow!("more than one run begins with `{name}`");
            Err(Failure::new(Exit::Usage, error).hint("give more of its name"))
        }
        None => {
            let error = anyhow!("there is no run `{name}`");
            Err(Failure::new(Exit::Usage, error).hint("`wicap-assist soak list` shows them"))
        }
    }
}

fn result(record: &SoakRecord) -> &'static str {
    match record.result {
        Some(result) => result.as_str(),
        None if is_gone(&record.actor) => SoakResult::Interrupted.as_str(),
        None => "running",
    }
}
