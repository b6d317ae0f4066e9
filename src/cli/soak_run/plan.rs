//! What a soak is going to do, before it does anything.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::json;

use super::{Args, interface::Interface, past::Past};
use crate::{
    cli::{Context, Exit, Failure, contract_check},
    config::Env,
    knowledge::soak::{HarnessKind, Learned, Load, READINESS_MAX, manager_actions},
    model::{ControlMode, SoakPhase, contract::Contract},
    store::{Digest, TrustBook, script_digest},
    world::harness::find_program,
};

/// How long to load a stack, where nothing else is known.
const MINUTES: u32 = 30;
/// Time between two page checks, where nothing else is known.
const INTERVAL_MINUTES: u32 = 15;
/// The program that runs a harness.
const PYTHON: &str = "python3";

/// What a harness gets of our environment.
const HARNESS_VARIABLES: [&str; 26] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "LANG",
    "LC_ALL",
    "TZ",
    "TMPDIR",
    "VIRTUAL_ENV",
    "PYENV_ROOT",
    "PYENV_VERSION",
    "PLAYWRIGHT_BROWSERS_PATH",
    "PLAYWRIGHT_TIMEOUT_SECONDS",
    "SOAK_PYTEST_TIMEOUT_SECONDS",
    "DOCKER_CONFIG",
    "COMPOSE_PROJECT_NAME",
    "COMPOSE_FILE",
    "WICAP_INTERFACE",
    "WICAP_UI_URL",
    "WICAP_REDIS_URL",
    "WICAP_E2E_ADMIN_SECRET",
    "WICAP_SOAK_SKIP_SLOW",
    "WICAP_SOAK_BASELINE_ENFORCE",
    "WICAP_SOAK_BASELINE_MAX_RSS_GROWTH_PCT",
    "WICAP_SOAK_BASELINE_MAX_EPS_DROP_PCT",
    "WICAP_SOAK_BASELINE_MIN_UI_PASS_RATE",
];

/// What happens to the stack in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    /// It is as it was found.
    AsFound,
    /// It is as the harness leaves it.
    AsItIs,
    /// It is taken down.
    Down,
}

/// What a soak is going to do.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) repo: PathBuf,
    pub(super) kind: HarnessKind,
    /// The script, with links resolved.
    pub(super) script: PathBuf,
    pub(super) digest: Digest,
    pub(super) load: Load,
    pub(super) command: Vec<OsString>,
    pub(super) env: BTreeMap<String, OsString>,
    /// The contract that has to be kept, and its file; none where it is not asked for.
    pub(super) contract: Option<(PathBuf, Contract)>,
    pub(super) leave: After,
    pub(super) stops_on_escalation: bool,
    /// What it captures on.
    pub(super) interface: Interface,
    learned: Learned,
    is_trusted: bool,
}

impl Plan {
    /// Makes the plan; reads, and changes nothing.
    ///
    /// # Errors
    ///
    /// Fails if there is no harness, or if what it would be told is wrong.
    pub(super) fn make(ctx: &Context, args: &Args) -> anyhow::Result<Self> {
        let repo = repository(ctx, args)?;
        let mode = ctx.settings.control.mode;
        let past = Past::read(&ctx.settings.paths.data_dir);
        let kind = choose(&repo, mode, &past.scripts)?;
        let (script, digest) = script_digest(&repo.join(kind.path()))?;
        if script != repo.join(kind.path()) {
            let error = anyhow::anyhow!(
                "`{}` leads out of its place, to `{}`",
                kind.path(),
                script.display()
            );
            return Err(Failure::new(Exit::Usage, error)
                .hint("put the harness itself there")
                .into());
        }
        let load = load(args, &past.learned)?;
        let env = harness_env(ctx);
        let python = env.get("PATH").and_then(|path| find_program(PYTHON, path));
        let python = python.ok_or_else(|| {
            let error = anyhow::anyhow!("there is no `{PYTHON}` in PATH to run the harness");
            Failure::new(Exit::Error, error).hint("install it, or add its folder to PATH")
        })?;
        let mut command = vec![python.into(), script.clone().into()];
        command.extend(load.arguments().into_iter().map(OsString::from));
        let is_observing = mode == ControlMode::Observe;
        let book = TrustBook::open(&ctx.settings.paths.data_dir)?;
        Ok(Self {
            interface: Interface::find(&repo, &env),
            contract: contract(args, &repo)?,
            is_trusted: book.has(&script, digest),
            leave: match (args.keep_up, args.shutdown) {
                (true, _) => After::AsItIs,
                (false, true) => After::Down,
                (false, false) => After::AsFound,
            },
            stops_on_escalation: !is_observing && !args.no_stop_on_escalation,
            learned: past.learned,
            repo,
            kind,
            script,
            digest,
            load,
            command,
            env,
        })
    }

    /// The command as people read it.
    pub(super) fn words(&self) -> Vec<String> {
        let words = self.command.iter();
        words
            .map(|word| word.to_string_lossy().into_owned())
            .collect()
    }

    /// How long the harness may run.
    pub(super) fn time_limit(&self) -> Duration {
        self.load.time_limit()
    }

    fn learned_words(&self) -> String {
        let readiness = &self.learned.readiness;
        let status = readiness.status.as_str();
        let score = format!("{status}, {} of {READINESS_MAX}", readiness.score);
        match &self.learned.profile {
            Some(profile) => format!(
                "{score}; {} times seen, {} of them well",
                profile.n_evidence, profile.n_success
            ),
            None => format!("{score}; built-in values are used"),
        }
    }

    /// Shows the plan.
    pub(super) fn show(&self, ctx: &Context, is_json: bool) -> anyhow::Result<()> {
        let rows = self.rows(ctx);
        if is_json {
            let told: serde_json::Map<String, serde_json::Value> = rows
                .iter()
                .map(|(name, value)| (name.replace(' ', "_"), value.as_str().into()))
                .collect();
            return ctx.output.json(&json!({
                "dry_run": true,
                "plan": told,
                "command": self.words(),
                "sha256": self.digest.to_string(),
                "trusted": self.is_trusted,
                "timeout_seconds": self.time_limit().as_secs(),
                "effective_duration_minutes": self.load.minutes,
                "effective_playwright_interval_minutes": self.load.interval_minutes,
                "control_mode": ctx.settings.control.mode,
                "stop_on_escalation": self.stops_on_escalation,
                "phase_plan": SoakPhase::ALL,
                "learned_profile": self.learned.profile,
                "learned_runbook": self.learned.runbook,
                "learning_readiness": self.learned.readiness,
                "manager_actions": manager_actions(&self.learned),
            }));
        }
        let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        let lines = rows
            .iter()
            .map(|(name, value)| format!("{name:<width$}  {value}\n"));
        let phases = SoakPhase::ALL.map(SoakPhase::as_str).join(", ");
        let mut text = format!(
            "A soak, as it would be run. Nothing was touched.\n\n{}{:<width$}  {phases}\n\n",
            lines.collect::<String>(),
            "phases"
        );
        for line in manager_actions(&self.learned) {
            text.push_str(&format!("next: {line}\n"));
        }
        ctx.output.raw(text.as_bytes())
    }

    fn rows(&self, ctx: &Context) -> Vec<(&'static str, String)> {
        let trust = match self.is_trusted {
            true => "trusted",
            false => "not trusted yet: `wicap-assist config trust PATH`",
        };
        let stack = match self.kind.restarts_stack() {
            true => "the harness takes it down and starts it; actions are held until its UI is up",
            false => "the harness loads it as it is",
        };
        let leave = match self.leave {
            After::AsFound => "as it was found: taken down only if it was not up",
            After::AsItIs => "as the harness leaves it",
            After::Down => "taken down",
        };
        let escalation = match self.stops_on_escalation {
            true => "ends the soak",
            false => "does not end the soak",
        };
        let contract = match &self.contract {
            Some((path, _)) => format!("`{}`, once the stack is up", path.display()),
            None => "not asked for".to_owned(),
        };
        vec![
            ("harness", self.script.display().to_string()),
            ("sha256", format!("{} ({trust})", self.digest)),
            ("command", self.words().join(" ")),
            ("folder", self.repo.display().to_string()),
            (
                "time limit",
                format!("{} minutes", self.time_limit().as_secs() / 60),
            ),
            ("control mode", ctx.settings.control.mode.to_string()),
            ("a call for a person", escalation.to_owned()),
            ("contract", contract),
            ("interface", self.interface.words()),
            ("learned", self.learned_words()),
            ("stack", stack.to_owned()),
            ("stack in the end", leave.to_owned()),
        ]
    }
}

fn repository(ctx: &Context, args: &Args) -> anyhow::Result<PathBuf> {
    let named = args.repo_root.as_ref();
    let repo = named.or(ctx.settings.paths.repo_root.as_ref());
    let repo = repo.ok_or_else(|| {
        let error = anyhow::anyhow!("it is not known where the checkout of the stack is");
        Failure::new(Exit::Usage, error).hint("name it with `--repo-root FOLDER`")
    })?;
    fs::canonicalize(repo).map_err(|error| {
        let error = anyhow::anyhow!("cannot find the checkout `{}`: {error}", repo.display());
        Failure::new(Exit::Usage, error).into()
    })
}

/// The first candidate that is there; one that the evidence has read goes first.
fn choose(repo: &Path, mode: ControlMode, known: &[String]) -> Result<HarnessKind, Failure> {
    let candidates = HarnessKind::candidates(mode);
    let is_there = |kind: &HarnessKind| repo.join(kind.path()).is_file();
    let is_known = |kind: &HarnessKind| known.iter().any(|path| path.ends_with(kind.path()));
    let mut known = candidates.into_iter().filter(is_known);
    let found = known
        .find(is_there)
        .or_else(|| candidates.into_iter().find(is_there));
    found.ok_or_else(|| {
        let error = anyhow::anyhow!(
            "there is no harness in `{}`: neither `{}` nor `{}`",
            repo.display(),
            candidates[0].path(),
            candidates[1].path()
        );
        Failure::new(Exit::Usage, error).hint("name another checkout with `--repo-root FOLDER`")
    })
}

fn load(args: &Args, learned: &Learned) -> Result<Load, Failure> {
    let profile = learned.profile.clone().unwrap_or_default();
    let update = match (args.baseline_update, args.no_baseline_update) {
        (false, false) => profile.baseline_update.unwrap_or(false),
        (is_wanted, _) => is_wanted,
    };
    let interval = args
        .playwright_interval_minutes
        .or(profile.interval_minutes);
    let load = Load {
        minutes: args.duration_minutes.or(profile.minutes).unwrap_or(MINUTES),
        interval_minutes: interval.unwrap_or(INTERVAL_MINUTES),
        baseline_path: args.baseline_path.clone().or(profile.baseline_path),
        baseline_update: update,
    };
    match load.mistake() {
        Some(mistake) => Err(Failure::new(Exit::Usage, anyhow::anyhow!(mistake))),
        None => Ok(load),
    }
}

/// The environment of the harness: named variables, and the engine that was resolved.
fn harness_env(ctx: &Context) -> BTreeMap<String, OsString> {
    let vars = Env::from_process().vars;
    let kept = HARNESS_VARIABLES.into_iter();
    let mut env: BTreeMap<String, OsString> = kept
        .filter_map(|name| Some((name.to_owned(), vars.get(name)?.clone())))
        .collect();
    env.extend(ctx.settings.engine.compose_env());
    env
}

fn contract(args: &Args, repo: &Path) -> anyhow::Result<Option<(PathBuf, Contract)>> {
    if args.no_require_runtime_contract {
        return Ok(None);
    }
    let named = args.runtime_contract_path.clone();
    let path = named.unwrap_or_else(|| repo.join(contract_check::CONTRACT_PATH));
    let contract = contract_check::contract_at(&path)?;
    Ok(Some((path, contract)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_harness_that_was_read_goes_first() {
        let repo = tempfile::tempdir().unwrap();
        let choose = |known: &[String]| choose(repo.path(), ControlMode::Observe, known).ok();
        assert_eq!(None, choose(&[]));
        for kind in [HarnessKind::SoakTest, HarnessKind::LiveSoak] {
            let path = repo.path().join(kind.path());
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        assert_eq!(Some(HarnessKind::SoakTest), choose(&[]));
        let known = ["scripts/run_live_soak.py".to_owned()];
        assert_eq!(Some(HarnessKind::LiveSoak), choose(&known));
    }
}
