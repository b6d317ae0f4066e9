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
    /// `met`, `unmet` or `inconclusive`; `None` while it is open.
    pub verdict: Option<String>,
}

impl Ledger {
    /// Lists the newest actions, newest first, of one project or of all, that began before an
    /// instant.
    ///
    /// # Errors
    ///
    /// Fails if the ledger cannot be read.
    pub fn episode_list_past(
        &self,
        project: Option<&Project>,
        before: Timestamp,
        n_max: u32,
    ) -> Result<Vec<PastEpisode>, StoreError> {
        const SQL: &str = "SELECT started_seq, project, service, action, why, started_ms, verdict \
             FROM episodes WHERE (?1 IS NULL OR project = ?1) AND started_ms <= ?2 \
             ORDER BY started_seq DESC LIMIT ?3";
        let read = |row: &rusqlite::Row<'_>| {
            Ok(PastEpisode {
                started_seq: as_u64(row.get(0)?),
                project: row.get(1)?,
                service: row.get(2)?,
                action: row.get(3)?,
                why: row.get(4)?,
                started: Timestamp::from_millis(row.get(5)?),
                verdict: row.get(6)?,
            })
        };
        let name = project.map(Project::as_str);
        self.conn
            .prepare_cached(SQL)
            .and_then(|mut select| {
                select
                    .query_map(rusqlite::params![name, before.millis(), n_max], read)?
                    .collect()
            })
            .map_err(|error| self.fail("read", error))
    }
}
