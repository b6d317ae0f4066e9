use std::{io, path::PathBuf};

use crate::store::evidence::EvidenceError;

/// Why an ingest could not go on.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// Another one is at work.
    #[error(
        "another ingest is at work on `{path}`: {holder}\nhint: wait for it, or stop it with Ctrl-C where it runs"
    )]
    Busy {
        /// The lock file.
        path: PathBuf,
        /// What it says about itself.
        holder: String,
    },
    /// A file of ours could not be made or read.
    #[error("cannot use `{path}`")]
    Own {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] EvidenceError),
}
