//! Which past work speaks of a signature.

use rusqlite::{OptionalExtension, Row, named_params, params};

use super::{
    Evidence, EvidenceError, SignatureView,
    queries::{self, SIGNATURE},
    said::SAID_MS,
    until::{SEEN, Until},
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
    /// When something was last said in it; when it began, where nothing is known to be said.
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

/// A session as it was at the instant `?1`.
pub(super) const SESSION: &str =
    "SELECT n.session_key, n.session_id, n.source, n.title, n.cwd, n.repo_url,
    n.branch, n.commit_hash, n.first_ms,
    ifnull((SELECT max(at_ms) FROM statements WHERE session_key = n.session_key AND at_ms <= ?1),
      n.first_ms) last_said_ms, f.path
    FROM sessions n JOIN files f ON f.file_id = n.file_id";

/// When an outcome was known: when its session began, where it says nothing itself.
pub(super) const DONE_MS: &str = "ifnull(o.at_ms, ifnull(n.first_ms, 0))";

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
        self.one_signature(" WHERE s.signature_id = :text", (&id, i64::MAX))
    }

    /// Returns the most frequent signature that is called so: by its template, by the
    /// predecessor's name, or by its first line. How frequent it was until an instant counts.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn signature_named(
        &self,
        text: &str,
        now_ms: i64,
    ) -> Result<Option<SignatureView>, EvidenceError> {
        let sql = " WHERE s.template = :text OR s.v1 = :text OR s.example = :text";
        self.one_signature(sql, (text, now_ms))
    }

    fn one_signature(
        &self,
        condition: &str,
        (text, now_ms): (&str, i64),
    ) -> Result<Option<SignatureView>, EvidenceError> {
        let order = " ORDER BY s.n_events DESC, s.signature_id LIMIT 1";
        let parts = [
            SEEN,
            " SELECT ",
            SIGNATURE,
            " FROM seen s",
            condition,
            order,
        ];
        let sql = parts.concat();
        let until = Until::of(now_ms);
        let bounds = named_params! {
            ":text": text,
            ":now": until.now_ms,
            ":hour": until.hour,
            ":hour_id": until.hour_id,
            ":end_id": until.end_id,
        };
        self.conn
            .prepare_cached(&sql)
            .and_then(|mut statement| {
                statement
                    .query_row(bounds, queries::signature_from_row)
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
            " WHERE n.session_key = ?2 AND ifnull(n.first_ms, 0) <= ?1",
        ]
        .concat();
        let read = || {
            let mut one = self.conn.prepare_cached(&sql)?;
            let found = keys.iter().map(|key| {
                let row = one.query_row([now_ms, *key], session_from_row);
                row.optional()
            });
            let found = found.collect::<rusqlite::Result<Vec<_>>>()?;
            Ok(found.into_iter().flatten().collect())
        };
        read().map_err(|error: rusqlite::Error| self.fail("read sessions", error))
    }

    /// Returns the sessions in which an error of this signature was seen until an instant, the
    /// newest first.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn session_list_about(
        &self,
        key: i64,
        (now_ms, n_max): (i64, i64),
    ) -> Result<Vec<SessionView>, EvidenceError> {
        let sql = [
            SESSION,
            " WHERE n.session_key IN
              (SELECT t.session_key FROM statements t JOIN sessions n USING (session_key)
               WHERE t.signature_key = ?2 AND ",
            SAID_MS,
            " <= ?1 UNION SELECT o.session_key FROM outcomes o JOIN sessions n USING (session_key)
               WHERE o.signature_key = ?2 AND ",
            DONE_MS,
            " <= ?1) ORDER BY last_said_ms DESC, n.session_id LIMIT ?3",
        ]
        .concat();
        let read = || {
            let mut statement = self.conn.prepare_cached(&sql)?;
            let rows = statement.query_map([now_ms, key, n_max], session_from_row)?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|error| self.fail("read sessions", error))
    }

    /// Returns how many sessions had begun at an instant.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn session_count(&self, now_ms: i64) -> Result<u64, EvidenceError> {
        let sql = "SELECT count(*) FROM sessions WHERE ifnull(first_ms, 0) <= ?1";
        self.conn
            .query_row(sql, [now_ms], |row| row.get::<_, i64>(0))
            .map(|n| u64::try_from(n).unwrap_or(0))
            .map_err(|error| self.fail("read sessions", error))
    }

    /// Returns the sessions with a statement until an instant that has this word, the newest
    /// statement first; a word that ends in `*` matches by its start.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn session_list_saying(
        &self,
        word: &str,
        (now_ms, n_max): (i64, i64),
    ) -> Result<Vec<SessionView>, EvidenceError> {
        let words = queries::match_expression(word);
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let sql = [
            SESSION,
            " WHERE n.session_key IN
              (SELECT t.session_key FROM statements t JOIN sessions n USING (session_key)
               WHERE t.statement_id IN (SELECT rowid FROM statement_search
                 WHERE statement_search MATCH ?2) AND ",
            SAID_MS,
            " <= ?1 ORDER BY t.statement_id DESC LIMIT ?3)
              ORDER BY last_said_ms DESC, n.session_id",
        ]
        .concat();
        let read = || {
            let mut statement = self.conn.prepare_cached(&sql)?;
            let rows = statement.query_map(params![now_ms, words, n_max], session_from_row)?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|error| self.fail("search", error))
    }

    /// Returns how verifications of a signature ended until an instant, oldest first: those that
    /// name it, and what was said in a session after it was seen there.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn outcome_list_about(
        &self,
        key: i64,
        (now_ms, n_max): (i64, i64),
    ) -> Result<Vec<OutcomeView>, EvidenceError> {
        let read = || {
            let sql = [
                "WITH m AS (SELECT t.session_key, min(t.line) line FROM statements t
                   JOIN sessions n USING (session_key) WHERE t.signature_key = ?2 AND ",
                SAID_MS,
                " <= ?1 GROUP BY t.session_key)
                 SELECT at_ms, scope, verdict, text FROM (
                   SELECT o.at_ms, o.scope, o.verdict, o.text FROM outcomes o
                     LEFT JOIN sessions n USING (session_key) WHERE o.signature_key = ?2 AND ",
                DONE_MS,
                " <= ?1 UNION SELECT o.at_ms, o.scope, o.verdict, o.text FROM m
                     JOIN outcomes o ON o.session_key = m.session_key
                     JOIN sessions n ON n.session_key = m.session_key
                     WHERE o.signature_key IS NULL AND o.line > m.line AND ",
                DONE_MS,
                " <= ?1 UNION SELECT t.at_ms, 'said', t.verdict, t.text FROM m
                     JOIN statements t ON t.session_key = m.session_key
                     JOIN sessions n ON n.session_key = m.session_key
                     WHERE t.kind IN ('outcome', 'test_result') AND t.verdict IS NOT NULL
                     AND t.line > m.line AND ",
                SAID_MS,
                " <= ?1) ORDER BY ifnull(at_ms, 0) DESC, text LIMIT ?3",
            ];
            let mut statement = self.conn.prepare_cached(&sql.concat())?;
            let rows = statement.query_map([now_ms, key, n_max], outcome_from_row)?;
            let mut list = rows.collect::<rusqlite::Result<Vec<_>>>()?;
            list.reverse();
            Ok(list)
        };
        read().map_err(|error| self.fail("read outcomes", error))
    }

    /// Returns the commands of a session until an instant, in their order.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn command_list(
        &self,
        session_key: i64,
        (now_ms, n_max): (i64, i64),
    ) -> Result<Vec<String>, EvidenceError> {
        let read = || {
            let sql = [
                "SELECT t.text FROM statements t JOIN sessions n USING (session_key)
                 WHERE t.session_key = ?2 AND t.kind = 'command' AND ",
                SAID_MS,
                " <= ?1 GROUP BY t.text ORDER BY min(t.line), t.text LIMIT ?3",
            ];
            let mut statement = self.conn.prepare_cached(&sql.concat())?;
            let rows = statement.query_map([now_ms, session_key, n_max], |row| row.get(0))?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|error| self.fail("read statements", error))
    }

    /// Returns the outcomes of one session until an instant that speak of this signature or of
    /// none, oldest first.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn outcome_list_of_session(
        &self,
        (session_key, key): (i64, i64),
        (now_ms, n_max): (i64, i64),
    ) -> Result<Vec<OutcomeView>, EvidenceError> {
        let read = || {
            let sql = [
                "SELECT at_ms, scope, verdict, text FROM (
                   SELECT o.at_ms, o.scope, o.verdict, o.text, o.line FROM outcomes o
                     JOIN sessions n USING (session_key) WHERE o.session_key = ?2
                     AND (o.signature_key IS NULL OR o.signature_key = ?3) AND ",
                DONE_MS,
                " <= ?1 UNION ALL SELECT t.at_ms, 'said', t.verdict, t.text, t.line
                     FROM statements t JOIN sessions n USING (session_key)
                     WHERE t.session_key = ?2 AND t.kind IN ('outcome', 'test_result')
                     AND t.verdict IS NOT NULL
                     AND (t.signature_key IS NULL OR t.signature_key = ?3) AND ",
                SAID_MS,
                " <= ?1) ORDER BY ifnull(at_ms, 0), line LIMIT ?4",
            ];
            let mut statement = self.conn.prepare_cached(&sql.concat())?;
            let bounds = [now_ms, session_key, key, n_max];
            let rows = statement.query_map(bounds, outcome_from_row)?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|error| self.fail("read outcomes", error))
    }
}
