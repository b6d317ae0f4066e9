//! `bundle`: everything about a place or a failure.

use anyhow::anyhow;

use super::Library;
use crate::{
    cli::{
        Context, Exit, Failure,
        publish::{ReportArgs, Title, Told},
        table::cut,
    },
    knowledge::incident::{Bundle, LogSummary},
    model::Timestamp,
    runtime::answers,
};

/// Characters of a line.
const TEXT_CHARS: usize = 150;

/// Arguments of `bundle`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  wicap-assist bundle logs_soak_20260304_020000 --json")]
pub(in crate::cli) struct Args {
    /// A soak, a file, a service, a signature id, or words.
    #[arg(value_name = "TARGET", required = true)]
    target: Vec<String>,
    #[command(flatten)]
    report: ReportArgs,
}

/// Runs the command.
///
/// # Errors
///
/// When there is no evidence, or when it cannot be read.
pub(in crate::cli) fn run(args: &Args, ctx: &Context) -> anyhow::Result<Exit> {
    let library = library(ctx, args.report.now)?;
    let target = args.target.join(" ");
    let found = answers::bundle(&library.sources(ctx), &target)?;
    let is_empty = found.is_none();
    let bundle = found.unwrap_or_else(|| Bundle {
        target,
        ..Bundle::default()
    });
    let title = Title {
        name: "bundle",
        about: Some(&bundle.target),
        as_of: library.sources(ctx).now,
    };
    let report = match is_empty {
        true => args.report.unkept(),
        false => args.report,
    };
    Told::new(&bundle, lines(&bundle))?.tell(ctx, report, &title)?;
    Ok(if is_empty { Exit::No } else { Exit::Done })
}

/// Opens what is there, or says what to do first.
///
/// # Errors
///
/// When there is nothing, or when it cannot be read.
pub(super) fn library(ctx: &Context, now: Option<Timestamp>) -> anyhow::Result<Library> {
    let nothing = || {
        Failure::new(Exit::Error, anyhow!("no evidence was gathered yet"))
            .hint("`wicap-assist ingest --repo-root DIR` gathers it")
    };
    Ok(Library::open(ctx, now)?.ok_or_else(nothing)?)
}

fn lines(bundle: &Bundle) -> Vec<String> {
    let mut lines = vec![
        format!("Target: {}", bundle.target),
        String::new(),
        "Log Summary:".to_owned(),
    ];
    for (category, clusters) in bundle.log_summary.by_category() {
        lines.push(format!("- {category}: {}", LogSummary::total(clusters)));
        for one in clusters {
            lines.push(format!(
                "  - count={} file={}:{}",
                one.count, one.file, one.line
            ));
            lines.push(format!("    {}", cut(&one.snippet, TEXT_CHARS)));
        }
    }
    lines.extend([String::new(), "Related Sessions:".to_owned()]);
    for (at, session) in bundle.related_sessions.iter().enumerate() {
        let last = session.ts_last.as_deref().unwrap_or("-");
        lines.push(format!(
            "{}. session_id={} ts_last={last}",
            at + 1,
            session.session_id
        ));
        lines.push(format!("   source={}", session.source));
        let matches = &session.matches;
        for (name, list) in [("errors", &matches.errors), ("outcomes", &matches.outcomes)] {
            lines.extend(
                list.iter()
                    .map(|one| format!("   {name}: {}", cut(&one.snippet, TEXT_CHARS))),
            );
        }
    }
    if bundle.related_sessions.is_empty() {
        lines.push("(none)".to_owned());
    }
    lines.extend([String::new(), "Git Commits:".to_owned()]);
    for (at, commit) in bundle.git_commits.iter().enumerate() {
        let short: String = commit.hash.chars().take(12).collect();
        lines.push(format!(
            "{}. {short} {} overlap={}",
            at + 1,
            commit.date,
            commit.overlap_score
        ));
        lines.push(format!("   {}", cut(&commit.subject, TEXT_CHARS)));
    }
    if bundle.git_commits.is_empty() {
        lines.push("(none)".to_owned());
    }
    lines
}
