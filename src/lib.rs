//! Keeps a docker-compose stack healthy on one host, and can prove everything it did.
//!
//! Modules are listed in reading order; each may import only those above it
//! (`tests/it/layers.rs` holds the exact table).

pub mod model;

pub mod knowledge;

pub mod control;

pub mod ports;

pub mod config;

pub mod store;

pub mod ingest;

pub mod world;

pub mod telemetry;

pub mod runtime;

pub mod cli;
