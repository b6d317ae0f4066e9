//! Pure reading of evidence: no IO, no clock, no async.

pub mod contract;
pub mod env_file;
pub mod env_rules;
pub mod env_setup;
pub mod severity;
pub mod signature;

mod hostname;
pub mod outcome;
pub mod pseudonym;
pub mod sources;
mod spelling;
pub mod triage;
