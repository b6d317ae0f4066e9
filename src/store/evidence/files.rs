use rusqlite::{Row, params};

use super::{Evidence, EvidenceError, FileProgress};

/// Whether a content that was read is still there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileState {
    /// Under its path.
    Present,
    /// The file is no more.
    Gone,
    /// Another content has taken its path.
    Replaced,
}

impl FileState {
    fn name(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Gone => "gone",
            Self::Replaced => "replaced",
        }
    }

    fn from_name(name: &str) -> Self {
        match name {
            "gone" => Self::Gone,
            "replaced" => Self::Replaced,
            _ => Self::Present,
        }
    }
}

/// A content that was read under a path.
#[derive(Clone, Debug)]
pub struct FileRow {
    /// Its key.
    pub file_id: i64,
    /// The name of its source.
    pub source: String,
    /// Its path: below the repository where it is, else absolute.
    pub path: String,
    /// Which content under this path, from 1.
    pub generation: i64,
    /// The file system.
    pub device: i64,
    /// The file on it.
    pub inode: i64,
    /// How far it was read.
    pub progress: FileProgress,
    /// The zone that its clocks were taken for.
    pub zone: String,
    /// Whether it is there.
    pub state: FileState,
}

/// A content that is about to be read for the first time.
#[derive(Clone, Debug)]
pub struct NewFile<'a> {
    /// The name of its source.
    pub source: &'static str,
    /// Its path.
    pub path: &'a str,
    /// The file system.
    pub device: i64,
    /// The file on it.
    pub inode: i64,
    /// The zone that its clocks are taken for.
    pub zone: &'a str,
}

const COLUMNS: &str =
    "SELECT file_id, source, path, generation, device, inode, zone, state, offset,
    lines, settled, settled_lines, head_len, head_hash, tail_hash, parts, clock_ms,
    settled_clock_ms, size, mtime_ns, ctime_ns FROM files";

fn from_row(row: &Row<'_>) -> rusqlite::Result<FileRow> {
    let state: String = row.get(7)?;
    Ok(FileRow {
        file_id: row.get(0)?,
        source: row.get(1)?,
        path: row.get(2)?,
        generation: row.get(3)?,
        device: row.get(4)?,
        inode: row.get(5)?,
        zone: row.get(6)?,
        state: FileState::from_name(&state),
        progress: FileProgress {
            offset: row.get(8)?,
            lines: row.get(9)?,
            settled: row.get(10)?,
            settled_lines: row.get(11)?,
            head: (row.get(12)?, row.get(13)?),
            tail_hash: row.get(14)?,
            parts: row.get(15)?,
            clock_ms: row.get(16)?,
            settled_clock_ms: row.get(17)?,
            stat: (row.get(18)?, row.get(19)?, row.get(20)?),
        },
    })
}

impl Evidence {
    /// Returns every content that was read, oldest first.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn file_list(&self) -> Result<Vec<FileRow>, EvidenceError> {
        let read = || {
            let sql = [COLUMNS, " ORDER BY file_id"].concat();
            let mut statement = self.conn.prepare_cached(&sql)?;
            let rows = statement.query_map([], from_row)?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|error| self.fail("read files", error))
    }

    /// Adds a content under its path and returns its row.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be written.
    pub fn file_add(&mut self, file: &NewFile<'_>) -> Result<FileRow, EvidenceError> {
        let add = || {
            self.conn.execute(
                "UPDATE files SET state = 'replaced' WHERE path = ?1 AND state = 'present'",
                [file.path],
            )?;
            self.conn.prepare_cached(
                "INSERT INTO files (source, path, generation, device, inode, zone, size, mtime_ns,
                 ctime_ns) VALUES (?1, ?2,
                 (SELECT ifnull(max(generation), 0) + 1 FROM files WHERE path = ?2),
                 ?3, ?4, ?5, 0, 0, 0)",
            )?
            .execute(params![file.source, file.path, file.device, file.inode, file.zone])?;
            let file_id = self.conn.last_insert_rowid();
            let sql = [COLUMNS, " WHERE file_id = ?1"].concat();
            self.conn
                .prepare_cached(&sql)?
                .query_row([file_id], from_row)
        };
        add().map_err(|error| self.fail("add a file", error))
    }

    /// Says where a content is now.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be written.
    pub fn file_move(
        &mut self,
        file_id: i64,
        path: &str,
        (device, inode): (i64, i64),
    ) -> Result<(), EvidenceError> {
        let replace = "UPDATE files SET state = 'replaced'
                       WHERE path = ?1 AND state = 'present' AND file_id <> ?2";
        self.conn
            .execute(replace, params![path, file_id])
            .map_err(|error| self.fail("move a file", error))?;
        self.conn
            .execute(
                "UPDATE files SET device = ?3, inode = ?4, state = 'present',
                 generation = CASE WHEN path = ?2 THEN generation ELSE
                 (SELECT ifnull(max(generation), 0) + 1 FROM files WHERE path = ?2) END,
                 path = ?2 WHERE file_id = ?1",
                params![file_id, path, device, inode],
            )
            .map(|_| ())
            .map_err(|error| self.fail("move a file", error))
    }

    /// Says whether a content is still there.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be written.
    pub fn file_set_state(&mut self, file_id: i64, state: FileState) -> Result<(), EvidenceError> {
        self.conn
            .execute(
                "UPDATE files SET state = ?2 WHERE file_id = ?1",
                params![file_id, state.name()],
            )
            .map(|_| ())
            .map_err(|error| self.fail("mark a file", error))
    }
}
