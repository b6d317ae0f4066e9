//! What the ledger is about: projects, sessions and holds.

use std::path::Path;

use super::{
    Holder, Ledger, StoreError,
    events::as_u64,
    projections::{actor, parsed},
};
use crate::model::{Actor, ControlMode, Project, SessionEnd, Tenure, Timestamp};

/// A session, whether it lasts or has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRecord {
    /// Its number: the `seq` of its `session_started`.
    pub id: u64,
    /// The compose project.
    pub project: Project,
    /// How much it may do.
    pub mode: ControlMode,
    /// Who started it.
    pub actor: Actor,
    /// When it started.
    pub started: Timestamp,
    /// When and how it ended, if it did.
    pub ended: Option<(Timestamp, SessionEnd)>,
}

/// An action from its start to its verdict, as it is exported.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct EpisodeRecord {
    /// The `seq` of its `action_started`.
    pub started_seq: u64,
    /// When it was started.
    pub started: Timestamp,
    /// The project.
    pub project: String,
    /// The service for whose sake it was started.
    pub service: String,
    /// The action.
    pub action: String,
    /// Why it was started.
    pub why: String,
    /// Which attempt it was.
    pub attempt: u32,
    /// Until when it was judged.
    pub deadline: Timestamp,
    /// `met`, `unmet` or `inconclusive`; `None` while it is open.
    pub verdict: Option<String>,
    /// The `seq` of its `episode_closed`.
    pub closed_seq: Option<u64>,
}

impl Ledger {
    /// Hands the actions that were started from one instant until before another to `each`, oldest
    /// first.
    ///
    /// # Errors
    ///
    /// Fails if the ledger cannot be read, or with what `each` failed with.
    pub fn episode_each<E: From<StoreError>>(
        &self,
        (from, to): (Timestamp, Timestamp),
        mut each: impl FnMut(EpisodeRecord) -> Result<(), E>,
    ) -> Result<(), E> {
        const SQL: &str = "SELECT started_seq, started_ms, project, service, action, why, attempt, \
             deadline_ms, verdict, closed_seq FROM episodes \
             WHERE started_ms >= ?1 AND started_ms < ?2 ORDER BY started_seq";
        let fail = |error| E::from(self.fail("read", error));
        let mut statement = self.conn.prepare_cached(SQL).map_err(fail)?;
        let bounds = [from.millis(), to.millis()];
        let mut rows = statement.query(bounds).map_err(fail)?;
        while let Some(row) = rows.next().map_err(fail)? {
            each(episode_from_row(row).map_err(fail)?)?;
        }
        Ok(())
    }

    /// Lists the projects that the ledger knows, in the order of their names.
    ///
    /// # Errors
    ///
    /// Fails if the ledger cannot be read.
    pub fn project_list(&self) -> Result<Vec<Project>, StoreError> {
        let names: Vec<String> = self
            .conn
            .prepare_cached("SELECT DISTINCT project FROM sessions ORDER BY project")
            .and_then(|mut select| select.query_map([], |row| row.get(0))?.collect())
            .map_err(|error| self.fail("read", error))?;
        Ok(names.iter().filter_map(|name| name.parse().ok()).collect())
    }

    /// Lists all sessions whose first row is still there, oldest first.
    ///
    /// # Errors
    ///
    /// Fails if the ledger cannot be read.
    pub fn session_list(&self) -> Result<Vec<SessionRecord>, StoreError> {
        const SQL: &str = "SELECT id, sessions.project, mode, sessions.actor_user, \
             sessions.actor_host, sessions.actor_pid, started_ms, ended_ms, end \
             FROM sessions JOIN events ON seq = id ORDER BY id";
        self.conn
            .prepare_cached(SQL)
            .and_then(|mut select| select.query_map([], session)?.collect())
            .map_err(|error| self.fail("read", error))
    }

    /// Lists every stack that was ever held, with its last holder; what ran out or was
    /// given back included.
    ///
    /// # Errors
    ///
    /// Fails if the ledger cannot be read.
    pub fn lease_list(&self) -> Result<Vec<(String, Holder)>, StoreError> {
        const SQL: &str = "SELECT stack, token, user, host, pid, taken_ms, expires_ms \
             FROM leases ORDER BY stack";
        let read = |row: &rusqlite::Row<'_>| {
            let holder = Holder {
                actor: actor(row, 2)?,
                since: Timestamp::from_millis(row.get(5)?),
                tenure: Tenure {
                    token: as_u64(row.get(1)?),
                    expires_at: Timestamp::from_millis(row.get(6)?),
                },
            };
            Ok((row.get(0)?, holder))
        };
        self.conn
            .prepare_cached(SQL)
            .and_then(|mut select| select.query_map([], read)?.collect())
            .map_err(|error| self.fail("read", error))
    }

    /// Lists the services that rows of a project are about.
    ///
    /// # Errors
    ///
    /// Fails if the ledger cannot be read.
    pub fn service_list(&self, project: &Project) -> Result<Vec<String>, StoreError> {
        const SQL: &str = "SELECT DISTINCT body ->> 'service' AS service FROM events \
             WHERE project = ?1 AND json_valid(body) AND service IS NOT NULL ORDER BY service";
        self.conn
            .prepare_cached(SQL)
            .and_then(|mut select| {
                select
                    .query_map([project.as_str()], |row| row.get(0))?
                    .collect()
            })
            .map_err(|error| self.fail("read", error))
    }

    /// Returns the number of the first row that is still there.
    ///
    /// # Errors
    ///
    /// Fails if the ledger cannot be read.
    pub fn event_first(&self) -> Result<Option<u64>, StoreError> {
        let first: Option<i64> = self
            .conn
            .query_row("SELECT min(seq) FROM events", [], |row| row.get(0))
            .map_err(|error| self.fail("read", error))?;
        Ok(first.map(as_u64))
    }

    /// Returns number and time of the last row of a project.
    ///
    /// # Errors
    ///
    /// Fails if the ledger cannot be read.
    pub fn event_last(&self, project: &Project) -> Result<Option<(u64, Timestamp)>, StoreError> {
        let sql = "SELECT seq, at_ms FROM events WHERE project = ?1 ORDER BY seq DESC LIMIT 1";
        let read = |row: &rusqlite::Row<'_>| {
            Ok((as_u64(row.get(0)?), Timestamp::from_millis(row.get(1)?)))
        };
        let mut rows: Vec<(u64, Timestamp)> = self
            .conn
            .prepare_cached(sql)
            .and_then(|mut select| select.query_map([project.as_str()], read)?.collect())
            .map_err(|error| self.fail("read", error))?;
        Ok(rows.pop())
    }

    /// Returns the folder of the file; `None` for a ledger in memory.
    pub fn folder(&self) -> Option<&Path> {
        match self.is_in_memory() {
            true => None,
            false => self.path.parent(),
        }
    }
}

fn session(row: &rusqlite::Row<'_>) -> rusqlite::Result<SessionRecord> {
    let ended_ms: Option<i64> = row.get(7)?;
    let end: Option<String> = row.get(8)?;
    let end = end.as_deref().and_then(|word| match word {
        "clean" => Some(SessionEnd::Clean),
        "signal" => Some(SessionEnd::Signal),
        "interrupted" => Some(SessionEnd::Interrupted),
        "failed" => Some(SessionEnd::Failed),
        _ => None,
    });
    Ok(SessionRecord {
        id: as_u64(row.get(0)?),
        project: parsed(row, 1)?,
        mode: parsed(row, 2)?,
        actor: actor(row, 3)?,
        started: Timestamp::from_millis(row.get(6)?),
        ended: ended_ms.map(Timestamp::from_millis).zip(end),
    })
}

fn episode_from_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<EpisodeRecord> {
    Ok(EpisodeRecord {
        started_seq: as_u64(row.get(0)?),
        started: Timestamp::from_millis(row.get(1)?),
        project: row.get(2)?,
        service: row.get(3)?,
        action: row.get(4)?,
        why: row.get(5)?,
        attempt: row.get(6)?,
        deadline: Timestamp::from_millis(row.get(7)?),
        verdict: row.get(8)?,
        closed_seq: row.get::<_, Option<i64>>(9)?.map(as_u64),
    })
}
