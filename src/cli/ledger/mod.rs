//! `ledger`: read, check and hand out what was recorded.

mod export;
mod list;
mod prune;
mod show;
mod since;
mod verify;

use std::{
    io::{self, Write},
    path::Path,
};

use super::{Context, Exit, Failure, Globals};
use crate::{
    model::{Timestamp, Zone},
    store::StoreError,
    world::zone,
};

/// Arguments of `ledger`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
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
    /// Write the rows as lines of JSON that anybody can check
    #[command(after_help = export::after_help())]
    Export(export::Args),
    /// Export old segments, then remove their rows
    #[command(after_help = prune::AFTER_HELP)]
    Prune(prune::Args),
}

/// What the commands of this group need.
pub(crate) struct Room<'a> {
    /// The data folder.
    pub(crate) data_dir: &'a Path,
    /// When the command began.
    pub(crate) now: Timestamp,
    /// The zone in which people are shown times.
    pub(crate) zone: &'a Zone,
    /// Whether colours are wanted.
    pub(crate) has_color: bool,
    /// Stdout.
    pub(crate) out: &'a mut dyn Write,
}

/// Runs `ledger`.
pub(super) fn run(globals: &Globals, args: &Args) -> anyhow::Result<Exit> {
    let ctx = Context::new(&globals.flags())?;
    let zone = zone();
    let mut stdout = io::BufWriter::new(io::stdout().lock());
    let room = Room {
        data_dir: &ctx.settings.paths.data_dir,
        now: ctx.now,
        zone: &zone,
        has_color: ctx.output.has_color(),
        out: &mut stdout,
    };
    match answer(args, room) {
        Ok(true) => Ok(Exit::Done),
        Ok(false) => Ok(Exit::No),
        Err(error) => Err(with_hint(error).into()),
    }
}

/// Adds what to do next, where the ledger knows it.
fn with_hint(error: anyhow::Error) -> Failure {
    let hint = error
        .downcast_ref::<StoreError>()
        .and_then(StoreError::hint);
    let failure = Failure::new(Exit::Error, error);
    match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// Runs a command and says whether its answer is yes. Only `verify` can say no. A
/// reader that went away has what it wanted, so a closed pipe is no error.
fn answer(args: &Args, mut room: Room<'_>) -> anyhow::Result<bool> {
    let room = &mut room;
    let answer = match &args.command {
        Command::List(args) => list::run(args, room).map(|()| true),
        Command::Show(args) => show::run(args, room).map(|()| true),
        Command::Verify(args) => verify::run(args, room),
        Command::Export(args) => export::run(args, room).map(|()| true),
        Command::Prune(args) => prune::run(args, room).map(|()| true),
    };
    let answer = answer.and_then(|answer| {
        room.out.flush()?;
        Ok(answer)
    });
    match answer {
        Err(error) if is_closed_pipe(&error) => Ok(true),
        answer => answer,
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}
