//! The command line: one file for each command.

mod completions;
mod config;
mod context;
mod contract;
mod contract_check;
mod doctor;
mod engine_facts;
mod exit;
mod explain;
mod export;
mod flags;
mod import;
mod ingest;
mod known;
mod ledger;
mod live;
mod log;
mod maintain;
mod output;
mod place;
mod request;
mod search;
mod seen;
mod setup_wicap_env;
mod signatures;
mod sources;
mod status;
mod terminal;
mod validate_wicap_env;
mod when;

use clap::{CommandFactory as _, Parser, Subcommand};

pub use context::Context;
pub use exit::{Exit, Failure, report};
pub use flags::Globals;
pub use output::{ClosedPipe, Output};

use place::Place;

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
    /// Gather what logs and past work know; what was read once is not read again.
    Ingest(ingest::Args),
    /// Tell what evidence there is, how fresh it is, and how big.
    Sources(sources::Args),
    /// Find the newest events with these words.
    Search(search::Args),
    /// Write evidence out for other programs.
    Export(export::Args),
    /// Take over the database of a predecessor, once.
    Import(import::Args),
    /// Drop what is old, or clean stored texts again.
    Maintain(maintain::Args),
    /// Hold the running stack against its runtime contract
    ContractCheck(contract_check::Args),
    /// Write a runtime contract
    Contract(contract::Args),
    /// Ask for what WiCAP needs, and write its `.env`
    SetupWicapEnv(setup_wicap_env::Args),
    /// Check WiCAP's `.env` and what it points at
    ValidateWicapEnv(validate_wicap_env::Args),
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
        let globals = self.globals;
        let context = || Context::new(&globals.flags());
        match self.command {
            Command::Live(args) => live::run(&globals, &args),
            Command::Status(args) => status::run(&globals, &args),
            Command::Explain(args) => explain::run(&globals, &args),
            Command::Pause(args) => request::pause(&globals, &args),
            Command::Resume(args) => request::resume(&globals, &args),
            Command::Ack(args) => request::ack(&globals, &args),
            Command::Doctor(args) => doctor::run(&globals, &args),
            Command::Ledger(args) => ledger::run(&globals, &args),
            Command::Signatures(args) => signatures::run(&args),
            Command::Ingest(args) => ingest::run(&args, ingest::places(&context()?, &args)),
            Command::Sources(args) => {
                let ctx = context()?;
                sources::run(&args, &ctx.settings.paths.data_dir, ctx.now)
            }
            Command::Search(args) => search::run(&args, &context()?.settings.paths.data_dir),
            Command::Export(args) => export::run(&args, &context()?.settings.paths.data_dir),
            Command::Import(args) => import::run(&args, &context()?.settings.paths.data_dir),
            Command::Maintain(args) => {
                let ctx = context()?;
                maintain::run(&args, &ctx.settings.paths.data_dir, ctx.now)
            }
            Command::ContractCheck(args) => contract_check::run(&globals, &args),
            Command::Contract(args) => contract::run(&globals, &args),
            Command::SetupWicapEnv(args) => setup_wicap_env::run(&args, &Place::of(&globals)?),
            Command::ValidateWicapEnv(args) => {
                validate_wicap_env::run(&args, &Place::of(&globals)?)
            }
            Command::Config(args) => config::run(&globals, &args),
            Command::Completions(args) => completions::run(&args),
        }
    }
}
