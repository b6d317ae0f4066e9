//! Which past work speaks of a signature.

use rusqlite::{OptionalExtension, Row, params};

use super::{
    Evidence, EvidenceError, SignatureView,
    queries::{self, SIGNATURE},
};

/// A past session or conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionView {
    /// Its key in this store.
    pub key: i64,
    /// Its id.
    pub session_id: String,
    /// The source it was read from.
    pub source: String,
    /// The file it was read from.
    pub path: String,
    /// Its title.
    pub title: Option<String>,
    /// The folder it worked in.
    pub cwd: Option<String>,
    /// The repository it worked on.
    pub repo_url: Option<String>,
    /// The branch.
    pub branch: Option<String>,
    /// The commit.
    pub commit_hash: Option<String>,
    /// When it began, in Unix milliseconds.
    pub first_ms: Option<i64>,
    /// When something was last said in it.
    pub last_ms: Option<i64>,
}

/// How a verification ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutcomeView {
    /// When, in Unix milliseconds.
    pub at_ms: Option<i64>,
    /// `tests`, `soak` or `walkthrough`; `said` when it was told in a session.
    pub scope: String,
    /// `pass`, `fail` or `unknown`.
    pub verdict: String,
    /// The text, redacted.
    pub text: String,
}

const SESSION: &str = "SELECT n.session_key, n.session_id, n.source, n.title, n.cwd, n.repo_url,
    n.branch, n.commit_hash, n.first_ms, n.last_ms, f.path
    FROM sessions n JOIN files f ON f.file_id = n.file_id";

fn session_from_row(row: &Row<'_>) -> rusqlite::Result<SessionView> {
    Ok(SessionView {
        key: row.get(0)?,
        session_id: row.get(1)?,
        source: row.get(2)?,
        title: row.get(3)?,
        cwd: row.get(4)?,
        repo_url: row.get(5)?,
        branch: row.get(6)?,
        commit_hash: row.get(7)?,
        first_ms: row.get(8)?,
        last_ms: row.get(9)?,
        path: row.get(10)?,
    })
}

fn outcome_from_row(row: &Row<'_>) -> rusqlite::Result<OutcomeView> {
    Ok(OutcomeView {
        at_ms: row.get(0)?,
        scope: row.get(1)?,
        verdict: row.get(2)?,
        text: row.get(3)?,
    })
}

impl Evidence {
    /// Returns a signature by its id; one that became part of another is that one.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn signature_get(&self, id: &str) -> Result<Option<SignatureView>, EvidenceError> {
        let id = self.signature_resolve(id)?;
        self.one_signature(" WHERE s.signature_id = ?1", &id)
    }

    /// Returns the most frequent signature that is called so: by its template, by the
    /// predecessor's name, or by its first line.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn signature_named(&self, text: &str) -> Result<Option<SignatureView>, EvidenceError> {
        let sql = " WHERE s.template = ?1 OR s.v1 = ?1 OR s.example = ?1";
        self.one_signature(sql, text)
    }

    fn one_signature(
        &self,
        condition: &str,
        text: &str,
    ) -> Result<Option<SignatureView>, EvidenceError> {
        let order = " ORDER BY s.n_events DESC, s.signature_id LIMIT 1";
        let sql = ["SELECT ", SIGNATURE, " FROM signatures s", condition, order].concat();
        self.conn
            .prepare_cached(&sql)
            .and_then(|mut statement| {
                statement
                    .query_row([text], queries::signature_from_row)
                    .optional()
            })
            .map_err(|error| self.fail("read signatures", error))
    }

    /// Returns the sessions with these keys, in the order of the keys, as they were at an instant.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn session_list(
        &self,
        keys: &[i64],
        now_ms: i64,
    ) -> Result<Vec<SessionView>, EvidenceError> {
        let sql = [
            SESSION,
            " WHERE n.session_key = ?1 AND ifnull(n.first_ms, 0) <= ?2",
        ]
        .concat();
        let read = || {
            let mut one = self.conn.prepare_cached(&sql)?;
            let mut newest = self.conn.prepare_cached(
                "SELECT max(at_ms) FROM statements WHERE session_key = ?1 AND at_ms <= ?2",
            )?;
            let mut found = Vec::new();
            for key in keys {
                let bounds = [*key, now_ms];
                let Some(mut session) = one.query_row(bounds, session_from_row).optional()? else {
                    continue;
                };
                if session.last_ms.is_some_and(|last| last > now_ms) {
                    session.last_ms = newest.query_row(bounds, |row| row.get(0))?;
                }
                found.push(session);
            }
            Ok(found)
        };
        read().map_err(|error: rusqlite::Error| self.fail("read sessions", error))
    }

    /// Returns the sessions in which an error of this signature was seen, the newest first.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn session_list_about(
        &self,
        key: i64,
        n_max: i64,
    ) -> Result<Vec<SessionView>, EvidenceError> {
        let sql = [
            SESSION,
            " WHERE n.session_key IN
              (SELECT session_key FROM statements WHERE signature_key = ?1
               UNION SELECT session_key FROM outcomes
               WHERE signature_key = ?1 AND session_key IS NOT NULL)
              ORDER BY n.last_ms DESC, n.session_id LIMIT ?2",
        ]
        .concat();
        let read = || {
            let mut statement = self.conn.prepare_cached(&sql)?;
            let rows = statement.query_map([key, n_max], session_from_row)?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|error| self.fail("read sessions", error))
    }

    /// Returns how many sessions there are.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn session_count(&self) -> Result<u64, EvidenceError> {
        self.conn
            .query_row("SELECT count(*) FROM sessions", [], |row| {
                row.get::<_, i64>(0)
            })
            .map(|n| u64::try_from(n).unwrap_or(0))
            .map_err(|error| self.fail("read sessions", error))
    }

    /// Returns the sessions with a statement that has this word, the newest statement first; a word
    /// that ends in `*` matches by its start.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn session_list_saying(
        &self,
        word: &str,
        n_max: i64,
    ) -> Result<Vec<SessionView>, EvidenceError> {
        let words = queries::match_expression(word);
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let sql = [
            SESSION,
            " WHERE n.session_key IN (SELECT session_key FROM statements WHERE statement_id IN
              (SELECT rowid FROM statement_search WHERE statement_search MATCH ?1
               ORDER BY rowid DESC LIMIT ?2)) ORDER BY n.last_ms DESC, n.session_id",
        ]
        .concat();
        let read = || {
            let mut statement = self.conn.prepare_cached(&sql)?;
            let rows = statement.query_map(params![words, n_max], session_from_row)?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|error| self.fail("search", error))
    }

    /// Returns how verifications of a signature ended, oldest first: those that name it, and what
    /// was said in a session after it was seen there.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn outcome_list_about(
        &self,
        key: i64,
        n_max: i64,
    ) -> Result<Vec<OutcomeView>, EvidenceError> {
        let read = || {
            let mut statement = self.conn.prepare_cached(
                "WITH m AS (SELECT session_key, min(line) line FROM statements
                   WHERE signature_key = ?1 GROUP BY session_key)
                 SELECT at_ms, scope, verdict, text FROM (
                   SELECT at_ms, scope, verdict, text FROM outcomes WHERE signature_key = ?1
                   UNION SELECT o.at_ms, o.scope, o.verdict, o.text FROM m
                     JOIN outcomes o ON o.session_key = m.session_key
                     WHERE o.signature_key IS NULL AND o.line > m.line
                   UNION SELECT t.at_ms, 'said', t.verdict, t.text FROM m
                     JOIN statements t ON t.session_key = m.session_key
                     WHERE t.kind IN ('outcome', 'test_result') AND t.verdict IS NOT NULL
                     AND t.line > m.line)
                 ORDER BY ifnull(at_ms, 0) DESC, text LIMIT ?2",
            )?;
            let rows = statement.query_map([key, n_max], outcome_from_row)?;
            let mut list = rows.collect::<rusqlite::Result<Vec<_>>>()?;
            list.reverse();
            Ok(list)
        };
        read().map_err(|error| self.fail("read outcomes", error))
    }

    /// Returns the commands of a session, in their order.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn command_list(&self, session_key: i64, n_max: i64) -> Result<Vec<String>, EvidenceError> {
        let read = || {
            let mut statement = self.conn.prepare_cached(
                "SELECT text FROM statements WHERE session_key = ?1 AND kind = 'command'
                 GROUP BY text ORDER BY min(line), text LIMIT ?2",
            )?;
            let rows = statement.query_map([session_key, n_max], |row| row.get(0))?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|error| self.fail("read statements", error))
    }

    /// Returns the outcomes of one session that speak of this signature or of none, oldest first.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn outcome_list_of_session(
        &self,
        (session_key, key): (i64, i64),
        n_max: i64,
    ) -> Result<Vec<OutcomeView>, EvidenceError> {
        let read = || {
            let mut statement = self.conn.prepare_cached(
                "SELECT at_ms, scope, verdict, text FROM (
                   SELECT at_ms, scope, verdict, text, line FROM outcomes WHERE session_key = ?1
                     AND (signature_key IS NULL OR signature_key = ?2)
                   UNION ALL SELECT at_ms, 'said', verdict, text, line FROM statements
                     WHERE session_key = ?1 AND kind IN ('outcome', 'test_result')
                     AND verdict IS NOT NULL AND (signature_key IS NULL OR signature_key = ?2))
                 ORDER BY ifnull(at_ms, 0), line LIMIT ?3",
            )?;
            let rows = statement.query_map([session_key, key, n_max], outcome_from_row)?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|error| self.fail("read outcomes", error))
    }
}
