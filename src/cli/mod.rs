//! The command line: one file for each command.

mod contract;
mod contract_check;
mod exit;
mod output;
mod place;
mod setup_wicap_env;
mod terminal;
mod validate_wicap_env;

use std::time::{SystemTime, UNIX_EPOCH};

use clap::{Parser, Subcommand};

pub use exit::{Exit, Failure, report};
pub use output::{ClosedPipe, Output};

use crate::model::{Reading, Redacted, Timestamp};
use place::Place;

/// Keeps a docker-compose stack healthy on one host, and can prove everything it did.
#[derive(Debug, Parser)]
#[command(name = "wicap-assist", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Hold the running stack against its runtime contract
    ContractCheck(contract_check::Args),
    /// Write a runtime contract
    Contract(contract::Args),
    /// Ask for what WiCAP needs, and write its `.env`
    SetupWicapEnv(setup_wicap_env::Args),
    /// Check WiCAP's `.env` and what it points at
    ValidateWicapEnv(validate_wicap_env::Args),
}

impl Cli {
    /// Runs the chosen command.
    ///
    /// # Errors
    /// Fails with a [`Failure`] where the exit code is not 1 or there is a hint.
    pub fn run(self) -> anyhow::Result<Exit> {
        let place = Place {
            repo: std::env::current_dir()?,
            environment: std::env::vars().collect(),
            output: Output::plain(),
            clock: now,
        };
        let why = || Redacted::from_raw("the engine was not asked");
        match self.command {
            Command::ContractCheck(args) => {
                contract_check::run(&args, &place, async || Reading::Unknown(why()))
            }
            Command::Contract(args) => contract::run(&args, &place, Reading::Unknown(why())),
            Command::SetupWicapEnv(args) => setup_wicap_env::run(&args, &place),
            Command::ValidateWicapEnv(args) => validate_wicap_env::run(&args, &place),
        }
    }
}

fn now() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
    let millis = since_epoch.unwrap_or_default().as_millis();
    Timestamp::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))
}
