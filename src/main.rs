//! The `wicap-assist` binary.

use std::process::ExitCode;

use clap::Parser as _;
use wicap_assist::{
    cli::{Cli, report},
    world::install_crypto,
};

fn main() -> ExitCode {
    install_crypto();
    report(Cli::parse().run())
}
