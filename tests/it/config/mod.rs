//! Settings from flags, environment and files.

mod made;
mod mistakes;
mod places;
mod stack;
mod values;

use std::{fs, path::PathBuf};

use tempfile::TempDir;
use wicap_assist::config::{Env, Flags, Resolved, Settings};

/// A host of its own: folders, files, variables and flags.
pub(crate) struct Host {
    folder: TempDir,
    pub(crate) env: Env,
    pub(crate) flags: Flags,
}

impl Host {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["repo", "data", "here", "home"] {
            fs::create_dir(at(name)).unwrap();
        }
        let env = Env {
            vars: [("HOME", at("home")), ("WICAP_REPO_ROOT", at("repo"))]
                .map(|(name, path)| (name.to_owned(), path.into_os_string()))
                .into(),
            working_dir: at("here"),
            is_root: false,
        };
        let mut flags = Flags::default();
        flags.path("--data-dir", Some(&at("data")));
        Self { folder, env, flags }
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn file(self, name: &str, text: &str) -> Self {
        fs::write(self.at(name), text).unwrap();
        self
    }

    pub(crate) fn repo(self, text: &str) -> Self {
        self.file("repo/wicap-assist.toml", text)
    }

    pub(crate) fn data(self, text: &str) -> Self {
        self.file("data/wicap-assist.toml", text)
    }

    pub(crate) fn var(mut self, name: &str, value: &str) -> Self {
        self.env.vars.insert(name.to_owned(), value.into());
        self
    }

    pub(crate) fn flag(mut self, name: &'static str, value: &str) -> Self {
        self.flags.text(name, Some(value));
        self
    }

    pub(crate) fn resolve(&self) -> Resolved {
        Resolved::new(&self.flags, &self.env)
    }

    #[track_caller]
    pub(crate) fn settings(&self) -> Settings {
        self.resolve().into_result().unwrap()
    }

    /// The mistakes, with the folder of the host cut away.
    pub(crate) fn mistakes(&self) -> Vec<String> {
        let folder = format!("{}/", self.folder.path().display());
        let mistakes = self.resolve().mistakes;
        let texts = mistakes.iter().map(|mistake| mistake.to_string());
        texts.map(|text| text.replace(&folder, "")).collect()
    }
}

/// The value and the origin of one setting.
#[track_caller]
pub(crate) fn check_shown(host: Host, name: &str, expected: (&str, &str)) {
    let settings = host.settings();
    let all = settings.shown();
    let one = all.iter().find(|one| one.name == name);
    let one = one.unwrap_or_else(|| panic!("{name} is not shown"));
    let folder = format!("{}/", host.folder.path().display());
    let source = one.source.replace(&folder, "");
    assert_eq!(
        expected,
        (one.value.as_deref().unwrap_or("-"), &*source),
        "{name}"
    );
}
