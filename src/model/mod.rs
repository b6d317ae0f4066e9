//! The nouns: values with invariants. No IO, no clock, no async.

pub mod signature;
