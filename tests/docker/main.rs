//! The tests that need a Docker Engine, on the stand-in stack.
//!
//! Without an engine each is reported as ignored with the reason; where
//! `WICAP_ASSIST_REQUIRE_DOCKER=1` it fails. `scripts/setup.sh` makes what they need.

use std::process::ExitCode;

use libtest_mimic::Arguments;

mod chaos;
mod harness;
mod private;
#[expect(
    dead_code,
    clippy::unwrap_used,
    reason = "shared with the other tests, which use all of it"
)]
#[path = "../it/program.rs"]
mod program;
mod standin;
mod world;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    if !arguments.list {
        harness::sweep();
    }
    let trials = [standin::trials(), world::trials(), chaos::trials()]
        .into_iter()
        .flatten()
        .collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}
