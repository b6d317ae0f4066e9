//! `agent`: a console for people, and what it can tell of the gates.

mod act;
mod center;
mod console;
mod editor;
mod enforced;
mod history;
mod sandbox;

use std::io::{self, Write as _};

pub(in crate::cli) use act::stand;

use super::{Context, Exit, Failure, Globals, known::Known};
use crate::{model::Action, store::Ledger, world::zone};

/// Arguments of `agent`.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP, args_conflicts_with_subcommands = true)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// Run one sentence and end
    #[arg(short = 'c', long = "command", value_name = "SENTENCE")]
    sentence: Option<String>,
    /// In which mode the console acts: observe, assist or autonomous [default: observe]
    #[arg(long, value_name = "MODE")]
    control_mode: Option<String>,
    /// Do not ask before `compose_up` and `shutdown`
    #[arg(long)]
    yes: bool,
    /// Print JSON, where there is something to print
    #[arg(long, requires = "sentence")]
    json: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Say what is enforced: mode, planes, grants, limits, and every gate
    #[command(after_help = EXPLAIN_HELP)]
    ExplainPolicy(Shown),
    /// Ask every gate whether an action could run now; nothing is done
    #[command(after_help = SANDBOX_HELP)]
    SandboxExplain(SandboxArgs),
    /// Show everything on one page: gates, stack, actions, the last events
    #[command(after_help = CENTER_HELP)]
    ControlCenter(Shown),
}

/// How something is shown.
#[derive(Debug, clap::Args)]
struct Shown {
    /// The mode of a session that is yet to be started [default: observe]
    #[arg(long, visible_alias = "mode", value_name = "MODE")]
    control_mode: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
struct SandboxArgs {
    /// The action, such as restart_service:ui
    #[arg(long, value_name = "ACTION", default_value = "status_check")]
    action: Action,
    #[command(flatten)]
    shown: Shown,
}

const AFTER_HELP: &str = "\
`help` lists the sentences. On a terminal lines can be edited, completed with Tab and found again;
the history is in the data folder, readable for its owner alone and without secrets. Without a
terminal each line of stdin is a sentence.

Exit codes: those of the sentence; of several, that of the last one that was not done.

Examples:
  wicap-assist agent
  wicap-assist agent -c status
  wicap-assist agent --control-mode assist -c 'restart wicap-ui'";

const EXPLAIN_HELP: &str = "\
Tells the rules of the controller that runs, else those of one with this configuration.

Example:
  wicap-assist agent explain-policy --json";

const SANDBOX_HELP: &str = "\
Takes a fresh look at the stack and asks the real gates, with the memory of the ledger. Where a
controller leads, its grants count.

Exit codes: 0 it could run, 3 it is refused or there is nothing to do.

Example:
  wicap-assist agent sandbox-explain --action restart_service:wicap-ui --mode assist";

const CENTER_HELP: &str = "\
Reads the ledger and the settings, and asks nobody.

Example:
  wicap-assist agent control-center";

/// Runs `agent`.
pub(super) fn run(globals: &Globals, args: &Args) -> anyhow::Result<Exit> {
    let mode = match &args.command {
        Some(Command::ExplainPolicy(shown) | Command::ControlCenter(shown)) => &shown.control_mode,
        Some(Command::SandboxExplain(args)) => &args.shown.control_mode,
        None => &args.control_mode,
    };
    let mut flags = globals.flags();
    flags.text("--control-mode", mode.as_deref());
    let ctx = Context::new(&flags)?;
    match &args.command {
        Some(Command::ExplainPolicy(shown)) => explain_policy(&ctx, shown),
        Some(Command::SandboxExplain(args)) => sandbox_explain(&ctx, args),
        Some(Command::ControlCenter(shown)) => control_center(&ctx, shown),
        None => {
            let how = (args.json, args.yes);
            let mut console = console::Console::new(ctx, globals.clone(), how);
            match &args.sentence {
                Some(sentence) => console.say(sentence),
                None => console.run(),
            }
        }
    }
}

fn explain_policy(ctx: &Context, shown: &Shown) -> anyhow::Result<Exit> {
    let enforced = enforced::enforced(ctx, known(ctx)?.as_ref());
    match shown.json {
        true => ctx.output.json(&enforced)?,
        false => ctx.output.raw(enforced.text(&zone()).as_bytes())?,
    }
    Ok(Exit::Done)
}

fn sandbox_explain(ctx: &Context, args: &SandboxArgs) -> anyhow::Result<Exit> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let told = runtime.block_on(sandbox::told(ctx, &args.action))?;
    match args.shown.json {
        true => ctx.output.json(&told)?,
        false => ctx.output.raw(told.text().as_bytes())?,
    }
    Ok(told.exit())
}

fn control_center(ctx: &Context, shown: &Shown) -> anyhow::Result<Exit> {
    let known = known(ctx)?;
    let center = center::Center::gather(ctx, known.as_ref()).map_err(Failure::from)?;
    match shown.json {
        true => ctx.output.json(&center)?,
        false => ctx.output.raw(center.text(&zone()).as_bytes())?,
    }
    Ok(Exit::Done)
}

/// What the ledger knows; none before there is anything in it.
fn known(ctx: &Context) -> Result<Option<Known>, Failure> {
    let folder = &ctx.settings.paths.data_dir;
    if !folder.join("ledger.db").exists() {
        return Ok(None);
    }
    let projects = Ledger::open_to_read(folder)?.project_list()?;
    match projects.is_empty() {
        true => Ok(None),
        false => Known::open(ctx).map(Some),
    }
}

/// Tells a person something that is no data. If stderr is gone, nobody is there.
fn note(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}
