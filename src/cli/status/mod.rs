//! `status`: who controls, how the stack is, what is left. From the ledger alone.

pub(super) mod gather;
mod render;

pub(super) use render::{bytes, text};

use super::{Context, Exit, Failure, Globals, known::Known};
use crate::world::zone;

/// Arguments of `status`.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// End with code 3 unless everything is well and somebody watches
    #[arg(long)]
    check: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

const AFTER_HELP: &str = "\
Reads the ledger and asks nobody, so it works without an engine and beside a controller; what it
says of services is what the controller last wrote down.

Exit codes with --check: 0 well, 3 something is down, nobody watches, or nothing can be written.

Example: for a monitor
  wicap-assist status --check --json";

/// Runs `status`.
pub(super) fn run(globals: &Globals, args: &Args) -> anyhow::Result<Exit> {
    let ctx = Context::new(&globals.flags())?;
    let known = Known::open(&ctx)?;
    let report = gather::report(&ctx, &known).map_err(Failure::from)?;
    match args.json {
        true => ctx.output.json(&report)?,
        false => ctx
            .output
            .raw(render::text(&report, ctx.now, &zone()).as_bytes())?,
    }
    Ok(match args.check && !report.healthy {
        true => Exit::No,
        false => Exit::Done,
    })
}
