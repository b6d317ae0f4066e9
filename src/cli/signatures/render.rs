//! Printing what was counted.

use std::io::Write;

use serde::Serialize;

use super::tally::{Row, Summary};
use crate::knowledge::signature::{Counts, LogTime, v1};
use crate::model::signature::SignatureId;

/// What to print.
#[derive(Clone, Copy)]
pub(super) struct Shown {
    pub(super) top: usize,
    pub(super) failures_only: bool,
    pub(super) v1: bool,
}

#[derive(Serialize)]
struct Document<'a> {
    lines: u64,
    signatures: usize,
    failures: u64,
    rows_dropped: u64,
    counts: Counts,
    rows: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    id: SignatureId,
    count: u64,
    /// Of all lines and blocks, 0 to 1.
    share: f64,
    level: &'static str,
    category: &'static str,
    failure: bool,
    first: Option<String>,
    last: Option<String>,
    template: &'a str,
    example: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    frame: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    v1: Option<String>,
}

/// Prints a table: two lines a signature, failures first, then by count.
pub(super) fn text(summary: &Summary, shown: Shown, mut out: impl Write) -> anyhow::Result<()> {
    let document = document(summary, shown);
    writeln!(
        out,
        "{} lines, {} signatures, {} failures",
        document.lines, document.signatures, document.failures
    )?;
    for entry in &document.rows {
        let mark = if entry.failure { "FAIL" } else { "" };
        writeln!(
            out,
            "{:>9} {:>5.1}% {:<4} {:<8} {}  {} .. {}",
            entry.count,
            entry.share * 100.0,
            mark,
            entry.level,
            entry.id,
            entry.first.as_deref().unwrap_or("-"),
            entry.last.as_deref().unwrap_or("-"),
        )?;
        writeln!(out, "          {}", one_line(entry.template))?;
        writeln!(out, "          e.g. {}", one_line(entry.example))?;
        for (name, value) in [("in", entry.frame), ("cause", entry.cause), ("v1", entry.v1.as_deref())] {
            if let Some(value) = value {
                writeln!(out, "          {name} {}", one_line(value))?;
            }
        }
    }
    out.flush()?;
    Ok(())
}

/// Prints one JSON document.
pub(super) fn json(summary: &Summary, shown: Shown, mut out: impl Write) -> anyhow::Result<()> {
    let text = serde_json::to_string(&document(summary, shown))?;
    writeln!(out, "{text}")?;
    out.flush()?;
    Ok(())
}

fn document(summary: &Summary, shown: Shown) -> Document<'_> {
    let total: u64 = summary.rows.iter().map(|(_, row)| row.count).sum();
    let failures = summary.rows.iter().filter(|(_, row)| row.category.is_failure());
    let failures = failures.map(|(_, row)| row.count).sum();
    let mut rows: Vec<&(SignatureId, Row)> = summary
        .rows
        .iter()
        .filter(|(_, row)| !shown.failures_only || row.category.is_failure())
        .collect();
    rows.sort_by_key(|(id, row)| (!row.category.is_failure(), std::cmp::Reverse(row.count), *id));
    Document {
        lines: summary.lines,
        signatures: summary.rows.len(),
        failures,
        rows_dropped: summary.rows_dropped,
        counts: summary.counts,
        rows: rows.into_iter().take(shown.top).map(|(id, row)| entry(summary, *id, row, total, shown.v1)).collect(),
    }
}

fn entry<'a>(summary: &'a Summary, id: SignatureId, row: &'a Row, total: u64, with_v1: bool) -> Entry<'a> {
    Entry {
        id,
        count: row.count,
        share: if total == 0 { 0.0 } else { row.count as f64 / total as f64 },
        level: row.level.name(),
        category: row.category.name(),
        failure: row.category.is_failure(),
        first: row.first.map(show_time),
        last: row.last.map(show_time),
        template: summary.texts.get(&id).map_or(row.example.as_str(), String::as_str),
        example: &row.example,
        frame: row.frame.as_deref(),
        cause: row.cause.as_deref(),
        v1: with_v1.then(|| v1::signature(&row.example)),
    }
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(160).collect()
}

fn show_time(time: LogTime) -> String {
    time.to_string()
}
