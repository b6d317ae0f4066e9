//! `doctor`: everything that could keep a controller from its work, before it does.

mod engine;
mod local;
mod stack;

use serde::Serialize;

use super::{Context, Exit, Globals, live::place};
use crate::{telemetry::words, world::Engine};

/// Arguments of `doctor`.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

const AFTER_HELP: &str = "\
Looks and changes nothing. Each check is ok, warn or fail, with what to do next.

Exit codes: 0 nothing fails, 3 something does.

Example:
  wicap-assist doctor";

/// How a check went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Ok,
    Warn,
    Fail,
}

/// One check.
#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
    verdict: Verdict,
    text: String,
    /// What to do next.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

#[derive(Debug, Serialize)]
struct Report {
    ok: bool,
    checks: Vec<Check>,
}

impl Check {
    fn ok(name: &'static str, text: impl Into<String>) -> Self {
        Self {
            name,
            verdict: Verdict::Ok,
            text: text.into(),
            next: None,
        }
    }

    fn warn(name: &'static str, text: impl Into<String>, next: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Warn,
            next: Some(next.into()),
            ..Self::ok(name, text)
        }
    }

    fn fail(name: &'static str, text: impl Into<String>, next: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Fail,
            next: Some(next.into()),
            ..Self::ok(name, text)
        }
    }
}

/// Runs `doctor`.
pub(super) fn run(globals: &Globals, args: &Args) -> anyhow::Result<Exit> {
    let ctx = Context::new(&globals.flags())?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let checks = runtime.block_on(checks(&ctx));
    let n_failed = checks
        .iter()
        .filter(|check| check.verdict == Verdict::Fail)
        .count();
    let report = Report {
        ok: n_failed == 0,
        checks,
    };
    match args.json {
        true => ctx.output.json(&report)?,
        false => ctx.output.raw(text(&report, n_failed).as_bytes())?,
    }
    Ok(match report.ok {
        true => Exit::Done,
        false => Exit::No,
    })
}

/// From the inside out: what does not need the engine comes first.
async fn checks(ctx: &Context) -> Vec<Check> {
    let mut checks = local::checks(ctx);
    let endpoint = place::endpoint(ctx);
    checks.extend(engine::socket(&endpoint));
    let engine = Engine::new(endpoint);
    let (found, answers) = engine::answers(&engine, ctx).await;
    checks.extend(found);
    if answers {
        checks.extend(stack::checks(ctx, &engine).await);
    }
    checks
}

fn text(report: &Report, n_failed: usize) -> String {
    let mut out = String::new();
    for check in &report.checks {
        let word = match check.verdict {
            Verdict::Ok => "ok",
            Verdict::Warn => "WARN",
            Verdict::Fail => "FAIL",
        };
        out.push_str(&format!("{word:<4}  {:<15}  {}\n", check.name, check.text));
        if let Some(next) = &check.next {
            out.push_str(&format!("{:23}next: {next}\n", ""));
        }
    }
    let failed = match n_failed {
        0 => "nothing fails".to_owned(),
        n => format!(
            "{} failed",
            words::count(u32::try_from(n).unwrap_or(u32::MAX), "check")
        ),
    };
    out.push_str(&format!("{failed}\n"));
    out
}
