use std::{io, path::PathBuf};

use rusqlite::ErrorCode;

use super::Digest;

/// Why the ledger could not be used. Each variant names the file.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The data folder could not be made.
    #[error("cannot make the data folder `{path}`")]
    MakeFolder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file could not be made or opened.
    #[error("cannot open the ledger `{path}`")]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// There is no ledger to read.
    #[error("there is no ledger at `{path}`")]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The file is a database of something else.
    #[error("`{path}` is a database, but no ledger")]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The file was written by a newer program.
    #[error("the ledger `{path}` has schema {found}, this program knows up to {known}")]
    TooNew {
        /// The file.
        path: PathBuf,
        /// The schema of the file.
        found: u32,
        /// The newest schema of this program.
        known: u32,
    },
    /// The file has an older schema and was opened for reading only.
    #[error("the ledger `{path}` has schema {found}, this program reads {known}")]
    TooOld {
        /// The file.
        path: PathBuf,
        /// The schema of the file.
        found: u32,
        /// The schema of this program.
        known: u32,
    },
    /// Another process holds the file for longer than we wait.
    #[error("cannot {doing}: the ledger `{path}` is locked by another process")]
    Locked {
        /// What was being done.
        doing: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// The disk or the quota is full.
    #[error("cannot {doing}: no space is left for the ledger `{path}`")]
    Full {
        /// What was being done.
        doing: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// The file, its folder or its file system is read-only.
    #[error("cannot {doing}: the ledger `{path}` is read-only")]
    ReadOnly {
        /// What was being done.
        doing: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// The file is no sound database.
    #[error("cannot {doing}: the ledger `{path}` is damaged")]
    Corrupt {
        /// What was being done.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// The disk reported an error, or SQLite did.
    #[error("cannot {doing}: the ledger `{path}` reports an error")]
    Sqlite {
        /// What was being done.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// A row holds something that this program cannot read.
    #[error("row {seq} of the ledger `{path}` is no event that this program can read")]
    Unreadable {
        /// The row.
        seq: u64,
        /// The file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The checkpoint file could not be read or written.
    #[error("cannot {doing} the checkpoint file `{path}`")]
    Checkpoints {
        /// `read` or `write`.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A snapshot pack could not be written, or an old one not removed.
    #[error("cannot {doing} the snapshot `{path}`")]
    Snapshot {
        /// `write` or `remove`.
        doing: &'static str,
        /// The file or its folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// An export could not be written.
    #[error("cannot write the export")]
    Export(#[source] io::Error),
    /// There is no such closed segment, or an older one has to go first.
    #[error("segment {number} is not the oldest closed segment")]
    NoSegment {
        /// The number.
        number: u32,
    },
    /// The segment holds the beginning of something that still lasts.
    #[error("segment {number} is still needed: what row {seq} began has not ended")]
    SegmentInUse {
        /// The segment.
        number: u32,
        /// The row.
        seq: u64,
    },
    /// The rows of the segment are not those that were exported.
    #[error("the export digest {found} does not fit segment {number}, which has {expected}")]
    ExportDiffers {
        /// The segment.
        number: u32,
        /// The digest of the segment as it is.
        expected: Digest,
        /// The digest that was given.
        found: Digest,
    },
}

impl StoreError {
    /// Says whether the same call may succeed a moment later with nobody doing
    /// anything about it.
    pub fn is_transient(&self) -> bool {
        matches!(self, StoreError::Locked { .. })
    }

    /// Says what the operator can do next, where that is known.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Missing { .. } => {
                Some("`wicap-assist live` starts a ledger; `--data-dir` names another folder")
            }
            Self::Foreign { .. } => Some("name another folder with `--data-dir`"),
            Self::TooNew { .. } => Some("use the program that wrote it, or a newer one"),
            Self::TooOld { .. } => Some("the next `wicap-assist live` brings it up to date"),
            Self::Locked { .. } => Some("try again; look for a program that has the file open"),
            Self::Full { .. } => Some("make room on the disk; nothing that was written is lost"),
            Self::ReadOnly { .. } => Some("make file and folder writable for this user"),
            Self::Corrupt { .. } => Some("keep a copy of the file, move it away, and start anew"),
            Self::Unreadable { .. } => {
                Some("`wicap-assist ledger verify` tells whether the row was changed")
            }
            Self::NoSegment { .. } => Some("the oldest closed segment has to go first"),
            Self::ExportDiffers { .. } => Some("export the segment again before it is dropped"),
            Self::MakeFolder { .. } | Self::Open { .. } => {
                Some("name a folder that this user may write to with `--data-dir`")
            }
            Self::Sqlite { .. }
            | Self::Checkpoints { .. }
            | Self::Snapshot { .. }
            | Self::Export(_)
            | Self::SegmentInUse { .. } => None,
        }
    }

    /// Sorts an error of SQLite into the kinds that an operator can tell apart.
    pub(super) fn from_sqlite(doing: &'static str, path: PathBuf, source: rusqlite::Error) -> Self {
        use ErrorCode as Code;
        // The file beside the ledger that its readers share has no room.
        let is_full = source
            .sqlite_error()
            .is_some_and(|error| error.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE);
        match source.sqlite_error_code() {
            _ if is_full => Self::Full { doing, path },
            Some(Code::DatabaseBusy | Code::DatabaseLocked) => Self::Locked { doing, path },
            Some(Code::DiskFull) => Self::Full { doing, path },
            Some(Code::ReadOnly | Code::PermissionDenied) => Self::ReadOnly { doing, path },
            Some(Code::DatabaseCorrupt | Code::NotADatabase) => Self::Corrupt {
                doing,
                path,
                source,
            },
            Some(Code::CannotOpen) => Self::Open {
                path,
                source: Box::new(source),
            },
            _ => Self::Sqlite {
                doing,
                path,
                source,
            },
        }
    }
}
