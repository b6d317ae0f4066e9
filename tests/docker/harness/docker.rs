//! The `docker` command and what `inspect` says.

use std::process::{Command, Stdio};

use serde::Deserialize;

use super::trial::Outcome;

/// Runs `docker` and returns what it printed, trimmed. The error is what it said on stderr.
pub(crate) fn docker(arguments: &[&str]) -> Result<String, String> {
    run(Command::new("docker").args(arguments))
}

/// Runs a command to its end.
pub(super) fn run(command: &mut Command) -> Result<String, String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{:?}: {error}", command.get_program()))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
    }
}

/// What the engine knows of a container.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Inspect {
    pub(crate) restart_count: u64,
    pub(crate) state: State,
}

/// The part of it that changes.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct State {
    pub(crate) running: bool,
    pub(crate) paused: bool,
    pub(crate) status: String,
    pub(crate) exit_code: i64,
    pub(crate) pid: u32,
    started_at: String,
    finished_at: String,
    health: Option<Health>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Health {
    status: String,
    failing_streak: u64,
}

impl Inspect {
    /// Asks the engine for one container.
    pub(super) fn of(container: &str) -> Outcome<Inspect> {
        let text = docker(&["inspect", "--type", "container", container])?;
        let mut all: Vec<Inspect> = serde_json::from_str(&text)?;
        Ok(all.pop().ok_or("inspect printed an empty list")?)
    }

    /// `healthy`, `unhealthy`, `starting`, or empty where there is no check.
    pub(crate) fn health(&self) -> &str {
        self.state
            .health
            .as_ref()
            .map_or("", |health| &health.status)
    }

    /// Failed checks in a row.
    pub(crate) fn failing_streak(&self) -> u64 {
        self.state
            .health
            .as_ref()
            .map_or(0, |health| health.failing_streak)
    }

    /// When it was last started.
    pub(crate) fn started_at(&self) -> Outcome<jiff::Timestamp> {
        Ok(self.state.started_at.parse()?)
    }

    /// How long it lived before it last ended.
    pub(crate) fn life(&self) -> Outcome<jiff::SignedDuration> {
        let finished: jiff::Timestamp = self.state.finished_at.parse()?;
        Ok(finished.duration_since(self.started_at()?))
    }

    /// Runs, and its check (where it has one) says healthy.
    pub(crate) fn is_well(&self) -> bool {
        self.state.status == "running" && matches!(self.health(), "" | "healthy")
    }
}
