//! The one integration test binary.

mod broken_contracts;
mod contract_gate;
mod contract_schema;
mod contract_verdicts;
mod env_round_trip;
mod env_validation;
mod env_wizard;
mod pty;
mod run;
