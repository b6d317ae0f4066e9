//! How much there is of everything.

use rusqlite::named_params;

use super::{
    Evidence, EvidenceError,
    related::{DONE_MS, SESSION},
    said::SAID_MS,
    until::{SEEN, Until},
};

/// Entries of the changelog that were released, or stand there without a day.
const RELEASED: &str = "ifnull(released_ms, 0) <= ?1";

/// A count under a name.
pub(super) type Named = (String, i64);

/// The first and the last time, in Unix milliseconds.
type Times = (Option<i64>, Option<i64>);

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
    pub sessions_ms: Times,
    /// Events, by category.
    pub events: Vec<Named>,
    /// Conversations about the stack.
    pub conversations: i64,
    /// When the first conversation began and the last one began.
    pub conversations_ms: Times,
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
    /// Counts everything that was known at an instant.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn totals(&self, now_ms: i64) -> Result<Totals, EvidenceError> {
        self.read_totals(&Until::of(now_ms))
            .map_err(|error| self.fail("count", error))
    }

    fn read_totals(&self, until: &Until) -> rusqlite::Result<Totals> {
        let (sessions, sessions_without_git, sessions_ms) = self.session_totals("<>", until)?;
        let (conversations, _, (earliest_ms, _)) = self.session_totals("=", until)?;
        let latest_ms = self.conn.query_row(
            "SELECT max(first_ms) FROM sessions WHERE source = 'antigravity' AND first_ms <= ?1",
            [until.now_ms],
            |row| row.get(0),
        )?;
        let count = |sql: &[&str]| self.count(&sql.concat(), until.now_ms);
        let outcomes = [
            " FROM outcomes o LEFT JOIN sessions n USING (session_key) WHERE ",
            DONE_MS,
            " <= ?1",
        ]
        .concat();
        Ok(Totals {
            files: self.named(
                "SELECT source, count(*) FROM files
                 WHERE state = 'present' AND coalesce(first_ms,
                   (SELECT min(n.first_ms) FROM sessions n WHERE n.file_id = files.file_id), 0) <= ?1
                 GROUP BY 1 ORDER BY 1",
                until.now_ms,
            )?,
            sessions,
            sessions_without_git,
            sessions_ms,
            events: self.event_totals(until)?,
            conversations,
            conversations_ms: (earliest_ms, latest_ms),
            conversation_statements: count(&[
                "SELECT count(*) FROM statements t JOIN sessions n USING (session_key)
                 WHERE n.source = 'antigravity' AND ",
                SAID_MS,
                " <= ?1",
            ])?,
            conversations_with_outcomes: count(&[
                "SELECT count(DISTINCT session_key)",
                &outcomes,
                " AND n.source = 'antigravity'",
            ])?,
            outcomes: self.named(
                &[
                    "SELECT verdict, count(*)",
                    &outcomes,
                    " GROUP BY 1 ORDER BY 1",
                ]
                .concat(),
                until.now_ms,
            )?,
            changes: count(&["SELECT count(*) FROM changes WHERE ", RELEASED])?,
            releases: count(&[
                "SELECT count(DISTINCT release_tag) FROM changes WHERE ",
                RELEASED,
            ])?,
            // A checkout writes them anew: when they changed is not known.
            scripts: self
                .conn
                .query_row("SELECT count(*) FROM scripts", [], |row| row.get(0))?,
            commits: count(&["SELECT count(*) FROM commits WHERE committed_ms <= ?1"])?,
            soaks: count(&["SELECT count(*) FROM soaks WHERE ifnull(ended_ms, 0) <= ?1"])?,
        })
    }

    /// How many sessions there are, how many of them without a repository, and when the first
    /// began and the last ended.
    fn session_totals(&self, is: &str, until: &Until) -> rusqlite::Result<(i64, i64, Times)> {
        let sql = [
            "SELECT count(*), ifnull(sum(ifnull(trim(repo_url), '') = ''), 0), min(first_ms),
             max(last_said_ms) FROM (",
            SESSION,
            " WHERE n.source ",
            is,
            " 'antigravity' AND ifnull(n.first_ms, 0) <= ?1)",
        ];
        self.conn.query_row(&sql.concat(), [until.now_ms], |row| {
            Ok((row.get(0)?, row.get(1)?, (row.get(2)?, row.get(3)?)))
        })
    }

    fn event_totals(&self, until: &Until) -> rusqlite::Result<Vec<Named>> {
        let sql = [
            SEEN,
            " SELECT category, sum(n_events) FROM seen WHERE n_events > 0 GROUP BY 1 ORDER BY 1",
        ];
        let mut statement = self.conn.prepare_cached(&sql.concat())?;
        let bounds = named_params! {
            ":now": until.now_ms,
            ":hour": until.hour,
            ":hour_id": until.hour_id,
            ":end_id": until.end_id,
        };
        let rows = statement.query_map(bounds, |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect()
    }

    /// Counts what the changelog said at an instant.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn change_totals(&self, now_ms: i64) -> Result<ChangeTotals, EvidenceError> {
        let of_released = |what: &str| [what, " FROM changes WHERE ", RELEASED].concat();
        let read = || -> rusqlite::Result<ChangeTotals> {
            let count = |what: &str| self.count(&of_released(what), now_ms);
            Ok(ChangeTotals {
                entries: count("SELECT count(*)")?,
                releases: count("SELECT count(DISTINCT release_tag)")?,
                days: count("SELECT count(DISTINCT released_ms / 86400000)")?,
                sections: self.named(
                    &[
                        &of_released("SELECT section, count(*)"),
                        " GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10",
                    ]
                    .concat(),
                    now_ms,
                )?,
            })
        };
        read().map_err(|error| self.fail("count changes", error))
    }

    fn count(&self, sql: &str, now_ms: i64) -> rusqlite::Result<i64> {
        self.conn.query_row(sql, [now_ms], |row| row.get(0))
    }

    fn named(&self, sql: &str, now_ms: i64) -> rusqlite::Result<Vec<Named>> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let rows = statement.query_map([now_ms], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect()
    }
}
