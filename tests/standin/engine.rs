//! The engine as `ctl` sees it, from the host, through the `docker` command.

use std::{io, process::Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};

/// What decides whether a start ended a fault.
pub(crate) struct Start {
    /// When the container was last started, in milliseconds since 1970.
    pub(crate) at_ms: u64,
    /// Starts by the engine's restart policy since the last one by somebody else.
    pub(crate) restart_count: u64,
    pub(crate) running: bool,
    pub(crate) paused: bool,
}

/// Runs `docker` and returns what it printed.
pub(crate) async fn docker(arguments: &[&str]) -> io::Result<String> {
    let output = Command::new("docker")
        .args(arguments)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    } else {
        let text = String::from_utf8_lossy(&output.stderr);
        Err(io::Error::other(text.trim().to_owned()))
    }
}

/// The container's last start.
pub(crate) async fn start(container: &str) -> io::Result<Start> {
    let format = "{{.State.StartedAt}} {{.RestartCount}} {{.State.Running}} {{.State.Paused}}";
    let line = docker(&[
        "inspect",
        "--type",
        "container",
        "--format",
        format,
        container,
    ])
    .await?;
    let mut words = line.split(' ');
    let mut word = || words.next().unwrap_or_default();
    let started: jiff::Timestamp = word().parse().map_err(io::Error::other)?;
    Ok(Start {
        at_ms: started.as_millisecond().try_into().unwrap_or(0),
        restart_count: word().parse().map_err(io::Error::other)?,
        running: word() == "true",
        paused: word() == "true",
    })
}

/// A stream of `start` and `unpause`, one line each: the container's name.
pub(crate) fn starts() -> io::Result<Child> {
    Command::new("docker")
        .args(["events", "--filter", "type=container"])
        .args(["--filter", "event=start", "--filter", "event=unpause"])
        .args(["--format", "{{index .Actor.Attributes \"name\"}}"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
}

/// Sends `signal` to the container's main process, on the host.
pub(crate) async fn signal_main(container: &str, signal: Signal) -> io::Result<()> {
    let pid = docker(&["inspect", "--format", "{{.State.Pid}}", container]).await?;
    signal_pid(&pid, signal)
}

/// Sends `signal` to every process of the container, on the host.
pub(crate) async fn signal_all(container: &str, signal: Signal) -> io::Result<()> {
    let table = docker(&["top", container, "-eo", "pid"]).await?;
    for pid in table.lines().skip(1) {
        signal_pid(pid.trim(), signal)?;
    }
    Ok(())
}

fn signal_pid(text: &str, signal: Signal) -> io::Result<()> {
    let pid = text.parse().ok().filter(|&pid| pid > 1);
    let pid = pid
        .and_then(Pid::from_raw)
        .ok_or_else(|| io::Error::other(format!("the container has no process (`{text}`)")))?;
    kill_process(pid, signal).map_err(io::Error::from)
}
