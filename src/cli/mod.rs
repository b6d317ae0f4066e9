//! The command line: one file for each command.

mod completions;
mod config;
mod context;
mod doctor;
mod exit;
mod explain;
mod flags;
mod known;
mod ledger;
mod live;
mod log;
mod output;
mod request;
mod seen;
mod signatures;
mod status;
mod when;

use clap::{CommandFactory as _, Parser, Subcommand};

pub use context::Context;
pub use exit::{Exit, Failure, report};
pub use flags::Globals;
pub use output::{ClosedPipe, Output};

/// Keeps a docker-compose stack healthy on one host, and can prove everything it did.
#[derive(Debug, Parser)]
#[command(name = "wicap-assist", version, propagate_version = true, after_help = AFTER_HELP)]
#[command(max_term_width = 100, infer_long_args = true)]
pub struct Cli {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Watch the stack, and heal it where the mode allows it.
    Live(live::Args),
    /// Say who controls, how the stack is, and what is left of the budgets.
    Status(status::Args),
    /// Say why something was done, or was not.
    Explain(explain::Args),
    /// Refuse actions for a while; watching goes on.
    Pause(request::PauseArgs),
    /// End a pause.
    Resume(request::ResumeArgs),
    /// Take note of a call for a person.
    Ack(request::AckArgs),
    /// Look for everything that could keep a controller from its work.
    Doctor(doctor::Args),
    /// List, show, check and export what was recorded.
    Ledger(ledger::Args),
    /// Say what a log is made of: its lines as templates, failures first.
    Signatures(signatures::Args),
    /// Write, show or check the configuration.
    Config(config::Args),
    /// Print completions for a shell.
    Completions(completions::Args),
}

const AFTER_HELP: &str = "\
Exit codes: 0 done, 1 error, 2 usage or unacceptable input, 3 ran and the answer is no.

Example: watch the only stack on this host that looks like WiCAP, and change nothing
  wicap-assist live";

impl Cli {
    /// Returns the command line as clap describes it, for completions and tests.
    pub fn description() -> clap::Command {
        Self::command()
    }

    /// Runs the chosen command.
    ///
    /// # Errors
    /// Fails with a [`Failure`] where the exit code is not 1 or there is a hint.
    pub fn run(self) -> anyhow::Result<Exit> {
        match self.command {
            Command::Live(args) => live::run(&self.globals, &args),
            Command::Status(args) => status::run(&self.globals, &args),
            Command::Explain(args) => explain::run(&self.globals, &args),
            Command::Pause(args) => request::pause(&self.globals, &args),
            Command::Resume(args) => request::resume(&self.globals, &args),
            Command::Ack(args) => request::ack(&self.globals, &args),
            Command::Doctor(args) => doctor::run(&self.globals, &args),
            Command::Ledger(args) => ledger::run(&self.globals, &args),
            Command::Signatures(args) => signatures::run(&args),
            Command::Config(args) => config::run(&self.globals, &args),
            Command::Completions(args) => completions::run(&args),
        }
    }
}
