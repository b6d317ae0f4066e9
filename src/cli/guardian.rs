//! `guardian`: follow the logs, and tell what somebody should look at.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use anyhow::Context as _;

use super::{
    Context, Exit, Failure,
    ingest::{self, containers::Pace},
    report::{Desk, Folders, playbook_of},
};
use crate::{
    ingest::{Ingest, IngestError, Options, Source, Watch},
    knowledge::{
        guard::{AlertKind, Arrival, Told, judge},
        known_issues,
    },
    model::{Timestamp, Zone},
    store::evidence::{Evidence, News},
    world::now,
};

mod alert;

use alert::{Alert, Known, alert, text};

/// How far back a first look goes, in milliseconds.
const FIRST_LOOK_MS: i64 = 86_400_000;

/// Files that are followed at most.
const FILES_MAX: usize = 10_000;

/// Arguments of `guardian`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  wicap-assist guardian --once --json")]
pub(crate) struct Args {
    /// A log, a folder of logs or a pattern, instead of the logs of the checkout; may be repeated.
    #[arg(long, value_name = "PATH")]
    path: Vec<String>,
    /// The checkout of the stack.
    #[arg(long, value_name = "DIR")]
    repo_root: Option<PathBuf>,
    /// Look at least every so many seconds; where the system tells of writes, they are seen at once.
    #[arg(long, value_name = "SECONDS", default_value_t = 10.0, value_parser = seconds)]
    interval: f64,
    /// Look once; ends with 3 when there is something to see.
    #[arg(long)]
    once: bool,
    /// Tell it as of this time (RFC 3339) [default: now]
    #[arg(long, value_name = "TIME", requires = "once")]
    now: Option<Timestamp>,
    /// Print JSON: one document with `--once`, else one alert a line.
    #[arg(long)]
    json: bool,
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.1..=86_400.0).contains(&seconds) => Ok(seconds),
        _ => Err("must be a number of seconds from 0.1 to 86400".to_owned()),
    }
}

/// Runs the command.
///
/// # Errors
///
/// When it is not known which logs to follow, or when the store cannot be used.
pub(crate) fn run(args: &Args, ctx: &Context) -> anyhow::Result<Exit> {
    if checkout(args, ctx).is_none() && args.path.is_empty() {
        let error = anyhow::anyhow!("it is not known which logs to follow");
        let hint = "name the checkout by `--repo-root DIR`, or logs by `--path PATH`";
        return Err(Failure::new(Exit::Usage, error).hint(hint).into());
    }
    let stop = ingest::stop_on_signal()?;
    let mut watch = Watch::new();
    let mut told = Told::default();
    let mut pace = Pace::default();
    loop {
        let is_watched = !args.once;
        let watch_it = is_watched.then_some(&mut watch);
        read(args, ctx, &stop, (watch_it, &mut pace))?;
        let at = match args.once {
            true => args.now.unwrap_or_else(now),
            false => now(),
        };
        let alerts = look(args, ctx, at, &mut told)?;
        if args.once {
            return once(args, ctx, &alerts);
        }
        for alert in &alerts {
            match args.json {
                true => ctx.output.json(alert)?,
                false => ctx.output.raw(text(alert).as_bytes())?,
            }
        }
        if stop.load(Ordering::Relaxed) {
            return Ok(Exit::Done);
        }
        watch.wait(Duration::from_secs_f64(args.interval), &stop);
    }
}

fn checkout<'a>(args: &'a Args, ctx: &'a Context) -> Option<&'a Path> {
    let known = ctx.settings.paths.repo_root.as_deref();
    args.repo_root.as_deref().or(known)
}

/// Brings the evidence up to date with the logs of files and, where an engine is, of containers. An ingest that is at work does so for us.
fn read(
    args: &Args,
    ctx: &Context,
    stop: &AtomicBool,
    (watch, pace): (Option<&mut Watch>, &mut Pace),
) -> anyhow::Result<()> {
    let logs = match args.path.is_empty() {
        true => None,
        false => Some(named(&args.path)?),
    };
    let options = Options {
        sources: [Source::Soak].into(),
        logs,
        ..ingest::soak_options(ctx, checkout(args, ctx))
    };
    let mut ingest = match Ingest::open(options) {
        Err(IngestError::Busy { .. }) => return Ok(()),
        other => other?,
    };
    if let Some(watch) = watch {
        watch.follow(ingest.folders());
    }
    let mut report = ingest.once(stop, &|_| ())?;
    // Whoever names logs means those.
    if args.path.is_empty() {
        pace.read(ctx, &mut ingest, &mut report)?;
    }
    Ok(())
}

/// The files that are meant: a file, the logs below a folder, or what fits a pattern.
fn named(paths: &[String]) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for text in paths {
        let path = Path::new(text);
        if path.is_dir() {
            let below = format!("{}/**/*.log", glob::Pattern::escape(text));
            files.extend(matching(&below)?);
        } else if path.is_file() {
            files.push(path.to_owned());
        } else {
            files.extend(matching(text)?);
        }
    }
    files.retain(|path| path.is_file());
    let mut files: Vec<PathBuf> = files
        .into_iter()
        .filter_map(|path| path.canonicalize().ok())
        .collect();
    files.sort();
    files.dedup();
    files.truncate(FILES_MAX);
    Ok(files)
}

fn matching(pattern: &str) -> anyhow::Result<Vec<PathBuf>> {
    let found = glob::glob(pattern).with_context(|| format!("`{pattern}` is no pattern"))?;
    Ok(found.filter_map(Result::ok).collect())
}

/// What came since the last look. When there was none, `--once` looks at the last day, and following
/// begins with what is written from now on.
fn look(args: &Args, ctx: &Context, at: Timestamp, told: &mut Told) -> anyhow::Result<Vec<Alert>> {
    let paths = &ctx.settings.paths;
    let mut evidence = Evidence::open(&paths.data_dir)?;
    let is_silent = !args.once && evidence.guardian_is_new()?;
    let look = evidence.guardian_look(at.millis() - FIRST_LOOK_MS)?;
    let mut desk = Desk {
        evidence,
        folders: Folders::of(&paths.data_dir, checkout(args, ctx)),
        now: at,
        zone: Zone::utc(),
    };
    let mut alerts = Vec::new();
    if !is_silent && !look.news.is_empty() {
        let playbooks = desk.folders.playbooks();
        for news in &look.news {
            let known = Known {
                playbook: playbook_of(&playbooks, &news.seen.signature),
                issue: known_issues::in_line(&news.text).into_iter().next(),
            };
            let has_fix = known.playbook.is_some() || known.issue.is_some();
            let Some(kind) = kind(news, has_fix, &desk)? else {
                continue;
            };
            if told.is_due(&news.seen.signature.signature_id, kind, at.millis()) {
                alerts.push(alert(news, kind, &known, &desk)?);
            }
        }
    }
    desk.evidence.guardian_advance(&look)?;
    Ok(alerts)
}

fn kind(news: &News, has_fix: bool, desk: &Desk) -> anyhow::Result<Option<AlertKind>> {
    let at_ms = news.at_ms.unwrap_or(desk.now.millis());
    let key = news.seen.signature.key;
    let rate = desk.evidence.signature_rate(key, at_ms)?;
    Ok(judge(&Arrival {
        n: news.seen.n,
        n_ever: news.seen.signature.n_events,
        has_fix,
        hour: rate.now,
        before: rate.before,
        hours: rate.hours,
    }))
}

fn once(args: &Args, ctx: &Context, alerts: &[Alert]) -> anyhow::Result<Exit> {
    if args.json {
        ctx.output.line(&serde_json::to_string_pretty(alerts)?)?;
    } else if alerts.is_empty() {
        ctx.output.line("nothing to see")?;
    } else {
        let counts: BTreeMap<&str, usize> =
            alerts.iter().fold(BTreeMap::new(), |mut counts, one| {
                *counts.entry(one.kind.name()).or_default() += 1;
                counts
            });
        for alert in alerts {
            ctx.output.raw(text(alert).as_bytes())?;
        }
        let parts: Vec<String> = counts
            .iter()
            .map(|(kind, n)| format!("{n} {kind}"))
            .collect();
        ctx.output
            .line(&format!("{} to see: {}", alerts.len(), parts.join(", ")))?;
    }
    Ok(match alerts.is_empty() {
        true => Exit::Done,
        false => Exit::No,
    })
}
