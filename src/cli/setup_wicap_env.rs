use std::{
    collections::BTreeMap,
    fs,
    io::Read as _,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use serde_json::json;

use super::{
    Exit, Failure,
    place::Place,
    terminal::{Left, Terminal},
    validate_wicap_env::repository,
    wizard,
};
use crate::{
    knowledge::{
        env_file::{EnvFile, is_key},
        env_rules::{Change, Finding, changes, check_values, nearest_key, rule, rules},
        env_setup::{Draft, Ground},
    },
    model::host::UiBinding,
    world::{compose_ui, env_store, host},
};

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
    #[arg(long, value_name = "KEY=VALUE", value_parser = assignment)]
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
  wicap-assist setup-wicap-env --answers /root/wicap.answers --set WICAP_INTERFACE=wlan1";

/// Folders that WiCAP writes into.
const FOLDER_KEYS: [&str; 3] = [
    "WICAP_CAPTURES_DIR",
    "WICAP_CAPTURE_DIR",
    "WICAP_EVIDENCE_BUNDLE_DIR",
];
const OVERRIDE_NAME: &str = "compose.override.yml";
const OVERRIDE: &str = "services:\n  ui:\n    ports:\n      - \"0.0.0.0:8080:8080\"\n";

/// What a run is about to do, decided before anything is written.
struct Proposal {
    text: String,
    changes: Vec<Change>,
    warnings: Vec<String>,
    folders: Vec<PathBuf>,
    has_override: bool,
}

/// Runs `setup-wicap-env`.
pub(super) fn run(args: &Args, place: &Place) -> anyhow::Result<Exit> {
    let repo = repository(args.repo_root.as_deref(), place)?;
    let path = args.env_file.clone().unwrap_or_else(|| repo.join(".env"));
    let given = given(args)?;
    let terminal = match args.yes || args.answers.is_some() {
        true => None,
        false => Terminal::open()?,
    };
    if terminal.is_none() && args.answers.is_none() && !args.yes && args.set.is_empty() {
        let error = anyhow::anyhow!("there is no terminal to ask on");
        let hint = "give `--answers FILE`, `--set KEY=VALUE` or `--yes`";
        return Err(Failure::new(Exit::Usage, error).hint(hint).into());
    }
    let original = env_store::read(&path).map_err(|error| Failure::new(Exit::Usage, error))?;
    let text = original.as_ref().map_or("", |original| &original.text);
    let before = EnvFile::parse(text);
    let ground = Ground {
        host: host::look(),
        ui: compose_ui::binding(&repo),
    };
    let mut draft = Draft::new(before.clone(), &place.environment);
    let warnings = take(&mut draft, &given)?;
    match &terminal {
        Some(terminal) => wizard::ask_all(terminal, &mut draft, &ground, place)?,
        None => fill(&mut draft, &ground)?,
    }
    let after = draft.finish();
    let mut proposal = checked(&before, &after, &ground, place)?;
    proposal.warnings.splice(0..0, warnings);
    proposal.plan(args, &repo, &after, &ground);
    if !args.json {
        place.output.raw(diff(&proposal.changes).as_bytes())?;
    }
    if let Some(terminal) = terminal.filter(|_| !args.dry_run) {
        proposal.confirm(&terminal, args, &ground, &path)?;
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

fn assignment(raw: &str) -> Result<(String, String), String> {
    match raw.split_once('=') {
        Some((key, value)) if is_key(key) => Ok((key.to_owned(), value.to_owned())),
        // The value may be a secret, so the text itself is not repeated.
        Some(_) | None => Err("must be KEY=VALUE, the key of letters, digits and `_`".to_owned()),
    }
}

/// Collects the answers of the file and of the command line.
fn given(args: &Args) -> anyhow::Result<BTreeMap<String, String>> {
    let mut given = BTreeMap::new();
    if let Some(path) = &args.answers {
        let cannot = || format!("cannot read the answers `{}`", path.display());
        let text = match path.as_os_str() == "-" {
            true => {
                let mut text = String::new();
                std::io::stdin().read_to_string(&mut text).map(|_| text)
            }
            false => fs::read_to_string(path),
        };
        let text = text
            .with_context(cannot)
            .map_err(|error| Failure::new(Exit::Usage, error))?;
        let answers = EnvFile::parse(&text);
        if let Some(mistake) = answers.mistakes().first() {
            let (path, line, why) = (path.display(), mistake.line, mistake.why);
            let error = anyhow::anyhow!("the answers `{path}` make no sense on line {line}: {why}");
            return Err(Failure::new(Exit::Usage, error).into());
        }
        given = answers.literals();
    }
    given.extend(args.set.iter().cloned());
    Ok(given)
}

/// Puts given answers into the draft, all mistakes at once.
fn take(draft: &mut Draft, given: &BTreeMap<String, String>) -> anyhow::Result<Vec<String>> {
    let mut wrong = Vec::new();
    let mut warnings = Vec::new();
    for (key, value) in given {
        match (rule(key), nearest_key(key)) {
            (Some(rule), _) => match draft.answer(rule, value) {
                Ok(notes) => {
                    warnings.extend(
                        notes
                            .iter()
                            .map(|note| format!("{key}: added {note}, which WiCAP needs")),
                    );
                }
                Err(why) => wrong.push(format!("{key}: {why}")),
            },
            (None, Some(near)) if draft.existing(key).is_none() => {
                wrong.push(format!("{key}: no such key; did you mean `{near}`?"));
            }
            (None, _) => draft.put(key, value),
        }
    }
    match wrong.is_empty() {
        true => Ok(warnings),
        false => Err(unacceptable(&wrong)),
    }
}

/// Answers everything that was not given with what is proposed.
fn fill(draft: &mut Draft, ground: &Ground) -> anyhow::Result<()> {
    let mut wrong = Vec::new();
    for rule in rules() {
        if draft.answered(rule.key).is_some() || !draft.is_asked(rule, false) {
            continue;
        }
        let (proposal, refused) = draft.proposal(rule, ground);
        let value = proposal.unwrap_or_default();
        if let Err(why) = draft.answer(rule, &value) {
            let why = refused.map_or(why, |refused| format!("the value in the file {refused}"));
            wrong.push(format!("{}: {why} ({})", rule.key, rule.help));
        }
    }
    draft.allow_own_address(&ground.host);
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(unacceptable(&wrong)),
    }
}

fn unacceptable(wrong: &[String]) -> anyhow::Error {
    let list = wrong.join("\n  ");
    let error = anyhow::anyhow!("these answers cannot be accepted, nothing was written:\n  {list}");
    let hint = "`--set KEY=VALUE` or a line of `--answers` gives a value";
    Failure::new(Exit::Usage, error).hint(hint).into()
}

/// Validates the result before anything is written.
fn checked(
    before: &EnvFile,
    after: &EnvFile,
    ground: &Ground,
    place: &Place,
) -> anyhow::Result<Proposal> {
    let found = check_values(after, &place.environment, &ground.host);
    let text = |finding: &Finding| finding.to_string();
    let errors: Vec<String> = found
        .iter()
        .filter(|one| one.is_error())
        .map(text)
        .collect();
    if !errors.is_empty() {
        return Err(unacceptable(&errors));
    }
    let warnings = found.iter().map(text).collect();
    Ok(Proposal {
        text: after.to_string(),
        changes: changes(before, after),
        warnings,
        folders: Vec::new(),
        has_override: false,
    })
}

impl Proposal {
    /// Adds the folders and the override that the flags ask for.
    fn plan(&mut self, args: &Args, repo: &Path, after: &EnvFile, ground: &Ground) {
        let values = after.literals();
        if !args.no_create_dirs {
            let paths = FOLDER_KEYS.iter().filter_map(|key| values.get(*key));
            let paths = paths.filter(|path| !path.is_empty() && !path.contains('$'));
            self.folders = paths
                .map(|path| repo.join(path))
                .filter(|path| !path.exists())
                .collect();
            self.folders.dedup();
        }
        let can_override =
            ground.ui == UiBinding::Unpublished && !repo.join(OVERRIDE_NAME).exists();
        self.has_override = args.write_override && can_override;
    }

    /// Asks the last questions.
    fn confirm(
        &mut self,
        terminal: &Terminal,
        args: &Args,
        ground: &Ground,
        path: &Path,
    ) -> anyhow::Result<()> {
        for warning in &self.warnings {
            terminal.tell(&format!("warning: {warning}"));
        }
        if !self.folders.is_empty() {
            let list: Vec<_> = self
                .folders
                .iter()
                .map(|path| path.display().to_string())
                .collect();
            if !terminal.confirm(&format!("Make the folders {}?", list.join(", ")), true)? {
                self.folders.clear();
            }
        }
        if ground.ui == UiBinding::Unpublished && !args.write_override {
            let question = format!("Publish the dashboard on port 8080 by {OVERRIDE_NAME}?");
            self.has_override = terminal.confirm(&question, true)?;
        }
        match terminal.confirm(&format!("Write {}?", path.display()), true)? {
            true => Ok(()),
            false => Err(Left.into()),
        }
    }

    /// Makes the folders and the override. What fails is a warning: the file is written.
    fn carry_out(&mut self, repo: &Path) {
        for folder in &self.folders {
            if let Err(error) = fs::create_dir_all(folder) {
                let text = format!("cannot make the folder `{}`: {error}", folder.display());
                self.warnings.push(text);
            }
        }
        let path = repo.join(OVERRIDE_NAME);
        if self.has_override
            && let Err(error) = fs::File::create_new(&path)
                .and_then(|mut file| std::io::Write::write_all(&mut file, OVERRIDE.as_bytes()))
        {
            self.has_override = false;
            let text = format!("cannot write `{}`: {error}", path.display());
            self.warnings.push(text);
        }
    }
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
