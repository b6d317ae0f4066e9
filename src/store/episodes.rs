//! How actions ended, as evidence for the next one.

use super::{Ledger, StoreError, events::as_u64};
use crate::model::{Project, Timestamp};

/// An action that was judged, or is being judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastEpisode {
    /// The `seq` of its `action_started`.
    pub started_seq: u64,
    /// The project.
    pub project: String,
    /// The service for whose sake it was started.
    pub service: String,
    /// The action.
    pub action: String,
    /// Why it was started.
    pub why: String,
    /// When.
    pub started: Timestamp,
    /// Which attempt it was.
    pub attempt: u32,
    /// `met`, `unmet` or `inconclusive`; `None` while it was open.
    pub verdict: Option<String>,
}

impl Ledger {
    /// Lists the newest actions, newest first, of one project or of all, that began until an
    /// instant. A verdict that was given later is not told.
    ///
    /// # Errors
    ///
    /// Fails if the ledger cannot be read.
    pub fn episode_list_past(
        &self,
        project: Option<&Project>,
        now: Timestamp,
        n_max: u32,
    ) -> Result<Vec<PastEpisode>, StoreError> {
        const SQL: &str = "SELECT p.started_seq, p.project, p.service, p.action, p.why, \
             p.started_ms, p.attempt, CASE WHEN ifnull(e.at_ms, 0) <= ?2 THEN p.verdict END \
             FROM episodes p LEFT JOIN events e ON e.seq = p.closed_seq \
             WHERE (?1 IS NULL OR p.project = ?1) AND p.started_ms <= ?2 \
             ORDER BY p.started_seq DESC LIMIT ?3";
        let read = |row: &rusqlite::Row<'_>| {
            Ok(PastEpisode {
                started_seq: as_u64(row.get(0)?),
                project: row.get(1)?,
                service: row.get(2)?,
                action: row.get(3)?,
                why: row.get(4)?,
                started: Timestamp::from_millis(row.get(5)?),
                attempt: row.get(6)?,
                verdict: row.get(7)?,
            })
        };
        let name = project.map(Project::as_str);
        self.conn
            .prepare_cached(SQL)
            .and_then(|mut select| {
                select
                    .query_map(rusqlite::params![name, now.millis(), n_max], read)?
                    .collect()
            })
            .map_err(|error| self.fail("read", error))
    }
}
