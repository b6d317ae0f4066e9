use rusqlite::{
    Connection, OptionalExtension, ToSql, Transaction, TransactionBehavior, named_params, params,
    types::ValueRef,
};
use serde::de::DeserializeOwned;

use super::{Checkpoint, Digest, Ledger, Row, StoreError, chain::Fields, projections, spans};
use crate::model::{Actor, Envelope, EventKind, Project, Timestamp};

/// An event that is about to become a row.
#[derive(Clone, Copy, Debug)]
pub struct Draft<'a> {
    /// When it happened.
    pub at: Timestamp,
    /// The session that writes it; 0 outside of one. A `session_started` always
    /// gets its own number instead, and a `session_ended` names the session that
    /// ended, whoever writes it.
    pub session: u64,
    /// The compose project.
    pub project: &'a Project,
    /// Who writes it.
    pub actor: &'a Actor,
    /// What happened.
    pub kind: &'a EventKind,
    /// What the decision was made on, as text.
    pub input: Option<&'a str>,
}

/// Which events to list.
#[derive(Clone, Debug, Default)]
pub struct EventFilter {
    /// Only what happened at this time or later.
    pub since: Option<Timestamp>,
    /// Only what happened to this service: `ui` for all its containers, `ui#2` for
    /// one.
    pub service: Option<String>,
    /// Only events of this name.
    pub kind: Option<String>,
    /// At most this many, the newest.
    pub limit: Option<u32>,
}

const SELECT: &str = "SELECT seq, at_ms, session, project, actor_user, actor_host, actor_pid, \
                      kind, body, input, prev, hash FROM events ";

impl Ledger {
    /// Appends an event and updates what is derived from it, in one transaction.
    ///
    /// # Errors
    ///
    /// Fails if the row is not on disk; then nothing of it is.
    pub fn event_append(&mut self, draft: &Draft<'_>) -> Result<Envelope, StoreError> {
        let path = &self.path;
        append(&mut self.conn, draft, &mut self.scratch)
            .map_err(|error| StoreError::from_sqlite("append", path.clone(), error))
    }

    /// Lists the events that pass the filter, oldest first.
    ///
    /// # Errors
    ///
    /// Fails if the ledger cannot be read, or holds an event that this program
    /// does not know.
    pub fn event_list(&self, filter: &EventFilter) -> Result<Vec<Row>, StoreError> {
        const WHERE: &str = "WHERE (:since IS NULL OR at_ms >= :since) \
             AND (:kind IS NULL OR kind = :kind) \
             AND (:service IS NULL OR json_valid(body) AND (body ->> 'service' = :service \
             OR substr(body ->> 'service', 1, length(:service) + 1) = :service || '#')) \
             ORDER BY seq DESC LIMIT :limit";
        let bound = named_params! {
            ":since": filter.since.map(Timestamp::millis),
            ":kind": filter.kind,
            ":service": filter.service,
            ":limit": filter.limit.map_or(-1, i64::from),
        };
        let mut rows = self.rows(&[SELECT, WHERE].concat(), bound)?;
        rows.reverse();
        Ok(rows)
    }

    /// Lists at most `limit` rows that follow row `seq`, oldest first.
    ///
    /// # Errors
    ///
    /// As [`Ledger::event_list`].
    pub fn event_list_after(&self, seq: u64, limit: u32) -> Result<Vec<Row>, StoreError> {
        const WHERE: &str = "WHERE seq > :seq ORDER BY seq LIMIT :limit";
        let bound = named_params! { ":seq": as_i64(seq), ":limit": limit };
        self.rows(&[SELECT, WHERE].concat(), bound)
    }

    /// Lists all events of a project that a fold needs which looks back to
    /// `since`: from the first row on that is so young, or that began something
    /// which had not ended then. So the list never begins in the middle of a
    /// finding, a hold or an episode.
    ///
    /// # Errors
    ///
    /// As [`Ledger::event_list`].
    pub fn event_list_for_fold(
        &self,
        project: &Project,
        since: Timestamp,
    ) -> Result<Vec<Envelope>, StoreError> {
        self.event_list_for_fold_before(project, since, u64::MAX)
    }

    /// The same as it was when the ledger ended before row `before`.
    ///
    /// # Errors
    ///
    /// As [`Ledger::event_list`].
    pub fn event_list_for_fold_before(
        &self,
        project: &Project,
        since: Timestamp,
        before: u64,
    ) -> Result<Vec<Envelope>, StoreError> {
        const WHERE: &str =
            "WHERE project = :project AND seq >= :first AND seq < :before ORDER BY seq";
        let before = as_i64(before);
        let first = spans::fold_start(&self.conn, project, (since, before))
            .map_err(|error| self.fail("read", error))?;
        let bound = named_params! {
            ":project": project.as_str(),
            ":first": first,
            ":before": before,
        };
        let rows = self.rows(&[SELECT, WHERE].concat(), bound)?;
        Ok(rows.into_iter().map(|row| row.envelope).collect())
    }

    /// Says whether all rows are still there that [`Self::event_list_for_fold_before`]
    /// listed when the ledger ended there.
    ///
    /// # Errors
    ///
    /// Fails if the ledger cannot be read.
    pub fn fold_is_whole(
        &self,
        project: &Project,
        since: Timestamp,
        before: u64,
    ) -> Result<bool, StoreError> {
        let Some(kept) = self.event_first()?.filter(|&kept| kept > 1) else {
            return Ok(true);
        };
        let fail = |error| self.fail("read", error);
        let within = (since, as_i64(before));
        let first = spans::fold_start(&self.conn, project, within).map_err(fail)?;
        let since = spans::reach(&self.conn, project, within).map_err(fail)?;
        // Whether a dropped row was young enough is told by the first that was kept.
        let oldest = self.event_get(kept)?;
        Ok(as_i64(kept) <= first && oldest.is_some_and(|row| row.envelope.at <= since))
    }

    /// Returns one row.
    ///
    /// # Errors
    ///
    /// As [`Ledger::event_list`].
    pub fn event_get(&self, seq: u64) -> Result<Option<Row>, StoreError> {
        let bound = named_params! { ":seq": as_i64(seq) };
        let mut rows = self.rows(&[SELECT, "WHERE seq = :seq"].concat(), bound)?;
        Ok(rows.pop())
    }

    /// Returns the last row's number and hash; `None` as long as there is none.
    ///
    /// # Errors
    ///
    /// Fails if the ledger cannot be read.
    pub fn event_head(&self) -> Result<Option<Checkpoint>, StoreError> {
        head(&self.conn).map_err(|error| self.fail("read", error))
    }

    /// Returns what a decision was made on.
    ///
    /// # Errors
    ///
    /// Fails if the ledger cannot be read.
    pub fn input_get(&self, digest: Digest) -> Result<Option<String>, StoreError> {
        self.conn
            .prepare_cached("SELECT body FROM inputs WHERE digest = ?1")
            .and_then(|mut select| {
                select
                    .query_row([digest.as_bytes()], |row| row.get(0))
                    .optional()
            })
            .map_err(|error| self.fail("read", error))
    }

    /// Returns what a decision was made on, read as `T`; `None` where it is not there
    /// or is no `T`.
    ///
    /// # Errors
    ///
    /// Fails if the ledger cannot be read.
    pub fn input_read<T: DeserializeOwned>(&self, digest: Digest) -> Result<Option<T>, StoreError> {
        let body = self.input_get(digest)?;
        Ok(body.and_then(|body| serde_json::from_str(&body).ok()))
    }

    fn rows(&self, sql: &str, bound: &[(&str, &dyn ToSql)]) -> Result<Vec<Row>, StoreError> {
        let fail = |error| self.fail("read", error);
        let mut select = self.conn.prepare_cached(sql).map_err(fail)?;
        let mut found = select.query(bound).map_err(fail)?;
        let mut rows = Vec::new();
        while let Some(row) = found.next().map_err(fail)? {
            let seq = as_u64(row.get(0).map_err(fail)?);
            rows.push(read(row).map_err(|source| StoreError::Unreadable {
                seq,
                path: self.path.clone(),
                source,
            })?);
        }
        Ok(rows)
    }
}

fn append(
    conn: &mut Connection,
    draft: &Draft<'_>,
    scratch: &mut Vec<u8>,
) -> rusqlite::Result<Envelope> {
    let body = serde_json::to_string(draft.kind).expect("event kinds serialize");
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let (last, prev) = match head(&tx)? {
        Some(last) => (last.seq, last.hash),
        None => (0, Digest::GENESIS),
    };
    let envelope = Envelope {
        seq: last + 1,
        at: draft.at,
        session: match matches!(draft.kind, EventKind::SessionStarted { .. }) {
            true => last + 1,
            false => draft.session,
        },
        project: draft.project.clone(),
        actor: draft.actor.clone(),
        kind: draft.kind.clone(),
    };
    let input = draft.input.map(|body| input_put(&tx, body)).transpose()?;
    let hash = fields(&envelope, &body, input, prev).hash(scratch);
    insert(&tx, &envelope, (&body, input), (prev, hash))?;
    projections::apply(&tx, &envelope)?;
    tx.commit()?;
    Ok(envelope)
}

fn fields<'a>(
    envelope: &'a Envelope,
    body: &'a str,
    input: Option<Digest>,
    prev: Digest,
) -> Fields<'a> {
    Fields {
        seq: as_i64(envelope.seq),
        at_ms: envelope.at.millis(),
        session: as_i64(envelope.session),
        project: envelope.project.as_str().as_bytes(),
        actor_user: envelope.actor.user.as_bytes(),
        actor_host: envelope.actor.host.as_bytes(),
        actor_pid: i64::from(envelope.actor.pid),
        kind: envelope.kind.name().as_bytes(),
        body: body.as_bytes(),
        input,
        prev,
    }
}

fn insert(
    tx: &Transaction<'_>,
    envelope: &Envelope,
    (body, input): (&str, Option<Digest>),
    (prev, hash): (Digest, Digest),
) -> rusqlite::Result<()> {
    let sql = "INSERT INTO events (seq, at_ms, session, project, actor_user, actor_host, \
               actor_pid, kind, body, input, prev, hash) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
    tx.prepare_cached(sql)?.execute(params![
        as_i64(envelope.seq),
        envelope.at.millis(),
        as_i64(envelope.session),
        envelope.project.as_str(),
        envelope.actor.user,
        envelope.actor.host,
        envelope.actor.pid,
        envelope.kind.name(),
        body,
        input.as_ref().map(Digest::as_bytes),
        prev.as_bytes(),
        hash.as_bytes(),
    ])?;
    Ok(())
}

fn input_put(tx: &Transaction<'_>, body: &str) -> rusqlite::Result<Digest> {
    let digest = Digest::of(body.as_bytes());
    let is_known = tx
        .prepare_cached("SELECT 1 FROM inputs WHERE digest = ?1")?
        .exists([digest.as_bytes()])?;
    if !is_known {
        tx.prepare_cached("INSERT INTO inputs (digest, body) VALUES (?1, ?2)")?
            .execute(params![digest.as_bytes(), body])?;
    }
    Ok(digest)
}

pub(super) fn head(conn: &Connection) -> rusqlite::Result<Option<Checkpoint>> {
    let read = |row: &rusqlite::Row<'_>| {
        Ok(Checkpoint {
            seq: as_u64(row.get(0)?),
            hash: digest_at(row, 1)?,
        })
    };
    conn.prepare_cached("SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1")?
        .query_row([], read)
        .optional()
}

pub(super) fn digest_at(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Digest> {
    let value = row.get_ref(column)?;
    let digest = value.as_blob().ok().and_then(Digest::from_slice);
    digest.ok_or_else(|| {
        let name = "a digest of 32 bytes".to_owned();
        rusqlite::Error::InvalidColumnType(column, name, value.data_type())
    })
}

pub(super) fn input_at(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Option<Digest>> {
    match row.get_ref(column)? == ValueRef::Null {
        true => Ok(None),
        false => digest_at(row, column).map(Some),
    }
}

fn read(row: &rusqlite::Row<'_>) -> Result<Row, Box<dyn std::error::Error + Send + Sync>> {
    let body: String = row.get(8)?;
    let envelope = Envelope {
        seq: u64::try_from(row.get::<_, i64>(0)?)?,
        at: Timestamp::from_millis(row.get(1)?),
        session: u64::try_from(row.get::<_, i64>(2)?)?,
        project: row.get::<_, String>(3)?.parse()?,
        actor: projections::actor(row, 4)?,
        kind: serde_json::from_str(&body)?,
    };
    Ok(Row {
        envelope,
        body,
        input: input_at(row, 9)?,
        prev: digest_at(row, 10)?,
        hash: digest_at(row, 11)?,
    })
}

/// Row numbers are positive; a damaged one reads as 0, which no row has.
pub(super) fn as_u64(seq: i64) -> u64 {
    u64::try_from(seq).unwrap_or(0)
}

/// Row numbers stay far below the greatest integer of SQLite.
pub(super) fn as_i64(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}
