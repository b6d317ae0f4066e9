//! What was run in past work, and how it ended.

use std::collections::BTreeMap;

use super::{Evidence, EvidenceError};

/// The most statements that are read, the newest first.
const STATEMENTS_MAX: i64 = 50_000;

/// One statement of past work that says what was run or how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastStatement {
    /// The session's key.
    pub session: i64,
    /// When the session ended, in Unix milliseconds.
    pub last_ms: Option<i64>,
    /// `command`, `outcome` or `test_result`.
    pub kind: String,
    /// `pass`, `fail` or `unknown`, for what is no command.
    pub verdict: Option<String>,
    /// The text, redacted.
    pub text: String,
}

/// A harness script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptView {
    /// Path below the repository.
    pub path: String,
    /// What it is for.
    pub role: String,
    /// Commands it runs.
    pub commands: Vec<String>,
    /// Programs it runs.
    pub tools: Vec<String>,
    /// Variables it reads.
    pub variables: Vec<String>,
}

/// A JSON array of texts; what is none is empty.
fn list(json: &str) -> Vec<String> {
    serde_json::from_str(json).unwrap_or_default()
}

impl Evidence {
    /// Lists commands and outcomes of past sessions, by session, in the order in which
    /// they were said.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn past_list(&self) -> Result<BTreeMap<i64, Vec<PastStatement>>, EvidenceError> {
        const SQL: &str = "SELECT session_key, last_ms, kind, verdict, text FROM (
                SELECT t.statement_id, t.session_key, s.last_ms, t.kind, t.verdict, t.text
                FROM statements t JOIN sessions s USING (session_key)
                WHERE t.kind IN ('command', 'outcome', 'test_result')
                ORDER BY t.statement_id DESC LIMIT ?1
            ) ORDER BY statement_id";
        let fail = |error| self.fail("read past work", error);
        let mut statement = self.conn.prepare_cached(SQL).map_err(fail)?;
        let rows = statement
            .query_map([STATEMENTS_MAX], |row| {
                Ok(PastStatement {
                    session: row.get(0)?,
                    last_ms: row.get(1)?,
                    kind: row.get(2)?,
                    verdict: row.get(3)?,
                    text: row.get(4)?,
                })
            })
            .map_err(fail)?;
        let mut past: BTreeMap<i64, Vec<PastStatement>> = BTreeMap::new();
        for row in rows {
            let row = row.map_err(fail)?;
            past.entry(row.session).or_default().push(row);
        }
        Ok(past)
    }

    /// Lists the paths of harness scripts that were read.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn script_list(&self) -> Result<Vec<String>, EvidenceError> {
        let fail = |error| self.fail("read harness scripts", error);
        let mut statement = self
            .conn
            .prepare_cached("SELECT path FROM scripts ORDER BY path")
            .map_err(fail)?;
        let rows = statement.query_map([], |row| row.get(0)).map_err(fail)?;
        rows.collect::<Result<_, _>>().map_err(fail)
    }

    /// Returns the harness scripts, by their path.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn harness_list(&self) -> Result<Vec<ScriptView>, EvidenceError> {
        let read = || {
            let mut statement = self.conn.prepare_cached(
                "SELECT path, role, commands, tools, variables FROM scripts ORDER BY path",
            )?;
            let rows = statement.query_map([], |row| {
                Ok(ScriptView {
                    path: row.get(0)?,
                    role: row.get(1)?,
                    commands: list(&row.get::<_, String>(2)?),
                    tools: list(&row.get::<_, String>(3)?),
                    variables: list(&row.get::<_, String>(4)?),
                })
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|error| self.fail("read scripts", error))
    }
}
