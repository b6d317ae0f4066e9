//! The one integration test binary.

mod events;
mod journal;
mod ledger;
mod ledger_tampering;
