use rusqlite::{Row, params};

use super::{Evidence, EvidenceError, events::first_id, until::end_id};

/// Which events are asked for.
#[derive(Clone, Debug, Default)]
pub struct EventFilter {
    /// Only failures of the stack: no network records.
    pub failures_only: bool,
    /// From this instant on.
    pub from_ms: Option<i64>,
    /// Before this instant.
    pub to_ms: Option<i64>,
    /// Only of this signature, 16 hex digits.
    pub signature_id: Option<String>,
    /// Only of this service.
    pub service: Option<String>,
}

/// One event as it is stored.
#[derive(Clone, Debug)]
pub struct EventView {
    /// Its key, in the order of time.
    pub event_id: i64,
    /// When, in Unix milliseconds.
    pub at_ms: Option<i64>,
    /// Where the time comes from.
    pub clock: String,
    /// Path of its file.
    pub path: String,
    /// Number of its line.
    pub line: i64,
    /// Its signature.
    pub signature_id: String,
    /// Its service; empty when unknown.
    pub service: String,
    /// Its category.
    pub category: String,
    /// Its level.
    pub level: String,
    /// The line, redacted.
    pub text: String,
}

/// One signature as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureView {
    /// Its key in this store.
    pub key: i64,
    /// Its id.
    pub signature_id: String,
    /// The category of its first event.
    pub category: String,
    /// The level of its first event.
    pub level: String,
    /// The masked text.
    pub template: String,
    /// What the predecessor called it.
    pub v1: String,
    /// Its first line.
    pub example: String,
    /// How many events it has.
    pub n_events: i64,
    /// The first of them.
    pub first_ms: Option<i64>,
    /// The last of them.
    pub last_ms: Option<i64>,
}

impl SignatureView {
    /// Whether it is a failure of the stack: no network record.
    pub fn is_failure(&self) -> bool {
        matches!(
            self.category.as_str(),
            "error" | "docker_fail" | "pytest_fail"
        )
    }

    /// Whether it is a record of the network event stream.
    pub fn is_network(&self) -> bool {
        self.category.starts_with("network_")
    }
}

pub(super) const EVENT: &str =
    "SELECT e.event_id, e.at_ms, e.clock, f.path, e.line, s.signature_id, v.name,
    e.category, e.level, e.text FROM events e
    JOIN files f ON f.file_id = e.file_id
    JOIN signatures s ON s.signature_key = e.signature_key
    JOIN services v ON v.service_key = e.service_key";

pub(super) fn from_row(row: &Row<'_>) -> rusqlite::Result<EventView> {
    Ok(EventView {
        event_id: row.get(0)?,
        at_ms: row.get(1)?,
        clock: row.get(2)?,
        path: row.get(3)?,
        line: row.get(4)?,
        signature_id: row.get(5)?,
        service: row.get(6)?,
        category: row.get(7)?,
        level: row.get(8)?,
        text: row.get(9)?,
    })
}

/// What a [`SignatureView`] is made of.
pub(super) const SIGNATURE: &str = "s.signature_key, s.signature_id, s.category, s.level,
    s.template, s.v1, s.example, s.n_events, s.first_ms, s.last_ms";

/// How many columns [`SIGNATURE`] has.
pub(super) const SIGNATURE_COLUMNS: usize = 10;

pub(super) fn signature_from_row(row: &Row<'_>) -> rusqlite::Result<SignatureView> {
    Ok(SignatureView {
        key: row.get(0)?,
        signature_id: row.get(1)?,
        category: row.get(2)?,
        level: row.get(3)?,
        template: row.get(4)?,
        v1: row.get(5)?,
        example: row.get(6)?,
        n_events: row.get(7)?,
        first_ms: row.get(8)?,
        last_ms: row.get(9)?,
    })
}

impl Evidence {
    /// Hands the events that `filter` asks for to `each`, oldest first, without holding them all.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read, or with what `each` failed with.
    pub fn event_each<E: From<EvidenceError>>(
        &self,
        filter: &EventFilter,
        mut each: impl FnMut(EventView) -> Result<(), E>,
    ) -> Result<(), E> {
        let fail = |error| E::from(self.fail("read events", error));
        let sql = [
            EVENT,
            " WHERE e.event_id >= ?1 AND e.event_id < ?2
              AND (?3 IS NULL OR s.signature_id = ?3) AND (?4 IS NULL OR v.name = ?4)
              AND (NOT ?5 OR e.category IN ('error', 'docker_fail', 'pytest_fail'))
              ORDER BY e.event_id",
        ]
        .concat();
        let mut statement = self.conn.prepare_cached(&sql).map_err(fail)?;
        let from = filter.from_ms.map_or(0, |ms| first_id(Some(ms)));
        let to = filter.to_ms.map_or(i64::MAX, |ms| first_id(Some(ms)));
        let mut rows = statement
            .query(params![
                from,
                to,
                filter.signature_id,
                filter.service,
                filter.failures_only
            ])
            .map_err(fail)?;
        while let Some(row) = rows.next().map_err(fail)? {
            each(from_row(row).map_err(fail)?)?;
        }
        Ok(())
    }

    /// Returns the newest events whose text has every word of `query`; a word that ends in `*`
    /// matches by its start. What is later than the instant is left out.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn event_search(
        &self,
        query: &str,
        (now_ms, n_max): (i64, i64),
    ) -> Result<Vec<EventView>, EvidenceError> {
        let words = match_expression(query);
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let read = || {
            let sql = [
                EVENT,
                " WHERE e.event_id IN (SELECT rowid FROM event_search WHERE event_search MATCH ?1
                  AND rowid < ?3 ORDER BY rowid DESC LIMIT ?2) ORDER BY e.event_id DESC",
            ]
            .concat();
            let mut statement = self.conn.prepare_cached(&sql)?;
            let bounds = params![words, n_max, end_id(now_ms)];
            let rows = statement.query_map(bounds, from_row)?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|error| self.fail("search", error))
    }

    /// Returns the id that a once given id has now.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn signature_resolve(&self, signature_id: &str) -> Result<String, EvidenceError> {
        let read = || {
            let mut statement = self
                .conn
                .prepare_cached("SELECT signature_id FROM signature_aliases WHERE alias = ?1")?;
            let mut rows = statement.query([signature_id])?;
            rows.next()?.map(|row| row.get(0)).transpose()
        };
        let found: Option<String> = read().map_err(|error| self.fail("read signatures", error))?;
        Ok(found.unwrap_or_else(|| signature_id.to_owned()))
    }
}

/// Every word quoted, so that no sign of the query language is one.
pub(super) fn match_expression(query: &str) -> String {
    let words = query.split_whitespace().filter_map(|word| {
        let (word, star) = match word.strip_suffix('*') {
            Some(start) => (start, "*"),
            None => (word, ""),
        };
        let pieces: Vec<&str> = word
            .split(|c: char| !c.is_alphanumeric())
            .filter(|piece| !piece.is_empty())
            .collect();
        let (last, before) = pieces.split_last()?;
        let mut text = String::new();
        for piece in before {
            text.push_str(&["\"", piece, "\" "].concat());
        }
        text.push_str(&["\"", last, "\"", star].concat());
        Some(text)
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(query: &str, expected: &str) {
        assert_eq!(expected, match_expression(query));
    }

    #[test]
    fn a_query_is_words_and_nothing_else() {
        check("redis timeout", "\"redis\" \"timeout\"");
        check("conn*", "\"conn\"*");
        check("wicap-redis:6380", "\"wicap\" \"redis\" \"6380\"");
        check("\" OR NOT (", "\"OR\" \"NOT\"");
        check("  - ", "");
    }
}
