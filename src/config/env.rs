use std::{collections::BTreeMap, ffi::OsString, path::PathBuf};

/// What the process was born into: its variables, its folder and its user.
///
/// A snapshot, taken once; tests write their own.
#[derive(Clone, Debug, Default)]
pub struct Env {
    /// The environment variables.
    pub vars: BTreeMap<String, OsString>,
    /// The working directory; empty if it cannot be read.
    pub working_dir: PathBuf,
    /// Whether the process runs as root.
    pub is_root: bool,
}

/// A variable whose bytes are not UTF-8.
pub(super) struct NotText;

impl Env {
    /// Takes the snapshot of this process.
    ///
    /// A variable whose name is not UTF-8 is left out: none of ours is.
    pub fn from_process() -> Self {
        let named = |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value));
        Self {
            vars: std::env::vars_os().filter_map(named).collect(),
            working_dir: std::env::current_dir().unwrap_or_default(),
            is_root: rustix::process::geteuid().is_root(),
        }
    }

    /// Returns the trimmed text of a variable; an empty one counts as unset.
    pub(super) fn text(&self, name: &str) -> Result<Option<&str>, NotText> {
        let Some(value) = self.vars.get(name) else {
            return Ok(None);
        };
        let text = value.to_str().ok_or(NotText)?.trim();
        Ok(Some(text).filter(|text| !text.is_empty()))
    }

    /// Returns the folder that a variable names; paths may be any bytes.
    pub(super) fn folder(&self, name: &str) -> Option<PathBuf> {
        let value = self.vars.get(name)?;
        let is_blank = value.to_str().is_some_and(|text| text.trim().is_empty());
        (!is_blank).then(|| PathBuf::from(value))
    }

    /// Makes a path absolute, with `~` as the home folder.
    pub(super) fn absolute(&self, path: PathBuf) -> PathBuf {
        match (path.strip_prefix("~"), self.folder("HOME")) {
            (Ok(rest), Some(home)) => home.join(rest),
            _ => self.working_dir.join(path),
        }
    }
}
