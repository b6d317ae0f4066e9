//! The one integration test binary.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod answers_command;
mod broken_contracts;
mod cases;
mod cli;
mod config;
mod console;
mod console_screen;
mod contract_gate;
mod contract_schema;
mod contract_verdicts;
mod crash;
mod disk;
mod env_round_trip;
mod env_validation;
mod env_wizard;
mod events;
mod fake_engine;
mod health;
mod ingest;
mod install;
mod journal;
mod layers;
mod leading;
mod ledger;
mod ledger_command;
mod ledger_failures;
mod ledger_tampering;
mod operator_commands;
mod program;
mod pty;
mod reach;
mod readme;
mod redaction;
mod replay;
mod run;
mod scenario;
mod secrets;
mod sentences;
mod signature_accuracy;
mod signature_command;
mod signature_engine;
mod signature_properties;
mod soak_command;
mod support;
mod systemd;
mod world_engine;
mod world_http;
