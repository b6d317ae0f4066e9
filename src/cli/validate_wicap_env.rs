mod live;

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use super::{Exit, Failure, place::Place};
use crate::{
    knowledge::{
        env_file::EnvFile,
        env_rules::{Finding, check_values},
    },
    model::{Reading, host::Host},
    world::{
        env_store,
        host::{self, Folder},
    },
};

/// Arguments of `validate-wicap-env`.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// Repository of WiCAP
    #[arg(long, value_name = "FOLDER")]
    repo_root: Option<PathBuf>,
    /// File to check [default: .env in the repository]
    #[arg(long, value_name = "FILE")]
    env_file: Option<PathBuf>,
    /// Check the file alone, and ask nothing over the network
    #[arg(long, conflicts_with = "require_live")]
    no_live_probe: bool,
    /// Count a service that does not answer as an error
    #[arg(long)]
    require_live: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

const AFTER_HELP: &str = "\
Asks Redis for PING, SQL Server's port, and the dashboard for /health and for one internal call
without effect. The shared secret never leaves this host over plain HTTP. Exit codes: 0 no error,
2 usage, 3 errors were found.

Example: the file alone, before the first start
  wicap-assist validate-wicap-env --no-live-probe";

/// Folders that WiCAP writes into; the last one only with Bluetooth.
const FOLDER_KEYS: [&str; 4] = [
    "WICAP_CAPTURES_DIR",
    "WICAP_CAPTURE_DIR",
    "WICAP_EVIDENCE_BUNDLE_DIR",
    "WICAP_BT_CAPTURE_DIR",
];

/// What was found, and what was seen on the way.
#[derive(Debug, Default)]
struct Outcome {
    findings: Vec<Finding>,
    checks: BTreeMap<&'static str, Value>,
}

/// Runs `validate-wicap-env`.
pub(super) fn run(args: &Args, place: &Place) -> anyhow::Result<Exit> {
    let repo = repository(args.repo_root.as_deref(), place)?;
    let path = args.env_file.clone().unwrap_or_else(|| repo.join(".env"));
    let mut outcome = Outcome::default();
    match env_store::read(&path) {
        Ok(Some(original)) => {
            let file = EnvFile::parse(&original.text);
            outcome.look(&file, original.mode, &repo, place);
            if !args.no_live_probe {
                let values = file.resolve(&place.environment).values;
                live::add(
                    &values,
                    args.require_live,
                    &mut outcome.findings,
                    &mut outcome.checks,
                )?;
            }
        }
        Ok(None) => {
            let text = format!(
                "there is no `{}`; `wicap-assist setup-wicap-env` writes one",
                path.display()
            );
            outcome
                .findings
                .push(Finding::error("missing_file", "", text));
        }
        Err(error) => {
            let text = anyhow::Error::new(error);
            outcome
                .findings
                .push(Finding::error("unreadable_file", "", format!("{text:#}")));
        }
    }
    outcome.findings.sort();
    match args.json {
        true => place.output.json(&outcome.as_json(&repo, &path))?,
        false => place.output.raw(outcome.as_text(&path).as_bytes())?,
    }
    match outcome.is_ok() {
        true => Ok(Exit::Done),
        false => Ok(Exit::No),
    }
}

/// Returns the repository, which must be a folder.
pub(super) fn repository(given: Option<&Path>, place: &Place) -> anyhow::Result<PathBuf> {
    let repo = given.map_or_else(|| place.repo.clone(), Path::to_path_buf);
    if !repo.is_dir() {
        let error = anyhow::anyhow!("the repository `{}` is not a folder", repo.display());
        let hint = "name WiCAP's folder with `--repo-root`";
        return Err(Failure::new(Exit::Usage, error).hint(hint).into());
    }
    Ok(repo)
}

impl Outcome {
    fn look(&mut self, file: &EnvFile, mode: u32, repo: &Path, place: &Place) {
        let host = host::look();
        self.findings
            .extend(check_values(file, &place.environment, &host));
        let values = file.resolve(&place.environment).values;
        self.findings.extend(folders(&values, repo));
        if mode & 0o077 != 0 {
            let text = format!("others may read the file (mode {mode:04o}); `chmod 600` it");
            self.findings.push(Finding::warning("open_file", "", text));
        }
        self.add_checks(&values, &host);
    }

    fn add_checks(&mut self, values: &BTreeMap<String, String>, host: &Host) {
        let management = match &host.management {
            Reading::Known(names) => json!(names),
            Reading::Unknown(_) => Value::Null,
        };
        self.checks.insert("management_interface", management);
        self.checks.insert("management_ip", json!(host.address));
        let list = values
            .get("WICAP_INTERNAL_ALLOWLIST")
            .map_or("", String::as_str);
        let list: Vec<&str> = list
            .split(',')
            .map(str::trim)
            .filter(|one| !one.is_empty())
            .collect();
        self.checks.insert("internal_allowlist", json!(list));
    }

    fn is_ok(&self) -> bool {
        !self.findings.iter().any(Finding::is_error)
    }

    fn graded(&self, is_error: bool) -> Vec<&Finding> {
        self.findings
            .iter()
            .filter(|finding| finding.is_error() == is_error)
            .collect()
    }

    fn as_json(&self, repo: &Path, path: &Path) -> Value {
        json!({
            "ok": self.is_ok(),
            "repo_root": repo,
            "env_path": path,
            "errors": self.graded(true),
            "warnings": self.graded(false),
            "checks": self.checks,
        })
    }

    fn as_text(&self, path: &Path) -> String {
        let mut text = format!("file: {}\n", path.display());
        for (heading, is_error) in [("errors", true), ("warnings", false)] {
            let list = self.graded(is_error);
            if !list.is_empty() {
                // Writing to a string cannot fail.
                let _ = writeln!(text, "{heading}:");
            }
            for finding in list {
                let _ = writeln!(text, "  {finding} ({})", finding.code);
            }
        }
        if !self.checks.is_empty() {
            text.push_str("checks:\n");
        }
        for (name, value) in &self.checks {
            let _ = writeln!(text, "  {name}: {value}");
        }
        text.push_str(if self.is_ok() { "ok\n" } else { "not ok\n" });
        text
    }
}

fn folders(values: &BTreeMap<String, String>, repo: &Path) -> Vec<Finding> {
    let has_bluetooth = values.get("WICAP_BT_ENABLED").is_some_and(|value| {
        matches!(
            &*value.to_ascii_lowercase(),
            "1" | "true" | "yes" | "y" | "on"
        )
    });
    let keys = FOLDER_KEYS
        .iter()
        .filter(|key| has_bluetooth || !key.starts_with("WICAP_BT_"));
    let found = keys.filter_map(|key| {
        let path = values.get(*key).filter(|path| !path.is_empty())?;
        let (code, why) = match host::folder(&repo.join(path)) {
            Folder::Writable => return None,
            Folder::ReadOnly => ("folder_read_only", "cannot be written to by this user"),
            Folder::NoFolder => ("no_folder", "is no folder"),
            Folder::Missing => ("missing_folder", "does not exist yet"),
        };
        Some(Finding::warning(code, key, format!("`{path}` {why}")))
    });
    found.collect()
}
