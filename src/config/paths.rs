use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

use rustix::fs::{Access, access};

use super::{Env, Flags, Mistake, Origin};

/// The name of a configuration file in the repository and in the data folder.
pub const FILE_NAME: &str = "wicap-assist.toml";

/// What a checkout of WiCAP has in its first folder, one of them at least.
const WICAP_MARKS: [&str; 3] = ["docker-compose.yml", "start_wicap.py", "wicap-ui"];

/// The folders and files of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paths {
    /// The folder of the databases. It need not exist yet.
    pub data_dir: PathBuf,
    /// The checkout of the watched repository, if there is one.
    pub repo_root: Option<PathBuf>,
    /// The configuration file that was asked for by name.
    pub config: Option<PathBuf>,
    /// The configuration files to read, the one that wins first.
    pub files: Vec<PathBuf>,
}

/// Why a folder cannot be the data folder.
#[derive(Debug, thiserror::Error)]
pub enum DataFolderError {
    /// Something else stands there.
    #[error("the data folder `{0}` is not a folder")]
    NotAFolder(PathBuf),
    /// The folder, or the one in which it would be made, does not let us in.
    #[error("cannot write to the data folder `{path}`")]
    NotWritable {
        /// The folder that refused.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// Where each path comes from.
pub(super) type PathOrigins = BTreeMap<String, Origin>;

impl Paths {
    /// Finds the folders and the configuration files, and reads none of them.
    ///
    /// # Errors
    /// Fails if one that was named does not exist or cannot be told.
    pub fn find(flags: &Flags, env: &Env) -> Result<Self, super::ConfigError> {
        let (paths, _, mistakes) = find(flags, env);
        if mistakes.is_empty() {
            Ok(paths)
        } else {
            Err(super::ConfigError(mistakes))
        }
    }

    /// Returns the files whose existence pulls the kill switch.
    pub fn kill_files(&self) -> Vec<PathBuf> {
        let in_repo = self.repo_root.iter();
        let in_repo = in_repo.map(|root| root.join(".wicap_assist_autonomous.kill"));
        in_repo.chain([self.data_dir.join("KILL")]).collect()
    }
}

impl DataFolderError {
    /// Says what to do next.
    pub fn hint(&self) -> String {
        match self {
            DataFolderError::NotAFolder(_) => {
                "name a folder with `--data-dir FOLDER` or WICAP_ASSIST_DATA_DIR".to_owned()
            }
            DataFolderError::NotWritable { path, .. } => format!(
                "let this user write to `{}`, or name another folder with `--data-dir FOLDER`",
                path.display()
            ),
        }
    }
}

/// Checks that the data folder can be used, or made.
///
/// # Errors
/// Fails if something else stands there, or if this user may not write to it or,
/// where it does not exist, to the nearest folder above it.
pub fn check_data_folder(folder: &Path) -> Result<(), DataFolderError> {
    for path in folder.ancestors() {
        let path = if path.as_os_str().is_empty() {
            Path::new(".")
        } else {
            path
        };
        match path.metadata() {
            Ok(found) if !found.is_dir() => {
                return Err(DataFolderError::NotAFolder(path.to_owned()));
            }
            Ok(_) => {
                return access(path, Access::WRITE_OK | Access::EXEC_OK)
                    .map_err(|error| not_writable(path, error.into()));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => (),
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => (),
            Err(error) => return Err(not_writable(path, error)),
        }
    }
    Ok(())
}

fn not_writable(path: &Path, source: io::Error) -> DataFolderError {
    DataFolderError::NotWritable {
        path: path.to_owned(),
        source,
    }
}

pub(super) fn find(flags: &Flags, env: &Env) -> (Paths, PathOrigins, Vec<Mistake>) {
    let mut found = Search {
        env,
        origins: PathOrigins::new(),
        mistakes: Vec::new(),
    };
    let data_dir = found.data_dir(flags);
    let repo_root = found.repo_root();
    let config = found.config(flags);
    let in_repo = || Some(repo_root.as_ref()?.join(FILE_NAME)).filter(|path| path.exists());
    let in_data = Some(data_dir.join(FILE_NAME)).filter(|path| path.exists());
    let mut files: Vec<PathBuf> = config.clone().or_else(in_repo).into_iter().collect();
    files.extend(in_data.filter(|path| !files.contains(path)));
    let paths = Paths {
        data_dir,
        repo_root,
        config,
        files,
    };
    (paths, found.origins, found.mistakes)
}

struct Search<'a> {
    env: &'a Env,
    origins: PathOrigins,
    mistakes: Vec<Mistake>,
}

impl Search<'_> {
    fn data_dir(&mut self, flags: &Flags) -> PathBuf {
        if let Some(folder) = flags.path_of("--data-dir") {
            return self.placed("data_dir", Origin::Flag("--data-dir"), folder);
        }
        if let Some(file) = flags.path_of("--db") {
            let folder = file.parent().unwrap_or(Path::new("")).to_owned();
            return self.placed("data_dir", Origin::Flag("--db"), folder);
        }
        let name = "WICAP_ASSIST_DATA_DIR";
        if let Some(folder) = self.env.folder(name) {
            return self.placed("data_dir", Origin::variable(name), folder);
        }
        let local = self.env.working_dir.join("data");
        if local.is_dir() {
            return local;
        }
        if self.env.is_root {
            return PathBuf::from("/var/lib/wicap-assist");
        }
        self.state_folder().unwrap_or(local)
    }

    fn state_folder(&mut self) -> Option<PathBuf> {
        // The specification of these folders says to ignore relative ones.
        let state = self
            .env
            .folder("XDG_STATE_HOME")
            .filter(|path| path.is_absolute());
        let home = || Some(self.env.folder("HOME")?.join(".local/state"));
        let Some(folder) = state.or_else(home) else {
            let text = "is not set, so there is no data folder; say `--data-dir FOLDER`";
            self.mistakes
                .push(Mistake::new(&Origin::variable("HOME"), text));
            return None;
        };
        Some(folder.join("wicap-assist"))
    }

    fn repo_root(&mut self) -> Option<PathBuf> {
        let name = "WICAP_REPO_ROOT";
        if let Some(folder) = self.env.folder(name) {
            let root = self.placed("repo_root", Origin::variable(name), folder);
            if !root.is_dir() {
                let text = format!("`{}` is not a folder", root.display());
                self.mistakes
                    .push(Mistake::new(&Origin::variable(name), text));
            }
            return Some(root);
        }
        let here = &self.env.working_dir;
        if here.join(FILE_NAME).is_file() || here.join("start_wicap.py").is_file() {
            return Some(here.clone());
        }
        let beside = here.parent().map(|above| above.join("wicap"));
        let at_home = self.env.folder("HOME").map(|home| home.join("apps/wicap"));
        [
            Some(PathBuf::from("/wicap")),
            Some(here.join("wicap")),
            beside,
            at_home,
        ]
        .into_iter()
        .flatten()
        .find(|root| WICAP_MARKS.iter().any(|mark| root.join(mark).exists()))
    }

    fn config(&mut self, flags: &Flags) -> Option<PathBuf> {
        let by_flag = flags
            .path_of("--config")
            .map(|path| (Origin::Flag("--config"), path));
        let name = "WICAP_ASSIST_CONFIG";
        let by_variable = || Some((Origin::variable(name), self.env.folder(name)?));
        let (origin, path) = by_flag.or_else(by_variable)?;
        Some(self.placed("config", origin, path))
    }

    fn placed(&mut self, name: &str, origin: Origin, path: PathBuf) -> PathBuf {
        self.origins.insert(name.to_owned(), origin);
        self.env.absolute(path)
    }
}
