//! The number of a file's schema, and the steps from an older one to the newest.

use rusqlite::{Connection, TransactionBehavior};

/// Why a file's schema cannot be brought up to date.
#[derive(Debug)]
pub(super) enum Misfit {
    /// The file is of a newer program.
    Newer { found: u32, known: u32 },
    /// The file has tables that no step of ours made.
    Foreign,
    /// SQLite failed.
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for Misfit {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

/// Returns the number of the schema after all `steps`.
pub(super) fn newest(steps: &[&str]) -> u32 {
    u32::try_from(steps.len()).expect("there are few migrations")
}

/// Returns the number of the schema in the file, 0 for a file without one.
pub(super) fn found(conn: &Connection) -> rusqlite::Result<u32> {
    conn.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Takes the `steps` that the file has not seen, all or none.
pub(super) fn migrate(conn: &mut Connection, steps: &[&str]) -> Result<(), Misfit> {
    let known = newest(steps);
    match found(conn)? {
        found if found > known => return Err(Misfit::Newer { found, known }),
        found if found == known => return Ok(()),
        _ => {}
    }
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Looked at again inside the transaction: another process may have been first.
    let found = found(&tx)?;
    let n_tables: u32 = tx.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if found == 0 && n_tables > 0 {
        return Err(Misfit::Foreign);
    }
    for sql in steps.iter().skip(found as usize) {
        tx.execute_batch(sql)?;
    }
    tx.pragma_update(None, "user_version", known)?;
    tx.commit()?;
    Ok(())
}
