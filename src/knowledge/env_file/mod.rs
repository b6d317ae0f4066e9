//! A `.env` file as a document: what we do not change keeps every byte.

mod document;
mod expand;
mod quote;
mod scan;

pub use document::{Assignment, EnvFile, EnvMistake, is_key};
pub use expand::Resolved;
pub use quote::Quote;
