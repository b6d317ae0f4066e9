//! Pure reading of evidence and of the files that operators write.

pub mod contract;
pub mod env_file;
pub mod env_rules;
pub mod env_setup;

mod hostname;
mod spelling;
