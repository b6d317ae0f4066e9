//! Logs of containers as evidence: the real binary reads them from the real engine.

use std::{
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
    time::Duration,
};

use libtest_mimic::Trial;
use serde_json::Value;

use crate::{
    answers::up,
    harness::{Inspect, Outcome, Stack, ensure, trial},
};

const SOON: Duration = Duration::from_secs(30);

const WORDS: &str = "500 Internal Server Error";

pub(crate) fn trials() -> Vec<Trial> {
    vec![trial(
        "evidence::logs_of_containers_are_read_once_and_followed",
        read_once_and_followed,
    )]
}

fn command(stack: &Stack, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wicap-assist"));
    command
        .args(words)
        .args(["--project", stack.project(), "--repo-root"])
        .arg(stack.folder().join("repo"))
        .arg("--data-dir")
        .arg(stack.folder().join("evidence"));
    command
}

fn told(stack: &Stack, words: &[&str]) -> Outcome<Value> {
    let ran = command(stack, words).output()?;
    let text = String::from_utf8_lossy(&ran.stdout).into_owned();
    serde_json::from_str(&text).map_err(|error| {
        let said = String::from_utf8_lossy(&ran.stderr);
        format!("{error}: {text}{said}").into()
    })
}

fn events(report: &Value) -> u64 {
    report["sources"]["container"]["events"]
        .as_u64()
        .unwrap_or(0)
}

/// A dry run stores nothing, a second one reads nothing twice, the guardian tells of it, and one
/// that follows hears of what comes.
fn read_once_and_followed() -> Outcome {
    let stack = up(&["ui"])?;
    stack.fault("ui", "unhealthy", &["--clear-on=manual"])?;
    stack.until_logged("ui", WORDS)?;
    let ingest = ["ingest", "--scan-containers", "--json"];
    let dry = told(&stack, &[&ingest[..], &["--dry-run"]].concat())?;
    ensure(events(&dry) > 0, || dry.to_string())?;
    let first = told(&stack, &ingest)?;
    ensure(events(&first) >= events(&dry), || format!("{dry} {first}"))?;
    let alerts = told(&stack, &["guardian", "--once", "--json"])?;
    let is_of_ui =
        |alert: &Value| alert["file"] == "ui" && alert["line"].to_string().contains(WORDS);
    let has_it = alerts
        .as_array()
        .is_some_and(|all| all.iter().any(is_of_ui));
    ensure(has_it, || alerts.to_string())?;

    stack.clear("ui", "unhealthy")?;
    stack.until("ui", SOON, "well", Inspect::is_well)?;
    // What was still written meanwhile is read; after it nothing is left.
    told(&stack, &ingest)?;
    let again = told(&stack, &ingest)?;
    ensure(events(&again) == 0, || again.to_string())?;

    let follow = ["ingest", "--scan-containers", "--follow", "--json"];
    let mut child = command(&stack, &follow).stdout(Stdio::piped()).spawn()?;
    let lines = BufReader::new(child.stdout.take().ok_or("no stdout")?);
    stack.fault("ui", "unhealthy", &["--clear-on=manual"])?;
    let heard = lines.lines().map_while(Result::ok).take(50).find(|line| {
        let report: Value = serde_json::from_str(line).unwrap_or_default();
        events(&report) > 0
    });
    child.kill()?;
    child.wait()?;
    ensure(heard.is_some(), || "nothing was heard".to_owned())
}
