//! `soak-run`: a harness loads the stack while the controller watches it.

mod course;
mod execute;
mod finish;
mod gauges;
mod interface;
mod past;
mod plan;
mod progress;
mod report;
mod seen;
mod trust;

use std::path::PathBuf;

use super::{Context, Exit, Globals, ladder::LadderFlags};
use crate::config::Flags;

pub(super) use report::{REPORTS, compared_text, measured};
pub(super) use trust::trust_path;

/// Arguments of `soak-run`.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// How long to load the stack [default: learned, else 30]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    duration_minutes: Option<u32>,
    /// Time between two page checks [default: learned, else 15]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    playwright_interval_minutes: Option<u32>,
    /// Baseline for the harness to compare with [default: learned, else its own]
    #[arg(long, value_name = "FILE")]
    baseline_path: Option<String>,
    /// Let the harness keep its result as the baseline
    #[arg(long, overrides_with = "no_baseline_update")]
    baseline_update: bool,
    /// Leave the baseline as it is
    #[arg(long, overrides_with = "baseline_update")]
    no_baseline_update: bool,
    /// Show the plan, and touch nothing
    #[arg(long)]
    dry_run: bool,
    /// Checkout of the stack, with the harness in it
    #[arg(long, value_name = "FOLDER")]
    repo_root: Option<PathBuf>,
    /// Trust a harness with this SHA-256, for this run
    #[arg(long, value_name = "SHA256")]
    trust_harness: Option<String>,
    /// Time between two turns of the controller, in seconds or as `500ms`, `1m` [default: 10]
    #[arg(long, value_name = "SECONDS", visible_alias = "interval")]
    observe_interval_seconds: Option<String>,
    /// What may be done meanwhile: observe (alias monitor), assist or autonomous [default: observe]
    #[arg(long, value_name = "MODE")]
    control_mode: Option<String>,
    #[command(flatten)]
    ladder: LadderFlags,
    /// End the soak when a person is called (the default; in observe mode nothing ends it)
    #[arg(long, overrides_with = "no_stop_on_escalation")]
    stop_on_escalation: bool,
    /// Go on when a person is called
    #[arg(long, overrides_with = "stop_on_escalation")]
    no_stop_on_escalation: bool,
    /// End the soak when the running stack does not keep its contract (the default)
    #[arg(long, overrides_with = "no_require_runtime_contract")]
    require_runtime_contract: bool,
    /// Do not ask for the contract
    #[arg(long, overrides_with = "require_runtime_contract")]
    no_require_runtime_contract: bool,
    /// Contract to check [default: ops/runtime-contract.v1.json in the repository]
    #[arg(long, value_name = "FILE")]
    runtime_contract_path: Option<PathBuf>,
    /// Let the capture service be down
    #[arg(long)]
    allow_scout_down: bool,
    /// Go on though the capture interface carries the default route
    #[arg(long)]
    allow_management_interface: bool,
    /// Leave the stack as the harness leaves it
    #[arg(long, conflicts_with = "shutdown")]
    keep_up: bool,
    /// Take the stack down in the end, whoever started it
    #[arg(long)]
    shutdown: bool,
    /// Print one JSON object at the end
    #[arg(long)]
    json: bool,
}

const AFTER_HELP: &str = "\
The harness is `tests/soak_test.py` or `scripts/run_live_soak.py` of the repository, and runs only
if its SHA-256 is trusted. What it reports decides: 0 the soak passed, 3 it did not. The stack is
taken down in the end only if it was not up before.

Examples:
  wicap-assist soak-run --dry-run
  wicap-assist soak-run --duration-minutes 30 --control-mode assist";

impl Args {
    fn add_to(&self, flags: &mut Flags) {
        flags.text("--interval", self.observe_interval_seconds.as_deref());
        flags.text("--control-mode", self.control_mode.as_deref());
        self.ladder.add_to(flags);
    }
}

/// Runs `soak-run`.
pub(super) fn run(globals: &Globals, args: &Args) -> anyhow::Result<Exit> {
    let mut flags = globals.flags();
    args.add_to(&mut flags);
    let ctx = Context::new(&flags)?;
    let plan = plan::Plan::make(&ctx, args)?;
    if args.dry_run {
        plan.show(&ctx, args.json)?;
        return Ok(Exit::Done);
    }
    ctx.check_data_folder()?;
    plan.interface.check(args.allow_management_interface)?;
    trust::check(&ctx, &plan, args.trust_harness.as_deref())?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(course::run(&ctx, args, &plan))
}
