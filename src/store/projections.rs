//! What is derived from the events in the same transaction.

use rusqlite::{Connection, params};

use super::{
    Ledger, StoreError,
    events::{as_i64, as_u64},
    spans::{self, Topic},
};
use crate::model::{
    Actor, ControlMode, Envelope, EventKind, Project, SessionEnd, Timestamp, Verdict,
};

/// A controller that watches or watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
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
}

impl Ledger {
    /// Lists the sessions of a project that have not ended, oldest first.
    ///
    /// # Errors
    ///
    /// Fails if the ledger cannot be read.
    pub fn session_list_open(&self, project: &Project) -> Result<Vec<Session>, StoreError> {
        const SQL: &str = "SELECT id, mode, actor_user, actor_host, actor_pid, started_ms \
             FROM sessions WHERE project = ?1 AND ended_seq IS NULL ORDER BY id";
        let read = |row: &rusqlite::Row<'_>| {
            Ok(Session {
                id: as_u64(row.get(0)?),
                project: project.clone(),
                mode: parsed(row, 1)?,
                actor: actor(row, 2)?,
                started: Timestamp::from_millis(row.get(5)?),
            })
        };
        self.conn
            .prepare_cached(SQL)
            .and_then(|mut select| select.query_map([project.as_str()], read)?.collect())
            .map_err(|error| self.fail("read", error))
    }
}

/// Updates the projections for one more event.
pub(super) fn apply(conn: &Connection, envelope: &Envelope) -> rusqlite::Result<()> {
    match &envelope.kind {
        EventKind::SessionStarted { mode, .. } => session_open(conn, envelope, *mode),
        EventKind::SessionEnded { end } => session_close(conn, envelope, *end),
        EventKind::EngineUnseen { .. } => spans::open(conn, envelope, Topic::Engine),
        EventKind::EngineSeen { .. } => spans::close(conn, envelope, Topic::Engine),
        EventKind::ServiceUnseen { .. } => spans::open(conn, envelope, Topic::Sight),
        EventKind::ServiceSeen { .. } => spans::close(conn, envelope, Topic::Sight),
        EventKind::ServiceDown(_) => spans::open(conn, envelope, Topic::Finding),
        EventKind::ServiceRecovered { .. } => {
            spans::close(conn, envelope, Topic::Finding)?;
            spans::close(conn, envelope, Topic::Hold)
        }
        EventKind::Held { .. } => spans::open(conn, envelope, Topic::Hold),
        EventKind::Released { .. } => spans::close(conn, envelope, Topic::Hold),
        EventKind::ActionStarted { .. } => {
            episode_open(conn, envelope)?;
            spans::close(conn, envelope, Topic::Hold)?;
            spans::open(conn, envelope, Topic::Episode)
        }
        EventKind::EpisodeClosed { verdict, .. } => {
            episode_close(conn, envelope, *verdict)?;
            spans::close(conn, envelope, Topic::Episode)
        }
        EventKind::KillSwitchPulled { .. } => spans::open(conn, envelope, Topic::KillSwitch),
        EventKind::KillSwitchCleared => spans::close(conn, envelope, Topic::KillSwitch),
        // A bounce and a pause last less than the window of every fold.
        EventKind::ActionDenied { .. }
        | EventKind::ActionReturned { .. }
        | EventKind::SnapshotTaken { .. }
        | EventKind::BounceStarted { .. }
        | EventKind::BounceEnded { .. }
        | EventKind::Acknowledged { .. }
        | EventKind::ActionsPaused { .. }
        | EventKind::ActionsResumed { .. }
        | EventKind::OperatorRequest(_)
        | EventKind::OperatorAnswer(_)
        | EventKind::LeaseTaken { .. }
        | EventKind::LeaseYielded { .. }
        | EventKind::ClockJumped { .. }
        | EventKind::SoakStarted(_)
        | EventKind::SoakPhase(_)
        | EventKind::SoakEnded(_)
        | EventKind::Escalated { .. } => Ok(()),
    }
}

fn session_open(conn: &Connection, envelope: &Envelope, mode: ControlMode) -> rusqlite::Result<()> {
    let sql = "INSERT INTO sessions \
               (id, project, mode, actor_user, actor_host, actor_pid, started_ms) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    conn.prepare_cached(sql)?.execute(params![
        as_i64(envelope.seq),
        envelope.project.as_str(),
        mode.as_str(),
        envelope.actor.user,
        envelope.actor.host,
        envelope.actor.pid,
        envelope.at.millis(),
    ])?;
    Ok(())
}

fn session_close(conn: &Connection, envelope: &Envelope, end: SessionEnd) -> rusqlite::Result<()> {
    let end = match end {
        SessionEnd::Clean => "clean",
        SessionEnd::Signal => "signal",
        SessionEnd::Interrupted => "interrupted",
        SessionEnd::Failed => "failed",
    };
    let sql = "UPDATE sessions SET ended_ms = ?2, ended_seq = ?3, end = ?4 \
               WHERE id = ?1 AND ended_seq IS NULL";
    conn.prepare_cached(sql)?.execute(params![
        as_i64(envelope.session),
        envelope.at.millis(),
        as_i64(envelope.seq),
        end,
    ])?;
    spans::close_session(conn, envelope)
}

fn episode_open(conn: &Connection, envelope: &Envelope) -> rusqlite::Result<()> {
    let EventKind::ActionStarted {
        service,
        action,
        why,
        attempt,
        deadline,
        ..
    } = &envelope.kind
    else {
        return Ok(());
    };
    let why = serde_json::to_value(why).expect("a code serializes");
    let sql = "INSERT INTO episodes (started_seq, project, service, action, why, attempt, \
               started_ms, deadline_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    conn.prepare_cached(sql)?.execute(params![
        as_i64(envelope.seq),
        envelope.project.as_str(),
        service.to_string(),
        action.to_string(),
        why.as_str(),
        attempt,
        envelope.at.millis(),
        deadline.millis(),
    ])?;
    Ok(())
}

fn episode_close(conn: &Connection, envelope: &Envelope, verdict: Verdict) -> rusqlite::Result<()> {
    let verdict = match verdict {
        Verdict::Met => "met",
        Verdict::Unmet => "unmet",
        Verdict::Inconclusive => "inconclusive",
    };
    let sql = "UPDATE episodes SET verdict = ?3, closed_seq = ?4 \
               WHERE project = ?1 AND service = ?2 AND closed_seq IS NULL";
    conn.prepare_cached(sql)?.execute(params![
        envelope.project.as_str(),
        service_text(envelope),
        verdict,
        as_i64(envelope.seq),
    ])?;
    Ok(())
}

pub(super) fn service_text(envelope: &Envelope) -> String {
    envelope
        .kind
        .service()
        .map(ToString::to_string)
        .unwrap_or_default()
}

/// Forgets what began and ended in a stretch of rows.
pub(super) fn forget(conn: &Connection, first: i64, last: i64) -> rusqlite::Result<()> {
    for sql in [
        "DELETE FROM sessions WHERE id BETWEEN ?1 AND ?2 AND ended_seq <= ?2",
        "DELETE FROM episodes WHERE started_seq BETWEEN ?1 AND ?2 AND closed_seq <= ?2",
        "DELETE FROM spans WHERE opened_seq BETWEEN ?1 AND ?2 AND closed_seq <= ?2",
    ] {
        conn.prepare_cached(sql)?.execute([first, last])?;
    }
    Ok(())
}

pub(super) fn parsed<T>(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<T>
where
    T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    let text: String = row.get(column)?;
    text.parse().map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(
            column,
            rusqlite::types::Type::Text,
            Box::new(error),
        )
    })
}

/// The actor whose user, host and process stand in the columns from `first` on.
pub(super) fn actor(row: &rusqlite::Row<'_>, first: usize) -> rusqlite::Result<Actor> {
    Ok(Actor {
        user: row.get(first)?,
        host: row.get(first + 1)?,
        pid: row.get(first + 2)?,
    })
}
