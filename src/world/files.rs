use std::{
    io,
    path::{Path, PathBuf},
};

use crate::model::{KillSwitch, Redacted};

/// Where the operator's kill switch can be pulled.
///
/// The files are looked at every time, what the environment said counts for the
/// whole life of the process.
#[derive(Clone, Debug, Default)]
pub struct KillSwitches {
    /// The name of the environment variable that pulled it at start, if one did.
    pub variable: Option<String>,
    /// Files whose mere existence pulls it.
    pub files: Vec<PathBuf>,
}

impl KillSwitches {
    /// The file in the watched repository that pulls the switch.
    pub const REPO_FILE: &str = ".wicap_assist_autonomous.kill";
    /// The file in the data folder that pulls the switch.
    pub const DATA_FILE: &str = "KILL";

    /// Names the usual files: one in the watched repository, one in the data folder.
    pub fn new(variable: Option<String>, repo: Option<&Path>, data: Option<&Path>) -> Self {
        let in_repo = repo.map(|folder| folder.join(Self::REPO_FILE));
        let in_data = data.map(|folder| folder.join(Self::DATA_FILE));
        Self {
            variable,
            files: in_repo.into_iter().chain(in_data).collect(),
        }
    }

    /// Looks at the switch now. What cannot be read counts as pulled.
    pub fn look(&self) -> KillSwitch {
        let by_variable = self
            .variable
            .as_ref()
            .map(|name| format!("variable {name}"));
        let source = by_variable.or_else(|| self.files.iter().find_map(|file| pulled_by(file)));
        match source {
            Some(source) => KillSwitch::Pulled {
                source: Redacted::from_raw(&source),
            },
            None => KillSwitch::Clear,
        }
    }
}

/// The bytes that this user may still write to the disk of a folder; `None` where
/// that cannot be told.
pub fn disk_free(folder: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// Whether this user may write to a file or a folder.
pub fn is_writable(path: &Path) -> bool {
    rustix::fs::access(path, rustix::fs::Access::WRITE_OK).is_ok()
}

/// Says how a file pulls the switch, if it does. A dangling link pulls it as well.
fn pulled_by(file: &Path) -> Option<String> {
    match file.symlink_metadata() {
        Ok(_) => Some(format!("file {}", file.display())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => Some(format!("file {} is unreadable: {error}", file.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_file_and_no_variable_leave_it_clear() {
        let folder = tempfile::tempdir().unwrap();
        let switches = KillSwitches::new(None, Some(folder.path()), Some(folder.path()));
        assert_eq!(KillSwitch::Clear, switches.look());
    }

    #[test]
    fn either_file_pulls_it_and_is_named() {
        for name in [KillSwitches::REPO_FILE, KillSwitches::DATA_FILE] {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join(name), "").unwrap();
            let switches = KillSwitches::new(None, Some(folder.path()), Some(folder.path()));
            check(&switches, name);
        }
    }

    #[test]
    fn a_dangling_link_pulls_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(KillSwitches::DATA_FILE);
        std::os::unix::fs::symlink("nowhere", file).unwrap();
        check(&KillSwitches::new(None, None, Some(folder.path())), "KILL");
    }

    #[test]
    fn what_cannot_be_read_is_pulled() {
        let folder = tempfile::tempdir().unwrap();
        let no_folder = folder.path().join("file");
        std::fs::write(&no_folder, "").unwrap();
        check(
            &KillSwitches::new(None, None, Some(&no_folder)),
            "unreadable",
        );
    }

    #[test]
    fn the_variable_pulls_it_without_any_file() {
        let switches = KillSwitches::new(Some("STOP_IT".to_owned()), None, None);
        check(&switches, "variable STOP_IT");
    }

    #[track_caller]
    fn check(switches: &KillSwitches, expected: &str) {
        let KillSwitch::Pulled { source } = switches.look() else {
            panic!("not pulled");
        };
        assert!(source.as_str().contains(expected), "{source}");
    }
}
