//! The one integration test binary.

mod cases;
mod ledger;
mod ledger_tampering;
mod redaction;
mod scenario;
