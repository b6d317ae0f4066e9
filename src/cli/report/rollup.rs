use serde::Serialize;

use super::{
    Desk, FAILURE_CHARS, at,
    folders::{file_name, playbook_of},
    name_of,
};
use crate::{
    cli::{
        publish::{ReportArgs, Text, Told},
        table::{Table, cut},
    },
    knowledge::report::{GitContext, TrackRecord, span_days},
    model::{DAY_MS, Timestamp},
    store::evidence::{SeenSignature, Span},
};

/// Categories that are told.
const CATEGORIES: [&str; 5] = [
    "error",
    "docker_fail",
    "pytest_fail",
    "network_anomaly",
    "network_flow",
];

/// Arguments of `rollup`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  wicap-assist rollup --days 7 --top 5")]
pub(in crate::cli) struct Args {
    /// Look back this many days.
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=36_500))]
    days: u32,
    /// Tell this many.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    top: u32,
    #[command(flatten)]
    pub(super) report: ReportArgs,
}

#[derive(Serialize)]
struct Rollup {
    window: Window,
    items: Vec<Item>,
}

#[derive(Serialize)]
struct Window {
    days: u32,
    start: Timestamp,
    end: Timestamp,
}

#[derive(Serialize)]
struct Item {
    category: String,
    signature: String,
    occurrence_count: i64,
    first_seen: Timestamp,
    last_seen: Timestamp,
    span_days: f64,
    playbook: Linked,
    git_context: GitContext,
    verification_track_record: Option<TrackRecord>,
    signature_id: String,
}

#[derive(Serialize)]
struct Linked {
    path: Option<String>,
}

pub(super) fn tell(args: &Args, desk: &Desk) -> anyhow::Result<Told> {
    let end = desk.now.millis();
    let start = end - i64::from(args.days) * DAY_MS;
    let playbooks = desk.folders.playbooks();
    let mut items = Vec::new();
    for (seen, span) in top(args, desk, (start, end + 1))? {
        let playbook = playbook_of(&playbooks, &seen.signature);
        items.push(Item {
            signature: name_of(&seen.signature).to_owned(),
            occurrence_count: seen.n,
            first_seen: at(span.first_ms),
            last_seen: at(span.last_ms),
            span_days: span_days(span.first_ms, span.last_ms),
            playbook: Linked {
                path: playbook.map(|file| file.path.to_string_lossy().into_owned()),
            },
            git_context: desk.git_context(seen.signature.key)?,
            verification_track_record: desk.track_record(seen.signature.key, Some(span.last_ms))?,
            signature_id: seen.signature.signature_id,
            category: seen.signature.category,
        });
    }
    let window = Window {
        days: args.days,
        start: at(start),
        end: at(end),
    };
    let rollup = Rollup { window, items };
    Told::new(&rollup, lines(&rollup, desk))
}

/// The most frequent first; of equals those that last longest, then by name.
fn top(args: &Args, desk: &Desk, window: (i64, i64)) -> anyhow::Result<Vec<(SeenSignature, Span)>> {
    let mut seen = desk.evidence.signature_counts(window.0, window.1)?;
    seen.retain(|seen| CATEGORIES.contains(&seen.signature.category.as_str()));
    seen.sort_by_key(|seen| std::cmp::Reverse(seen.n));
    let n_max = args.top as usize;
    // Equals of the last one compete with it.
    let least = seen.get(n_max.saturating_sub(1)).map_or(0, |seen| seen.n);
    seen.retain(|seen| seen.n >= least);
    let mut list = Vec::new();
    for seen in seen {
        if let Some(span) = desk.evidence.signature_span(seen.signature.key, window)? {
            list.push((seen, span));
        }
    }
    list.sort_by(|(a, a_span), (b, b_span)| {
        let length = |span: &Span| span.last_ms - span.first_ms;
        (b.n, length(b_span))
            .cmp(&(a.n, length(a_span)))
            .then_with(|| a.signature.category.cmp(&b.signature.category))
            .then_with(|| a.signature.template.cmp(&b.signature.template))
            .then_with(|| a.signature.signature_id.cmp(&b.signature.signature_id))
    });
    list.truncate(n_max);
    Ok(list)
}

fn lines(rollup: &Rollup, desk: &Desk) -> Text {
    let window = &rollup.window;
    let mut lines = vec![format!(
        "Failures of {} days, {} to {} (UTC)",
        window.days,
        desk.minute(window.start.millis()),
        desk.minute(window.end.millis()),
    )];
    if rollup.items.is_empty() {
        lines.push("none in this window".to_owned());
        return lines.into();
    }
    let mut table = Table::new(&[
        "seen",
        "days",
        "last seen",
        "signature",
        "verified",
        "playbook",
        "failure",
    ]);
    for item in &rollup.items {
        table.row(vec![
            item.occurrence_count.to_string(),
            format!("{:.1}", item.span_days),
            desk.minute(item.last_seen.millis()),
            item.signature_id.clone(),
            verified(item.verification_track_record.as_ref()),
            item.playbook
                .path
                .as_ref()
                .map_or("-".to_owned(), |path| file_name(path.as_ref())),
            cut(&item.signature, FAILURE_CHARS),
        ]);
    }
    Text::from(lines).with(table)
}

/// `2 passed, 1 failed, came back`.
pub(super) fn verified(record: Option<&TrackRecord>) -> String {
    let Some(record) = record else {
        return "-".to_owned();
    };
    let mut parts = Vec::new();
    for (n, word) in [
        (record.passes, "passed"),
        (record.fails, "failed"),
        (record.unknowns, "unclear"),
    ] {
        if n > 0 {
            parts.push(format!("{n} {word}"));
        }
    }
    if record.relapse_detected {
        parts.push("came back".to_owned());
    }
    parts.join(", ")
}
