//! Files that are read as a whole.

use std::io;

use super::{IngestError, gather::Gatherer, reading::Reading};

/// Why a file was not read.
#[derive(Debug)]
pub(super) enum ReadError {
    /// It cannot be read.
    Io(io::Error),
    /// The ingest cannot go on.
    Ingest(IngestError),
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<IngestError> for ReadError {
    fn from(error: IngestError) -> Self {
        Self::Ingest(error)
    }
}

pub(super) fn read(_gatherer: &mut Gatherer<'_>, _reading: &mut Reading) -> Result<(), ReadError> {
    Ok(())
}

/// The newest change and the whole size of a conversation's files.
pub(super) fn folder_stat(_folder: &std::path::Path, stat: super::identify::Stat) -> super::identify::Stat {
    stat
}
