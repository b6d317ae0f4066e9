use std::{
    ffi::OsString,
    fs, io,
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use rusqlite::{Connection, OpenFlags};

use super::{
    StoreError, private,
    schema::{self, Misfit},
    segments::SegmentSize,
};

/// How often a file that another process is making is tried again.
const PREPARE_TRIES_MAX: u32 = 20;

/// The rest between two such tries.
const PREPARE_REST: Duration = Duration::from_millis(50);

/// The name of the ledger in the data folder.
const FILE_NAME: &str = "ledger.db";

/// The schema, one step after the other. A step that has landed is never edited.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_events.sql"),
    include_str!("migrations/0002_projections.sql"),
    include_str!("migrations/0003_segments.sql"),
    include_str!("migrations/0004_leases.sql"),
    include_str!("migrations/0005_heartbeats.sql"),
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
        private::make_folder(data_dir).map_err(|source| StoreError::MakeFolder {
            path: data_dir.to_owned(),
            source,
        })?;
        let path = data_dir.join(FILE_NAME);
        private::make_file(&path).map_err(|error| cannot_open(&path, error))?;
        let conn = connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        Self::prepared(conn, path)
    }

    /// Opens the ledger in a data folder for reading only; changes no row. Works on a
    /// copy on a read-only medium as well.
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
        let read_only = OpenFlags::SQLITE_OPEN_READ_ONLY;
        let mut ledger = Self::of(connect(&path, read_only)?, path.clone());
        if needs_immutable(&ledger.schema(), &path) {
            let flags = read_only | OpenFlags::SQLITE_OPEN_URI;
            ledger.conn = connect(&immutable_uri(&path), flags)?;
        }
        let (found, known) = (ledger.schema()?, schema::newest(MIGRATIONS));
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
        // At the first start of several processes one makes the file and the others
        // wait, for longer than for a row.
        for _ in 0..PREPARE_TRIES_MAX {
            match ledger.prepare() {
                Err(StoreError::Locked { .. }) => thread::sleep(PREPARE_REST),
                done => return done.map(|()| ledger),
            }
        }
        ledger.prepare().map(|()| ledger)
    }

    /// Sets the connection up and brings the schema up to date.
    fn prepare(&mut self) -> Result<(), StoreError> {
        let journal_mode = if self.is_in_memory() { "memory" } else { "wal" };
        self.set_pragmas(journal_mode)
            .map_err(|error| self.fail("set up", error))?;
        self.migrate()
    }

    pub(super) fn is_in_memory(&self) -> bool {
        self.path == Path::new(":memory:")
    }

    /// Says what was being done, on which file.
    pub(super) fn fail(&self, doing: &'static str, source: rusqlite::Error) -> StoreError {
        StoreError::from_sqlite(doing, self.path.clone(), source)
    }

    fn schema(&self) -> Result<u32, StoreError> {
        schema::found(&self.conn).map_err(|error| self.fail("read", error))
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
        schema::migrate(&mut self.conn, MIGRATIONS).map_err(|misfit| {
            let path = self.path.clone();
            match misfit {
                Misfit::Newer { found, known } => StoreError::TooNew { path, found, known },
                Misfit::Foreign => StoreError::Foreign { path },
                Misfit::Sqlite(error) => StoreError::from_sqlite("migrate", path, error),
            }
        })
    }
}

/// A reader needs the files beside the ledger too, and SQLite cannot make them where
/// nothing can be written. Without a write-ahead log the file is complete by itself.
fn needs_immutable(schema: &Result<u32, StoreError>, path: &Path) -> bool {
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    let has_wal = fs::metadata(&wal).is_ok_and(|wal| wal.len() > 0);
    let is_refused = matches!(
        schema,
        Err(StoreError::ReadOnly { .. } | StoreError::Open { .. })
    );
    is_refused && !has_wal
}

fn immutable_uri(path: &Path) -> PathBuf {
    let mut uri = b"file:".to_vec();
    for &byte in path.as_os_str().as_bytes() {
        match byte {
            b'%' | b'?' | b'#' => uri.extend_from_slice(format!("%{byte:02x}").as_bytes()),
            byte => uri.push(byte),
        }
    }
    uri.extend_from_slice(b"?immutable=1");
    PathBuf::from(OsString::from_vec(uri))
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

fn cannot_open(path: &Path, error: io::Error) -> StoreError {
    use io::ErrorKind as Kind;
    let (doing, path, kind) = ("open", path.to_owned(), error.kind());
    if matches!(kind, Kind::ReadOnlyFilesystem | Kind::PermissionDenied) {
        StoreError::ReadOnly { doing, path }
    } else if matches!(kind, Kind::StorageFull | Kind::QuotaExceeded) {
        StoreError::Full { doing, path }
    } else {
        let source = Box::new(error);
        StoreError::Open { path, source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{Actor, EventKind, Timestamp},
        store::Draft,
    };

    #[test]
    fn a_full_file_is_told_and_forgotten_when_there_is_room_again() {
        let dir = tempfile::tempdir().unwrap();
        let mut ledger = Ledger::open(dir.path()).unwrap();
        limit(&ledger, 40);
        let error = loop {
            if let Err(error) = append(&mut ledger) {
                break error;
            }
        };
        assert!(matches!(error, StoreError::Full { .. }), "{error}");
        assert!(!error.is_transient());
        let n_rows = ledger.verify(None).unwrap().n_rows;
        limit(&ledger, 4_000);
        append(&mut ledger).unwrap();
        let found = ledger.verify(None).unwrap();
        assert!(found.is_sound() && found.n_rows == n_rows + 1, "{found:?}");
    }

    #[test]
    fn odd_names_survive_in_a_uri() {
        let uri = immutable_uri(Path::new("/a b/50%/why?/#1/ledger.db"));
        let expected = "file:/a b/50%25/why%3f/%231/ledger.db?immutable=1";
        assert_eq!(Path::new(expected), uri);
    }

    fn limit(ledger: &Ledger, n_pages: u32) {
        ledger
            .conn
            .pragma_update_and_check(None, "max_page_count", n_pages, |_| Ok(()))
            .unwrap();
    }

    fn append(ledger: &mut Ledger) -> Result<(), StoreError> {
        let actor = Actor {
            user: "root".to_owned(),
            host: "edge-1".to_owned(),
            pid: 1,
        };
        let draft = Draft {
            at: Timestamp::from_millis(0),
            session: 0,
            project: &"wicap".parse().unwrap(),
            actor: &actor,
            kind: &EventKind::KillSwitchCleared,
            input: None,
        };
        ledger.event_append(&draft).map(drop)
    }
}
