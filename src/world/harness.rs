//! The harness of a soak: a script of the watched repository, run without a shell, in
//! a process group of its own that ends with it.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    fs::{self, File},
    io,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{
    process::{Child, Command},
    time::{Instant, sleep},
};

use crate::model::ProcessMark;

/// How long a harness may take to clean up after SIGTERM. It may have to take a stack
/// down, whose services have ten seconds each.
pub const END_PATIENCE: Duration = Duration::from_secs(30);
/// How often a group that was asked to end is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How long a killed group may take to be gone.
const KILL_PATIENCE: Duration = Duration::from_secs(5);
/// The variable by which processes of a harness are known.
pub const MARK_VARIABLE: &str = "WICAP_SOAK_RUN";
/// The twentieth field after the name in `/proc/PID/stat` is the start time.
const START_FIELD: usize = 19;
/// The third is the process group.
const GROUP_FIELD: usize = 2;

/// How a harness is started. Every word is fixed.
#[derive(Clone, Debug)]
pub struct Launch {
    /// The run: the value of [`MARK_VARIABLE`].
    pub run: String,
    /// The program and its arguments.
    pub command: Vec<OsString>,
    /// The folder in which it runs.
    pub folder: PathBuf,
    /// Its whole environment.
    pub env: BTreeMap<String, OsString>,
    /// The file that takes both outputs.
    pub log: PathBuf,
}

/// A harness that runs. Dropped, its group is killed.
#[derive(Debug)]
pub struct Harness {
    child: Child,
    group: Pid,
    mark: ProcessMark,
    has_ended: bool,
}

impl Launch {
    /// Starts the harness.
    ///
    /// # Errors
    ///
    /// Fails if the log or the process cannot be made.
    pub fn start(&self) -> io::Result<Harness> {
        let mut words = self.command.iter();
        let program = words.next().ok_or(io::ErrorKind::InvalidInput)?;
        let mut options = File::options();
        let log = options.append(true).create(true).mode(0o600);
        let log = log.open(&self.log)?;
        let child = Command::new(program)
            .args(words)
            .current_dir(&self.folder)
            .env_clear()
            .envs(&self.env)
            .env(MARK_VARIABLE, &self.run)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .process_group(0)
            .spawn()?;
        let id = child.id().ok_or(io::ErrorKind::NotFound)?;
        let group = Pid::from_raw(id.cast_signed()).ok_or(io::ErrorKind::NotFound)?;
        // A process that has ended already is a zombie until it is waited for, and
        // still has its start time.
        let mark = mark_of(id).ok_or(io::ErrorKind::NotFound)?;
        Ok(Harness {
            child,
            group,
            mark,
            has_ended: false,
        })
    }
}

impl Harness {
    /// By what it is known after our own end.
    pub fn mark(&self) -> &ProcessMark {
        &self.mark
    }

    /// Waits until the script has ended. What it left behind in its group is killed.
    ///
    /// # Errors
    ///
    /// Fails if the process cannot be waited for.
    pub async fn wait(&mut self) -> io::Result<ExitStatus> {
        let status = self.child.wait().await?;
        self.has_ended = true;
        kill(self.group, Signal::KILL);
        Ok(status)
    }

    /// Asks the whole group to end, and kills what is left after [`END_PATIENCE`].
    ///
    /// # Errors
    ///
    /// Fails if the process cannot be waited for.
    pub async fn end(&mut self) -> io::Result<ExitStatus> {
        kill(self.group, Signal::TERM);
        if let Ok(status) = tokio::time::timeout(END_PATIENCE, self.child.wait()).await {
            self.has_ended = true;
            kill(self.group, Signal::KILL);
            return status;
        }
        kill(self.group, Signal::KILL);
        self.wait().await
    }
}

impl Drop for Harness {
    fn drop(&mut self) {
        if !self.has_ended {
            kill(self.group, Signal::KILL);
        }
    }
}

/// Ends what is left of the harness of a run whose controller is gone: the process
/// with this number and start time, and those of its group that carry the name of the
/// run. Returns how many there were.
pub async fn end_orphan(mark: &ProcessMark, run: &str) -> usize {
    if boot_id().as_deref() != Some(mark.boot.as_str()) {
        return 0;
    }
    let found = orphans(mark, run);
    let Some(group) = Pid::from_raw(mark.pid.cast_signed()).filter(|_| !found.is_empty()) else {
        return 0;
    };
    kill(group, Signal::TERM);
    let deadline = Instant::now() + END_PATIENCE;
    while !orphans(mark, run).is_empty() {
        if deadline <= Instant::now() {
            kill(group, Signal::KILL);
        }
        if deadline + KILL_PATIENCE <= Instant::now() {
            break;
        }
        sleep(LOOK_EVERY).await;
    }
    found.len()
}

/// The processes of the group of `mark` that are certainly ours.
fn orphans(mark: &ProcessMark, run: &str) -> Vec<u32> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    let numbers = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let in_group = numbers.filter(|&pid: &u32| {
        let stat = stat(pid).unwrap_or_default();
        let group = stat.get(GROUP_FIELD).and_then(|group| group.parse().ok());
        let is_zombie = stat.first().is_some_and(|state| state == "Z");
        group == Some(mark.pid) && !is_zombie
    });
    in_group
        .filter(|&pid| match pid == mark.pid {
            true => mark_of(pid).as_ref() == Some(mark),
            false => carries(pid, run),
        })
        .collect()
}

fn carries(pid: u32, run: &str) -> bool {
    let environment = fs::read(proc(pid).join("environ")).unwrap_or_default();
    let wanted = format!("{MARK_VARIABLE}={run}");
    environment
        .split(|&byte| byte == 0)
        .any(|variable| variable == wanted.as_bytes())
}

fn mark_of(pid: u32) -> Option<ProcessMark> {
    Some(ProcessMark {
        pid,
        started: stat(pid)?.get(START_FIELD)?.parse().ok()?,
        boot: boot_id()?,
    })
}

/// The fields of a process after its name, which may hold anything.
fn stat(pid: u32) -> Option<Vec<String>> {
    let text = fs::read_to_string(proc(pid).join("stat")).ok()?;
    let (_, rest) = text.rsplit_once(')')?;
    Some(rest.split_ascii_whitespace().map(str::to_owned).collect())
}

fn proc(pid: u32) -> PathBuf {
    Path::new("/proc").join(pid.to_string())
}

fn boot_id() -> Option<String> {
    let text = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(text.trim().to_owned())
}

/// A group that is gone already is no fault.
fn kill(group: Pid, signal: Signal) {
    let _ = kill_process_group(group, signal);
}

/// Finds a program in a search path, as a whole path.
pub fn find_program(name: &str, search: &OsStr) -> Option<PathBuf> {
    std::env::split_paths(search)
        .map(|folder| folder.join(name))
        .find(|path| {
            path.is_absolute()
                && path.is_file()
                && rustix::fs::access(path, rustix::fs::Access::EXEC_OK).is_ok()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn launch(folder: &Path, script: &str) -> Launch {
        Launch {
            run: format!("test-{}", std::process::id()),
            command: ["/bin/sh", "-c", script].map(OsString::from).into(),
            folder: folder.to_owned(),
            env: BTreeMap::from([("PATH".to_owned(), "/usr/bin:/bin".into())]),
            log: folder.join("runner.log"),
        }
    }

    #[tokio::test]
    async fn what_a_script_leaves_behind_ends_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let script = "sleep 60 & echo $! > left; echo said; exit 3";
        let mut harness = launch(folder.path(), script).start().unwrap();
        let status = harness.wait().await.unwrap();
        assert_eq!(Some(3), status.code());
        let log = fs::read_to_string(folder.path().join("runner.log")).unwrap();
        assert_eq!("said\n", log);
        let left = fs::read_to_string(folder.path().join("left")).unwrap();
        let left = left.trim().parse().unwrap();
        for _ in 0..100 {
            match stat(left) {
                Some(stat) if stat[0] != "Z" => sleep(LOOK_EVERY).await,
                Some(_) | None => return,
            }
        }
        panic!("process {left} still runs");
    }

    #[tokio::test]
    async fn an_orphan_is_known_by_more_than_its_number() {
        let folder = tempfile::tempdir().unwrap();
        let launch = launch(folder.path(), "sleep 60 & sleep 60");
        let mut harness = launch.start().unwrap();
        let mark = harness.mark().clone();
        let other = ProcessMark {
            started: mark.started + 1,
            ..mark.clone()
        };
        assert_eq!(0, end_orphan(&other, "another run").await);
        let elsewhere = ProcessMark {
            boot: "another".to_owned(),
            ..mark.clone()
        };
        assert_eq!(0, end_orphan(&elsewhere, &launch.run).await);
        assert!(harness.child.try_wait().unwrap().is_none());
        let (n_ended, _) = tokio::join!(end_orphan(&mark, &launch.run), harness.child.wait());
        assert!(n_ended >= 1);
        assert_eq!(0, end_orphan(&mark, &launch.run).await);
    }
}
