pub(super) mod place;
mod session;
pub(super) mod signals;

use super::{Context, Exit, Globals};
use crate::config::Flags;

/// Arguments of `live`.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// Time between two turns, in seconds or as `500ms`, `1m` [default: 10]
    #[arg(long, value_name = "SECONDS")]
    interval: Option<String>,
    /// Stop after one turn
    #[arg(long)]
    once: bool,
    /// What may be done: observe (alias monitor), assist or autonomous [default: observe]
    #[arg(long, value_name = "MODE")]
    control_mode: Option<String>,
    /// Turns before a fresh look at a service that fails its probe [default: by mode]
    #[arg(long, value_name = "N")]
    control_check_threshold: Option<String>,
    /// Turns before a restart, on any evidence [default: by mode]
    #[arg(long, value_name = "N")]
    control_recover_threshold: Option<String>,
    /// Restarts before a person is called [default: by mode]
    #[arg(long, value_name = "N")]
    control_max_recover_attempts: Option<String>,
    /// Turns between two actions on one service [default: 0]
    #[arg(long, value_name = "N")]
    control_action_cooldown_cycles: Option<String>,
    /// End with code 3 when a person is called
    #[arg(long)]
    stop_on_escalation: bool,
    /// Only these actions, separated by commas
    #[arg(long, value_name = "ACTIONS")]
    allow_actions: Option<String>,
    /// Decide and record everything, and do nothing
    #[arg(long)]
    shadow: bool,
    /// Print events as JSON, one object a line
    #[arg(long, conflicts_with = "plain")]
    json: bool,
    /// Print events as plain lines
    #[arg(long)]
    plain: bool,
}

const AFTER_HELP: &str = "\
Without flags nothing is changed: the stack is watched, and what would be done is said.

Examples:
  wicap-assist live --once --json
  wicap-assist live --control-mode assist --interval 5
  wicap-assist live --control-mode assist --allow-actions restart_service:ui";

impl Args {
    fn add_to(&self, flags: &mut Flags) {
        flags.text("--interval", self.interval.as_deref());
        flags.text("--control-mode", self.control_mode.as_deref());
        flags.text(
            "--control-check-threshold",
            self.control_check_threshold.as_deref(),
        );
        flags.text(
            "--control-recover-threshold",
            self.control_recover_threshold.as_deref(),
        );
        let attempts = self.control_max_recover_attempts.as_deref();
        flags.text("--control-max-recover-attempts", attempts);
        let cooldown = self.control_action_cooldown_cycles.as_deref();
        flags.text("--control-action-cooldown-cycles", cooldown);
        flags.switch("--stop-on-escalation", self.stop_on_escalation);
        flags.text("--allow-actions", self.allow_actions.as_deref());
        flags.switch("--shadow", self.shadow);
    }
}

/// Runs `live`.
pub(super) fn run(globals: &Globals, args: &Args) -> anyhow::Result<Exit> {
    let mut flags = globals.flags();
    args.add_to(&mut flags);
    let ctx = Context::new(&flags)?;
    ctx.check_data_folder()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(session::watch(&ctx, args))
}
