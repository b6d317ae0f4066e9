//! From when to when something lasted, so that a fold over events can begin where
//! nothing is cut.

use rusqlite::{Connection, OptionalExtension, named_params, params};

use super::{events::as_i64, projections::service_text};
use crate::model::{Envelope, Project, Timestamp};

/// What can last from one event to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Topic {
    Engine,
    Sight,
    Finding,
    Hold,
    Episode,
    KillSwitch,
}

impl Topic {
    fn as_str(self) -> &'static str {
        match self {
            Topic::Engine => "engine",
            Topic::Sight => "sight",
            Topic::Finding => "finding",
            Topic::Hold => "hold",
            Topic::Episode => "episode",
            Topic::KillSwitch => "kill_switch",
        }
    }

    /// Returns the session that it ends with at the latest; 0 for what outlives
    /// sessions. A new session looks anew whether the engine answers and what to
    /// hold; what is down stays down, and what was begun is judged.
    fn session(self, envelope: &Envelope) -> i64 {
        match self {
            Topic::Engine | Topic::Sight | Topic::Hold | Topic::KillSwitch => {
                as_i64(envelope.session)
            }
            Topic::Finding | Topic::Episode => 0,
        }
    }
}

/// Notes that something began. What lasts already goes on: a finding that changes
/// its state, a hold that changes its reason.
pub(super) fn open(conn: &Connection, envelope: &Envelope, topic: Topic) -> rusqlite::Result<()> {
    let sql = "INSERT INTO spans (opened_seq, project, session, topic, service) \
               VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING";
    conn.prepare_cached(sql)?.execute(params![
        as_i64(envelope.seq),
        envelope.project.as_str(),
        topic.session(envelope),
        topic.as_str(),
        service_text(envelope),
    ])?;
    Ok(())
}

/// Notes that something ended, if it had begun.
pub(super) fn close(conn: &Connection, envelope: &Envelope, topic: Topic) -> rusqlite::Result<()> {
    let sql = "UPDATE spans SET closed_seq = ?5 WHERE project = ?1 AND session = ?2 \
               AND topic = ?3 AND service = ?4 AND closed_seq IS NULL";
    conn.prepare_cached(sql)?.execute(params![
        envelope.project.as_str(),
        topic.session(envelope),
        topic.as_str(),
        service_text(envelope),
        as_i64(envelope.seq),
    ])?;
    Ok(())
}

/// Ends what ends with its session.
pub(super) fn close_session(conn: &Connection, envelope: &Envelope) -> rusqlite::Result<()> {
    let sql = "UPDATE spans SET closed_seq = ?3 \
               WHERE project = ?1 AND session = ?2 AND session > 0 AND closed_seq IS NULL";
    conn.prepare_cached(sql)?.execute(params![
        envelope.project.as_str(),
        as_i64(envelope.session),
        as_i64(envelope.seq),
    ])?;
    Ok(())
}

/// The most jumps of the clock, one behind the other, that a fold looks behind.
const JUMPS_MAX: usize = 100;

/// Moves `since` back by the jumps of the clock that came after it: what was younger
/// before a jump is not older for it.
pub(super) fn reach(
    conn: &Connection,
    project: &Project,
    (since, before): (Timestamp, i64),
) -> rusqlite::Result<Timestamp> {
    const JUMPED: &str = "SELECT coalesce(sum(max(body ->> 'by_ms', 0)), 0) FROM events \
         WHERE at_ms >= :since AND project = :project AND seq < :before \
         AND kind = 'clock_jumped' AND json_valid(body)";
    let mut jumped = conn.prepare_cached(JUMPED)?;
    let mut reach = since;
    for _ in 0..JUMPS_MAX {
        let bound = named_params! {
            ":since": reach.millis(),
            ":project": project.as_str(),
            ":before": before,
        };
        let by_ms: i64 = jumped.query_row(bound, |row| row.get(0))?;
        let further = since.shifted(by_ms.saturating_neg());
        if further == reach {
            break;
        }
        reach = further;
    }
    Ok(reach)
}

/// Finds the first row that a fold back to `since` needs, when the ledger ends before
/// row `before`. Going further back for
/// something open may run into something else that was open there, hence the loop.
pub(super) fn fold_start(
    conn: &Connection,
    project: &Project,
    (since, before): (Timestamp, i64),
) -> rusqlite::Result<i64> {
    const YOUNG: &str = "SELECT min(seq) FROM events \
         WHERE at_ms >= :since AND project = :project AND seq < :before";
    const OPEN: &str = "SELECT min(opened_seq) FROM spans \
         WHERE project = :project AND opened_seq < :first \
         AND (closed_seq IS NULL OR closed_seq >= :first)";
    let since = reach(conn, project, (since, before))?;
    let project = project.as_str();
    let bound = named_params! {
        ":since": since.millis(),
        ":project": project,
        ":before": before,
    };
    let young: Option<i64> = conn
        .prepare_cached(YOUNG)?
        .query_row(bound, |row| row.get(0))?;
    let mut first = young.unwrap_or(before);
    let mut open = conn.prepare_cached(OPEN)?;
    loop {
        let bound = named_params! { ":project": project, ":first": first };
        match open.query_row(bound, |row| row.get(0))? {
            Some(earlier) => first = earlier,
            None => return Ok(first),
        }
    }
}

/// Finds what began in a stretch of rows and either lasts or ended so late that a
/// fold back to `since` still needs its beginning.
pub(super) fn needed_since(
    conn: &Connection,
    (first, last): (i64, i64),
    since: Timestamp,
) -> rusqlite::Result<Option<i64>> {
    let sql = "SELECT opened_seq FROM spans LEFT JOIN events ON seq = closed_seq \
               WHERE opened_seq BETWEEN ?1 AND ?2 AND (closed_seq IS NULL OR at_ms >= ?3) \
               ORDER BY opened_seq LIMIT 1";
    conn.prepare_cached(sql)?
        .query_row(params![first, last, since.millis()], |row| row.get(0))
        .optional()
}
