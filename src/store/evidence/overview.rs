use super::{Evidence, EvidenceError};

/// What is there of one source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceOverview {
    /// The name of the source.
    pub source: String,
    /// Contents that were read.
    pub n_files: i64,
    /// Contents that are no longer there.
    pub n_gone: i64,
    /// Bytes that were read.
    pub bytes: i64,
    /// Lines or records that were read.
    pub lines: i64,
    /// Events that it gave.
    pub events: i64,
    /// Other rows that it gave.
    pub rows: i64,
    /// What is in quarantine.
    pub quarantined: i64,
    /// Oldest and newest event, in Unix milliseconds.
    pub first_ms: Option<i64>,
    /// The newest event.
    pub last_ms: Option<i64>,
    /// When something of it was last read.
    pub read_ms: i64,
}

/// How big the store is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreSize {
    /// Bytes of the file.
    pub bytes: i64,
    /// Bytes of it that are free.
    pub free: i64,
}

impl Evidence {
    /// Returns what is there, by source.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn source_overview(&self) -> Result<Vec<SourceOverview>, EvidenceError> {
        let read = || {
            let mut statement = self.conn.prepare_cached(
                "WITH e AS (SELECT file_id, sum(n) n FROM signature_files GROUP BY file_id),
                 q AS (SELECT file_id, count(*) n FROM quarantine GROUP BY file_id),
                 w AS (SELECT file_id, sum(n) n FROM (
                   SELECT file_id, count(*) n FROM statements GROUP BY file_id
                   UNION ALL SELECT file_id, count(*) FROM outcomes GROUP BY file_id
                   UNION ALL SELECT file_id, count(*) FROM changes GROUP BY file_id
                   UNION ALL SELECT file_id, count(*) FROM scripts GROUP BY file_id
                   UNION ALL SELECT file_id, count(*) FROM soaks GROUP BY file_id
                   UNION ALL SELECT file_id, count(*) FROM commits GROUP BY file_id)
                   GROUP BY file_id)
                 SELECT source, count(*), sum(state <> 'present'), sum(offset), sum(lines),
                 sum(ifnull(e.n, 0)), sum(ifnull(w.n, 0)), sum(ifnull(q.n, 0)),
                 min(first_ms), max(last_ms), max(read_ms)
                 FROM files LEFT JOIN e USING (file_id) LEFT JOIN q USING (file_id)
                 LEFT JOIN w USING (file_id) GROUP BY source ORDER BY source",
            )?;
            let rows = statement.query_map([], |row| {
                Ok(SourceOverview {
                    source: row.get(0)?,
                    n_files: row.get(1)?,
                    n_gone: row.get(2)?,
                    bytes: row.get(3)?,
                    lines: row.get(4)?,
                    events: row.get(5)?,
                    rows: row.get(6)?,
                    quarantined: row.get(7)?,
                    first_ms: row.get(8)?,
                    last_ms: row.get(9)?,
                    read_ms: row.get(10)?,
                })
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|error| self.fail("read sources", error))
    }

    /// Returns how big the store is.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn size(&self) -> Result<StoreSize, EvidenceError> {
        let pragma = |name: &str| {
            self.conn
                .pragma_query_value(None, name, |row| row.get::<_, i64>(0))
                .map_err(|error| self.fail("measure", error))
        };
        let page = pragma("page_size")?;
        Ok(StoreSize {
            bytes: page * pragma("page_count")?,
            free: page * pragma("freelist_count")?,
        })
    }
}
