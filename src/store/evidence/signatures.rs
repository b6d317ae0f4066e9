use rusqlite::{OptionalExtension, Transaction, params};

use super::{SignatureRow, commit::Writer, tally};

/// Stores a signature that is not known yet.
pub(super) fn put(writer: &mut Writer<'_>, row: &SignatureRow) -> rusqlite::Result<()> {
    writer
        .tx
        .prepare_cached(
            "INSERT INTO signatures (signature_id, category, level, template, v1, example)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (signature_id) DO UPDATE SET template = excluded.template",
        )?
        .execute(params![
            row.signature_id,
            row.category,
            row.level,
            row.template,
            row.v1,
            row.example
        ])?;
    Ok(())
}

/// The key of a signature; one that was never described gets an empty description.
pub(super) fn key(writer: &mut Writer<'_>, signature_id: &str) -> rusqlite::Result<i64> {
    if let Some(key) = writer.keys.signatures.get(signature_id) {
        return Ok(*key);
    }
    let find = |tx: &Transaction<'_>| {
        tx.prepare_cached("SELECT signature_key FROM signatures WHERE signature_id = ?1")?
            .query_row([signature_id], |row| row.get::<_, i64>(0))
            .optional()
    };
    let key = match find(writer.tx)? {
        Some(key) => key,
        None => {
            let row = SignatureRow {
                signature_id: signature_id.to_owned(),
                category: "error",
                level: "error",
                template: String::new(),
                v1: String::new(),
                example: String::new(),
            };
            put(writer, &row)?;
            writer.tx.last_insert_rowid()
        }
    };
    writer.keys.signatures.insert(signature_id.to_owned(), key);
    Ok(key)
}

/// Brings the totals of a signature in line with its events.
pub(super) fn recount(tx: &Transaction<'_>, key: i64) -> rusqlite::Result<()> {
    tally::drop_empty(tx, key)?;
    tx.prepare_cached(
        "UPDATE signatures SET
         n_events = (SELECT ifnull(sum(n), 0) FROM signature_hours WHERE signature_key = ?1),
         first_ms = (SELECT at_ms FROM events WHERE signature_key = ?1 AND event_id >= 1 << 21
                     ORDER BY event_id LIMIT 1),
         last_ms = (SELECT at_ms FROM events WHERE signature_key = ?1
                    ORDER BY event_id DESC LIMIT 1)
         WHERE signature_key = ?1",
    )?
    .execute([key])?;
    Ok(())
}
