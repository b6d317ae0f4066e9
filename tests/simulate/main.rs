//! A random world, and an onlooker who knows what has to hold in it.
//!
//! As a test it plays a fixed number of turns. With `--turns` or `--seed` it is the
//! tool behind `scripts/simulate.sh`.
#![expect(
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test that cannot go on has failed, and an onlooker picks the rows that it wants"
)]

use std::process::ExitCode;

use libtest_mimic::Arguments;

mod checker;
mod course;
mod dice;
mod lies;
mod moment;
mod run;
#[path = "../it/scenario/mod.rs"]
mod scenario;
mod shrink;
mod stage;
mod tool;
mod trials;

fn main() -> ExitCode {
    if let Some(order) = tool::Order::from_args() {
        return order.obey();
    }
    libtest_mimic::run(&Arguments::from_args(), trials::trials()).exit_code()
}
