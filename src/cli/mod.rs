//! The command line: one command a file.

mod signatures;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Keeps a docker-compose stack healthy on one host, and can prove everything it did.
#[derive(Debug, Parser)]
#[command(name = "wicap-assist", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Tell what a log is made of: its signatures, how often, since when, failures first.
    Signatures(signatures::Args),
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
    }
}
