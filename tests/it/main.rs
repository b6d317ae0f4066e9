//! The one integration test binary.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod broken_contracts;
mod cases;
mod cli;
mod config;
mod contract_gate;
mod contract_schema;
mod contract_verdicts;
mod env_round_trip;
mod env_validation;
mod env_wizard;
mod events;
mod ingest;
mod journal;
mod layers;
mod ledger;
mod ledger_command;
mod ledger_failures;
mod ledger_tampering;
mod operator_commands;
mod pty;
mod readme;
mod redaction;
mod replay;
mod run;
mod scenario;
mod signature_accuracy;
mod signature_command;
mod signature_engine;
mod signature_properties;
mod support;
mod world_engine;
mod world_http;
