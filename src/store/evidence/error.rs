use std::{io, path::PathBuf};

use rusqlite::ErrorCode;

/// Why the evidence could not be used. Each variant names the file.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// The data folder or the file could not be made.
    #[error("cannot make `{path}`")]
    Make {
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is no evidence to read.
    #[error("there is no evidence at `{path}` yet\nhint: `wicap-assist ingest` gathers it")]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The file is a database of something else.
    #[error("`{path}` is a database, but no evidence\nhint: name another folder by `--data-dir`")]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The file was written by another version of the program.
    #[error(
        "the evidence `{path}` has schema {found}, this program knows {known}\nhint: `wicap-assist ingest` brings an older one up to date; a newer one needs the program that wrote it"
    )]
    Schema {
        /// The file.
        path: PathBuf,
        /// The schema of the file.
        found: u32,
        /// The schema of this program.
        known: u32,
    },
    /// Another process holds the file for longer than we wait.
    #[error("cannot {doing}: the evidence `{path}` is locked by another process")]
    Locked {
        /// What was being done.
        doing: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// The disk or the quota is full.
    #[error("cannot {doing}: no space is left for the evidence `{path}`")]
    Full {
        /// What was being done.
        doing: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// SQLite reported something else.
    #[error("cannot {doing}: the evidence `{path}` reports an error")]
    Sqlite {
        /// What was being done.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
}

impl EvidenceError {
    pub(super) fn from_sqlite(doing: &'static str, path: PathBuf, source: rusqlite::Error) -> Self {
        match source.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                Self::Locked { doing, path }
            }
            Some(ErrorCode::DiskFull) => Self::Full { doing, path },
            _ => Self::Sqlite {
                doing,
                path,
                source,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_not_be_done_is_one_sentence() {
        let path = || PathBuf::from("evidence.db");
        let error = EvidenceError::from_sqlite("prune", path(), rusqlite::Error::InvalidQuery);
        let said = "cannot prune: the evidence `evidence.db` reports an error";
        assert_eq!(said, error.to_string());
    }
}
