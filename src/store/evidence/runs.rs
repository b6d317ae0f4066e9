use rusqlite::params;

use super::{Evidence, EvidenceError};

/// How a run of the ingest ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunStatus {
    /// Everything was read.
    Clean,
    /// Everything was read but what was put into quarantine.
    Quarantined,
    /// A source could not be read.
    Failed,
    /// It was stopped.
    Interrupted,
}

impl RunStatus {
    /// The stored name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Quarantined => "quarantined",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
        }
    }
}

/// One run of the ingest.
#[derive(Clone, Debug)]
pub struct RunView {
    /// Its key.
    pub run_id: i64,
    /// When it began, in Unix milliseconds.
    pub started_ms: i64,
    /// When it ended.
    pub ended_ms: Option<i64>,
    /// `running`, or how it ended.
    pub status: String,
}

impl Evidence {
    /// Notes that a run began; one that was killed before is noted as interrupted.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be written.
    pub fn run_begin(&mut self, now_ms: i64) -> Result<i64, EvidenceError> {
        let begin = || {
            self.conn.execute(
                "UPDATE runs SET status = 'interrupted' WHERE status = 'running'",
                [],
            )?;
            self.conn.execute(
                "INSERT INTO runs (started_ms, status) VALUES (?1, 'running')",
                [now_ms],
            )?;
            Ok(self.conn.last_insert_rowid())
        };
        begin().map_err(|error| self.fail("begin a run", error))
    }

    /// Notes how a run ended.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be written.
    pub fn run_end(
        &mut self,
        run_id: i64,
        now_ms: i64,
        (status, report): (RunStatus, &str),
    ) -> Result<(), EvidenceError> {
        self.conn
            .execute(
                "UPDATE runs SET ended_ms = ?2, status = ?3, report = ?4 WHERE run_id = ?1",
                params![run_id, now_ms, status.name(), report],
            )
            .map(|_| ())
            .map_err(|error| self.fail("end a run", error))
    }

    /// Returns the newest runs first.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn run_list(&self, n_max: i64) -> Result<Vec<RunView>, EvidenceError> {
        let read = || {
            let mut statement = self.conn.prepare_cached(
                "SELECT run_id, started_ms, ended_ms, status FROM runs
                 ORDER BY run_id DESC LIMIT ?1",
            )?;
            let rows = statement.query_map([n_max], |row| {
                Ok(RunView {
                    run_id: row.get(0)?,
                    started_ms: row.get(1)?,
                    ended_ms: row.get(2)?,
                    status: row.get(3)?,
                })
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|error| self.fail("read runs", error))
    }

    /// Returns how many things are in quarantine.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn quarantine_count(&self) -> Result<i64, EvidenceError> {
        self.conn
            .query_row("SELECT count(*) FROM quarantine", [], |row| row.get(0))
            .map_err(|error| self.fail("read the quarantine", error))
    }

    /// Returns whether a record is in quarantine already.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn quarantine_has(
        &self,
        file_id: i64,
        offset: i64,
        reason: &str,
    ) -> Result<bool, EvidenceError> {
        self.conn
            .prepare_cached(
                "SELECT count(*) FROM quarantine WHERE file_id = ?1 AND offset = ?2 AND reason = ?3",
            )
            .and_then(|mut statement| {
                statement.query_row(params![file_id, offset, reason], |row| row.get::<_, i64>(0))
            })
            .map(|n| n > 0)
            .map_err(|error| self.fail("read the quarantine", error))
    }
}
