//! The one integration test binary.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod broken_contracts;
mod contract_gate;
mod contract_schema;
mod contract_verdicts;
mod env_round_trip;
mod env_validation;
mod env_wizard;
mod pty;
mod run;
