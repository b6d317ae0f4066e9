use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use super::{Args, answers::unacceptable};
use crate::{
    cli::{
        place::Place,
        terminal::{Left, Terminal},
    },
    knowledge::{
        env_file::EnvFile,
        env_rules::{Change, Finding, changes, check_values},
        env_setup::Ground,
    },
    model::host::UiBinding,
};

/// Folders that WiCAP writes into.
const FOLDER_KEYS: [&str; 4] = [
    "WICAP_CAPTURES_DIR",
    "WICAP_CAPTURE_DIR",
    "WICAP_EVIDENCE_BUNDLE_DIR",
    "WICAP_BT_CAPTURE_DIR",
];
/// The file that compose reads on top of its own.
pub(super) const OVERRIDE_NAME: &str = "compose.override.yml";
const OVERRIDE: &str = "services:\n  ui:\n    ports:\n      - \"0.0.0.0:8080:8080\"\n";

/// What a run is about to do, decided before anything is written.
pub(super) struct Proposal {
    pub(super) text: String,
    pub(super) changes: Vec<Change>,
    pub(super) warnings: Vec<String>,
    pub(super) folders: Vec<PathBuf>,
    pub(super) has_override: bool,
    can_override: bool,
}

/// Validates the result before anything is written.
///
/// # Errors
///
/// Fails with every error that validation finds.
pub(super) fn checked(
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
        can_override: false,
    })
}

impl Proposal {
    /// Adds the folders and the override that the flags ask for.
    pub(super) fn plan(&mut self, args: &Args, repo: &Path, after: &EnvFile, ground: &Ground) {
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
        let is_unpublished = ground.ui == UiBinding::Unpublished;
        self.can_override = is_unpublished && !repo.join(OVERRIDE_NAME).exists();
        self.has_override = args.write_override && self.can_override;
        if self.can_override && !self.has_override {
            let text = format!(
                "compose does not publish the dashboard; `--write-override` does, by {OVERRIDE_NAME}"
            );
            self.warnings.push(text);
        }
    }

    /// Asks the last questions.
    ///
    /// # Errors
    ///
    /// Fails if the operator leaves or does not want the file written.
    pub(super) fn confirm(&mut self, terminal: &Terminal, path: &Path) -> anyhow::Result<()> {
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
        if self.can_override && !self.has_override {
            let question = format!("Publish the dashboard on port 8080 by {OVERRIDE_NAME}?");
            self.has_override = terminal.confirm(&question, true)?;
        }
        match terminal.confirm(&format!("Write {}?", path.display()), true)? {
            true => Ok(()),
            false => Err(Left.into()),
        }
    }

    /// Makes the folders and the override. What fails is a warning: the file is written.
    pub(super) fn carry_out(&mut self, repo: &Path) {
        for folder in &self.folders {
            if let Err(error) = fs::create_dir_all(folder) {
                let text = format!("cannot make the folder `{}`: {error}", folder.display());
                self.warnings.push(text);
            }
        }
        let path = repo.join(OVERRIDE_NAME);
        if self.has_override
            && let Err(error) =
                fs::File::create_new(&path).and_then(|mut file| file.write_all(OVERRIDE.as_bytes()))
        {
            self.has_override = false;
            let text = format!("cannot write `{}`: {error}", path.display());
            self.warnings.push(text);
        }
    }
}
