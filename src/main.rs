//! The `wicap-assist` binary.

use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    match wicap_assist::cli::run() {
        Ok(code) => code,
        Err(error) => {
            // Nobody is left to tell when stderr is gone.
            let _ = writeln!(std::io::stderr().lock(), "wicap-assist: {error:#}");
            ExitCode::from(1)
        }
    }
}
