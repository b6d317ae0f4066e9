//! The `wicap-assist` binary.

use std::process::ExitCode;

use clap::Parser as _;
use wicap_assist::cli::{Cli, report};

fn main() -> ExitCode {
    report(Cli::parse().run())
}
