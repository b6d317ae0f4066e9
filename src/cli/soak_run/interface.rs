use std::{collections::BTreeMap, ffi::OsString, fs, path::Path};

use crate::{
    cli::{Exit, Failure},
    knowledge::env_file::EnvFile,
    model::Reading,
    world::host,
};

/// The variable that names the capture interface.
const INTERFACE: &str = "WICAP_INTERFACE";

/// The capture interface; none where nothing names one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Interface(Option<String>);

impl Interface {
    /// The interface by the environment of the harness, or by the checkout's `.env`.
    pub(super) fn find(repo: &Path, env: &BTreeMap<String, OsString>) -> Self {
        if let Some(name) = env.get(INTERFACE) {
            return Self(name.to_str().map(str::to_owned));
        }
        let Ok(text) = fs::read_to_string(repo.join(".env")) else {
            return Self(None);
        };
        let values = EnvFile::parse(&text).resolve(&BTreeMap::new()).values;
        let name = values.get(INTERFACE).cloned();
        Self(name.filter(|name| !name.is_empty()))
    }

    /// Refuses an interface over which this host is reached.
    ///
    /// # Errors
    ///
    /// Fails if it carries the default route and nobody said that this is wanted.
    pub(super) fn check(&self, is_allowed: bool) -> Result<(), Failure> {
        match self.trouble() {
            Some(trouble) if !is_allowed => {
                let hint = "set WICAP_INTERFACE to a card of its own, or go on all the same \
                            with `--allow-management-interface`";
                Err(Failure::new(Exit::Usage, anyhow::anyhow!("{trouble}")).hint(hint))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// The interface as the plan shows it.
    pub(super) fn words(&self) -> String {
        match (&self.0, self.trouble()) {
            (_, Some(trouble)) => format!("refused: {trouble}"),
            (Some(name), None) => name.clone(),
            (None, None) => "not set".to_owned(),
        }
    }

    fn trouble(&self) -> Option<String> {
        let name = self.0.as_ref()?;
        trouble(name, &host::look().management)
    }
}

/// What is wrong with capturing on an interface, if `management` lists those over which
/// this host is reached.
fn trouble(name: &str, management: &Reading<Vec<String>>) -> Option<String> {
    match management {
        Reading::Known(management) if management.iter().any(|one| one == name) => Some(format!(
            "the capture interface `{name}` carries the default route of this host: capturing \
             may cut every connection to it"
        )),
        Reading::Known(_) => None,
        Reading::Unknown(reason) => Some(format!(
            "nobody can say whether the capture interface `{name}` carries the default route: \
             {reason}"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Redacted;

    #[test]
    fn capturing_where_the_host_is_reached_is_trouble() {
        let known = Reading::Known(vec!["eth0".to_owned()]);
        assert!(trouble("eth0", &known).is_some_and(|text| text.contains("default route")));
        assert_eq!(None, trouble("wlan1", &known));
        let unknown = Reading::Unknown(Redacted::from_raw("no /proc"));
        assert!(trouble("wlan1", &unknown).is_some_and(|text| text.contains("no /proc")));
    }

    #[test]
    fn the_environment_names_the_interface_before_the_file_does() {
        let repo = tempfile::tempdir().unwrap();
        let found = |env: &[(String, OsString)]| {
            Interface::find(repo.path(), &env.iter().cloned().collect()).0
        };
        assert_eq!(None, found(&[]));
        fs::write(repo.path().join(".env"), "WICAP_INTERFACE='wlan1' # card\n").unwrap();
        assert_eq!(Some("wlan1"), found(&[]).as_deref());
        let env = [(INTERFACE.to_owned(), "wlan2".into())];
        assert_eq!(Some("wlan2"), found(&env).as_deref());
    }
}
