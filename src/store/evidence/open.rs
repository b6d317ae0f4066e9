use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags};

use super::{
    super::{
        private,
        schema::{self, Misfit},
    },
    EvidenceError,
};

/// The name of the evidence in the data folder.
pub const FILE_NAME: &str = "evidence.db";

/// The schema, one step after the other. A step that has landed is never edited.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_evidence.sql"),
    include_str!("migrations/0002_days.sql"),
];

/// How long a statement waits for another process.
const BUSY_MAX: Duration = Duration::from_secs(5);

/// How much of the write-ahead log stays on disk once it has been copied.
const WAL_BYTES_KEPT: i64 = 16 << 20;

/// Pages of the write-ahead log that are copied together: a page that is written again and again is
/// copied once.
const WAL_PAGES: i64 = 4_000;

/// Pages that SQLite keeps in memory, in KiB.
const CACHE_KIB: i64 = 16 << 10;

/// An open evidence store. One process writes at a time; any number read.
#[derive(Debug)]
pub struct Evidence {
    pub(super) conn: Connection,
    pub(super) path: PathBuf,
    pub(super) keys: Keys,
}

/// Names that were looked up or given keys, so that a row does not ask for them again.
#[derive(Debug, Default)]
pub(super) struct Keys {
    pub(super) services: BTreeMap<String, i64>,
    pub(super) signatures: BTreeMap<String, i64>,
    pub(super) sessions: BTreeMap<String, i64>,
}

impl Evidence {
    /// Opens the evidence in a data folder for reading and writing; makes folder and file, for the
    /// owner alone, where they are missing, and brings an older schema up to date.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be made, read or written, is no evidence, or of a newer program.
    pub fn open(data_dir: &Path) -> Result<Self, EvidenceError> {
        let path = data_dir.join(FILE_NAME);
        private::make_folder(data_dir)
            .and_then(|()| private::make_file(&path))
            .map_err(|source| EvidenceError::Make {
                path: path.clone(),
                source,
            })?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = connect(&path, flags)?;
        Self::prepared(conn, path)
    }

    /// Opens the evidence in a data folder for reading only; changes nothing.
    ///
    /// # Errors
    ///
    /// Fails if there is none, if it cannot be read, or if it has another schema.
    pub fn open_to_read(data_dir: &Path) -> Result<Self, EvidenceError> {
        let path = data_dir.join(FILE_NAME);
        if !path.exists() {
            return Err(EvidenceError::Missing { path });
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let evidence = Self {
            conn: connect(&path, flags)?,
            path,
            keys: Keys::default(),
        };
        let (found, known) = (evidence.schema()?, schema::newest(MIGRATIONS));
        let path = evidence.path.clone();
        match found {
            0 => Err(EvidenceError::Foreign { path }),
            _ if found != known => Err(EvidenceError::Schema { path, found, known }),
            _ => Ok(evidence),
        }
    }

    /// Whether there is evidence in a data folder.
    pub fn is_there(data_dir: &Path) -> bool {
        data_dir.join(FILE_NAME).exists()
    }

    /// Opens a private store in memory.
    ///
    /// # Errors
    ///
    /// Fails if SQLite cannot be started.
    pub fn in_memory() -> Result<Self, EvidenceError> {
        let path = PathBuf::from(":memory:");
        let conn = Connection::open_in_memory()
            .map_err(|error| EvidenceError::from_sqlite("open", path.clone(), error))?;
        Self::prepared(conn, path)
    }

    /// Returns the path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns a stored setting.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn setting(&self, name: &str) -> Result<Option<String>, EvidenceError> {
        self.conn
            .prepare_cached("SELECT value FROM settings WHERE name = ?1")
            .and_then(|mut statement| {
                let mut rows = statement.query([name])?;
                rows.next()?.map(|row| row.get(0)).transpose()
            })
            .map_err(|error| self.fail("read a setting", error))
    }

    /// Says what was being done, on which file.
    pub(super) fn fail(&self, doing: &'static str, source: rusqlite::Error) -> EvidenceError {
        EvidenceError::from_sqlite(doing, self.path.clone(), source)
    }

    fn prepared(conn: Connection, path: PathBuf) -> Result<Self, EvidenceError> {
        let mut evidence = Self {
            conn,
            path,
            keys: Keys::default(),
        };
        evidence
            .set_pragmas()
            .map_err(|error| evidence.fail("set up", error))?;
        evidence.migrate()?;
        Ok(evidence)
    }

    fn set_pragmas(&self) -> rusqlite::Result<()> {
        self.conn.set_prepared_statement_cache_capacity(128);
        // Only an empty file takes this; freed pages can then be given back in small steps.
        self.conn
            .pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
        if self.path != Path::new(":memory:") {
            self.conn.pragma_update(None, "journal_mode", "wal")?;
        }
        self.conn.pragma_update(None, "synchronous", "NORMAL")?;
        self.conn.pragma_update(None, "foreign_keys", true)?;
        self.conn.pragma_update(None, "cache_size", -CACHE_KIB)?;
        self.conn
            .pragma_update(None, "wal_autocheckpoint", WAL_PAGES)?;
        self.conn
            .pragma_update(None, "journal_size_limit", WAL_BYTES_KEPT)
    }

    fn schema(&self) -> Result<u32, EvidenceError> {
        schema::found(&self.conn).map_err(|error| self.fail("read", error))
    }

    fn migrate(&mut self) -> Result<(), EvidenceError> {
        schema::migrate(&mut self.conn, MIGRATIONS).map_err(|misfit| {
            let path = self.path.clone();
            match misfit {
                Misfit::Newer { found, known } => EvidenceError::Schema { path, found, known },
                Misfit::Foreign => EvidenceError::Foreign { path },
                Misfit::Sqlite(error) => EvidenceError::from_sqlite("migrate", path, error),
            }
        })
    }
}

fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, EvidenceError> {
    let fail = |error| EvidenceError::from_sqlite("open", path.to_owned(), error);
    let conn = Connection::open_with_flags(path, flags).map_err(fail)?;
    conn.busy_timeout(BUSY_MAX).map_err(fail)?;
    Ok(conn)
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt};

    use super::*;

    #[test]
    fn the_file_is_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        Evidence::open(folder.path()).unwrap();
        let mode = fs::metadata(folder.path().join(FILE_NAME))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(0o600, mode & 0o777);
    }

    #[test]
    fn what_is_not_ours_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let missing = Evidence::open_to_read(folder.path()).unwrap_err();
        assert!(matches!(missing, EvidenceError::Missing { .. }));
        let path = folder.path().join(FILE_NAME);
        let conn = Connection::open(&path).unwrap();
        conn.execute_batch("CREATE TABLE other (x)").unwrap();
        drop(conn);
        let foreign = Evidence::open(folder.path()).unwrap_err();
        assert!(matches!(foreign, EvidenceError::Foreign { .. }));
        let conn = Connection::open(&path).unwrap();
        conn.pragma_update(None, "user_version", 99).unwrap();
        drop(conn);
        let newer = Evidence::open(folder.path()).unwrap_err();
        assert!(
            matches!(newer, EvidenceError::Schema { found: 99, .. }),
            "{newer}"
        );
    }
}
