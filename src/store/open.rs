use std::{
    fs::{self, DirBuilder, Permissions},
    io,
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use rustix::{
    fs::{CWD, FileType, Mode},
    io::Errno,
};

use super::{StoreError, segments::SegmentSize};

/// The name of the ledger in the data folder.
const FILE_NAME: &str = "ledger.db";

/// The schema, one step after the other. A step that has landed is never edited.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_events.sql"),
    include_str!("migrations/0002_projections.sql"),
    include_str!("migrations/0003_segments.sql"),
];

/// How long a statement waits for another process, looking once a millisecond.
///
/// An append takes a fraction of a millisecond, so this is only reached when a
/// process stops in the middle of one. It blocks the loop, so it is short.
const BUSY_MS_MAX: i32 = 250;

/// How much of the write-ahead log stays on disk once it has been copied.
const WAL_BYTES_KEPT: i64 = 4 << 20;

/// An open ledger.
///
/// All writes are one `BEGIN IMMEDIATE` each, so several processes and threads,
/// each with a `Ledger` of its own, can append to one file without forking its
/// chain.
#[derive(Debug)]
pub struct Ledger {
    pub(super) conn: Connection,
    pub(super) path: PathBuf,
    pub(super) scratch: Vec<u8>,
    pub(super) size: Option<SegmentSize>,
}

impl Ledger {
    /// Opens the ledger in a data folder for reading and appending; makes folder
    /// and file, for the owner alone, where they are missing, and brings an older
    /// schema up to date.
    ///
    /// A folder that exists keeps its mode: it may be somebody else's.
    ///
    /// # Errors
    ///
    /// Fails if the folder or the file cannot be made, read or written, or if the
    /// file is no ledger, or one of a newer program.
    pub fn open(data_dir: &Path) -> Result<Self, StoreError> {
        make_folder(data_dir)?;
        let path = data_dir.join(FILE_NAME);
        make_private(&path)?;
        let conn = connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        Self::prepared(conn, path)
    }

    /// Opens the ledger in a data folder for reading only; changes nothing.
    ///
    /// # Errors
    ///
    /// Fails if there is no ledger, if it cannot be read, or if it has another
    /// schema than this program's.
    pub fn open_to_read(data_dir: &Path) -> Result<Self, StoreError> {
        let path = data_dir.join(FILE_NAME);
        if !path.exists() {
            return Err(StoreError::Missing { path });
        }
        let ledger = Self::of(connect(&path, OpenFlags::SQLITE_OPEN_READ_ONLY)?, path);
        let (found, known) = (ledger.schema()?, known_schema());
        let path = ledger.path.clone();
        match found {
            0 => Err(StoreError::Foreign { path }),
            _ if found < known => Err(StoreError::TooOld { path, found, known }),
            _ if found > known => Err(StoreError::TooNew { path, found, known }),
            _ => Ok(ledger),
        }
    }

    /// Opens a private ledger in memory. It has no checkpoint file.
    ///
    /// # Errors
    ///
    /// Fails if SQLite cannot be started.
    pub fn in_memory() -> Result<Self, StoreError> {
        let path = PathBuf::from(":memory:");
        let conn = Connection::open_in_memory()
            .map_err(|error| StoreError::from_sqlite("open", path.clone(), error))?;
        Self::prepared(conn, path)
    }

    /// Returns the path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn of(conn: Connection, path: PathBuf) -> Self {
        Self {
            conn,
            path,
            scratch: Vec::new(),
            size: None,
        }
    }

    fn prepared(conn: Connection, path: PathBuf) -> Result<Self, StoreError> {
        let mut ledger = Self::of(conn, path);
        let journal_mode = if ledger.is_in_memory() {
            "memory"
        } else {
            "wal"
        };
        ledger
            .set_pragmas(journal_mode)
            .map_err(|error| ledger.fail("set up", error))?;
        ledger.migrate()?;
        Ok(ledger)
    }

    pub(super) fn is_in_memory(&self) -> bool {
        self.path == Path::new(":memory:")
    }

    /// Says what was being done, on which file.
    pub(super) fn fail(&self, doing: &'static str, source: rusqlite::Error) -> StoreError {
        StoreError::from_sqlite(doing, self.path.clone(), source)
    }

    fn schema(&self) -> Result<u32, StoreError> {
        self.conn
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .map_err(|error| self.fail("read", error))
    }

    /// With `recursive_triggers`, a REPLACE by this connection also fires the
    /// triggers for DELETE; the INSERT trigger holds for every connection.
    fn set_pragmas(&self, journal_mode: &str) -> rusqlite::Result<()> {
        self.conn.set_prepared_statement_cache_capacity(64);
        self.conn
            .pragma_update(None, "journal_mode", journal_mode)?;
        self.conn.pragma_update(None, "synchronous", "FULL")?;
        self.conn.pragma_update(None, "foreign_keys", true)?;
        self.conn.pragma_update(None, "recursive_triggers", true)?;
        self.conn
            .pragma_update(None, "journal_size_limit", WAL_BYTES_KEPT)
    }

    fn migrate(&mut self) -> Result<(), StoreError> {
        let (found, known) = (self.schema()?, known_schema());
        let path = self.path.clone();
        if found > known {
            return Err(StoreError::TooNew { path, found, known });
        }
        if found == known {
            return Ok(());
        }
        let fail = |error| StoreError::from_sqlite("migrate", path.clone(), error);
        let tx = self
            .conn
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(fail)?;
        // Looked at again inside the transaction: another process may have been first.
        let found: u32 = tx
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .map_err(fail)?;
        let n_tables: u32 = tx
            .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
            .map_err(fail)?;
        if found == 0 && n_tables > 0 {
            return Err(StoreError::Foreign { path });
        }
        for sql in MIGRATIONS.iter().skip(found as usize) {
            tx.execute_batch(sql).map_err(fail)?;
        }
        tx.pragma_update(None, "user_version", known)
            .map_err(fail)?;
        tx.commit().map_err(fail)
    }
}

fn known_schema() -> u32 {
    u32::try_from(MIGRATIONS.len()).expect("there are few migrations")
}

fn connect(path: &Path, access: OpenFlags) -> Result<Connection, StoreError> {
    let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let fail = |error| StoreError::from_sqlite("open", path.to_owned(), error);
    let mut conn = Connection::open_with_flags(path, flags).map_err(fail)?;
    conn.busy_handler(Some(wait_a_moment)).map_err(fail)?;
    Ok(conn)
}

/// SQLite's own waiting sleeps up to 100 ms at a time, which starves one of two
/// busy writers and blocks the loop for longer than the other one writes.
fn wait_a_moment(n_waits: i32) -> bool {
    thread::sleep(Duration::from_millis(1));
    n_waits < BUSY_MS_MAX
}

fn make_folder(data_dir: &Path) -> Result<(), StoreError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(data_dir)
        .map_err(|source| StoreError::MakeFolder {
            path: data_dir.to_owned(),
            source,
        })
}

/// Makes the file before SQLite does, which would make it readable for others. The
/// files beside it get their mode from it.
///
/// Goes by the name and never opens the file: closing it would drop the locks that
/// another connection of this process holds on it.
fn make_private(path: &Path) -> Result<(), StoreError> {
    let owner_only = Mode::RUSR | Mode::WUSR;
    let made = match rustix::fs::mknodat(CWD, path, FileType::RegularFile, owner_only, 0) {
        Err(Errno::EXIST) => tighten(path),
        made => made.map_err(io::Error::from),
    };
    made.map_err(|error| match error.kind() {
        io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => {
            StoreError::ReadOnly {
                doing: "open",
                path: path.to_owned(),
            }
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::Full {
            doing: "open",
            path: path.to_owned(),
        },
        _ => StoreError::Open {
            path: path.to_owned(),
            source: Box::new(error),
        },
    })
}

fn tighten(path: &Path) -> io::Result<()> {
    if fs::metadata(path)?.permissions().mode() & 0o077 == 0 {
        return Ok(());
    }
    fs::set_permissions(path, Permissions::from_mode(0o600))
}
