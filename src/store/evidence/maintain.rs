use std::collections::BTreeMap;

use rusqlite::{TransactionBehavior, params};

use super::{Evidence, EvidenceError, events};

/// Rows that go in one transaction.
const ROWS_MAX: i64 = 5_000;

/// Pages that are given back in one step.
const PAGES_MAX: i64 = 2_000;

/// How long rows are kept, in days; nothing goes that is not named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// Events, by the name of their source.
    pub events_days: BTreeMap<&'static str, u32>,
    /// Reports of runs, and what is in quarantine.
    pub runs_days: Option<u32>,
    /// Sessions with their statements.
    pub sessions_days: Option<u32>,
}

/// What went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Pruned {
    /// Events.
    pub events: usize,
    /// Runs and quarantined records.
    pub runs: usize,
    /// Sessions.
    pub sessions: usize,
    /// Bytes that the file is smaller.
    pub bytes: i64,
}

/// Text columns that are cleaned anew: table, key, column, and the column that tells the version.
const SCRUBBED: [(&str, &str, &str, &str); 9] = [
    ("events", "event_id", "text", "redaction"),
    ("statements", "statement_id", "text", "redaction"),
    ("outcomes", "outcome_id", "text", "redaction"),
    ("changes", "change_id", "text", "redaction"),
    ("scripts", "script_id", "commands", "redaction"),
    ("commits", "commit_key", "subject", "redaction"),
    ("soaks", "soak_id", "detail", "redaction"),
    ("sessions", "session_key", "title", "redaction"),
    ("signatures", "signature_key", "example", ""),
];

impl Evidence {
    /// Drops what is older than the retention, in short transactions, and gives the room back.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be written; what went before stays gone.
    pub fn prune(&mut self, retention: &Retention, now_ms: i64) -> Result<Pruned, EvidenceError> {
        let before = self.size()?.bytes;
        let path = self.path.clone();
        let fail = |error| EvidenceError::from_sqlite("prune", path.clone(), error);
        let mut pruned = Pruned::default();
        for (source, days) in &retention.events_days {
            let limit = now_ms - days_ms(*days);
            let mut after = i64::MIN;
            loop {
                let tx = self
                    .conn
                    .transaction_with_behavior(TransactionBehavior::Immediate)
                    .map_err(fail)?;
                let bounds = events::Bounds {
                    source,
                    after,
                    before_ms: limit,
                    n_max: ROWS_MAX,
                };
                let (n, last) = events::forget_before(&tx, &bounds).map_err(fail)?;
                tx.commit().map_err(fail)?;
                pruned.events += n;
                match last {
                    Some(last) => after = last,
                    None => break,
                }
            }
        }
        if let Some(days) = retention.runs_days {
            let limit = now_ms - days_ms(days);
            for sql in [
                "DELETE FROM runs WHERE started_ms < ?1 AND status <> 'running'",
                "DELETE FROM quarantine WHERE seen_ms < ?1",
            ] {
                pruned.runs += self.conn.execute(sql, [limit]).map_err(fail)?;
            }
        }
        if let Some(days) = retention.sessions_days {
            pruned.sessions = self.forget_sessions(now_ms - days_ms(days)).map_err(fail)?;
        }
        self.give_back().map_err(fail)?;
        pruned.bytes = before - self.size()?.bytes;
        Ok(pruned)
    }

    /// Cleans every text again by `clean`, for rows that an older version cleaned; returns how many
    /// texts changed.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be written; what was cleaned before stays clean.
    pub fn scrub(
        &mut self,
        version: i64,
        clean: &dyn Fn(&str) -> String,
    ) -> Result<usize, EvidenceError> {
        let path = self.path.clone();
        let mut n_changed = 0;
        for (table, key, column, marker) in SCRUBBED {
            let mut after = i64::MIN;
            loop {
                let (n, last) = self
                    .scrub_some((table, key, column, marker), (version, after), clean)
                    .map_err(|error| EvidenceError::from_sqlite("scrub", path.clone(), error))?;
                n_changed += n;
                match last {
                    Some(last) => after = last,
                    None => break,
                }
            }
        }
        Ok(n_changed)
    }

    fn scrub_some(
        &mut self,
        (table, key, column, marker): (&str, &str, &str, &str),
        (version, after): (i64, i64),
        clean: &dyn Fn(&str) -> String,
    ) -> rusqlite::Result<(usize, Option<i64>)> {
        let tx = self
            .conn
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let old = if marker.is_empty() {
            String::new()
        } else {
            [" AND ", marker, " < ?3"].concat()
        };
        let select = [
            "SELECT ",
            key,
            ", ",
            column,
            " FROM ",
            table,
            " WHERE ",
            key,
            " > ?1 AND ?3 = ?3 AND ",
            column,
            " IS NOT NULL",
            &old,
            " ORDER BY ",
            key,
            " LIMIT ?2",
        ]
        .concat();
        let texts: BTreeMap<i64, String> = {
            let mut statement = tx.prepare_cached(&select)?;
            let rows = statement.query_map([after, ROWS_MAX, version], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
            rows.collect::<rusqlite::Result<_>>()?
        };
        let set = if marker.is_empty() {
            String::new()
        } else {
            [", ", marker, " = ?3"].concat()
        };
        let update = [
            "UPDATE ",
            table,
            " SET ",
            column,
            " = ?2",
            &set,
            " WHERE ",
            key,
            " = ?1 AND ?3 = ?3",
        ]
        .concat();
        let mut n_changed = 0;
        for (id, text) in &texts {
            let new = clean(text);
            if new != *text {
                n_changed += 1;
                reindex(&tx, table, *id, (text, &new))?;
            }
            tx.prepare_cached(&update)?
                .execute(params![id, new, version])?;
        }
        let last = texts.keys().next_back().copied();
        tx.commit()?;
        Ok((n_changed, last))
    }

    fn forget_sessions(&mut self, before_ms: i64) -> rusqlite::Result<usize> {
        let tx = self
            .conn
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        tx.execute(
            "INSERT INTO statement_search (statement_search, rowid, text)
             SELECT 'delete', statement_id, text FROM statements WHERE session_key IN
             (SELECT session_key FROM sessions WHERE last_ms < ?1)",
            [before_ms],
        )?;
        let n = tx.execute("DELETE FROM sessions WHERE last_ms < ?1", [before_ms])?;
        tx.commit()?;
        self.keys.sessions.clear();
        Ok(n)
    }

    /// Gives free pages back to the file system in small steps, then shortens the log.
    fn give_back(&mut self) -> rusqlite::Result<()> {
        loop {
            let free: i64 = self
                .conn
                .pragma_query_value(None, "freelist_count", |row| row.get(0))?;
            if free == 0 {
                break;
            }
            self.conn.execute_batch(
                &["PRAGMA incremental_vacuum(", &PAGES_MAX.to_string(), ")"].concat(),
            )?;
            let now: i64 = self
                .conn
                .pragma_query_value(None, "freelist_count", |row| row.get(0))?;
            if now == free {
                break;
            }
        }
        self.conn.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")
    }
}

fn reindex(
    tx: &rusqlite::Transaction<'_>,
    table: &str,
    id: i64,
    (old, new): (&str, &str),
) -> rusqlite::Result<()> {
    let index = match table {
        "events" => "event_search",
        "statements" => "statement_search",
        _ => return Ok(()),
    };
    let drop = [
        "INSERT INTO ",
        index,
        " (",
        index,
        ", rowid, text) VALUES ('delete', ?1, ?2)",
    ]
    .concat();
    tx.prepare_cached(&drop)?.execute(params![id, old])?;
    let add = ["INSERT INTO ", index, " (rowid, text) VALUES (?1, ?2)"].concat();
    tx.prepare_cached(&add)?.execute(params![id, new])?;
    Ok(())
}

fn days_ms(days: u32) -> i64 {
    i64::from(days) * 86_400_000
}
