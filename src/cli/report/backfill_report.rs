use std::collections::BTreeMap;

use serde::Serialize;

use super::{Desk, at};
use crate::{
    cli::publish::{ReportArgs, Told},
    model::Timestamp,
    store::evidence::Totals,
};

/// Arguments of `backfill-report`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  wicap-assist backfill-report --json")]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    pub(super) report: ReportArgs,
}

#[derive(Serialize)]
struct Backfill {
    sources: Sources,
    sessions: Sessions,
    log_events: Categories,
    conversations: Conversations,
    conversation_signals: Total,
    verification_outcomes: Outcomes,
    changelog_entries: Changes,
    coverage_gaps: Vec<String>,
    harness_scripts: Total,
    commits: Total,
    soaks: Total,
}

#[derive(Serialize)]
struct Total {
    total: i64,
}

#[derive(Serialize)]
struct Sources {
    total: i64,
    by_kind: BTreeMap<String, i64>,
}

#[derive(Serialize)]
struct Sessions {
    total: i64,
    date_range: Range,
    missing_git_metadata: i64,
    with_git_metadata: i64,
}

#[derive(Serialize)]
struct Range {
    earliest: Option<Timestamp>,
    latest: Option<Timestamp>,
}

#[derive(Serialize)]
struct Categories {
    total: i64,
    by_category: BTreeMap<String, i64>,
}

#[derive(Serialize)]
struct Conversations {
    total: i64,
    date_range: Range,
}

#[derive(Serialize)]
struct Outcomes {
    total: i64,
    by_outcome: BTreeMap<String, i64>,
    conversations_with_outcomes: i64,
    conversations_without_outcomes: i64,
}

#[derive(Serialize)]
struct Changes {
    total: i64,
    distinct_releases: i64,
}

pub(super) fn tell(desk: &Desk) -> anyhow::Result<Told> {
    let backfill = backfill(desk.evidence.totals(desk.now.millis())?);
    let lines = lines(&backfill, desk);
    Told::new(&backfill, lines)
}

fn backfill(totals: Totals) -> Backfill {
    let sum = |list: &[(String, i64)]| list.iter().map(|(_, n)| n).sum();
    let range = |(earliest, latest): (Option<i64>, Option<i64>)| Range {
        earliest: earliest.map(at),
        latest: latest.map(at),
    };
    let coverage_gaps = gaps(&totals);
    let without = totals.conversations - totals.conversations_with_outcomes;
    Backfill {
        sources: Sources {
            total: sum(&totals.files),
            by_kind: totals.files.into_iter().collect(),
        },
        sessions: Sessions {
            total: totals.sessions,
            date_range: range(totals.sessions_ms),
            missing_git_metadata: totals.sessions_without_git,
            with_git_metadata: totals.sessions - totals.sessions_without_git,
        },
        log_events: Categories {
            total: sum(&totals.events),
            by_category: totals.events.into_iter().collect(),
        },
        conversations: Conversations {
            total: totals.conversations,
            date_range: range(totals.conversations_ms),
        },
        conversation_signals: Total {
            total: totals.conversation_statements,
        },
        verification_outcomes: Outcomes {
            total: sum(&totals.outcomes),
            by_outcome: totals.outcomes.into_iter().collect(),
            conversations_with_outcomes: totals.conversations_with_outcomes,
            conversations_without_outcomes: without,
        },
        changelog_entries: Changes {
            total: totals.changes,
            distinct_releases: totals.releases,
        },
        coverage_gaps,
        harness_scripts: Total {
            total: totals.scripts,
        },
        commits: Total {
            total: totals.commits,
        },
        soaks: Total {
            total: totals.soaks,
        },
    }
}

/// What is missing, each with what brings it.
fn gaps(totals: &Totals) -> Vec<String> {
    let without = totals.conversations - totals.conversations_with_outcomes;
    let checks = [
        (
            totals.events.is_empty(),
            "no log events: `ingest --scan-soaks` reads them".to_owned(),
        ),
        (
            totals.sessions == 0,
            "no sessions: `ingest --scan-codex` reads them".to_owned(),
        ),
        (
            totals.sessions_without_git > 0,
            format!("{} sessions say no repository", totals.sessions_without_git),
        ),
        (
            totals.conversations == 0,
            "no conversations: `ingest --scan-antigravity` reads them".to_owned(),
        ),
        (
            without > 0,
            format!("{without} conversations have no outcome"),
        ),
        (
            totals.changes == 0,
            "no changelog: `ingest --scan-changelog` reads it".to_owned(),
        ),
        (
            totals.scripts == 0,
            "no harness scripts: `ingest --scan-harness` reads them".to_owned(),
        ),
        (
            totals.commits == 0,
            "no commits: `ingest --scan-git` reads them".to_owned(),
        ),
    ];
    let missing = checks.into_iter().filter(|(is_missing, _)| *is_missing);
    missing.map(|(_, text)| text).collect()
}

/// A heading with its count, and what is known about it.
type Section = (&'static str, i64, Vec<(&'static str, String)>);

fn lines(backfill: &Backfill, desk: &Desk) -> Vec<String> {
    let mut lines = Vec::new();
    for (name, total, details) in sections(backfill, desk) {
        lines.push(format!("{name}: {total}"));
        let details = details.into_iter();
        lines.extend(details.map(|(key, value)| format!("  {key}={value}")));
    }
    lines.push(String::new());
    if backfill.coverage_gaps.is_empty() {
        lines.push("nothing is missing".to_owned());
    }
    let gaps = backfill.coverage_gaps.iter();
    lines.extend(gaps.map(|gap| format!("missing: {gap}")));
    lines
}

fn sections(backfill: &Backfill, desk: &Desk) -> Vec<Section> {
    let (sessions, outcomes) = (&backfill.sessions, &backfill.verification_outcomes);
    let (events, changes) = (&backfill.log_events, &backfill.changelog_entries);
    let conversations = &backfill.conversations;
    let kinds = named(&backfill.sources.by_kind);
    let without = outcomes.conversations_without_outcomes.to_string();
    vec![
        ("sources", backfill.sources.total, vec![("by_kind", kinds)]),
        (
            "sessions",
            sessions.total,
            vec![
                ("date_range", range(&sessions.date_range, desk)),
                (
                    "missing_git_metadata",
                    sessions.missing_git_metadata.to_string(),
                ),
            ],
        ),
        (
            "log_events",
            events.total,
            vec![("by_category", named(&events.by_category))],
        ),
        (
            "conversations",
            conversations.total,
            vec![("date_range", range(&conversations.date_range, desk))],
        ),
        (
            "conversation_signals",
            backfill.conversation_signals.total,
            vec![],
        ),
        (
            "verification_outcomes",
            outcomes.total,
            vec![
                ("by_outcome", named(&outcomes.by_outcome)),
                ("conversations_without_outcomes", without),
            ],
        ),
        (
            "changelog_entries",
            changes.total,
            vec![("distinct_releases", changes.distinct_releases.to_string())],
        ),
        ("harness_scripts", backfill.harness_scripts.total, vec![]),
        ("commits", backfill.commits.total, vec![]),
        ("soaks", backfill.soaks.total, vec![]),
    ]
}

/// `codex 5, soak 12`.
fn named(counts: &BTreeMap<String, i64>) -> String {
    let parts = counts.iter().map(|(name, n)| format!("{name} {n}"));
    parts.collect::<Vec<_>>().join(", ")
}

fn range(range: &Range, desk: &Desk) -> String {
    match (range.earliest, range.latest) {
        (Some(from), Some(to)) => {
            let (from, to) = (desk.minute(from.millis()), desk.minute(to.millis()));
            format!("{from} to {to} (UTC)")
        }
        _ => "-".to_owned(),
    }
}
