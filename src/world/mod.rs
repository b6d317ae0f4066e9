//! The outside, one module each.

pub mod contract_facts;
pub mod env_store;
pub mod host;
pub mod reach;
