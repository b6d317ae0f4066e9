//! `ledger`: read, check and hand out what was recorded.

mod export;
mod list;
mod prune;
mod replay;
mod show;
mod since;
mod verify;

use std::{
    io::{self, BufWriter, Write},
    path::Path,
};

pub(super) use since::age;

use super::{ClosedPipe, Context, Exit, Failure, Globals};
use crate::{
    model::{Timestamp, Zone},
    store::StoreError,
    world::zone,
};

/// Arguments of `ledger`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List events, oldest first
    #[command(after_help = list::AFTER_HELP)]
    List(list::Args),
    /// Show one event, what it rests on, and its hash
    #[command(after_help = show::AFTER_HELP)]
    Show(show::Args),
    /// Check that nothing was changed, removed or put in
    #[command(after_help = verify::AFTER_HELP)]
    Verify(verify::Args),
    /// Make every decision again from what was stored, and compare
    #[command(after_help = replay::AFTER_HELP)]
    Replay(replay::Args),
    /// Write the rows as lines of JSON that anybody can check
    #[command(after_help = export::after_help())]
    Export(export::Args),
    /// Export old segments, then remove their rows
    #[command(after_help = prune::AFTER_HELP)]
    Prune(prune::Args),
}

/// What the commands of this group need.
struct Room<'a> {
    data_dir: &'a Path,
    now: Timestamp,
    zone: &'a Zone,
    has_color: bool,
    out: &'a mut dyn Write,
}

pub(super) fn run(globals: &Globals, args: &Args) -> anyhow::Result<Exit> {
    let ctx = Context::new(&globals.flags())?;
    let zone = zone();
    let mut out = BufWriter::new(io::stdout().lock());
    let mut room = Room {
        data_dir: &ctx.settings.paths.data_dir,
        now: ctx.now,
        zone: &zone,
        has_color: ctx.output.has_color(),
        out: &mut out,
    };
    let ended = dispatch(args, &mut room);
    ended
        .and_then(|exit| Ok(out.flush().map(|()| exit)?))
        .map_err(explained)
}

fn dispatch(args: &Args, room: &mut Room<'_>) -> anyhow::Result<Exit> {
    match &args.command {
        Command::List(args) => list::run(args, room),
        Command::Show(args) => show::run(args, room),
        Command::Verify(args) => verify::run(args, room),
        Command::Replay(args) => replay::run(args, room),
        Command::Export(args) => export::run(args, room),
        Command::Prune(args) => prune::run(args, room),
    }
}

/// Adds what to do next, where the ledger knows, and tells a reader that went away
/// from a failure.
fn explained(error: anyhow::Error) -> anyhow::Error {
    let is_closed_pipe = error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::BrokenPipe);
    if is_closed_pipe {
        return ClosedPipe.into();
    }
    match error.downcast::<StoreError>() {
        Ok(error) => Failure::from(error).into(),
        Err(error) => error,
    }
}
