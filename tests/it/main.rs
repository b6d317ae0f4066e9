//! The one integration test binary.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod cases;
mod cli;
mod config;
mod crash;
mod disk;
mod events;
mod fake_engine;
mod journal;
mod layers;
mod leading;
mod ledger;
mod ledger_command;
mod ledger_failures;
mod ledger_tampering;
mod program;
mod reach;
mod readme;
mod redaction;
mod scenario;
mod secrets;
mod signature_accuracy;
mod signature_command;
mod signature_engine;
mod signature_properties;
mod support;
mod world_engine;
mod world_http;
