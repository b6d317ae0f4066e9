//! How much there is of everything.

use super::{Evidence, EvidenceError};

/// A count under a name.
pub(super) type Named = (String, i64);

/// How much there is of everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Contents that are there, by source.
    pub files: Vec<Named>,
    /// Sessions with a coding tool.
    pub sessions: i64,
    /// Sessions without a repository.
    pub sessions_without_git: i64,
    /// When the first session began and the last ended, in Unix milliseconds.
    pub sessions_ms: (Option<i64>, Option<i64>),
    /// Events, by category.
    pub events: Vec<Named>,
    /// Conversations about the stack.
    pub conversations: i64,
    /// When the first conversation began and the last one began.
    pub conversations_ms: (Option<i64>, Option<i64>),
    /// What was said in conversations.
    pub conversation_statements: i64,
    /// Conversations with an outcome.
    pub conversations_with_outcomes: i64,
    /// Outcomes of verifications, by verdict.
    pub outcomes: Vec<Named>,
    /// Entries of the changelog.
    pub changes: i64,
    /// Releases in it.
    pub releases: i64,
    /// Harness scripts.
    pub scripts: i64,
    /// Commits.
    pub commits: i64,
    /// Soaks with a result.
    pub soaks: i64,
}

/// What the changelog says, counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeTotals {
    /// Entries.
    pub entries: i64,
    /// Releases.
    pub releases: i64,
    /// Days on which something was released.
    pub days: i64,
    /// Sections by how often they stand, the most frequent first.
    pub sections: Vec<Named>,
}

impl Evidence {
    /// Counts everything.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn totals(&self) -> Result<Totals, EvidenceError> {
        self.read_totals()
            .map_err(|error| self.fail("count", error))
    }

    fn read_totals(&self) -> rusqlite::Result<Totals> {
        let of_kind = |is: &str| {
            let sql = [
                "SELECT count(*), min(first_ms), max(last_ms),
                 sum(ifnull(trim(repo_url), '') = '') FROM sessions WHERE source ",
                is,
                " 'antigravity'",
            ]
            .concat();
            self.conn.query_row(&sql, [], |row| {
                Ok((
                    row.get::<_, i64>(0)?,
                    (row.get(1)?, row.get(2)?),
                    row.get::<_, Option<i64>>(3)?.unwrap_or(0),
                ))
            })
        };
        let (sessions, sessions_ms, sessions_without_git) = of_kind("<>")?;
        let (conversations, _, _) = of_kind("=")?;
        let conversations_ms = self.conn.query_row(
            "SELECT min(first_ms), max(first_ms) FROM sessions WHERE source = 'antigravity'",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        Ok(Totals {
            files: self.named(
                "SELECT source, count(*) FROM files WHERE state = 'present' GROUP BY 1 ORDER BY 1",
            )?,
            sessions,
            sessions_without_git,
            sessions_ms,
            events: self.named(
                "SELECT category, sum(n_events) FROM signatures WHERE n_events > 0
                 GROUP BY 1 ORDER BY 1",
            )?,
            conversations,
            conversations_ms,
            conversation_statements: self.count(
                "SELECT count(*) FROM statements JOIN sessions USING (session_key)
                 WHERE source = 'antigravity'",
            )?,
            conversations_with_outcomes: self.count(
                "SELECT count(DISTINCT session_key) FROM outcomes JOIN sessions USING (session_key)
                 WHERE source = 'antigravity'",
            )?,
            outcomes: self.named("SELECT verdict, count(*) FROM outcomes GROUP BY 1 ORDER BY 1")?,
            changes: self.count("SELECT count(*) FROM changes")?,
            releases: self.count("SELECT count(DISTINCT release_tag) FROM changes")?,
            scripts: self.count("SELECT count(*) FROM scripts")?,
            commits: self.count("SELECT count(*) FROM commits")?,
            soaks: self.count("SELECT count(*) FROM soaks")?,
        })
    }

    /// Counts what the changelog says.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn change_totals(&self) -> Result<ChangeTotals, EvidenceError> {
        let read = || -> rusqlite::Result<ChangeTotals> {
            Ok(ChangeTotals {
                entries: self.count("SELECT count(*) FROM changes")?,
                releases: self.count("SELECT count(DISTINCT release_tag) FROM changes")?,
                days: self.count("SELECT count(DISTINCT released_ms / 86400000) FROM changes")?,
                sections: self.named(
                    "SELECT section, count(*) FROM changes GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10",
                )?,
            })
        };
        read().map_err(|error| self.fail("count changes", error))
    }

    fn count(&self, sql: &str) -> rusqlite::Result<i64> {
        self.conn.query_row(sql, [], |row| row.get(0))
    }

    fn named(&self, sql: &str) -> rusqlite::Result<Vec<Named>> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect()
    }
}
