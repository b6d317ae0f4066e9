//! Sessions: what was said and done in past work.

use super::{
    IngestError,
    gather::Gatherer,
    reading::Reading,
    records::{CodexFound, FoundStatement},
};
use crate::{
    knowledge::sources::codex::{Body, Meta, Role, is_repository, is_within},
    store::evidence::{Item, SessionRow, StatementRow},
};

/// Statements that wait until it is known whether their session is about the stack.
const WAITING_MAX: usize = 20_000;

/// What is known about the session of a file so far.
#[derive(Debug, Default)]
pub(super) struct SessionState {
    meta: Meta,
    first_ms: Option<i64>,
    last_ms: Option<i64>,
    speaks_of_stack: bool,
    is_about_stack: bool,
    is_history: bool,
    waiting: Vec<StatementRow>,
}

impl SessionState {
    /// The session of a file that is read on from somewhere in its middle.
    pub(super) fn resume(&mut self, session_id: String) {
        self.meta.id = Some(session_id);
    }

    /// Whether what was read needs not be read again.
    pub(super) fn is_settled(&self) -> bool {
        self.is_about_stack || self.is_history
    }

    fn see(&mut self, at_ms: Option<i64>) {
        if let Some(at_ms) = at_ms {
            self.first_ms = Some(self.first_ms.map_or(at_ms, |first| first.min(at_ms)));
            self.last_ms = self.last_ms.max(Some(at_ms));
        }
    }

    fn learn(&mut self, meta: Meta) {
        let known = &mut self.meta;
        known.id = meta.id.or(known.id.take());
        known.cwd = meta.cwd.or(known.cwd.take());
        known.repo_url = meta.repo_url.or(known.repo_url.take());
        known.branch = meta.branch.or(known.branch.take());
        known.commit_hash = meta.commit_hash.or(known.commit_hash.take());
    }
}

impl Gatherer<'_> {
    /// Takes one record of a session.
    pub(super) fn session_record(
        &mut self,
        reading: &mut Reading,
        found: CodexFound,
        line: i64,
    ) -> Result<(), IngestError> {
        let role = match &found.body {
            Body::History(session, _) => {
                let session = session.clone();
                return self.history_record(reading, &session, (found, line));
            }
            Body::Meta(_) | Body::Other => Role::Developer,
            Body::Said(role, _) => *role,
            Body::Ran(_) => Role::ToolCall,
            Body::Output(..) => Role::ToolOutput,
        };
        let state = &mut reading.session;
        state.see(found.at_ms);
        state.speaks_of_stack |= found.speaks_of_stack && role != Role::Developer;
        if let Body::Meta(meta) = found.body {
            state.learn(meta);
        }
        for statement in found.statements {
            let row = self.statement(reading, statement, (role, found.at_ms, line));
            if reading.session.waiting.len() < WAITING_MAX {
                reading.session.waiting.push(row);
            }
        }
        Ok(())
    }

    /// A line of the history of all sessions: what the operator said.
    fn history_record(
        &mut self,
        reading: &mut Reading,
        session_id: &str,
        (found, line): (CodexFound, i64),
    ) -> Result<(), IngestError> {
        reading.session.is_history = true;
        let is_wanted = found.speaks_of_stack && !found.statements.is_empty()
            || self.knows_session(session_id)?;
        if !is_wanted {
            *self
                .batch
                .counts
                .entry((reading.file_id, "other_session"))
                .or_default() += 1;
            return Ok(());
        }
        self.sessions.insert(session_id.to_owned());
        self.batch.items.push(Item::Session(SessionRow {
            session_id: session_id.to_owned(),
            source: reading.target.source.name(),
            file_id: reading.file_id,
            first_ms: found.at_ms,
            last_ms: found.at_ms,
            ..SessionRow::default()
        }));
        for statement in found.statements {
            let mut row = self.statement(reading, statement, (Role::User, found.at_ms, line));
            session_id.clone_into(&mut row.session_id);
            self.put_statement(reading, row);
        }
        Ok(())
    }

    /// The end of a session's file as it is now: it is stored when it is about the stack.
    pub(super) fn session_end(&mut self, reading: &mut Reading) -> Result<(), IngestError> {
        if reading.session.is_history || reading.target.source != super::Source::Codex {
            return Ok(());
        }
        let state = &reading.session;
        let stem = reading
            .target
            .path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        let stem = stem.unwrap_or_default();
        let stem = stem
            .split_once(".jsonl")
            .map_or(stem.as_str(), |(stem, _)| stem)
            .to_owned();
        let repo = self
            .repo
            .as_ref()
            .map(|repo| repo.to_string_lossy().into_owned());
        let cwd = state.meta.cwd.clone();
        let is_here = cwd
            .as_deref()
            .zip(repo.as_deref())
            .is_some_and(|(cwd, repo)| is_within(cwd, repo));
        let is_ours = |url: &String| is_repository(url, &self.repo_hints);
        let is_known_elsewhere = cwd.is_some() || state.meta.repo_url.is_some();
        let session_id = state.meta.id.clone().unwrap_or(stem);
        let is_about_stack = is_here
            || state.meta.repo_url.as_ref().is_some_and(is_ours)
            || !is_known_elsewhere && state.speaks_of_stack && !state.waiting.is_empty()
            || self.knows_session(&session_id)?;
        let state = &mut reading.session;
        state.is_about_stack = is_about_stack;
        if !is_about_stack {
            let n = i64::try_from(state.waiting.len()).unwrap_or(i64::MAX);
            state.waiting.clear();
            if n > 0 {
                *self
                    .batch
                    .counts
                    .entry((reading.file_id, "other_session"))
                    .or_default() += 1;
            }
            return Ok(());
        }
        self.sessions.insert(session_id.clone());
        let clean = |text: &Option<String>| text.as_deref().map(|text| self.wash.line(text));
        self.batch.items.push(Item::Session(SessionRow {
            session_id: session_id.clone(),
            source: reading.target.source.name(),
            file_id: reading.file_id,
            title: None,
            cwd: clean(&state.meta.cwd),
            repo_url: clean(&state.meta.repo_url),
            branch: clean(&state.meta.branch),
            commit_hash: clean(&state.meta.commit_hash),
            first_ms: state.first_ms,
            last_ms: state.last_ms,
        }));
        for mut row in std::mem::take(&mut reading.session.waiting) {
            row.session_id.clone_from(&session_id);
            self.put_statement(reading, row);
        }
        Ok(())
    }

    fn knows_session(&self, session_id: &str) -> Result<bool, IngestError> {
        Ok(self.sessions.contains(session_id) || self.evidence.session_has(session_id)?)
    }

    /// A statement as a row; an error gets its signature.
    pub(super) fn statement(
        &mut self,
        reading: &Reading,
        statement: FoundStatement,
        (role, at_ms, line): (Role, Option<i64>, i64),
    ) -> StatementRow {
        let id = statement.named.map(|named| {
            self.signature(&named, ("error", "error"), &statement.text)
                .to_string()
        });
        StatementRow {
            session_id: String::new(),
            file_id: reading.file_id,
            line,
            at_ms,
            role: role.name(),
            kind: statement.kind,
            verdict: statement.verdict,
            signature_id: id,
            text_hash: statement.hash,
            text: statement.text,
        }
    }

    pub(super) fn put_statement(&mut self, reading: &Reading, row: StatementRow) {
        if row
            .at_ms
            .is_some_and(|at_ms| self.since_ms.is_some_and(|since| at_ms < since))
        {
            return;
        }
        self.report.source(reading.target.source.name()).rows += 1;
        self.batch.items.push(Item::Statement(row));
    }
}
