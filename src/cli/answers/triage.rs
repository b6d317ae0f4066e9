//! `triage`: what past sessions said about some words.

use std::collections::BTreeMap;

use serde_json::json;

use super::{at, bundle::library};
use crate::{
    cli::{
        Context, Exit,
        publish::{ReportArgs, Title, Told},
        table::cut,
    },
    store::evidence::{Said, SessionView},
};

/// Characters of a line.
const TEXT_CHARS: usize = 150;

/// The kinds that are shown, in this order, and what they are called.
const KINDS: [(&str, &str); 4] = [
    ("error", "errors"),
    ("command", "commands"),
    ("file_path", "file_paths"),
    ("outcome", "outcomes"),
];

/// Arguments of `triage`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  wicap-assist triage redis reconnect")]
pub(in crate::cli) struct Args {
    /// Words that a statement must have; a word that ends in `*` matches by its start.
    #[arg(value_name = "QUERY", required = true)]
    query: Vec<String>,
    /// Show at most this many sessions.
    #[arg(long, value_name = "N", default_value_t = 5)]
    top_sessions: usize,
    /// Show at most this many statements of a kind.
    #[arg(long, value_name = "N", default_value_t = 3)]
    per_category: usize,
    /// Look at most at this many statements, the newest.
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    limit: u32,
    #[command(flatten)]
    report: ReportArgs,
}

/// A session with what it said.
struct Group {
    session: SessionView,
    said: Vec<Said>,
}

/// Runs the command.
///
/// # Errors
///
/// When there is no evidence, or when it cannot be read.
pub(in crate::cli) fn run(args: &Args, ctx: &Context) -> anyhow::Result<Exit> {
    let library = library(ctx, args.report.now)?;
    let now = library.sources(ctx).now;
    let query = args.query.join(" ");
    let said = library
        .evidence
        .said_with(&query, (now.millis(), i64::from(args.limit)))?;
    let mut by_session: BTreeMap<i64, Vec<Said>> = BTreeMap::new();
    for one in said {
        by_session.entry(one.session_key).or_default().push(one);
    }
    let keys: Vec<i64> = by_session.keys().copied().collect();
    let mut groups: Vec<Group> = library
        .evidence
        .session_list(&keys, now.millis())?
        .into_iter()
        .map(|session| Group {
            said: by_session.remove(&session.key).unwrap_or_default(),
            session,
        })
        .collect();
    groups.sort_by_key(|one| {
        std::cmp::Reverse((one.said.len(), one.session.last_ms, one.session.key))
    });
    groups.truncate(args.top_sessions);
    let sessions: Vec<_> = groups
        .iter()
        .map(|group| document(group, args.per_category))
        .collect();
    let mut text = vec![format!("Query: {query}")];
    if groups.is_empty() {
        text.push("no matches".to_owned());
    }
    for (at, group) in groups.iter().enumerate() {
        text.extend(lines(at + 1, group, args.per_category));
    }
    let title = Title {
        name: "triage",
        about: Some(&query),
        as_of: now,
    };
    let told = Told::new(&json!({"query": query, "sessions": sessions}), text)?;
    told.tell(ctx, args.report, &title)?;
    Ok(Exit::Done)
}

fn of_kind<'a>(group: &'a Group, kind: &'a str, n_max: usize) -> impl Iterator<Item = &'a Said> {
    group
        .said
        .iter()
        .filter(move |one| one.kind == kind)
        .take(n_max)
}

fn lines(number: usize, group: &Group, n_max: usize) -> Vec<String> {
    let session = &group.session;
    let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let last = at(session.last_ms).unwrap_or_else(|| "-".to_owned());
    let mut lines = vec![
        String::new(),
        format!(
            "{number}. session_id={} ts_last={last} cwd={}",
            session.session_id,
            or_dash(&session.cwd)
        ),
        format!(
            "   repo={} branch={} commit={}",
            or_dash(&session.repo_url),
            or_dash(&session.branch),
            or_dash(&session.commit_hash)
        ),
        format!("   source={}", session.path),
    ];
    for (kind, name) in KINDS {
        let mut said = of_kind(group, kind, n_max).peekable();
        if said.peek().is_some() {
            lines.push(format!("   {name}:"));
        }
        lines.extend(
            said.map(|one| format!("   - {} [record {}]", cut(&one.text, TEXT_CHARS), one.line)),
        );
    }
    lines
}

fn document(group: &Group, n_max: usize) -> serde_json::Value {
    let session = &group.session;
    let list = |kind: &'static str| {
        let said = of_kind(group, kind, n_max);
        said.map(|one| json!({"snippet": one.text, "line": one.line, "verdict": one.verdict}))
            .collect::<Vec<_>>()
    };
    let matches: serde_json::Map<String, serde_json::Value> = KINDS
        .iter()
        .map(|(kind, name)| ((*name).to_owned(), json!(list(kind))))
        .collect();
    json!({
        "session_id": session.session_id, "ts_last": at(session.last_ms), "cwd": session.cwd,
        "git": {"repo_url": session.repo_url, "branch": session.branch, "commit_hash": session.commit_hash},
        "source": session.path, "n_matches": group.said.len(), "matches": matches,
    })
}
