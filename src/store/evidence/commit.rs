use std::collections::BTreeMap;

use rusqlite::{CachedStatement, Transaction, TransactionBehavior, params};

use super::{
    Batch, EventRow, Evidence, EvidenceError, FileProgress, Item,
    events::{self, IdSource},
    network, signatures,
    tally::Tally,
    work,
};

/// What one commit needs to know besides the row at hand.
pub(super) struct Writer<'a> {
    pub(super) tx: &'a Transaction<'a>,
    pub(super) hot: Hot<'a>,
    pub(super) keys: &'a mut super::open::Keys,
    pub(super) ids: IdSource,
    pub(super) tally: Tally,
    pub(super) redaction: i64,
    pub(super) now_ms: i64,
}

/// Statements that most rows need: they are looked up once for all of them.
pub(super) struct Hot<'a> {
    pub(super) event: CachedStatement<'a>,
    pub(super) block: CachedStatement<'a>,
    pub(super) text: CachedStatement<'a>,
    pub(super) network: CachedStatement<'a>,
    pub(super) statement: CachedStatement<'a>,
    pub(super) statement_text: CachedStatement<'a>,
}

impl<'a> Hot<'a> {
    fn prepare(tx: &'a Transaction<'a>) -> rusqlite::Result<Self> {
        Ok(Self {
            event: tx.prepare_cached(events::INSERT)?,
            block: tx.prepare_cached(events::INSERT_BLOCK)?,
            text: tx.prepare_cached(events::INSERT_TEXT)?,
            network: tx.prepare_cached(network::INSERT)?,
            statement: tx.prepare_cached(work::INSERT_STATEMENT)?,
            statement_text: tx.prepare_cached(work::INSERT_STATEMENT_TEXT)?,
        })
    }
}

impl Evidence {
    /// Stores a batch in one transaction: all of it or nothing.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be written; then nothing of the batch is stored.
    pub fn commit(&mut self, batch: &Batch) -> Result<(), EvidenceError> {
        let path = self.path.clone();
        let done = write(self, batch);
        if done.is_err() {
            // Keys that were given in the transaction are gone with it.
            self.keys = super::open::Keys::default();
        }
        done.map_err(|error| EvidenceError::from_sqlite("store rows", path, error))
    }
}

fn write(evidence: &mut Evidence, batch: &Batch) -> rusqlite::Result<()> {
    let tx = evidence
        .conn
        .transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut writer = Writer {
        tx: &tx,
        hot: Hot::prepare(&tx)?,
        keys: &mut evidence.keys,
        ids: IdSource::default(),
        tally: Tally::default(),
        redaction: batch.redaction,
        now_ms: batch.now_ms,
    };
    write_batch(&mut writer, batch)?;
    drop(writer);
    tx.commit()
}

fn write_batch(writer: &mut Writer<'_>, batch: &Batch) -> rusqlite::Result<()> {
    for row in &batch.signatures {
        signatures::put(writer, row)?;
    }
    let mut found: Vec<(i64, &EventRow)> = Vec::new();
    for item in &batch.items {
        write_item(writer, item, &mut found)?;
    }
    // The full-text index is fastest when ids ascend.
    found.sort_by_key(|(event_id, _)| *event_id);
    for (event_id, row) in found {
        writer.hot.text.execute(params![event_id, row.text])?;
    }
    let tally = std::mem::take(&mut writer.tally);
    tally.put(writer)?;
    put_counts(writer.tx, &batch.counts)?;
    for (file_id, progress) in &batch.progress {
        put_progress(writer, *file_id, progress)?;
    }
    if let Some(state) = &batch.engine {
        writer
            .tx
            .prepare_cached(
                "INSERT INTO settings (name, value) VALUES ('signature_engine', ?1)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            )?
            .execute([state])?;
    }
    Ok(())
}

fn write_item<'b>(
    writer: &mut Writer<'_>,
    item: &'b Item,
    found: &mut Vec<(i64, &'b EventRow)>,
) -> rusqlite::Result<()> {
    match item {
        Item::Event(row) => {
            let event_id = events::put(writer, row)?;
            if let Some(numbers) = &row.network {
                network::put(writer, event_id, numbers)?;
            }
            found.push((event_id, row));
        }
        Item::Adopt {
            event_id,
            file_id,
            offset,
            line,
        } => {
            events::adopt(writer, *event_id, (*file_id, *offset, *line))?;
        }
        Item::Forget { file_id, from } => {
            found.retain(|(_, row)| row.file_id != *file_id || row.offset < *from);
            events::forget(writer, *file_id, *from)?;
            if *from == 0 {
                work::forget(writer, *file_id)?;
            }
        }
        Item::Session(row) => work::put_session(writer, row)?,
        Item::Statement(row) => work::put_statement(writer, row)?,
        Item::Outcome(row) => work::put_outcome(writer, row)?,
        Item::Change(row) => work::put_change(writer, row)?,
        Item::Script(row) => work::put_script(writer, row)?,
        Item::Commit(row) => work::put_commit(writer, row)?,
        Item::Soak(row) => work::put_soak(writer, row)?,
        Item::Quarantine(row) => {
            writer
                .tx
                .prepare_cached(
                    "INSERT INTO quarantine (file_id, offset, line, reason, sample, seen_ms)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
                )?
                .execute(params![
                    row.file_id,
                    row.offset,
                    row.line,
                    row.reason,
                    row.sample,
                    writer.now_ms
                ])?;
        }
    }
    Ok(())
}

fn put_counts(
    tx: &Transaction<'_>,
    counts: &BTreeMap<(i64, &'static str), i64>,
) -> rusqlite::Result<()> {
    let mut statement = tx.prepare_cached(
        "INSERT INTO line_counts (file_id, kind, n) VALUES (?1, ?2, ?3)
         ON CONFLICT (file_id, kind) DO UPDATE SET n = n + excluded.n",
    )?;
    for ((file_id, kind), n) in counts {
        statement.execute(params![file_id, kind, n])?;
    }
    Ok(())
}

fn put_progress(
    writer: &Writer<'_>,
    file_id: i64,
    progress: &FileProgress,
) -> rusqlite::Result<()> {
    writer
        .tx
        .prepare_cached(
            "UPDATE files SET offset = ?2, lines = ?3, settled = ?4, settled_lines = ?5,
         head_len = ?6, head_hash = ?7, tail_hash = ?8, parts = ?9, clock_ms = ?10,
         settled_clock_ms = ?11, size = ?12, mtime_ns = ?13, ctime_ns = ?14, read_ms = ?15
         WHERE file_id = ?1",
        )?
        .execute(params![
            file_id,
            progress.offset,
            progress.lines,
            progress.settled,
            progress.settled_lines,
            progress.head.0,
            progress.head.1,
            progress.tail_hash,
            progress.parts,
            progress.clock_ms,
            progress.settled_clock_ms,
            progress.stat.0,
            progress.stat.1,
            progress.stat.2,
            writer.now_ms,
        ])?;
    Ok(())
}
