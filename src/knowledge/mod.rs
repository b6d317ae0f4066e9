//! Pure reading of evidence and of the files that operators write.

pub mod contract;
pub mod env_file;
