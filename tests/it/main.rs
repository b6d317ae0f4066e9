//! The one integration test binary.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod cli;
mod config;
mod layers;
