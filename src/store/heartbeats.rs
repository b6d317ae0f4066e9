use std::time::Duration;

use rusqlite::{OptionalExtension, params};

use super::{
    Ledger, StoreError,
    events::{as_i64, as_u64},
    projections::{actor, parsed},
};
use crate::model::{Actor, ControlMode, Project, Timestamp, millis};

/// The last turn that a running session began, having brought the one before to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    /// The session.
    pub session: u64,
    /// What it watches.
    pub project: Project,
    /// How much it may do.
    pub mode: ControlMode,
    /// The process.
    pub actor: Actor,
    /// When the turn began.
    pub at: Timestamp,
    /// The time between two turns.
    pub interval: Duration,
}

impl Ledger {
    /// Notes that a session begins a turn, and forgets the notes of
    /// sessions that have ended.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be written.
    pub fn heartbeat_put(
        &mut self,
        session: u64,
        at: Timestamp,
        interval: Duration,
    ) -> Result<(), StoreError> {
        const FORGET: &str = "DELETE FROM heartbeats WHERE session NOT IN \
             (SELECT id FROM sessions WHERE ended_seq IS NULL)";
        const PUT: &str = "INSERT INTO heartbeats (session, at_ms, interval_ms) VALUES (?1, ?2, ?3) \
             ON CONFLICT (session) DO UPDATE SET at_ms = ?2, interval_ms = ?3";
        let interval_ms = i64::try_from(millis(interval).max(1)).unwrap_or(i64::MAX);
        let path = self.path.clone();
        let mut put = || {
            let tx = self.conn.transaction()?;
            tx.prepare_cached(PUT)?
                .execute(params![as_i64(session), at.millis(), interval_ms])?;
            tx.prepare_cached(FORGET)?.execute([])?;
            tx.commit()
        };
        put().map_err(|error| StoreError::from_sqlite("note a turn", path, error))
    }

    /// Returns the newest note of a session that has not ended, of one project or of
    /// any.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be read.
    pub fn heartbeat_newest(
        &self,
        project: Option<&Project>,
    ) -> Result<Option<Heartbeat>, StoreError> {
        const SQL: &str = "SELECT session, project, mode, actor_user, actor_host, actor_pid, \
             at_ms, interval_ms FROM heartbeats JOIN sessions ON id = session \
             WHERE ended_seq IS NULL AND (?1 IS NULL OR project = ?1) \
             ORDER BY at_ms DESC LIMIT 1";
        self.conn
            .prepare_cached(SQL)
            .and_then(|mut select| {
                select
                    .query_row([project.map(Project::as_str)], heartbeat)
                    .optional()
            })
            .map_err(|error| self.fail("read", error))
    }
}

fn heartbeat(row: &rusqlite::Row<'_>) -> rusqlite::Result<Heartbeat> {
    Ok(Heartbeat {
        session: as_u64(row.get(0)?),
        project: parsed(row, 1)?,
        mode: parsed(row, 2)?,
        actor: actor(row, 3)?,
        at: Timestamp::from_millis(row.get(6)?),
        interval: Duration::from_millis(as_u64(row.get(7)?)),
    })
}
