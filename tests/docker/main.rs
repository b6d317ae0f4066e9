//! The tests that need a Docker Engine, on the stand-in stack.
//!
//! Without an engine each is reported as ignored with the reason; where
//! `WICAP_ASSIST_REQUIRE_DOCKER=1` it fails. `scripts/setup.sh` makes what they need.

use std::process::ExitCode;

use libtest_mimic::Arguments;

mod answers;
mod chaos;
mod contract;
mod controller;
mod delivery;
mod door;
mod evidence;
mod gaps;
mod harness;
mod latency;
mod operator;
mod private;
#[expect(
    dead_code,
    clippy::unwrap_used,
    reason = "shared with the other tests, which use all of it"
)]
#[path = "../it/program.rs"]
mod program;
mod proxy;
mod refusals;
mod soak;
mod standin;
mod words;
mod world;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    if !arguments.list {
        harness::sweep();
    }
    let trials = [
        contract::trials(),
        operator::trials(),
        standin::trials(),
        world::trials(),
        answers::trials(),
        gaps::trials(),
        refusals::trials(),
        soak::trials(),
        latency::trials(),
        chaos::trials(),
        proxy::trials(),
        delivery::trials(),
        evidence::trials(),
    ]
    .into_iter()
    .flatten()
    .collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}
