//! Leaves nothing behind: neither this run nor an earlier one that was killed.

use std::{fs, path::Path, process};

use super::docker::docker;

/// Every container of a stand-in stack carries this label; its value names the owner.
const LABEL: &str = "wicap-assist.standin";

/// What the names of the folders of stacks begin with.
pub(super) const FOLDER_PREFIX: &str = "wicap-assist-stack-";

/// Names the process that answers for a stack: this host's `pid`.
pub(crate) fn owner_of(pid: u32) -> String {
    format!("test-{}-{pid}", host())
}

/// The owner of this run's stacks.
pub(super) fn owner() -> String {
    owner_of(process::id())
}

/// Removes the stacks and folders of test runs of this host whose process is gone.
pub(crate) fn sweep() {
    let format =
        format!("{{{{.Label \"{LABEL}\"}}}} {{{{.Label \"com.docker.compose.project\"}}}}");
    let filter = format!("label={LABEL}");
    let listed = docker(&["ps", "-a", "--filter", &filter, "--format", &format]);
    let mine = format!("test-{}-", host());
    for line in listed.unwrap_or_default().lines() {
        if let Some((owner, project)) = line.split_once(' ')
            && let Some(pid) = owner.strip_prefix(&mine)
            && is_gone(pid)
        {
            remove_project(project);
        }
    }
    for entry in fs::read_dir(std::env::temp_dir())
        .into_iter()
        .flatten()
        .flatten()
    {
        let name = entry.file_name();
        if let Some(rest) = name.to_string_lossy().strip_prefix(FOLDER_PREFIX)
            && rest.split('-').next().is_some_and(is_gone)
        {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Removes the containers and volumes of one compose project, whatever state they are in.
pub(crate) fn remove_project(project: &str) {
    if project.is_empty() {
        return;
    }
    let filter = format!("label=com.docker.compose.project={project}");
    let list = |what: &[&str]| {
        let text = docker(&[what, &["-q", "--filter", &filter]].concat());
        text.unwrap_or_default()
            .lines()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let containers = list(&["ps", "-a"]);
    for container in &containers {
        // A paused process cannot be killed.
        let _ = docker(&["unpause", container]);
        let _ = docker(&["rm", "-f", "-v", container]);
    }
    for volume in list(&["volume", "ls"]) {
        let _ = docker(&["volume", "rm", &volume]);
    }
}

fn is_gone(pid: &str) -> bool {
    pid.parse::<u32>().is_ok() && !Path::new("/proc").join(pid).exists()
}

fn host() -> String {
    rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned()
}
