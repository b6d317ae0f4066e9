use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context as _;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{Context, Exit, Failure, Globals, engine_facts, place::Place};
use crate::{
    knowledge::{
        contract::{
            Check, ContractMistake, Report, Scout, evaluate, junit, junit_of_mistakes, parse,
        },
        env_file::EnvFile,
    },
    model::{
        Reading,
        contract::{Contract, Facts, ServiceFact},
    },
    world::contract_facts,
};

/// Where the contract of a repository is.
pub(super) const CONTRACT_PATH: &str = "ops/runtime-contract.v1.json";
/// The most bytes of a contract.
const CONTRACT_BYTES_MAX: u64 = 1_000_000;
/// How long `--wait` rests between two looks.
const WAIT_STEP: Duration = Duration::from_secs(1);

/// Arguments of `contract-check`.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// Contract to check [default: ops/runtime-contract.v1.json in the repository]
    #[arg(long, value_name = "FILE")]
    contract_path: Option<PathBuf>,
    /// Repository that the contract's paths are relative to
    #[arg(long, value_name = "FOLDER")]
    repo_root: Option<PathBuf>,
    /// Hold the capture service to the contract (the default)
    #[arg(long, overrides_with = "allow_scout_down")]
    require_scout: bool,
    /// Let the capture service be down
    #[arg(long, overrides_with = "require_scout")]
    allow_scout_down: bool,
    /// Let the exit code say how the gate stands (the default)
    #[arg(long, conflicts_with = "no_enforce")]
    enforce: bool,
    /// Report a red gate, and end with code 0 all the same
    #[arg(long)]
    no_enforce: bool,
    /// Look again until the gate is green, at most this long
    #[arg(long, value_name = "SECONDS", default_value_t = 0, value_parser = clap::value_parser!(u64).range(..=86_400))]
    wait: u64,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// Write a JUnit report as well
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

const AFTER_HELP: &str = "\
The gate is green if every check could be made and no critical one is red. Exit codes: 0 green,
2 the contract is no contract, 3 red. A check that cannot be made is unknown, and fails the gate.

Example: wait up to two minutes for a fresh stack
  wicap-assist contract-check --allow-scout-down --wait 120";

/// A contract that is none: what to call it, and why.
struct Broken {
    status: &'static str,
    mistakes: Vec<ContractMistake>,
}

/// What is held against what, and for how long.
#[derive(Clone, Copy)]
struct Look<'a> {
    place: &'a Place,
    repo: &'a Path,
    contract: &'a Contract,
    scout: Scout,
    wait: Duration,
}

/// Reads the contract of a soak, before anything is started for it.
///
/// # Errors
///
/// Fails if there is none, or if it is none.
pub(super) fn contract_at(path: &Path) -> anyhow::Result<Contract> {
    read(path)?.map_err(|broken| {
        let lines: Vec<String> = broken.mistakes.iter().map(ToString::to_string).collect();
        let error = anyhow::anyhow!("{}", lines.join("; "));
        let hint = "`wicap-assist contract-check` says more; \
                    `--no-require-runtime-contract` goes without";
        Failure::new(Exit::Usage, error).hint(hint).into()
    })
}

/// Holds the running stack against a contract until it is green, at most for `wait`.
///
/// # Errors
///
/// Fails if HTTP cannot be set up in this process.
pub(super) async fn gate(
    ctx: &Context,
    repo: &Path,
    (contract, scout): (&Contract, Scout),
    wait: Duration,
) -> anyhow::Result<Report> {
    let look = Look {
        place: &Place::in_context(ctx),
        repo,
        contract,
        scout,
        wait,
    };
    watch(&look, &async || engine_facts::service_facts(ctx).await).await
}

/// Runs `contract-check`.
pub(super) fn run(globals: &Globals, args: &Args) -> anyhow::Result<Exit> {
    let ctx = Context::new(&globals.flags())?;
    let place = Place::in_context(&ctx);
    check(args, &place, async || {
        engine_facts::service_facts(&ctx).await
    })
}

/// Checks the contract; `services` asks the engine, once a look.
fn check<F>(args: &Args, place: &Place, services: F) -> anyhow::Result<Exit>
where
    F: AsyncFn() -> Reading<Vec<ServiceFact>>,
{
    let repo = args.repo_root.clone().unwrap_or_else(|| place.repo.clone());
    let path = args
        .contract_path
        .clone()
        .unwrap_or_else(|| repo.join(CONTRACT_PATH));
    let contract = match read(&path)? {
        Ok(contract) => contract,
        Err(broken) => return refuse(args, place, &path, &broken),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let started = Instant::now();
    let look = Look {
        place,
        repo: &repo,
        contract: &contract,
        scout: match args.allow_scout_down {
            true => Scout::MayBeDown,
            false => Scout::Required,
        },
        wait: Duration::from_secs(args.wait),
    };
    let report = runtime.block_on(watch(&look, &services))?;
    if let Some(file) = &args.junit {
        write_junit(file, &junit(&report, started.elapsed().as_secs_f64()))?;
    }
    match args.json {
        true => place.output.json(&as_json(&report, &path))?,
        false => place.output.raw(as_text(&report, &path).as_bytes())?,
    }
    match report.is_green() || args.no_enforce {
        true => Ok(Exit::Done),
        false => Ok(Exit::No),
    }
}

/// Reads the contract. The outer error is a file that cannot be read, the inner one a
/// contract that is none.
fn read(path: &Path) -> anyhow::Result<Result<Contract, Broken>> {
    let broken = |status, text: String| Broken {
        status,
        mistakes: vec![ContractMistake::whole(text)],
    };
    let cannot = || format!("cannot read the runtime contract `{}`", path.display());
    let size = match fs::metadata(path) {
        Ok(data) => data.len(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let text = format!("there is no contract at `{}`", path.display());
            return Ok(Err(broken("missing_contract", text)));
        }
        Err(error) => return Err(error).with_context(cannot),
    };
    if size > CONTRACT_BYTES_MAX {
        let text = format!("the file has {size} bytes, at most {CONTRACT_BYTES_MAX} are read");
        return Ok(Err(broken("invalid_contract_shape", text)));
    }
    let bytes = fs::read(path).with_context(cannot)?;
    let Ok(text) = String::from_utf8(bytes) else {
        return Ok(Err(broken(
            "invalid_contract_json",
            "the file is not UTF-8".to_owned(),
        )));
    };
    Ok(parse(&text).map_err(|mistakes| Broken {
        status: match serde_json::from_str::<serde::de::IgnoredAny>(
            text.trim_start_matches('\u{feff}'),
        ) {
            Ok(_) => "invalid_contract_shape",
            Err(_) => "invalid_contract_json",
        },
        mistakes,
    }))
}

fn refuse(args: &Args, place: &Place, path: &Path, broken: &Broken) -> anyhow::Result<Exit> {
    if let Some(file) = &args.junit {
        write_junit(
            file,
            &junit_of_mistakes(&path.display().to_string(), &broken.mistakes),
        )?;
    }
    if args.json {
        place.output.json(&json!({
            "status": broken.status,
            "contract_path": path,
            "failures": broken.mistakes.len(),
            "mistakes": broken.mistakes,
            "checks": [],
        }))?;
        return Ok(Exit::Usage);
    }
    let lines: Vec<String> = broken
        .mistakes
        .iter()
        .map(|mistake| format!("  {mistake}"))
        .collect();
    let n_mistakes = broken.mistakes.len();
    let noun = if n_mistakes == 1 {
        "mistake"
    } else {
        "mistakes"
    };
    let what = format!(
        "`{}` is no runtime contract, {n_mistakes} {noun}:",
        path.display()
    );
    let error = anyhow::anyhow!("{what}\n{}", lines.join("\n"));
    let hint = match broken.status {
        "missing_contract" => "`wicap-assist contract init` writes a first one",
        _ => "docs/runtime-contract.schema.json says what a contract may hold",
    };
    Err(Failure::new(Exit::Usage, error).hint(hint).into())
}

/// Looks until the gate is green or the time is up, at least once.
async fn watch<F>(look: &Look<'_>, services: &F) -> anyhow::Result<Report>
where
    F: AsyncFn() -> Reading<Vec<ServiceFact>>,
{
    let Look {
        place,
        repo,
        contract,
        ..
    } = *look;
    let deadline = Instant::now() + look.wait;
    loop {
        let seen = services().await;
        let mut facts = contract_facts::gather(contract, repo, seen, (place.clock)()).await?;
        add_env(&mut facts, contract, repo);
        let report = evaluate(contract, &facts, look.scout);
        let rest = deadline.saturating_duration_since(Instant::now());
        if report.is_green() || rest.is_zero() {
            return Ok(report);
        }
        tokio::time::sleep(rest.min(WAIT_STEP)).await;
    }
}

/// Resolves the `.env` files that the contract names. The environment of this process
/// is not theirs, so it replaces nothing in them.
fn add_env(facts: &mut Facts, contract: &Contract, repo: &Path) {
    let nothing = BTreeMap::new();
    for term in &contract.env_keys {
        let read = || match contract_facts::text(repo, &term.file) {
            Reading::Known(text) => {
                let values = |text: String| EnvFile::parse(&text).resolve(&nothing).values;
                Reading::Known(text.map(values))
            }
            Reading::Unknown(why) => Reading::Unknown(why),
        };
        facts.env.entry(term.file.clone()).or_insert_with(read);
    }
}

fn write_junit(path: &Path, xml: &str) -> anyhow::Result<()> {
    fs::write(path, xml).with_context(|| format!("cannot write `{}`", path.display()))
}

fn as_text(report: &Report, path: &Path) -> String {
    let mut text = String::new();
    let (name, version) = (&report.name, &report.version);
    // Writing to a string cannot fail.
    let _ = writeln!(text, "contract: {name} {version} ({})", path.display());
    for check in &report.checks {
        let word = match (check.is_excused, check.severity_word()) {
            (true, _) => "excused",
            (false, "warn") => "warn",
            (false, _) => check.state_word(),
        };
        let (kind, name, detail) = (check.kind.as_str(), &check.name, check.detail());
        let _ = writeln!(text, "{word:<8} {kind:<13} {name}: {detail}");
    }
    let gate = if report.is_green() { "green" } else { "red" };
    let counts = format!(
        "{} checks, {} failed, {} warnings, {} unknown",
        report.checks.len(),
        report.n_failures(),
        report.n_warnings(),
        report.n_unknown(),
    );
    let _ = writeln!(text, "gate: {gate} ({counts})");
    text
}

fn as_json(report: &Report, path: &Path) -> Value {
    let named = |is_wanted: fn(&&Check) -> bool| -> Vec<&str> {
        report
            .checks
            .iter()
            .filter(is_wanted)
            .map(|check| &*check.name)
            .collect()
    };
    let check = |check: &Check| {
        json!({
            "kind": check.kind,
            "name": check.name,
            "pointer": check.pointer,
            "state": check.state_word(),
            "severity": check.severity_word(),
            "ok": check.severity_word() == "pass",
            "excused": check.is_excused,
            "detail": check.detail(),
        })
    };
    let status = |is_green| if is_green { "pass" } else { "fail" };
    json!({
        "status": status(report.is_green()),
        "raw_status": status(report.is_strictly_green()),
        "contract_path": path,
        "contract_name": report.name,
        "contract_version": report.version,
        "runtime_contract_require_scout": report.scout == Scout::Required,
        "runtime_contract_eval": {
            "ok": report.is_green(),
            "ignored_checks": named(|check| check.is_excused),
            "failed_checks": named(|check| check.fails_gate()),
        },
        "failures": report.n_failures(),
        "warnings": report.n_warnings(),
        "unknown": report.n_unknown(),
        "checks": report.checks.iter().map(check).collect::<Vec<_>>(),
    })
}
