//! The outside, one module each.

pub mod compose_ui;
pub mod contract_facts;
pub mod env_probes;
pub mod env_store;
pub mod host;
pub mod reach;
