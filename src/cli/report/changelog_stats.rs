use std::collections::BTreeMap;

use serde::Serialize;

use super::Desk;
use crate::cli::publish::{ReportArgs, Told};

/// Arguments of `changelog-stats`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  wicap-assist changelog-stats")]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    pub(super) report: ReportArgs,
}

#[derive(Serialize)]
struct Document {
    total_entries: i64,
    distinct_releases: i64,
    distinct_days: i64,
    change_types: BTreeMap<String, i64>,
}

pub(super) fn tell(desk: &Desk) -> anyhow::Result<Told> {
    let totals = desk.evidence.change_totals(desk.now.millis())?;
    let mut lines = vec![
        format!("total_entries={}", totals.entries),
        format!("distinct_releases={}", totals.releases),
        format!("distinct_days={}", totals.days),
        "top10_change_types:".to_owned(),
    ];
    let sections = totals.sections.iter();
    lines.extend(sections.map(|(section, n)| format!("- {section}: {n}")));
    if totals.sections.is_empty() {
        lines.push("- (none)".to_owned());
    }
    let document = Document {
        total_entries: totals.entries,
        distinct_releases: totals.releases,
        distinct_days: totals.days,
        change_types: totals.sections.into_iter().collect(),
    };
    Told::new(&document, lines)
}
