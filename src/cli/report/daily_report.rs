use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    Desk, FAILURE_CHARS, at,
    folders::{file_name, incident_of, playbook_of},
    name_of,
};
use crate::{
    cli::{
        publish::{ReportArgs, Text, Told},
        table::{Table, cut},
    },
    knowledge::report::{Trend, trends},
    model::{DAY_MS, Timestamp},
    store::evidence::SeenSignature,
};

/// The newest events of a failure that say where it stands most often.
const PLACE_EVENTS_MAX: i64 = 20_000;

/// Arguments of `daily-report`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  wicap-assist daily-report --days 1")]
pub(in crate::cli) struct Args {
    /// Compare this many days with as many before them.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=36_500))]
    days: u32,
    /// Tell this many.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    top: u32,
    #[command(flatten)]
    pub(super) report: ReportArgs,
}

/// Keys in the order of the alphabet, as the predecessor writes them.
#[derive(Serialize)]
struct Daily {
    baseline_window: Window,
    days: u32,
    generated_at: Timestamp,
    items: Vec<Item>,
    recent_window: Window,
    top: u32,
}

#[derive(Serialize)]
struct Window {
    end: Timestamp,
    start: Timestamp,
}

#[derive(Serialize)]
struct Item {
    baseline_count: i64,
    category: String,
    example_file: String,
    incident: Option<String>,
    playbook: Option<String>,
    recent_count: i64,
    signature: String,
    signature_id: String,
    trend_score: i64,
}

pub(super) fn tell(args: &Args, desk: &Desk) -> anyhow::Result<Told> {
    let now = desk.now.millis();
    let length = i64::from(args.days) * DAY_MS;
    let recent = (now - length, now + 1);
    let before = (now - 2 * length, now - length);
    let (playbooks, incidents) = (desk.folders.playbooks(), desk.folders.incidents());
    let mut items = Vec::new();
    for (seen, trend) in rising(desk, recent, before)?
        .into_iter()
        .take(args.top as usize)
    {
        let place = desk
            .evidence
            .signature_place(seen.signature.key, recent, PLACE_EVENTS_MAX)?;
        let signature = &seen.signature;
        items.push(Item {
            baseline_count: trend.baseline,
            category: signature.category.clone(),
            example_file: place.unwrap_or_default(),
            incident: incident_of(&incidents, signature).map(|file| file_name(&file.path)),
            playbook: playbook_of(&playbooks, signature).map(|file| file_name(&file.path)),
            recent_count: trend.recent,
            signature: name_of(signature).to_owned(),
            signature_id: signature.signature_id.clone(),
            trend_score: trend.score(),
        });
    }
    let daily = Daily {
        baseline_window: window(before),
        days: args.days,
        generated_at: desk.now,
        items,
        recent_window: window((recent.0, now)),
        top: args.top,
    };
    Told::new(&daily, lines(&daily, desk))
}

type Rising = (SeenSignature, Trend<(String, String, String)>);

fn rising(desk: &Desk, recent: (i64, i64), before: (i64, i64)) -> anyhow::Result<Vec<Rising>> {
    let counts = |(from, to)| desk.evidence.signature_counts(from, to);
    let baseline: BTreeMap<i64, i64> = counts(before)?
        .into_iter()
        .map(|seen| (seen.signature.key, seen.n))
        .collect();
    let mut by_id = BTreeMap::new();
    let mut all = Vec::new();
    for seen in counts(recent)? {
        let signature = &seen.signature;
        if !signature.is_failure() {
            continue;
        }
        let id = signature.signature_id.clone();
        all.push(Trend {
            of: (
                signature.category.clone(),
                signature.template.clone(),
                id.clone(),
            ),
            recent: seen.n,
            baseline: baseline.get(&seen.signature.key).copied().unwrap_or(0),
        });
        by_id.insert(id, seen);
    }
    let found = trends(all)
        .into_iter()
        .filter_map(|trend| Some((by_id.remove(&trend.of.2)?, trend)));
    Ok(found.collect())
}

fn window((from, to): (i64, i64)) -> Window {
    Window {
        end: at(to),
        start: at(from),
    }
}

fn lines(daily: &Daily, desk: &Desk) -> Text {
    let mut lines = vec![format!(
        "Rising failures, {} to {} against the {} days before (UTC)",
        desk.minute(daily.recent_window.start.millis()),
        desk.minute(daily.recent_window.end.millis()),
        daily.days,
    )];
    if daily.items.is_empty() {
        lines.push("nothing rises".to_owned());
        return lines.into();
    }
    let mut table = Table::new(&[
        "trend",
        "now",
        "before",
        "signature",
        "playbook",
        "incident",
        "failure, and where",
    ]);
    let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    for item in &daily.items {
        table.row(vec![
            format!("+{}", item.trend_score),
            item.recent_count.to_string(),
            item.baseline_count.to_string(),
            item.signature_id.clone(),
            or_dash(&item.playbook),
            or_dash(&item.incident),
            format!(
                "{}  [{}]",
                cut(&item.signature, FAILURE_CHARS),
                item.example_file
            ),
        ]);
    }
    Text::from(lines).with(table)
}
