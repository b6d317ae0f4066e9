//! The command line: one file for each command.

mod agent;
mod answers;
mod completions;
mod config;
mod context;
mod contract;
mod contract_check;
mod doctor;
mod document;
mod engine_facts;
mod exit;
mod explain;
mod export;
mod flags;
mod guardian;
mod hand_over;
mod health;
mod import;
mod ingest;
mod known;
mod ladder;
mod ledger;
mod live;
mod log;
mod maintain;
mod output;
mod place;
mod publish;
mod report;
mod request;
mod search;
mod seen;
mod setup_wicap_env;
mod signatures;
mod soak;
mod soak_run;
mod sources;
mod stand;
mod status;
mod table;
mod terminal;
mod validate_wicap_env;
mod when;

use clap::{CommandFactory as _, Parser, Subcommand};

pub use context::Context;
pub use exit::{Exit, Failure, report};
pub use flags::Globals;
pub use output::{ClosedPipe, Output};

use place::Place;
use report::Report;

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
    /// Let a harness load the stack, watch it meanwhile, and say whether it held.
    SoakRun(Box<soak_run::Args>),
    /// List, show and compare the soaks that were run.
    Soak(soak::Args),
    /// Say who controls, how the stack is, and what is left of the budgets.
    Status(status::Args),
    /// Say whether a controller or observer still turns, for a health check.
    Health(health::Args),
    /// Say why something was done, or was not.
    Explain(explain::Args),
    /// Open a console that understands sentences.
    Agent(agent::Args),
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
    /// Tell the most frequent failures of a window.
    Rollup(report::RollupArgs),
    /// Tell which failures rise.
    DailyReport(report::DailyArgs),
    /// Tell which failures come back, over files, sessions and days.
    CrossPatterns(report::PatternArgs),
    /// Tell who worked on a failure, what was tried, and how it ended.
    FixLineage(report::LineageArgs),
    /// Tell how much evidence there is, and what is missing.
    BackfillReport(report::BackfillArgs),
    /// Count what the changelog says.
    ChangelogStats(report::ChangelogArgs),
    /// Say what a failure comes from, what to do about it, and why to believe it.
    Recommend(answers::RecommendArgs),
    /// Tell how sure the answers are, and whether that tells failures apart.
    ConfidenceAudit(answers::AuditArgs),
    /// Find what past sessions said about these words.
    Triage(answers::TriageArgs),
    /// Gather everything about a soak, a file, a service or a failure.
    Bundle(answers::BundleArgs),
    /// Write an incident down, as Markdown and as a page.
    Incident(answers::IncidentArgs),
    /// Write a playbook for each of the most frequent failures.
    Playbooks(answers::PlaybookArgs),
    /// Follow the logs, and tell of failures that are known, new or far more frequent than usual.
    Guardian(guardian::Args),
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

    /// Replaces the flags of every command.
    fn set_globals(&mut self, globals: Globals) {
        self.globals = globals;
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
            Command::Soak(args) => soak::run(&globals, &args),
            Command::SoakRun(args) => soak_run::run(&globals, &args),
            Command::Status(args) => status::run(&globals, &args),
            Command::Health(args) => health::run(&globals, &args),
            Command::Explain(args) => explain::run(&globals, &args),
            Command::Agent(args) => agent::run(&globals, &args),
            Command::Pause(args) => request::pause(&globals, &args),
            Command::Resume(args) => request::resume(&globals, &args),
            Command::Ack(args) => request::ack(&globals, &args),
            Command::Doctor(args) => doctor::run(&globals, &args),
            Command::Ledger(args) => ledger::run(&globals, &args),
            Command::Signatures(args) => signatures::run(&args),
            Command::Ingest(args) => ingest::run(&args, &context()?),
            Command::Sources(args) => {
                let ctx = context()?;
                sources::run(&args, &ctx.settings.paths.data_dir, ctx.now)
            }
            Command::Search(args) => search::run(&args, &context()?.settings.paths.data_dir),
            Command::Rollup(args) => report::run(&Report::Rollup(&args), &context()?),
            Command::DailyReport(args) => report::run(&Report::Daily(&args), &context()?),
            Command::CrossPatterns(args) => report::run(&Report::Patterns(&args), &context()?),
            Command::FixLineage(args) => report::run(&Report::Lineage(&args), &context()?),
            Command::BackfillReport(args) => report::run(&Report::Backfill(&args), &context()?),
            Command::ChangelogStats(args) => report::run(&Report::Changelog(&args), &context()?),
            Command::Recommend(args) => answers::recommend(&args, &context()?),
            Command::ConfidenceAudit(args) => answers::confidence_audit(&args, &context()?),
            Command::Triage(args) => answers::triage(&args, &context()?),
            Command::Bundle(args) => answers::bundle(&args, &context()?),
            Command::Incident(args) => answers::incident(&args, &context()?),
            Command::Playbooks(args) => answers::playbooks(&args, &context()?),
            Command::Guardian(args) => guardian::run(&args, &context()?),
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
