mod answers;
mod proposal;
mod wizard;

use std::path::{Path, PathBuf};

use serde_json::json;

use super::{Exit, Failure, place::Place, terminal::Terminal, validate_wicap_env::repository};
use crate::{
    knowledge::{
        env_file::EnvFile,
        env_rules::Change,
        env_setup::{Draft, Ground},
    },
    world::{
        compose_ui,
        env_store::{self, EnvStoreError},
        host,
    },
};
use proposal::{OVERRIDE_NAME, Proposal, checked};

/// Arguments of `setup-wicap-env`.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// Repository of WiCAP
    #[arg(long, value_name = "FOLDER")]
    repo_root: Option<PathBuf>,
    /// File to write [default: .env in the repository]
    #[arg(long, value_name = "FILE")]
    env_file: Option<PathBuf>,
    /// Answers as `KEY=value` lines, taken literally; `-` reads them from stdin
    #[arg(long, value_name = "FILE")]
    answers: Option<PathBuf>,
    /// One answer; outranks the file of answers. Others on this host can see it: give
    /// secrets by `--answers`
    #[arg(long, value_name = "KEY=VALUE", value_parser = answers::assignment)]
    set: Vec<(String, String)>,
    /// Ask nothing: take what is proposed, and write
    #[arg(long)]
    yes: bool,
    /// Show what would change, and touch nothing
    #[arg(long)]
    dry_run: bool,
    /// Keep no copy of the old file
    #[arg(long)]
    no_backup: bool,
    /// Make no folders for captures
    #[arg(long)]
    no_create_dirs: bool,
    /// Publish the dashboard's port in compose.override.yml if compose does not
    #[arg(long)]
    write_override: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

const AFTER_HELP: &str = "\
On a terminal every value is asked for, with what the file has or what suits this host in
brackets. With `--answers`, with `--yes`, or without a terminal nothing is asked. Only values that
change are written; every other byte stays. Exit codes: 0 done, 1 stopped or failed, 2 answers
that cannot be accepted. What is not written on success is not written at all.

Example: by machine, the secrets from a file that only root can read
  wicap-assist setup-wicap-env --answers wicap.answers --set WICAP_INTERFACE=wlan1";

/// Runs `setup-wicap-env`.
pub(super) fn run(args: &Args, place: &Place) -> anyhow::Result<Exit> {
    let repo = repository(args.repo_root.as_deref(), place)?;
    let path = args.env_file.clone().unwrap_or_else(|| repo.join(".env"));
    let given = answers::given(args.answers.as_deref(), &args.set)?;
    let terminal = match args.yes || args.answers.is_some() {
        true => None,
        false => Terminal::open()?,
    };
    if terminal.is_none() && args.answers.is_none() && !args.yes && args.set.is_empty() {
        let error = anyhow::anyhow!("there is no terminal to ask on");
        let hint = "give `--answers FILE`, `--set KEY=VALUE` or `--yes`";
        return Err(Failure::new(Exit::Usage, error).hint(hint).into());
    }
    let original = env_store::read(&path).map_err(unreadable)?;
    let text = original.as_ref().map_or("", |original| &original.text);
    let before = EnvFile::parse(text);
    let ground = Ground {
        host: host::look(),
        ui: compose_ui::binding(&repo),
    };
    let mut draft = Draft::new(before.clone(), &place.environment);
    let warnings = answers::take(&mut draft, &given)?;
    match &terminal {
        Some(terminal) => wizard::ask_all(terminal, &mut draft, &ground, place)?,
        None => answers::fill(&mut draft, &ground)?,
    }
    let after = draft.finish();
    let mut proposal = checked(&before, &after, &ground, place)?;
    proposal.warnings.splice(0..0, warnings);
    proposal.plan(args, &repo, &after, &ground);
    if !args.json {
        place.output.raw(diff(&proposal.changes).as_bytes())?;
    }
    if let Some(terminal) = terminal.filter(|_| !args.dry_run) {
        proposal.confirm(&terminal, &path)?;
    }
    let mut backup = None;
    if !args.dry_run {
        let backup_at = (!args.no_backup).then(|| (place.clock)());
        let _uninterrupted = hold_interrupts()?;
        if proposal.text != text || original.is_none() {
            backup = env_store::replace(&path, original.as_ref(), &proposal.text, backup_at)?;
        }
        proposal.carry_out(&repo);
    }
    tell(args, place, &path, &proposal, backup.as_deref())?;
    Ok(Exit::Done)
}

/// A file that is no text is input that cannot be accepted; one that cannot be read is
/// an error.
fn unreadable(error: EnvStoreError) -> Failure {
    let exit = match error {
        EnvStoreError::NotText { .. } | EnvStoreError::TooLarge { .. } => Exit::Usage,
        EnvStoreError::Read { .. }
        | EnvStoreError::Write { .. }
        | EnvStoreError::Changed { .. } => Exit::Error,
    };
    Failure::new(exit, error)
}

/// From here on Ctrl-C waits for the end: a half-written set of files helps nobody.
fn hold_interrupts() -> anyhow::Result<tokio::runtime::Runtime> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let guard = runtime.enter();
    // Once taken, the signal no longer ends the process.
    let taken = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt())?;
    drop((taken, guard));
    Ok(runtime)
}

fn diff(changes: &[Change]) -> String {
    let mut text = String::new();
    for Change { key, before, after } in changes {
        match (before, after) {
            (Some(before), Some(after)) if before == after => {
                text.push_str(&format!("~ {key}={after} (changed)\n"));
            }
            (before, after) => {
                if let Some(before) = before {
                    text.push_str(&format!("- {key}={before}\n"));
                }
                if let Some(after) = after {
                    text.push_str(&format!("+ {key}={after}\n"));
                }
            }
        }
    }
    text
}

fn tell(
    args: &Args,
    place: &Place,
    path: &Path,
    proposal: &Proposal,
    backup: Option<&Path>,
) -> anyhow::Result<()> {
    let n_changes = proposal.changes.len();
    if args.json {
        return place.output.json(&json!({
            "env_path": path,
            "dry_run": args.dry_run,
            "changes": proposal.changes,
            "changed_keys": proposal.changes.iter().map(|change| &change.key).collect::<Vec<_>>(),
            "warnings": proposal.warnings,
            "backup_path": backup,
            "folders": proposal.folders,
            "compose_override": proposal.has_override,
        }));
    }
    let shown = path.display();
    let text = match (args.dry_run, n_changes) {
        (true, n) => format!("dry run: {n} keys of {shown} would change, nothing was touched"),
        (false, 0) => format!("{shown} is as it should be"),
        (false, n) => format!("wrote {shown}, {n} keys changed"),
    };
    place.output.line(&text)?;
    if let Some(backup) = backup {
        place
            .output
            .line(&format!("the old file is kept as {}", backup.display()))?;
    }
    if proposal.has_override && !args.dry_run {
        place.output.line(&format!("wrote {OVERRIDE_NAME}"))?;
    }
    for warning in &proposal.warnings {
        place.output.line(&format!("warning: {warning}"))?;
    }
    match args.dry_run {
        true => Ok(()),
        false => place.output.line("next: wicap-assist validate-wicap-env"),
    }
}
