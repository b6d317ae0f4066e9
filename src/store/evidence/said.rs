//! What was said and done in past sessions, as answers need it.

use rusqlite::{Row, params};

use super::{Evidence, EvidenceError, queries};

/// A statement with the session it was made in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Its key.
    pub statement_id: i64,
    /// The session's key.
    pub session_key: i64,
    /// The session's id.
    pub session_id: String,
    /// The source of the session.
    pub source: String,
    /// The file it stands in.
    pub path: String,
    /// Number of the record.
    pub line: i64,
    /// When, in Unix milliseconds.
    pub at_ms: Option<i64>,
    /// Who.
    pub role: String,
    /// What.
    pub kind: String,
    /// How it ended, where it says so.
    pub verdict: Option<String>,
    /// The text, redacted.
    pub text: String,
}

/// A commit with the files it changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitView {
    /// Its hash.
    pub hash: String,
    /// Who.
    pub author: String,
    /// When it was written, in Unix milliseconds.
    pub authored_ms: i64,
    /// First line of its message.
    pub subject: String,
    /// The files.
    pub files: Vec<String>,
}

const SAID: &str = "SELECT t.statement_id, t.session_key, n.session_id, n.source, f.path, t.line,
    t.at_ms, t.role, t.kind, t.verdict, t.text FROM statements t
    JOIN sessions n ON n.session_key = t.session_key JOIN files f ON f.file_id = t.file_id";

/// Statements with their sessions.
const OF_SESSIONS: &str = " FROM statements t JOIN sessions n ON n.session_key = t.session_key";

/// When a statement was made: when its session began, where it says nothing itself.
pub(super) const SAID_MS: &str = "ifnull(t.at_ms, ifnull(n.first_ms, 0))";

fn said(row: &Row<'_>) -> rusqlite::Result<Said> {
    Ok(Said {
        statement_id: row.get(0)?,
        session_key: row.get(1)?,
        session_id: row.get(2)?,
        source: row.get(3)?,
        path: row.get(4)?,
        line: row.get(5)?,
        at_ms: row.get(6)?,
        role: row.get(7)?,
        kind: row.get(8)?,
        verdict: row.get(9)?,
        text: row.get(10)?,
    })
}

/// Any of these stems, each as the start of a word.
fn any_of(stems: &[String]) -> String {
    let words = stems
        .iter()
        .filter(|stem| stem.chars().all(char::is_alphanumeric));
    let quoted: Vec<String> = words.map(|stem| ["\"", stem, "\"*"].concat()).collect();
    quoted.join(" OR ")
}

impl Evidence {
    /// The instant, if something was said after it; else nothing has to be cut.
    fn said_until(&self, now_ms: i64) -> rusqlite::Result<Option<i64>> {
        let newest: Option<i64> = self
            .conn
            .prepare_cached("SELECT max(last_ms) FROM sessions")?
            .query_row([], |row| row.get(0))?;
        Ok(newest.filter(|newest| *newest > now_ms).map(|_| now_ms))
    }

    /// Returns how many statements were made until an instant, or how many of them have a word that
    /// begins with this stem (at most `n_max`).
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn said_count(
        &self,
        stem: Option<&str>,
        (now_ms, n_max): (i64, i64),
    ) -> Result<u64, EvidenceError> {
        let read = || {
            let until = self.said_until(now_ms)?;
            let Some(stem) = stem else {
                return match until {
                    None => {
                        let sql = "SELECT ifnull(max(statement_id), 0) FROM statements";
                        self.conn.query_row(sql, [], |row| row.get::<_, i64>(0))
                    }
                    Some(until) => {
                        let sql = ["SELECT count(*)", OF_SESSIONS, " WHERE ", SAID_MS, " <= ?1"];
                        self.conn
                            .query_row(&sql.concat(), [until], |row| row.get(0))
                    }
                };
            };
            let words = any_of(&[stem.to_owned()]);
            if words.is_empty() {
                return Ok(0);
            }
            let sql = [
                "SELECT count(*) FROM (SELECT 1 FROM statement_search
                 WHERE statement_search MATCH ?1 AND (?3 IS NULL OR (SELECT ",
                SAID_MS,
                OF_SESSIONS,
                " WHERE t.statement_id = statement_search.rowid) <= ?3) LIMIT ?2)",
            ];
            self.conn
                .prepare_cached(&sql.concat())?
                .query_row(params![words, n_max, until], |row| row.get(0))
        };
        read()
            .map(i64::unsigned_abs)
            .map_err(|error| self.fail("count statements", error))
    }

    /// Returns the newest statements until an instant that have a word with one of these stems; with
    /// `is_end`, only those that say how something ended.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn said_about(
        &self,
        stems: &[String],
        is_end: bool,
        (now_ms, n_max): (i64, i64),
    ) -> Result<Vec<Said>, EvidenceError> {
        let words = any_of(stems);
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let read = || {
            let sql = [
                SAID,
                " WHERE t.statement_id IN (SELECT rowid FROM statement_search
                  WHERE statement_search MATCH ?1)
                  AND (NOT ?2 OR t.kind IN ('outcome', 'completed_task')) AND ",
                SAID_MS,
                " <= ?4 ORDER BY t.statement_id DESC LIMIT ?3",
            ]
            .concat();
            let mut statement = self.conn.prepare_cached(&sql)?;
            let rows = statement.query_map(params![words, is_end, n_max, now_ms], said)?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|error| self.fail("search statements", error))
    }

    /// Returns the newest statements until an instant that have every word of a query.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn said_with(
        &self,
        query: &str,
        (now_ms, n_max): (i64, i64),
    ) -> Result<Vec<Said>, EvidenceError> {
        let words = queries::match_expression(query);
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let read = || {
            let sql = [
                SAID,
                " WHERE t.statement_id IN (SELECT rowid FROM statement_search
                  WHERE statement_search MATCH ?1) AND ",
                SAID_MS,
                " <= ?3 ORDER BY t.statement_id DESC LIMIT ?2",
            ]
            .concat();
            let mut statement = self.conn.prepare_cached(&sql)?;
            let rows = statement.query_map(params![words, n_max, now_ms], said)?;
            let mut found = rows.collect::<rusqlite::Result<Vec<_>>>()?;
            found.sort_by_key(|one| std::cmp::Reverse((one.at_ms, one.statement_id)));
            Ok(found)
        };
        read().map_err(|error: rusqlite::Error| self.fail("search statements", error))
    }

    /// Returns where a kind of failure was stated in sessions until an instant: the session's key,
    /// the record, and when.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn said_places(
        &self,
        key: i64,
        (now_ms, n_max): (i64, i64),
    ) -> Result<Vec<(i64, i64, Option<i64>)>, EvidenceError> {
        let read = || {
            let sql = [
                "SELECT t.session_key, t.line, t.at_ms",
                OF_SESSIONS,
                " WHERE t.signature_key = ?1 AND t.kind = 'error' AND ",
                SAID_MS,
                " <= ?3 ORDER BY t.statement_id DESC LIMIT ?2",
            ];
            let mut statement = self.conn.prepare_cached(&sql.concat())?;
            let rows = statement.query_map([key, n_max, now_ms], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|error| self.fail("read statements", error))
    }

    /// Returns what was said in a session until an instant, in its order.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn said_in(
        &self,
        session_key: i64,
        (now_ms, n_max): (i64, i64),
    ) -> Result<Vec<Said>, EvidenceError> {
        let read = || {
            let sql = [
                SAID,
                " WHERE t.session_key = ?1 AND ",
                SAID_MS,
                " <= ?2 ORDER BY t.line, t.statement_id LIMIT ?3",
            ]
            .concat();
            let mut statement = self.conn.prepare_cached(&sql)?;
            let rows = statement.query_map([session_key, now_ms, n_max], said)?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|error| self.fail("read statements", error))
    }

    /// Returns the commits from one instant to another, newest first, with their files.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn commits_between(
        &self,
        (from_ms, to_ms): (i64, i64),
        n_max: i64,
    ) -> Result<Vec<CommitView>, EvidenceError> {
        let read = || {
            let mut statement = self.conn.prepare_cached(
                "SELECT commit_hash, author, authored_ms, subject, commit_key FROM commits
                 WHERE committed_ms >= ?1 AND committed_ms <= ?2
                 ORDER BY committed_ms DESC, commit_hash LIMIT ?3",
            )?;
            let mut files = self.conn.prepare_cached(
                "SELECT path FROM commit_files WHERE commit_key = ?1 ORDER BY path LIMIT 50",
            )?;
            let mut rows = statement.query([from_ms, to_ms, n_max])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let key: i64 = row.get(4)?;
                let paths = files.query_map([key], |row| row.get(0))?;
                found.push(CommitView {
                    hash: row.get(0)?,
                    author: row.get(1)?,
                    authored_ms: row.get(2)?,
                    subject: row.get(3)?,
                    files: paths.collect::<rusqlite::Result<Vec<_>>>()?,
                });
            }
            Ok(found)
        };
        read().map_err(|error: rusqlite::Error| self.fail("read commits", error))
    }
}
