//! The one integration test binary.

mod cases;
mod events;
mod journal;
mod ledger;
mod ledger_tampering;
mod redaction;
mod scenario;
