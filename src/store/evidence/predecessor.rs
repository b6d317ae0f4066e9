//! A predecessor's `assistant.db`, read once and never written.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, params};

use super::{Evidence, EvidenceError};

/// A predecessor's database.
#[derive(Debug)]
pub struct Predecessor {
    conn: Connection,
    path: PathBuf,
}

/// One text row of a predecessor's database.
#[derive(Clone, Debug)]
pub struct Imported {
    /// Its key there.
    pub id: i64,
    /// Its time as text.
    pub at: Option<String>,
    /// Its category, outcome or section.
    pub kind: String,
    /// The text.
    pub text: String,
    /// Its file, session, conversation or release.
    pub origin: String,
    /// What else there is: working folder, repository, branch and commit of a session.
    pub more: Vec<Option<String>>,
    /// Line number, where one is known.
    pub line: i64,
}

/// Tables that are read, and how: id, time, kind, text, origin, line, and four more columns.
const TABLES: [(&str, &str); 6] = [
    (
        "sessions",
        "SELECT id, ts_last, 'session', session_id, session_id, 0, cwd, repo_url, branch, commit_hash
         FROM sessions WHERE is_wicap = 1 AND id > ?1 ORDER BY id LIMIT ?2",
    ),
    (
        "log_events",
        "SELECT id, ts_text, category, snippet, file_path,
         ifnull(json_extract(extra_json, '$.line_number'), 0), NULL, NULL, NULL, NULL
         FROM log_events WHERE category IN ('error', 'docker_fail', 'pytest_fail') AND id > ?1
         ORDER BY id LIMIT ?2",
    ),
    (
        "signals",
        "SELECT g.id, g.ts, g.category, g.snippet, s.session_id, 0, NULL, NULL, NULL, NULL
         FROM signals g JOIN sessions s ON s.id = g.session_pk
         WHERE s.is_wicap = 1 AND g.id > ?1 ORDER BY g.id LIMIT ?2",
    ),
    (
        "conversations",
        "SELECT id, ts_last, 'conversation', ifnull(title, ''), conversation_id, 0, NULL, NULL, NULL,
         NULL FROM conversations WHERE id > ?1 ORDER BY id LIMIT ?2",
    ),
    (
        "verification_outcomes",
        "SELECT v.id, v.ts, v.outcome, v.evidence_snippet, ifnull(c.conversation_id, ''), 0, NULL,
         NULL, NULL, NULL FROM verification_outcomes v
         LEFT JOIN conversations c ON c.id = v.conversation_pk WHERE v.id > ?1 ORDER BY v.id LIMIT ?2",
    ),
    (
        "changelog_entries",
        "SELECT id, NULL, section, snippet, release_tag, 0, NULL, NULL, NULL, NULL
         FROM changelog_entries WHERE id > ?1 ORDER BY id LIMIT ?2",
    ),
];

impl Predecessor {
    /// Opens a predecessor's database for reading only.
    ///
    /// # Errors
    ///
    /// Fails if there is none, or if it is another database.
    pub fn open(path: &Path) -> Result<Self, EvidenceError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let fail = |error| EvidenceError::from_sqlite("open", path.to_owned(), error);
        let conn = Connection::open_with_flags(path, flags).map_err(fail)?;
        let n: i64 = conn
            .query_row(
                "SELECT count(*) FROM sqlite_schema WHERE name IN ('log_events', 'sessions')",
                [],
                |row| row.get(0),
            )
            .map_err(fail)?;
        if n < 2 {
            return Err(EvidenceError::Foreign {
                path: path.to_owned(),
            });
        }
        Ok(Self {
            conn,
            path: path.to_owned(),
        })
    }

    /// The names of the tables that are read, in order.
    pub fn tables() -> impl Iterator<Item = &'static str> {
        TABLES.iter().map(|(name, _)| *name)
    }

    /// Returns up to `n_max` rows of a table after a key; an older database without the table has
    /// none.
    ///
    /// # Errors
    ///
    /// Fails if the database cannot be read.
    pub fn rows(
        &self,
        table: &str,
        after: i64,
        n_max: i64,
    ) -> Result<Vec<Imported>, EvidenceError> {
        let Some((_, sql)) = TABLES.iter().find(|(name, _)| *name == table) else {
            return Ok(Vec::new());
        };
        let read = || {
            let is_there: Option<i64> = self
                .conn
                .query_row(
                    "SELECT 1 FROM sqlite_schema WHERE name = ?1",
                    [table],
                    |row| row.get(0),
                )
                .optional()?;
            if is_there.is_none() {
                return Ok(Vec::new());
            }
            let mut statement = self.conn.prepare_cached(sql)?;
            let rows = statement.query_map([after, n_max], imported)?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|error| EvidenceError::from_sqlite("read", self.path.clone(), error))
    }
}

fn imported(row: &Row<'_>) -> rusqlite::Result<Imported> {
    let more = (6..10)
        .map(|column| row.get(column))
        .collect::<rusqlite::Result<_>>()?;
    Ok(Imported {
        id: row.get(0)?,
        at: row.get(1)?,
        kind: row.get(2)?,
        text: row.get(3)?,
        origin: row.get(4)?,
        line: row.get(5)?,
        more,
    })
}

impl Evidence {
    /// Returns when a database with this hash was imported.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn imported_at(&self, sha256: &str) -> Result<Option<i64>, EvidenceError> {
        self.conn
            .query_row(
                "SELECT imported_ms FROM imports WHERE sha256 = ?1",
                [sha256],
                |row| row.get(0),
            )
            .optional()
            .map_err(|error| self.fail("read imports", error))
    }

    /// Notes that a database was imported.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be written.
    pub fn import_add(
        &mut self,
        path: &str,
        sha256: &str,
        (now_ms, counts): (i64, &str),
    ) -> Result<(), EvidenceError> {
        self.conn
            .execute(
                "INSERT INTO imports (path, sha256, imported_ms, counts) VALUES (?1, ?2, ?3, ?4)",
                params![path, sha256, now_ms, counts],
            )
            .map(|_| ())
            .map_err(|error| self.fail("note an import", error))
    }
}
