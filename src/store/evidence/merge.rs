use rusqlite::{Transaction, TransactionBehavior, params};

use super::{Evidence, EvidenceError, signatures, tally};

/// Rows that are moved from one signature to another in one transaction.
const ROWS_MAX: i64 = 10_000;

impl Evidence {
    /// Makes `from` part of `into`, in short transactions. A merge that is cut short goes on with
    /// the next call.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be written.
    pub fn signature_merge(&mut self, from: &str, into: &str) -> Result<(), EvidenceError> {
        let path = self.path.clone();
        self.keys.signatures.remove(from);
        while !merge_some(self, from, into)
            .map_err(|error| EvidenceError::from_sqlite("merge signatures", path.clone(), error))?
        {
        }
        Ok(())
    }

    /// Returns the ids of all signatures.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn signature_ids(&self) -> Result<Vec<String>, EvidenceError> {
        let read = || {
            let mut statement = self
                .conn
                .prepare_cached("SELECT signature_id FROM signatures ORDER BY 1")?;
            let rows = statement.query_map([], |row| row.get(0))?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|error| self.fail("read signatures", error))
    }
}

/// Moves some rows; whether it was the last of them.
fn merge_some(evidence: &mut Evidence, from: &str, into: &str) -> rusqlite::Result<bool> {
    let tx = evidence
        .conn
        .transaction_with_behavior(TransactionBehavior::Immediate)?;
    tx.execute(
        "INSERT INTO signature_aliases (alias, signature_id) VALUES (?1, ?2)
         ON CONFLICT (alias) DO UPDATE SET signature_id = excluded.signature_id",
        params![from, into],
    )?;
    tx.execute(
        "UPDATE signature_aliases SET signature_id = ?2 WHERE signature_id = ?1",
        params![from, into],
    )?;
    let Some(old) = key_of(&tx, from)? else {
        tx.commit()?;
        return Ok(true);
    };
    tx.execute(
        "INSERT INTO signatures (signature_id, category, level, template, v1, example)
         SELECT ?2, category, level, template, v1, example FROM signatures WHERE signature_id = ?1
         ON CONFLICT DO NOTHING",
        params![from, into],
    )?;
    let new = key_of(&tx, into)?.expect("it was just made");
    let n_moved = tx.execute(
        "UPDATE events SET signature_key = ?2 WHERE event_id IN
         (SELECT event_id FROM events WHERE signature_key = ?1 LIMIT ?3)",
        params![old, new, ROWS_MAX],
    )?;
    let is_last = i64::try_from(n_moved).unwrap_or(i64::MAX) < ROWS_MAX;
    if is_last {
        finish(&tx, old, new)?;
    }
    tx.commit()?;
    Ok(is_last)
}

fn finish(tx: &Transaction<'_>, old: i64, new: i64) -> rusqlite::Result<()> {
    tally::merge(tx, old, new)?;
    for sql in [
        "UPDATE statements SET signature_key = ?2 WHERE signature_key = ?1",
        "UPDATE outcomes SET signature_key = ?2 WHERE signature_key = ?1",
        "DELETE FROM signatures WHERE signature_key = ?1 AND ?2 <> ?1",
    ] {
        tx.prepare_cached(sql)?.execute([old, new])?;
    }
    signatures::recount(tx, new)
}

fn key_of(tx: &Transaction<'_>, signature_id: &str) -> rusqlite::Result<Option<i64>> {
    let mut statement =
        tx.prepare_cached("SELECT signature_key FROM signatures WHERE signature_id = ?1")?;
    let mut rows = statement.query([signature_id])?;
    rows.next()?.map(|row| row.get(0)).transpose()
}
