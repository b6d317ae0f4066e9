//! The one integration test binary.

mod ledger;
mod ledger_tampering;
mod ingest;
