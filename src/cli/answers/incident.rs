//! `incident`: an incident as Markdown and as one page that needs nothing but itself.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use serde_json::{Map, Value, json};

use super::{Library, bundle::library};
use crate::{
    cli::{Context, Exit, Failure, document},
    knowledge::incident::{Bundle, Incident, LogSummary, index_with, markdown, page, quoted, slug},
    model::Timestamp,
    runtime::answers,
    world::now,
};

/// Arguments of `incident`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  wicap-assist incident logs_soak_20260304_020000")]
pub(in crate::cli) struct Args {
    /// A soak, a file, a service, a signature id, or words.
    #[arg(value_name = "TARGET", required = true)]
    target: Vec<String>,
    /// Take the bundle from this file, as `bundle --json` prints it.
    #[arg(long, value_name = "FILE")]
    json_input: Option<PathBuf>,
    /// Replace an incident of the same day and target.
    #[arg(long)]
    overwrite: bool,
    /// Write into `docs/incidents` of the repository, not into the data folder.
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
/// When there is no evidence, the bundle is none, or the documents cannot be written.
pub(in crate::cli) fn run(args: &Args, ctx: &Context) -> anyhow::Result<Exit> {
    let target = args.target.join(" ");
    let asked = Asked {
        target: &target,
        given: args.json_input.as_deref().map(read).transpose()?,
        now: args.now,
        overwrite: args.overwrite,
        into_repo: args.into_repo,
    };
    let Some(written) = write_incident(ctx, asked)? else {
        ctx.output.line(&format!(
            "nothing in the evidence fits `{target}`: no incident was written"
        ))?;
        return Ok(Exit::No);
    };
    let [text_path, page_path] = &written.paths;
    if args.json {
        ctx.output.json(&json!({
            "markdown": text_path, "page": page_path, "target": target,
            "order_unknown": written.order_unknown,
        }))?;
    } else {
        ctx.output.line(&text_path.display().to_string())?;
        ctx.output.line(&page_path.display().to_string())?;
    }
    Ok(Exit::Done)
}

/// Which incident is written, and where.
struct Asked<'a> {
    target: &'a str,
    given: Option<Bundle>,
    now: Option<Timestamp>,
    overwrite: bool,
    into_repo: bool,
}

/// An incident that was written.
struct Written {
    paths: [PathBuf; 2],
    order_unknown: Option<String>,
}

/// Writes the incident of a soak into the data folder, as Markdown and as a page; `None`
/// if nothing in the evidence fits.
///
/// # Errors
///
/// When there is no evidence, or the documents cannot be written.
pub(in crate::cli) fn of_soak(ctx: &Context, target: &str) -> anyhow::Result<Option<[PathBuf; 2]>> {
    let asked = Asked {
        target,
        given: None,
        // The soak itself is younger than the command that runs it.
        now: Some(now()),
        overwrite: true,
        into_repo: false,
    };
    Ok(write_incident(ctx, asked)?.map(|written| written.paths))
}

fn write_incident(ctx: &Context, asked: Asked<'_>) -> anyhow::Result<Option<Written>> {
    let target = asked.target;
    let now = asked.now.unwrap_or(ctx.now);
    let found = match (Library::open(ctx, asked.now)?, asked.given) {
        (Some(library), given) => answers::incident(&library.sources(ctx), target, given)?,
        (None, Some(bundle)) => Some(Incident::of_bundle(bundle, &now)),
        // Says what to do first.
        (None, None) => return library(ctx, asked.now).map(|_| None),
    };
    let Some(mut incident) = found else {
        return Ok(None);
    };
    if incident.bundle.target.is_empty() {
        target.clone_into(&mut incident.bundle.target);
    }
    let folder = document::folder(ctx, "incidents", asked.into_repo)?;
    let day = incident.began.as_deref().unwrap_or(&incident.generated);
    let slug = slug(&incident.bundle.target, usize::MAX, "incident");
    let name = format!("{}-{slug}", day.get(..10).unwrap_or(day));
    let (text_path, page_path) = (
        folder.join(format!("{name}.md")),
        folder.join(format!("{name}.html")),
    );
    if !asked.overwrite && (text_path.exists() || page_path.exists()) {
        let error = anyhow!("`{}` is there already", text_path.display());
        return Err(Failure::new(Exit::Error, error)
            .hint("`--overwrite` replaces it")
            .into());
    }
    document::whole(&text_path, &markdown(&incident), asked.into_repo)?;
    document::whole(&page_path, &page(&incident), asked.into_repo)?;
    let file = format!("{name}.md");
    let totals = incident.bundle.log_summary.by_category();
    let totals =
        totals.map(|(category, clusters)| format!("{category}={}", LogSummary::total(clusters)));
    let entry = format!(
        "- [{} {slug}]({file}) — {}, {}",
        day.get(..10).unwrap_or(day),
        quoted(&incident.bundle.target),
        totals.join(" ")
    );
    let index = index_with(&document::index(&folder, "Incidents"), &file, &entry);
    document::whole(&folder.join("INDEX.md"), &index, asked.into_repo)?;
    Ok(Some(Written {
        paths: [text_path, page_path],
        order_unknown: incident.order_unknown,
    }))
}

fn read(path: &Path) -> anyhow::Result<Bundle> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read `{}`", path.display()))?;
    let read: Result<Map<String, Value>, _> = serde_json::from_str(&text);
    read.map(Bundle::of_parts).map_err(|error| {
        let error = anyhow!("`{}` is no bundle: {error}", path.display());
        Failure::new(Exit::Usage, error)
            .hint("`wicap-assist bundle TARGET --json` prints one")
            .into()
    })
}
