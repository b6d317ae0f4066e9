//! `explain`: why, and why not.

mod about;
pub(super) mod gates;
mod row;
mod service;
mod then;

use super::{Context, Exit, Failure, Globals, known::Known};
use crate::world::zone;

/// Arguments of `explain`.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// The number of a row, or a service by its compose key or container name
    #[arg(value_name = "SEQ|SERVICE")]
    what: String,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

const AFTER_HELP: &str = "\
For a row: what was decided, on which evidence, what each gate answered, with which numbers, and
when that may change. For a service: how it is as far as the ledger knows, why nothing is done or
what is, and the story of its last incident. Asks no engine.

Examples:
  wicap-assist explain 41
  wicap-assist explain ui";

/// Runs `explain`.
pub(super) fn run(globals: &Globals, args: &Args) -> anyhow::Result<Exit> {
    let ctx = Context::new(&globals.flags())?;
    if let Ok(seq) = args.what.parse() {
        let told = row::told(&ctx, seq)?;
        match args.json {
            true => ctx.output.json(&told)?,
            false => ctx.output.raw(row::text(&told, &zone()).as_bytes())?,
        }
        return Ok(Exit::Done);
    }
    let known = Known::open(&ctx)?;
    let service = known.service(&args.what, &ctx.settings.stack)?;
    let told = service::told(&ctx, &known, service).map_err(Failure::from)?;
    match args.json {
        true => ctx.output.json(&told)?,
        false => ctx
            .output
            .raw(service::text(&told, (ctx.now, &zone())).as_bytes())?,
    }
    Ok(Exit::Done)
}
