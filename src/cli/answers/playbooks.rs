//! `playbooks`: what to do about the most frequent failures.

use serde_json::json;

use super::bundle::library;
use crate::{
    cli::{Context, Exit, document},
    knowledge::incident::{index_with, playbook},
    model::Timestamp,
    runtime::answers,
};

/// Arguments of `playbooks`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  wicap-assist playbooks --top 10")]
pub(in crate::cli) struct Args {
    /// How many failures, the most frequent first.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=200))]
    top: u16,
    /// Leave out failures that were seen less often.
    #[arg(long, value_name = "N", default_value_t = 2)]
    min_events: i64,
    /// Write into `docs/playbooks` of the repository, not into the data folder.
    #[arg(long)]
    into_repo: bool,
    /// Tell it as of this time (RFC 3339) [default: now]
    #[arg(long, value_name = "TIME")]
    now: Option<Timestamp>,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
///
/// # Errors
///
/// When there is no evidence, or when a playbook cannot be written.
pub(in crate::cli) fn run(args: &Args, ctx: &Context) -> anyhow::Result<Exit> {
    let library = library(ctx, args.now)?;
    let mut failures = library
        .evidence
        .failure_list(library.sources(ctx).now.millis())?;
    failures.retain(|one| one.is_failure() && one.n_events >= args.min_events);
    failures.sort_by_key(|one| (std::cmp::Reverse(one.n_events), one.signature_id.clone()));
    failures.truncate(usize::from(args.top));
    let mut written = Vec::new();
    let mut made = Vec::new();
    for view in &failures {
        let told = answers::recommend(&library.sources(ctx), &view.signature_id)?;
        if let Some(failure) = &told.facts.failure {
            made.push(playbook(failure, &told.answer));
        }
    }
    if !made.is_empty() {
        let folder = document::folder(ctx, "playbooks", args.into_repo)?;
        let mut index = document::index(&folder, "Playbooks");
        // The most frequent stands first.
        for one in made.iter().rev() {
            document::whole(&folder.join(&one.file), &one.text, args.into_repo)?;
            index = index_with(&index, &one.file, &one.entry);
        }
        document::whole(&folder.join("INDEX.md"), &index, args.into_repo)?;
        written.extend(made.iter().map(|one| folder.join(&one.file)));
    }
    if args.json {
        ctx.output
            .json(&json!({"count": written.len(), "playbooks": written}))?;
    } else if written.is_empty() {
        ctx.output
            .line("no failure was seen often enough: no playbook was written")?;
    } else {
        for path in &written {
            ctx.output.line(&path.display().to_string())?;
        }
    }
    Ok(Exit::Done)
}
