//! Pure reading of evidence: no IO, no clock, no async.

pub mod outcome;
pub mod pseudonym;
pub mod severity;
pub mod signature;
pub mod sources;
pub mod triage;
