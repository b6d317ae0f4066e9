use std::{
    collections::BTreeMap,
    fs::{self, DirBuilder, OpenOptions, Permissions},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::EvidenceError;

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
        make_folder(data_dir)?;
        let path = data_dir.join(FILE_NAME);
        make_private(&path)?;
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
        let (found, known) = (evidence.schema()?, known_schema());
        let path = evidence.path.clone();
        match found {
            0 => Err(EvidenceError::Foreign { path }),
            _ if found != known => Err(EvidenceError::Schema { path, found, known }),
            _ => Ok(evidence),
        }
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
            .pragma_update(None, "journal_size_limit", WAL_BYTES_KEPT)
    }

    fn schema(&self) -> Result<u32, EvidenceError> {
        self.conn
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .map_err(|error| self.fail("read", error))
    }

    fn migrate(&mut self) -> Result<(), EvidenceError> {
        let (found, known) = (self.schema()?, known_schema());
        let path = self.path.clone();
        if found > known {
            return Err(EvidenceError::Schema { path, found, known });
        }
        if found == known {
            return Ok(());
        }
        let fail = |error| EvidenceError::from_sqlite("migrate", path.clone(), error);
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
            return Err(EvidenceError::Foreign { path });
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

fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, EvidenceError> {
    let fail = |error| EvidenceError::from_sqlite("open", path.to_owned(), error);
    let conn = Connection::open_with_flags(path, flags).map_err(fail)?;
    conn.busy_timeout(BUSY_MAX).map_err(fail)?;
    Ok(conn)
}

fn make_folder(path: &Path) -> Result<(), EvidenceError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|source| EvidenceError::Make {
            path: path.to_owned(),
            source,
        })
}

/// Makes the file before SQLite does, which would make it readable for others.
fn make_private(path: &Path) -> Result<(), EvidenceError> {
    let make = || {
        if path.exists() {
            let mode = fs::metadata(path)?.permissions().mode();
            return if mode & 0o077 == 0 {
                Ok(())
            } else {
                fs::set_permissions(path, Permissions::from_mode(0o600))
            };
        }
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path)
            .map(|_| ())
    };
    make().map_err(|source| EvidenceError::Make {
        path: path.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
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
