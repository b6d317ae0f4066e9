//! How the sources of evidence are written, one format a file. Pure: text in, records out.

pub mod changelog;
pub mod codex;
pub mod conversation;
pub mod harness;
mod json;
pub mod network;
mod paths;
pub mod python;
pub mod quote;
pub mod shell;
pub mod soak_result;
pub mod statements;
