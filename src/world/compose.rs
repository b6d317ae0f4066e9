use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::PathBuf,
    process::Stdio,
    time::Duration,
};

use rustix::fs::{MemfdFlags, memfd_create};
use tokio::{process::Command, time::timeout};

use super::{compose_file, docker::ComposeLabels, leave::Leave};
use crate::model::{Project, ServiceName};

/// What `up` may take.
pub(super) const UP_MAX: Duration = Duration::from_secs(120);
/// What a question for the version may take. Compose v1 is slow to start.
const VERSION_MAX: Duration = Duration::from_secs(10);
/// What reading the compose files may take.
const CONFIG_MAX: Duration = Duration::from_secs(15);
/// The most bytes of output that are kept: the last ones.
const OUTPUT_BYTES_MAX: u64 = 2_048;

/// The ways to call compose.
const PROGRAMS: [&[&str]; 2] = [&["docker", "compose"], &["docker-compose"]];

/// Why compose was not called, or did not come back.
#[derive(Debug, thiserror::Error)]
pub(super) enum ComposeError {
    #[error("no container tells where the project's compose files are")]
    NoFiles,
    #[error("compose_drift: the compose file `{}` is not there", .path.display())]
    NoFile { path: PathBuf },
    #[error("compose_version: no container tells which compose made the project")]
    NoVersion,
    #[error(
        "compose_version: the project was made by compose {wanted}, installed is {found}; \
         another major version would make every container anew"
    )]
    OtherVersion { wanted: String, found: String },
    #[error("cannot start `{program}`: {source}")]
    Start { program: String, source: io::Error },
    #[error("compose cannot read the project: {words}")]
    Failed { words: String },
    #[error("not finished after {} s; it goes on by itself", .0.as_secs())]
    TimedOut(Duration),
}

/// How compose is called: the words before its arguments.
pub(super) type Program = &'static [&'static str];

/// The compose that is installed.
#[derive(Debug)]
pub(super) struct Installed {
    /// How to call the one of the wanted major version, if there is one.
    pub(super) program: Option<Program>,
    /// Its version, or that of another one.
    pub(super) version: Option<String>,
}

/// A call of compose whose every word is fixed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Up {
    program: Program,
    arguments: Vec<OsString>,
}

/// How a call ended.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) is_ok: bool,
    /// The last [`OUTPUT_BYTES_MAX`] of both outputs.
    pub(super) output: String,
}

impl Installed {
    /// Looks for a compose of a major version.
    pub(super) async fn find(wanted: Option<u32>, env: &BTreeMap<String, String>) -> Self {
        let mut other = None;
        for program in PROGRAMS {
            let Some(version) = version(program, env).await else {
                continue;
            };
            if wanted.is_some() && major(&version) == wanted {
                return Self {
                    program: Some(program),
                    version: Some(version),
                };
            }
            other.get_or_insert(version);
        }
        Self {
            program: None,
            version: other,
        }
    }
}

impl Up {
    /// Prepares `up` of some services, and of nothing else: nothing is made anew,
    /// built, or started for the sake of others.
    ///
    /// # Errors
    ///
    /// Fails if the compose files are not known, or if the installed compose has
    /// another major version than the one that made the project.
    pub(super) async fn prepare(
        project: &Project,
        labels: &ComposeLabels,
        services: &[ServiceName],
        env: &BTreeMap<String, String>,
    ) -> Result<Self, ComposeError> {
        let arguments = up_arguments(project, labels, services)?;
        Self::of(arguments, labels, env).await
    }

    /// Prepares `down` of the whole project. Its volumes stay.
    ///
    /// # Errors
    ///
    /// As [`Up::prepare`].
    pub(super) async fn prepare_down(
        project: &Project,
        labels: &ComposeLabels,
        env: &BTreeMap<String, String>,
    ) -> Result<Self, ComposeError> {
        let mut arguments = project_arguments(project, labels)?;
        arguments.push("down".into());
        Self::of(arguments, labels, env).await
    }

    /// A call by the program of the project's own major version.
    async fn of(
        arguments: Vec<OsString>,
        labels: &ComposeLabels,
        env: &BTreeMap<String, String>,
    ) -> Result<Self, ComposeError> {
        let wanted = labels.version.as_deref().ok_or(ComposeError::NoVersion)?;
        let installed = Installed::find(major(wanted), env).await;
        match installed.program {
            Some(program) => Ok(Self { program, arguments }),
            None => Err(ComposeError::OtherVersion {
                wanted: wanted.to_owned(),
                found: installed.version.unwrap_or_else(|| "none".to_owned()),
            }),
        }
    }

    /// Runs the call. The program is in its own process group and writes to a file
    /// in memory, so that neither a Ctrl-C nor our end reaches it.
    ///
    /// # Errors
    ///
    /// Fails if the program cannot be started or is not done in time. Then it goes
    /// on by itself: half an `up` is worse than a late one.
    pub(super) async fn run(
        &self,
        _: Leave,
        env: &BTreeMap<String, String>,
    ) -> Result<Done, ComposeError> {
        let start = |source| ComposeError::Start {
            program: self.program.join(" "),
            source,
        };
        let mut output = output_file().map_err(start)?;
        let mut command = command(self.program, env);
        command
            .args(&self.arguments)
            .stdout(output.try_clone().map_err(start)?)
            .stderr(output.try_clone().map_err(start)?);
        let mut child = command.spawn().map_err(start)?;
        match timeout(UP_MAX, child.wait()).await {
            Ok(status) => Ok(Done {
                is_ok: status.map_err(start)?.success(),
                output: tail(&mut output).unwrap_or_default(),
            }),
            Err(_) => Err(ComposeError::TimedOut(UP_MAX)),
        }
    }

    /// The call as a person would write it.
    pub(super) fn line(&self) -> String {
        let arguments = self
            .arguments
            .iter()
            .map(|word| word.to_string_lossy().into_owned());
        let program = self.program.iter().map(ToString::to_string);
        program.chain(arguments).collect::<Vec<_>>().join(" ")
    }
}

fn up_arguments(
    project: &Project,
    labels: &ComposeLabels,
    services: &[ServiceName],
) -> Result<Vec<OsString>, ComposeError> {
    let mut arguments = project_arguments(project, labels)?;
    let up = ["up", "-d", "--no-recreate", "--no-deps", "--no-build"];
    arguments.extend(up.map(OsString::from));
    arguments.extend(services.iter().map(|service| service.as_str().into()));
    Ok(arguments)
}

/// The arguments that name the project and its files.
fn project_arguments(
    project: &Project,
    labels: &ComposeLabels,
) -> Result<Vec<OsString>, ComposeError> {
    let folder = labels.working_dir.as_ref().ok_or(ComposeError::NoFiles)?;
    let files = compose_file::paths(labels);
    if files.is_empty() {
        return Err(ComposeError::NoFiles);
    }
    if let Some(path) = files.iter().find(|file| !file.exists()) {
        let path = path.clone();
        return Err(ComposeError::NoFile { path });
    }
    let mut arguments: Vec<OsString> = vec!["-p".into(), project.as_str().into()];
    for file in files {
        arguments.extend(["-f".into(), file.into()]);
    }
    arguments.extend(["--project-directory".into(), folder.into()]);
    if let Some(file) = &labels.environment_file {
        arguments.extend(["--env-file".into(), file.into()]);
    }
    Ok(arguments)
}

/// Asks compose for the fingerprint of each service as the files are now.
///
/// # Errors
///
/// Fails if the files are not known, or if compose does not read them.
pub(super) async fn hashes(
    program: Program,
    project: &Project,
    labels: &ComposeLabels,
    env: &BTreeMap<String, String>,
) -> Result<BTreeMap<ServiceName, String>, ComposeError> {
    let mut command = command(program, env);
    command
        .args(project_arguments(project, labels)?)
        .args(["config", "--hash", "*"])
        .kill_on_drop(true);
    let output = timeout(CONFIG_MAX, command.output())
        .await
        .map_err(|_| ComposeError::TimedOut(CONFIG_MAX))?
        .map_err(|source| ComposeError::Start {
            program: program.join(" "),
            source,
        })?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        return Err(ComposeError::Failed {
            words: words.trim().to_owned(),
        });
    }
    let line = |line: &str| {
        let (service, hash) = line.split_once(' ')?;
        Some((service.parse().ok()?, hash.trim().to_owned()))
    };
    let lines = String::from_utf8_lossy(&output.stdout);
    Ok(lines.lines().filter_map(line).collect())
}

/// Lists the compose programs that are installed: how each is called, and its version.
pub async fn installed_compose(env: &BTreeMap<String, String>) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for program in PROGRAMS {
        let version = version(program, env).await;
        found.extend(version.map(|version| (program.join(" "), version)));
    }
    found
}

/// Asks a program for its version; `None` if it is not there or says nothing.
async fn version(program: &[&str], env: &BTreeMap<String, String>) -> Option<String> {
    let mut command = command(program, env);
    command.args(["version", "--short"]).kill_on_drop(true);
    let output = timeout(VERSION_MAX, command.output()).await.ok()?.ok()?;
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    (output.status.success() && major(&version).is_some()).then_some(version)
}

fn command(program: &[&str], env: &BTreeMap<String, String>) -> Command {
    let mut words = program.iter();
    let mut command = Command::new(words.next().copied().unwrap_or_default());
    command
        .args(words)
        .env_clear()
        .envs(env)
        .stdin(Stdio::null())
        .process_group(0);
    command
}

/// The 2 of `2.26.1` and of `v2.26.1`.
pub(super) fn major(version: &str) -> Option<u32> {
    let version = version.strip_prefix('v').unwrap_or(version);
    version.split('.').next()?.parse().ok()
}

fn output_file() -> io::Result<File> {
    Ok(File::from(memfd_create(
        "compose-output",
        MemfdFlags::CLOEXEC,
    )?))
}

fn tail(output: &mut File) -> io::Result<String> {
    let length = output.seek(SeekFrom::End(0))?;
    output.seek(SeekFrom::Start(length.saturating_sub(OUTPUT_BYTES_MAX)))?;
    let mut bytes = Vec::new();
    output.take(OUTPUT_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt, path::Path};

    use tokio::sync::{Mutex, MutexGuard};

    use super::*;

    /// One at a time: a program that another test's child still holds open for
    /// writing cannot be started.
    static TURN: Mutex<()> = Mutex::const_new(());

    #[tokio::test]
    async fn nothing_but_the_named_services_is_started() {
        let (bin, _turn) = folder().await;
        install(bin.path(), "docker-compose", "1.29.2");
        let up = prepare(bin.path(), "1.29.2").await.unwrap();
        let folder = bin.path().display();
        let expected = format!(
            "docker-compose -p wicap -f {folder}/docker-compose.yml \
             --project-directory {folder} up -d --no-recreate --no-deps --no-build redis ui"
        );
        assert_eq!(expected, up.line());
        let done = up.run(Leave::of_test(), &env(bin.path())).await.unwrap();
        assert!(done.is_ok);
        assert!(
            done.output.ends_with("--no-build redis ui"),
            "{}",
            done.output
        );
        assert!(!done.output.contains("HOME="), "{}", done.output);
    }

    #[tokio::test]
    async fn the_program_of_the_projects_own_major_version_is_called() {
        let (bin, _turn) = folder().await;
        install(bin.path(), "docker-compose", "1.29.2");
        install(bin.path(), "docker", "v2.26.1");
        let line = |up: Up| up.line();
        let v2 = prepare(bin.path(), "2.20.0").await.map(line).unwrap();
        assert!(v2.starts_with("docker compose -p wicap"), "{v2}");
        let v1 = prepare(bin.path(), "1.25.0").await.map(line).unwrap();
        assert!(v1.starts_with("docker-compose -p wicap"), "{v1}");
    }

    #[tokio::test]
    async fn another_major_version_is_refused() {
        let (bin, _turn) = folder().await;
        let error = prepare(bin.path(), "2.26.1").await.unwrap_err().to_string();
        assert!(
            error.starts_with("compose_version") && error.contains("none"),
            "{error}"
        );
        install(bin.path(), "docker-compose", "1.29.2");
        let error = prepare(bin.path(), "2.26.1").await.unwrap_err().to_string();
        assert!(error.contains("installed is 1.29.2"), "{error}");
    }

    #[tokio::test]
    async fn without_files_nothing_is_called() {
        let project = "wicap".parse().unwrap();
        let labels = ComposeLabels::default();
        let error = Up::prepare(&project, &labels, &[], &BTreeMap::new()).await;
        assert!(matches!(error, Err(ComposeError::NoFiles)));
    }

    #[tokio::test]
    async fn failure_is_told_with_the_last_words() {
        let (bin, _turn) = folder().await;
        install(bin.path(), "docker-compose", "1.29.2");
        let up = prepare(bin.path(), "1.29.2").await.unwrap();
        let script = "#!/bin/sh\nprintf '%05000d the end' 0\nexit 3\n";
        write_program(bin.path(), "docker-compose", script);
        let done = up.run(Leave::of_test(), &env(bin.path())).await.unwrap();
        assert!(!done.is_ok);
        assert_eq!(2_048, done.output.len());
        assert!(done.output.ends_with("the end"));
    }

    /// A folder for programs and the compose file.
    async fn folder() -> (tempfile::TempDir, MutexGuard<'static, ()>) {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("docker-compose.yml"), "").unwrap();
        (folder, TURN.lock().await)
    }

    #[tokio::test]
    async fn without_its_file_nothing_is_called() {
        let (bin, _turn) = folder().await;
        install(bin.path(), "docker-compose", "1.29.2");
        fs::remove_file(bin.path().join("docker-compose.yml")).unwrap();
        let error = prepare(bin.path(), "1.29.2").await.unwrap_err().to_string();
        assert!(
            error.starts_with("compose_drift") && error.contains("docker-compose.yml"),
            "{error}"
        );
    }

    async fn prepare(bin: &Path, version: &str) -> Result<Up, ComposeError> {
        let labels = ComposeLabels {
            version: Some(version.to_owned()),
            working_dir: Some(bin.to_owned()),
            config_files: vec!["docker-compose.yml".into()],
            ..ComposeLabels::default()
        };
        let services = ["redis".parse().unwrap(), "ui".parse().unwrap()];
        Up::prepare(&"wicap".parse().unwrap(), &labels, &services, &env(bin)).await
    }

    fn env(bin: &Path) -> BTreeMap<String, String> {
        BTreeMap::from([("PATH".to_owned(), bin.display().to_string())])
    }

    /// A program that tells its version, or else the arguments and variables it got.
    fn install(bin: &Path, name: &str, version: &str) {
        let script = format!(
            "#!/bin/sh\ncase \"$*\" in *version*) echo {version};; \
             *) echo \"HOME${{HOME+=}} $*\";; esac\n"
        );
        write_program(bin, name, &script);
    }

    fn write_program(bin: &Path, name: &str, script: &str) {
        let path = bin.join(name);
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
}
