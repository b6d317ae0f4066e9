//! The command line: one command a file.

mod export;
mod import;
mod ingest;
mod maintain;
mod search;
mod signatures;
mod sources;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Keeps a docker-compose stack healthy on one host, and can prove everything it did.
#[derive(Debug, Parser)]
#[command(name = "wicap-assist", version)]
struct Cli {
    /// Folder of the databases.
    #[arg(long, global = true, value_name = "DIR", default_value = "data")]
    data_dir: std::path::PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Tell what a log is made of: its signatures, how often, since when, failures first.
    Signatures(signatures::Args),
    /// Gather what logs and past work know; what was read once is not read again.
    Ingest(ingest::Args),
    /// Write evidence out for other programs.
    Export(export::Args),
    /// Take over the database of a predecessor, once.
    Import(import::Args),
    /// Tell what evidence there is, how fresh it is, and how big.
    Sources(sources::Args),
    /// Find the newest events with these words.
    Search(search::Args),
    /// Drop what is old, or clean stored texts again.
    Maintain(maintain::Args),
}

/// Parses the arguments and runs the command.
///
/// # Errors
///
/// What the command could not do. Usage errors end the process with code 2.
pub fn run() -> anyhow::Result<ExitCode> {
    let cli = Cli::parse();
    match cli.command {
        Command::Signatures(args) => signatures::run(&args),
        Command::Ingest(args) => {
            let places = places(&cli.data_dir, args.repo_root.as_deref());
            ingest::run(&args, places)
        }
        Command::Export(args) => export::run(&args, &cli.data_dir),
        Command::Import(args) => import::run(&args, &cli.data_dir),
        Command::Sources(args) => sources::run(&args, &cli.data_dir, now()),
        Command::Search(args) => search::run(&args, &cli.data_dir),
        Command::Maintain(args) => maintain::run(&args, &cli.data_dir, now()),
    }
}

/// Where the sources are, until the settings say so.
fn places(data_dir: &std::path::Path, repo: Option<&std::path::Path>) -> ingest::Places {
    let codex = std::env::var_os("CODEX_HOME").map(std::path::PathBuf::from);
    let antigravity = codex.as_ref().map(|codex| codex.join("antigravity/brain"));
    ingest::Places {
        data_dir: data_dir.to_owned(),
        roots: ingest::roots(repo, codex, antigravity),
        repo_hints: vec!["/wicap".to_owned()],
    }
}

fn now() -> crate::model::Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    crate::model::Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
