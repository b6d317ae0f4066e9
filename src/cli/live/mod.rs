pub(super) mod place;
mod session;
pub(super) mod signals;

use super::{Context, Exit, Globals, ladder::LadderFlags};
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
    #[command(flatten)]
    ladder: LadderFlags,
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
        self.ladder.add_to(flags);
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
