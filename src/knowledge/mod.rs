//! Pure reading of evidence: no IO, no clock, no async.

pub mod confidence;
pub mod contract;
pub mod env_file;
pub mod env_rules;
pub mod env_setup;
pub mod first_mover;
pub mod guard;
pub mod harness_match;
pub mod identifiers;
pub mod incident;
pub mod known_issues;
pub mod playbook;
pub mod recommend;
pub mod relevance;
pub mod report;
pub mod routing;
pub mod sentence;
pub mod severity;
pub mod shell;
pub mod signature;

mod hostname;
mod markup;
pub mod outcome;
pub mod pseudonym;
pub mod soak;
pub mod sources;
mod spelling;
pub mod triage;
