//! What a person asks of a controller that runs: the real binary on the real engine.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use libtest_mimic::Trial;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::harness::{Options, Outcome, Stack, docker, ensure, eventually, trial};

const SOON: Duration = Duration::from_secs(40);

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial(
            "operator::a_pause_is_heeded_and_a_call_leaves_a_pack",
            pause_and_pack,
        ),
        trial(
            "operator::a_request_is_handed_to_the_controller_and_answered",
            handed_over,
        ),
        trial(
            "operator::the_whole_stack_is_started_and_taken_down_when_a_person_says_so",
            whole_stack,
        ),
    ]
}

/// What the controller never chooses by itself.
fn whole_stack() -> Outcome {
    let stack = Stack::up(&Options::default())?;
    let desk = Desk::new(&stack)?;
    let scout = stack.container("scout");
    docker(&["rm", "-f", &scout])?;
    let (code, told) = desk.say("assist", "action compose_up_core")?;
    ensure(
        code == 3 && told.contains("every core service has a container"),
        || told,
    )?;
    let (code, told) = desk.say_surely("action compose_up")?;
    ensure(
        code == 0 && told.contains("starting the stack helped"),
        || told,
    )?;
    ensure(stack.inspect("scout")?.state.running, || {
        "no scout".to_owned()
    })?;
    let (code, told) = desk.say_surely("shutdown")?;
    let words = "shutting the stack down helped";
    ensure(code == 0 && told.contains(words), || told)?;
    let filter = format!("label=com.docker.compose.project={}", stack.project());
    let left = docker(&["ps", "-aq", "--filter", &filter])?;
    ensure(left.is_empty(), || left)?;
    let (code, replay) = desk.run("ledger replay")?;
    ensure(code == 0 && replay.starts_with("the same again"), || replay)
}

/// The console asks a running controller, is refused by its gates, and without one does
/// it in a session of its own.
fn handed_over() -> Outcome {
    let stack = Stack::up(&Options {
        restart: "no",
        ..Options::default()
    })?;
    let desk = Desk::new(&stack)?;
    let mut live = Live(
        desk.command("live --control-mode assist --interval 1 --json")
            .spawn()?,
    );
    desk.until("lease_taken")?;
    let before = stack.inspect("ui")?.started_at()?;
    let (code, told) = desk.say("observe", "action restart_service:ui")?;
    ensure(code == 0 && told.contains("restarting ui helped"), || told)?;
    let after = stack.inspect("ui")?.started_at()?;
    ensure(before < after, || format!("{before} {after}"))?;
    let started = desk.until("action_started")?;
    ensure(started["why"] == "operator", || started.to_string())?;

    // What the profile forbids, and what there is nothing to do for.
    let (code, told) = desk.say("assist", "restart scout")?;
    ensure(code == 3 && told.contains("forbids a restart"), || told)?;
    let (code, told) = desk.say("assist", "compose_up_core")?;
    ensure(
        code == 3 && told.contains("every core service has a container"),
        || told,
    )?;
    desk.run("pause --for 10m")?;
    let (code, told) = desk.say("assist", "restart processor")?;
    ensure(
        code == 3 && told.contains("the operator paused actions"),
        || told,
    )?;
    desk.run("resume")?;
    live.stop()?;

    let before = stack.inspect("processor")?.started_at()?;
    let (code, told) = desk.say("observe", "restart processor")?;
    ensure(
        code == 3 && told.contains("the session only observes"),
        || told,
    )?;
    let (code, told) = desk.say("assist", "restart processor")?;
    ensure(
        code == 0 && told.contains("restarting processor helped"),
        || told,
    )?;
    let after = stack.inspect("processor")?.started_at()?;
    ensure(before < after, || format!("{before} {after}"))?;
    desk.until("lease_yielded")?;
    let (code, replay) = desk.run("ledger replay")?;
    ensure(code == 0 && replay.starts_with("the same again"), || replay)?;
    let (code, verify) = desk.run("ledger verify")?;
    ensure(code == 0, || verify)
}

fn pause_and_pack() -> Outcome {
    let stack = Stack::up(&Options {
        restart: "no",
        ..Options::default()
    })?;
    let desk = Desk::new(&stack)?;
    let mut live = Live(
        desk.command("live --control-mode assist --interval 1 --json")
            .spawn()?,
    );
    desk.until("lease_taken")?;
    let (code, status) = desk.run("status --check")?;
    ensure(code == 0 && status.contains("so            well"), || {
        status
    })?;
    let (code, doctor) = desk.run("doctor")?;
    ensure(code == 0, || doctor)?;

    desk.run("pause ui --for 10m")?;
    stack.kill_main("ui")?;
    let denied = desk.until("action_denied")?;
    ensure(denied["code"] == "operator_paused", || denied.to_string())?;
    let (_, why) = desk.run(&format!("explain {}", denied["seq"]))?;
    ensure(why.contains("no: the operator paused actions"), || why)?;
    let (code, status) = desk.run("status --check")?;
    ensure(code == 3 && status.contains("ui is down"), || status)?;
    desk.run("resume ui")?;
    let closed = desk.until("episode_closed")?;
    ensure(closed["verdict"] == "met", || closed.to_string())?;

    stack.kill_main("scout")?;
    let taken = desk.until("snapshot_taken")?;
    let file = taken["file"].as_str().ok_or("no file")?;
    let pack: Value = serde_json::from_slice(&fs::read(desk.data().join(file))?)?;
    for service in ["processor", "redis", "scout", "ui"] {
        let tail = &pack["logs"]["services"][service];
        let lines = tail["lines"]["known"]
            .as_array()
            .ok_or_else(|| tail.to_string())?;
        ensure(!lines.is_empty() && lines.len() <= 200, || tail.to_string())?;
        ensure(tail["config_hash"].is_string(), || tail.to_string())?;
    }
    desk.run("ack scout")?;
    live.stop()?;
    let (code, replay) = desk.run("ledger replay")?;
    ensure(code == 0 && replay.starts_with("the same again"), || replay)?;
    let (code, verify) = desk.run("ledger verify")?;
    ensure(code == 0, || verify)
}

/// The binary with a data folder of its own.
struct Desk {
    folder: PathBuf,
    project: String,
}

impl Desk {
    fn new(stack: &Stack) -> Outcome<Self> {
        let folder = stack.folder().join("assist");
        fs::create_dir(&folder)?;
        // The stack's UI listens elsewhere than WiCAP's.
        let config = "[stack.services.ui]\nprobe = false\n";
        fs::write(folder.join("wicap-assist.toml"), config)?;
        Ok(Self {
            folder,
            project: stack.project().to_owned(),
        })
    }

    fn data(&self) -> &Path {
        &self.folder
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wicap-assist"));
        command
            .args(line.split_whitespace())
            .arg("--data-dir")
            .arg(&self.folder)
            .args(["--project", &self.project])
            .current_dir(&self.folder)
            .stdout(Stdio::null());
        command
    }

    /// Has the console do one sentence.
    fn say(&self, mode: &str, sentence: &str) -> Outcome<(i32, String)> {
        let mut command = self.command("agent");
        command.args(["--control-mode", mode, "-c", sentence]);
        Self::ended(command, sentence)
    }

    /// The same in assist, without a question.
    fn say_surely(&self, sentence: &str) -> Outcome<(i32, String)> {
        let mut command = self.command("agent");
        command.args(["--control-mode", "assist", "--yes", "-c", sentence]);
        Self::ended(command, sentence)
    }

    fn run(&self, line: &str) -> Outcome<(i32, String)> {
        Self::ended(self.command(line), line)
    }

    fn ended(mut command: Command, line: &str) -> Outcome<(i32, String)> {
        let output = command.stdout(Stdio::piped()).output()?;
        let code = output.status.code().ok_or("it was killed")?;
        ensure([0, 3].contains(&code), || {
            format!("{line}: {}", String::from_utf8_lossy(&output.stderr))
        })?;
        Ok((code, String::from_utf8(output.stdout)?))
    }

    /// Waits for a row of a kind.
    fn until(&self, event: &str) -> Outcome<Value> {
        eventually(SOON, &format!("a row `{event}`"), || {
            // There is no ledger before the first row.
            let Ok((_, rows)) = self.run(&format!("ledger list --json --event {event}")) else {
                return Ok(Err("no ledger".to_owned()));
            };
            Ok(match rows.lines().next_back() {
                Some(row) => Ok(serde_json::from_str(row)?),
                None => Err(self.run("ledger list")?.1),
            })
        })
    }
}

/// A controller that runs, and ends with the test.
struct Live(Child);

impl Live {
    fn stop(&mut self) -> Outcome {
        let pid = Pid::from_child(&self.0);
        kill_process(pid, Signal::TERM)?;
        let status = self.0.wait()?;
        ensure(status.success(), || status.to_string())
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
