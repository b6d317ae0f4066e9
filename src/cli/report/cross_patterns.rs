use serde::Serialize;

use super::{Desk, FAILURE_CHARS, at, name_of};
use crate::{
    cli::{
        publish::{ReportArgs, Text, Told},
        table::{Table, cut},
    },
    knowledge::report::{RELAPSE_DAYS, has_gap, span_days},
    model::{DAY_MS, Timestamp},
    store::evidence::{Pattern, PatternFilter},
};

/// Sources of a failure that are named.
const SOURCES_MAX: i64 = 1_000;

/// Moments of past work that are looked at for one failure.
const MENTIONS_MAX: i64 = 10_000;

/// Arguments of `cross-patterns`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  wicap-assist cross-patterns --min-occurrences 5")]
pub(in crate::cli) struct Args {
    /// Only what was seen in so many files, sessions and conversations, or on so many days.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    min_occurrences: u32,
    /// Only what was seen for so many days from the first to the last time.
    #[arg(long, value_name = "DAYS", default_value_t = 7.0, value_parser = days)]
    min_span_days: f64,
    /// Tell this many.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    top: u32,
    #[command(flatten)]
    pub(super) report: ReportArgs,
}

fn days(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(days) if (0.0..=36_500.0).contains(&days) => Ok(days),
        _ => Err("must be a number of days from 0 on".to_owned()),
    }
}

#[derive(Serialize)]
struct Item {
    signature: String,
    category: String,
    occurrence_count: i64,
    first_seen: Option<Timestamp>,
    last_seen: Option<Timestamp>,
    span_days: f64,
    sources: Vec<String>,
    is_relapse: bool,
    signature_id: String,
    event_count: i64,
    day_count: i64,
}

pub(super) fn tell(args: &Args, desk: &Desk) -> anyhow::Result<Told> {
    let filter = PatternFilter {
        occurrences_min: i64::from(args.min_occurrences),
        span_min_ms: (args.min_span_days * DAY_MS as f64) as i64,
        now_ms: desk.now.millis(),
    };
    let mut items = Vec::new();
    for pattern in desk.evidence.pattern_list(&filter, i64::from(args.top))? {
        items.push(item(&pattern, desk)?);
    }
    Told::new(&items, lines(&items, desk))
}

fn item(pattern: &Pattern, desk: &Desk) -> anyhow::Result<Item> {
    let signature = &pattern.seen.signature;
    let (key, now) = (signature.key, desk.now.millis());
    let sources = desk.evidence.signature_sources(key, (now, SOURCES_MAX))?;
    Ok(Item {
        signature: name_of(signature).to_owned(),
        category: signature.category.clone(),
        occurrence_count: pattern.n_places.max(pattern.n_days),
        first_seen: Some(at(pattern.first_ms)),
        last_seen: Some(at(pattern.last_ms)),
        span_days: span_days(pattern.first_ms, pattern.last_ms),
        sources: sources.iter().map(source_name).collect(),
        is_relapse: came_back(key, desk)?,
        signature_id: signature.signature_id.clone(),
        event_count: pattern.seen.n,
        day_count: pattern.n_days,
    })
}

/// Whether it was seen again after a week of quiet. Whole days tell where the quiet may be, the
/// events at their edges whether it was long enough.
fn came_back(key: i64, desk: &Desk) -> anyhow::Result<bool> {
    let now = desk.now.millis();
    let mut moments = desk.evidence.signature_mentions(key, (now, MENTIONS_MAX))?;
    let days = desk.evidence.signature_days(key, now)?;
    // A day without a long quiet at its side needs no closer look: its noon stands for it.
    for (at, day) in days.iter().enumerate() {
        let is_far =
            |other: Option<&i64>| other.is_none_or(|other| (other - day).abs() >= RELAPSE_DAYS);
        let before = at.checked_sub(1).and_then(|at| days.get(at));
        if is_far(before) || is_far(days.get(at + 1)) {
            let window = (day * DAY_MS, ((day + 1) * DAY_MS).min(now + 1));
            if let Some(span) = desk.evidence.signature_span(key, window)? {
                moments.extend([span.first_ms, span.last_ms]);
            }
        } else {
            moments.push(day * DAY_MS + DAY_MS / 2);
        }
    }
    moments.sort_unstable();
    Ok(has_gap(&moments))
}

/// `soak:wicap.log`, `session:<id>`, `conversation:<id>`.
fn source_name((source, name): &(String, String)) -> String {
    let kind = match source.as_str() {
        "codex" => "session",
        "antigravity" => "conversation",
        other => other,
    };
    format!("{kind}:{name}")
}

fn lines(items: &[Item], desk: &Desk) -> Text {
    if items.is_empty() {
        return vec!["no failure comes back".to_owned()].into();
    }
    let mut table = Table::new(&[
        "places or days",
        "events",
        "days",
        "last seen",
        "came back",
        "signature",
        "failure",
    ]);
    for item in items {
        let last_seen = item.last_seen.unwrap_or_default();
        table.row(vec![
            item.occurrence_count.to_string(),
            item.event_count.to_string(),
            format!("{:.1}", item.span_days),
            desk.minute(last_seen.millis()),
            if item.is_relapse { "yes" } else { "-" }.to_owned(),
            item.signature_id.clone(),
            cut(&item.signature, FAILURE_CHARS),
        ]);
    }
    let lines = vec![format!("{} failures come back (UTC)", items.len())];
    Text::from(lines).with(table)
}
