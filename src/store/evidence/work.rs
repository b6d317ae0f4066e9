//! Past work: sessions, statements, outcomes, changes, scripts, commits, soaks.

use rusqlite::{OptionalExtension, params};

use super::{
    ChangeRow, CommitRow, Evidence, EvidenceError, OutcomeRow, ScriptRow, SessionRow, SoakRow,
    StatementRow, commit::Writer, signatures,
};

/// Drops what a file gave besides events, before it is read anew.
pub(super) fn forget(writer: &Writer<'_>, file_id: i64) -> rusqlite::Result<()> {
    writer
        .tx
        .prepare_cached(
            "INSERT INTO statement_search (statement_search, rowid, text)
         SELECT 'delete', statement_id, text FROM statements WHERE file_id = ?1",
        )?
        .execute([file_id])?;
    for sql in [
        "DELETE FROM statements WHERE file_id = ?1",
        "DELETE FROM outcomes WHERE file_id = ?1",
        "DELETE FROM changes WHERE file_id = ?1",
        "DELETE FROM scripts WHERE file_id = ?1",
        "DELETE FROM soaks WHERE file_id = ?1",
        "DELETE FROM line_counts WHERE file_id = ?1",
        "DELETE FROM quarantine WHERE file_id = ?1",
    ] {
        writer.tx.prepare_cached(sql)?.execute([file_id])?;
    }
    Ok(())
}

/// Known fields win over missing ones; times only widen.
pub(super) fn put_session(writer: &mut Writer<'_>, row: &SessionRow) -> rusqlite::Result<()> {
    writer
        .tx
        .prepare_cached(
            "INSERT INTO sessions (session_id, source, file_id, title, cwd, repo_url, branch,
         commit_hash, first_ms, last_ms, redaction)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
         ON CONFLICT (session_id) DO UPDATE SET
         file_id = CASE WHEN excluded.cwd IS NULL THEN file_id ELSE excluded.file_id END,
         title = ifnull(excluded.title, title), cwd = ifnull(excluded.cwd, cwd),
         repo_url = ifnull(excluded.repo_url, repo_url), branch = ifnull(excluded.branch, branch),
         commit_hash = ifnull(excluded.commit_hash, commit_hash),
         first_ms = min(ifnull(first_ms, excluded.first_ms), ifnull(excluded.first_ms, first_ms)),
         last_ms = max(ifnull(last_ms, excluded.last_ms), ifnull(excluded.last_ms, last_ms)),
         redaction = excluded.redaction",
        )?
        .execute(params![
            row.session_id,
            row.source,
            row.file_id,
            row.title,
            row.cwd,
            row.repo_url,
            row.branch,
            row.commit_hash,
            row.first_ms,
            row.last_ms,
            writer.redaction,
        ])?;
    Ok(())
}

fn session_key(writer: &mut Writer<'_>, session_id: &str) -> rusqlite::Result<Option<i64>> {
    if let Some(key) = writer.keys.sessions.get(session_id) {
        return Ok(Some(*key));
    }
    let key: Option<i64> = writer
        .tx
        .prepare_cached("SELECT session_key FROM sessions WHERE session_id = ?1")?
        .query_row([session_id], |row| row.get(0))
        .optional()?;
    if let Some(key) = key {
        writer.keys.sessions.insert(session_id.to_owned(), key);
    }
    Ok(key)
}

pub(super) const INSERT_STATEMENT: &str =
    "INSERT INTO statements (session_key, file_id, line, at_ms, role, kind, verdict,
    signature_key, text_hash, redaction, text)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT DO NOTHING";

pub(super) const INSERT_STATEMENT_TEXT: &str =
    "INSERT INTO statement_search (rowid, text) VALUES (?1, ?2)";

pub(super) fn put_statement(writer: &mut Writer<'_>, row: &StatementRow) -> rusqlite::Result<()> {
    let Some(session_key) = session_key(writer, &row.session_id)? else {
        return Ok(());
    };
    let signature_key = match &row.signature_id {
        Some(id) => Some(signatures::key(writer, id)?),
        None => None,
    };
    let n_new = writer.hot.statement.execute(params![
        session_key,
        row.file_id,
        row.line,
        row.at_ms,
        row.role,
        row.kind,
        row.verdict,
        signature_key,
        row.text_hash,
        writer.redaction,
        row.text,
    ])?;
    if n_new > 0 {
        let statement_id = writer.tx.last_insert_rowid();
        let insert = &mut writer.hot.statement_text;
        insert.execute(params![statement_id, row.text])?;
    }
    Ok(())
}

pub(super) fn put_outcome(writer: &mut Writer<'_>, row: &OutcomeRow) -> rusqlite::Result<()> {
    let session_key = match &row.session_id {
        Some(id) => session_key(writer, id)?,
        None => None,
    };
    let signature_key = match &row.signature_id {
        Some(id) => Some(signatures::key(writer, id)?),
        None => None,
    };
    writer
        .tx
        .prepare_cached(
            "INSERT INTO outcomes (file_id, session_key, line, at_ms, scope, verdict, n_passed,
         n_failed, signature_key, redaction, text)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT DO NOTHING",
        )?
        .execute(params![
            row.file_id,
            session_key,
            row.line,
            row.at_ms,
            row.scope,
            row.verdict,
            row.n_passed,
            row.n_failed,
            signature_key,
            writer.redaction,
            row.text,
        ])?;
    Ok(())
}

pub(super) fn put_change(writer: &Writer<'_>, row: &ChangeRow) -> rusqlite::Result<()> {
    writer.tx.prepare_cached(
        "INSERT INTO changes (file_id, line, release_tag, released_ms, section, redaction, text)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        row.file_id,
        row.line,
        row.release_tag,
        row.released_ms,
        row.section,
        writer.redaction,
        row.text,
    ])?;
    Ok(())
}

pub(super) fn put_script(writer: &Writer<'_>, row: &ScriptRow) -> rusqlite::Result<()> {
    writer.tx.prepare_cached(
        "INSERT OR REPLACE INTO scripts (file_id, path, role, commands, tools, variables, sha256,
         mtime_ms, redaction) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute(params![
        row.file_id,
        row.path,
        row.role,
        row.commands,
        row.tools,
        row.variables,
        row.sha256,
        row.mtime_ms,
        writer.redaction,
    ])?;
    Ok(())
}

pub(super) fn put_commit(writer: &Writer<'_>, row: &CommitRow) -> rusqlite::Result<()> {
    let n_new = writer.tx.prepare_cached(
        "INSERT INTO commits (file_id, commit_hash, authored_ms, committed_ms, author, redaction,
         subject) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
    )?
    .execute(params![
        row.file_id,
        row.commit_hash,
        row.authored_ms,
        row.committed_ms,
        row.author,
        writer.redaction,
        row.subject,
    ])?;
    if n_new == 0 {
        return Ok(());
    }
    let commit_key = writer.tx.last_insert_rowid();
    let mut statement = writer.tx.prepare_cached(
        "INSERT INTO commit_files (commit_key, path) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
    )?;
    for path in &row.files {
        statement.execute(params![commit_key, path])?;
    }
    Ok(())
}

pub(super) fn put_soak(writer: &Writer<'_>, row: &SoakRow) -> rusqlite::Result<()> {
    writer
        .tx
        .prepare_cached(
            "INSERT OR REPLACE INTO soaks (file_id, path, started_ms, ended_ms, verdict,
         n_checks_passed, n_checks_failed, n_errors, n_regressions, detail, redaction)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?
        .execute(params![
            row.file_id,
            row.path,
            row.started_ms,
            row.ended_ms,
            row.verdict,
            row.n_checks_passed,
            row.n_checks_failed,
            row.n_errors,
            row.n_regressions,
            row.detail,
            writer.redaction,
        ])?;
    Ok(())
}

impl Evidence {
    /// Returns whether a session is known.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn session_has(&self, session_id: &str) -> Result<bool, EvidenceError> {
        self.conn
            .prepare_cached("SELECT count(*) FROM sessions WHERE session_id = ?1")
            .and_then(|mut statement| statement.query_row([session_id], |row| row.get::<_, i64>(0)))
            .map(|n| n > 0)
            .map_err(|error| self.fail("read sessions", error))
    }

    /// Returns the session that was read from a file of its own.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn session_of_file(&self, file_id: i64) -> Result<Option<String>, EvidenceError> {
        self.conn
            .prepare_cached(
                "SELECT session_id FROM sessions WHERE file_id = ?1 AND
                 (SELECT count(*) FROM sessions WHERE file_id = ?1) = 1",
            )
            .and_then(|mut statement| statement.query_row([file_id], |row| row.get(0)).optional())
            .map_err(|error| self.fail("read sessions", error))
    }

    /// Returns whether a commit is known.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn commit_has(&self, commit_hash: &str) -> Result<bool, EvidenceError> {
        self.conn
            .prepare_cached("SELECT count(*) FROM commits WHERE commit_hash = ?1")
            .and_then(|mut statement| {
                statement.query_row([commit_hash], |row| row.get::<_, i64>(0))
            })
            .map(|n| n > 0)
            .map_err(|error| self.fail("read commits", error))
    }
}
