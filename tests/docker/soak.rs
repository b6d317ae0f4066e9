//! A soak by the real binary on a real stack, with a harness that behaves like WiCAP's.

use std::{
    fs,
    os::unix::process::ExitStatusExt as _,
    path::PathBuf,
    process::{Child, Output, Stdio},
    time::Duration,
};

use libtest_mimic::Trial;
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use serde_json::{Value, json};

use crate::{
    controller::{Controller, QUICK, Setup, command, configuration},
    harness::{Inspect, Options, Outcome, Stack, compose_words, ensure, eventually, root, trial},
};

/// A start of the whole stack, under load.
const SOON: Duration = Duration::from_secs(60);

const SOAK_TEST: &str = "tests/soak_test.py";
const LIVE_SOAK: &str = "scripts/run_live_soak.py";

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("soak::a_soak_passes_and_leaves_the_stack_up", passes),
        trial("soak::what_the_harness_reports_decides", fails),
        trial("soak::a_broken_contract_ends_it", breaks_its_contract),
        trial("soak::a_ui_that_dies_is_healed_meanwhile", heals),
        trial("soak::sigterm_ends_the_harness_too", terminated),
        trial("soak::a_killed_run_leaves_no_orphan", killed),
        trial("soak::an_untrusted_harness_is_refused", untrusted),
        trial("soak::a_harness_may_restart_the_stack", restarts),
        trial(
            "soak::sigterm_leaves_a_restarted_stack_as_it_was",
            restarts_terminated,
        ),
        trial("soak::a_leader_makes_way_and_leads_again", leads_again),
    ]
}

fn passes() -> Outcome {
    let soak = Soak::new(json!({"seconds": 3}), &[SOAK_TEST])?;
    let plan = soak.run(&["soak-run", "--dry-run", "--json"])?;
    ensure(plan.status.code() == Some(0), || shown(&plan))?;
    ensure(!soak.data().join("soak_runs").exists(), || {
        "a dry run made a folder".to_owned()
    })?;
    soak.trust(SOAK_TEST)?;
    let output = soak.run(&["soak-run", "--json"])?;
    ensure(output.status.code() == Some(0), || shown(&output))?;
    let told: Value = serde_json::from_slice(&output.stdout)?;
    ensure(told["result"] == "passed", || shown(&output))?;
    let phases = soak.rows("soak_phase")?;
    for (phase, status) in [
        ("preflight", "completed"),
        ("execute", "completed"),
        ("observe", "completed"),
        ("ingest", "completed"),
        ("finalize", "completed"),
    ] {
        let has = phases
            .iter()
            .any(|row| row["phase"] == phase && row["status"] == status);
        ensure(has, || format!("{phase} {status}: {phases:?}"))?;
    }
    ensure(phases.iter().all(|row| row["holds"] == false), || {
        "this harness restarts nothing".to_owned()
    })?;
    let folder = PathBuf::from(told["run_dir"].as_str().ok_or("no folder")?);
    let html = fs::read_to_string(folder.join("report.html"))?;
    for words in [
        "<svg",
        "events a second",
        "queue depth",
        "latency",
        "restarts",
    ] {
        ensure(html.contains(words), || format!("no `{words}`: {html}"))?;
    }
    let is_alone = !html.contains("<script") && !html.contains("http://") && !html.contains("src=");
    ensure(is_alone, || html)?;

    // The same again is no drift.
    let again = soak.run(&["soak-run", "--json"])?;
    ensure(again.status.code() == Some(0), || shown(&again))?;
    let compared = soak.run(&["soak", "compare", told["run"].as_str().unwrap_or_default()])?;
    ensure(compared.status.code() == Some(0), || shown(&compared))?;
    let list = soak.run(&["soak", "list", "--json"])?;
    ensure(shown(&list).matches("\"passed\"").count() == 2, || {
        shown(&list)
    })?;
    let show = soak.run(&["soak", "show"])?;
    ensure(shown(&show).contains("## Compared"), || shown(&show))?;
    soak.check_ledger()?;
    soak.check_up()
}

fn fails() -> Outcome {
    let conf = json!({"seconds": 2, "errors": ["UI down for 31 s"], "failed_checks": 1});
    let soak = Soak::new(conf, &[SOAK_TEST])?;
    soak.trust(SOAK_TEST)?;
    let output = soak.run(&["soak-run"])?;
    // The harness itself ends with 0.
    let text = shown(&output);
    ensure(output.status.code() == Some(3), || text.clone())?;
    for words in [
        "failed",
        "ended with code 0",
        "UI down for 31 s",
        "page checks failed",
    ] {
        ensure(text.contains(words), || format!("no `{words}`: {text}"))?;
    }
    let incident = soak.rows("soak_phase")?;
    let incident = incident.iter().rfind(|row| row["phase"] == "incident");
    let is_written = incident.is_some_and(|row| row["status"] == "completed");
    ensure(is_written, || format!("{incident:?}"))?;
    soak.check_ledger()?;
    soak.check_up()
}

/// The stack is up, and not what its contract says.
fn breaks_its_contract() -> Outcome {
    let soak = Soak::new(json!({"seconds": 120}), &[SOAK_TEST])?;
    soak.trust(SOAK_TEST)?;
    soak.promise(&["redis", "ui", "billing"])?;
    let running = soak.start(&["soak-run"])?;
    let harness = soak.harness_pid()?;
    let output = running.wait_with_output()?;
    let text = shown(&output);
    ensure(output.status.code() == Some(3), || text.clone())?;
    ensure(text.contains("the contract is not kept"), || text.clone())?;
    ensure(is_gone(harness), || format!("process {harness} still runs"))?;
    let ended = soak.rows("soak_ended")?;
    ensure(ended[0]["result"] == "failed", || ended[0].to_string())?;
    // Who does not ask for it is not held up by it.
    soak.configure(json!({"seconds": 2}))?;
    let output = soak.run(&["soak-run", "--no-require-runtime-contract"])?;
    ensure(output.status.code() == Some(0), || shown(&output))?;
    soak.check_ledger()?;
    soak.check_up()
}

fn heals() -> Outcome {
    let soak = Soak::new(json!({"seconds": 25}), &[SOAK_TEST])?;
    soak.trust(SOAK_TEST)?;
    let running = soak.start(&["soak-run", "--control-mode", "assist"])?;
    soak.until("soak_phase", |row| row["phase"] == "observe")?;
    soak.stack.kill_main("ui")?;
    let closed = soak.until("episode_closed", |row| row["service"] == "ui")?;
    ensure(closed["verdict"] == "met", || closed.to_string())?;
    let output = running.wait_with_output()?;
    ensure(output.status.code() == Some(0), || shown(&output))?;
    soak.check_ledger()?;
    soak.check_up()
}

fn terminated() -> Outcome {
    let soak = Soak::new(json!({"seconds": 60}), &[SOAK_TEST])?;
    soak.trust(SOAK_TEST)?;
    let running = soak.start(&["soak-run"])?;
    let harness = soak.harness_pid()?;
    signal(&running, Signal::TERM)?;
    let output = running.wait_with_output()?;
    ensure(output.status.code() == Some(3), || shown(&output))?;
    ensure(is_gone(harness), || format!("process {harness} still runs"))?;
    let ended = soak.rows("soak_ended")?;
    ensure(ended[0]["result"] == "interrupted", || ended[0].to_string())?;
    let session = soak.rows("session_ended")?;
    ensure(session[0]["end"] == "signal", || session[0].to_string())?;
    soak.check_ledger()?;
    soak.check_up()
}

fn killed() -> Outcome {
    let soak = Soak::new(json!({"seconds": 60}), &[SOAK_TEST])?;
    soak.trust(SOAK_TEST)?;
    let running = soak.start(&["soak-run"])?;
    let harness = soak.harness_pid()?;
    // A second one is refused by name, while the first one runs.
    let second = soak.run(&["soak-run"])?;
    ensure(second.status.code() == Some(1), || shown(&second))?;
    let name = format!("process {}", running.id());
    ensure(shown(&second).contains(&name), || shown(&second))?;

    signal(&running, Signal::KILL)?;
    let output = running.wait_with_output()?;
    ensure(output.status.signal() == Some(9), || shown(&output))?;
    ensure(!is_gone(harness), || {
        "nothing is left to be ended".to_owned()
    })?;
    soak.configure(json!({"seconds": 2}))?;
    let next = soak.run(&["soak-run", "--json"])?;
    ensure(next.status.code() == Some(0), || shown(&next))?;
    ensure(is_gone(harness), || format!("process {harness} still runs"))?;
    let noted = soak.rows("soak_phase")?;
    let is_noted = noted.iter().any(|row| {
        row["detail"]
            .as_str()
            .is_some_and(|text| text.contains("was cut off"))
    });
    ensure(is_noted, || format!("{noted:?}"))?;
    let session = soak.rows("session_ended")?;
    ensure(session[0]["end"] == "interrupted", || {
        session[0].to_string()
    })?;
    soak.check_ledger()?;
    soak.check_up()
}

fn untrusted() -> Outcome {
    let soak = Soak::new(json!({"seconds": 2}), &[SOAK_TEST])?;
    let output = soak.run(&["soak-run"])?;
    let text = shown(&output);
    ensure(output.status.code() == Some(2), || text.clone())?;
    ensure(
        text.contains("not trusted") && text.contains("config trust"),
        || text,
    )?;
    soak.trust(SOAK_TEST)?;
    // Changed by one byte, it is another script.
    let script = soak.repo().join(SOAK_TEST);
    let mut content = fs::read(&script)?;
    content.push(b'\n');
    fs::write(&script, content)?;
    let output = soak.run(&["soak-run"])?;
    ensure(output.status.code() == Some(2), || shown(&output))?;
    ensure(
        shown(&output).contains("trusted with another content"),
        || shown(&output),
    )?;
    let wrong = soak.run(&["soak-run", "--trust-harness", "00"])?;
    ensure(wrong.status.code() == Some(2), || shown(&wrong))?;
    ensure(!soak.data().join("soak_runs").exists(), || {
        "something was begun".to_owned()
    })
}

/// The harness takes the stack down and starts it. Nothing is done about that, and in the
/// end the stack is there again.
fn restarts() -> Outcome {
    let soak = Soak::new(json!({"seconds": 4}), &[SOAK_TEST, LIVE_SOAK])?;
    soak.trust(LIVE_SOAK)?;
    let output = soak.run(&["soak-run", "--control-mode", "assist"])?;
    ensure(output.status.code() == Some(0), || shown(&output))?;
    let phases = soak.rows("soak_phase")?;
    let holds: Vec<bool> = phases
        .iter()
        .filter_map(|row| row["holds"].as_bool())
        .collect();
    ensure(holds.contains(&true), || format!("{phases:?}"))?;
    let started = soak.rows("action_started")?;
    let actions: Vec<&str> = started
        .iter()
        .filter_map(|row| row["action"].as_str())
        .collect();
    ensure(actions == ["compose_up_core"], || shown(&output))?;
    soak.check_ledger()?;
    for service in ["redis", "processor", "ui"] {
        soak.stack
            .until(service, SOON, "there again", Inspect::is_well)?;
    }
    Ok(())
}

/// Stopped half way, the harness takes its stack down; in the end the core is there again.
fn restarts_terminated() -> Outcome {
    let soak = Soak::new(json!({"seconds": 60}), &[SOAK_TEST, LIVE_SOAK])?;
    soak.trust(LIVE_SOAK)?;
    let running = soak.start(&["soak-run", "--control-mode", "assist"])?;
    let harness = soak.harness_pid()?;
    soak.until("soak_phase", |row| {
        row["detail"]
            .as_str()
            .is_some_and(|text| text.ends_with("started is up"))
    })?;
    signal(&running, Signal::TERM)?;
    let output = running.wait_with_output()?;
    ensure(output.status.code() == Some(3), || shown(&output))?;
    ensure(is_gone(harness), || format!("process {harness} still runs"))?;
    for service in ["redis", "processor", "ui"] {
        soak.stack
            .until(service, SOON, "there again", Inspect::is_well)?;
    }
    soak.check_ledger()
}

/// A controller gives the stack up for the time of a soak, and leads again.
fn leads_again() -> Outcome {
    let soak = Soak::new(json!({"seconds": 3}), &[SOAK_TEST])?;
    soak.trust(SOAK_TEST)?;
    let leader = Controller::start(&soak.stack, &soak.setup)?;
    let output = soak.run(&["soak-run", "--control-mode", "assist"])?;
    ensure(output.status.code() == Some(0), || shown(&output))?;
    // First it led, then the soak, then it again.
    soak.until("lease_taken", |row| row["token"] == 3)?;
    let ended = soak.rows("session_ended")?;
    ensure(ended.len() == 1, || format!("{ended:?}"))?;
    leader.kill()?;
    soak.check_ledger()
}

/// A stack with a checkout that has harnesses.
struct Soak {
    stack: Stack,
    setup: Setup,
}

impl Soak {
    fn new(conf: Value, harnesses: &[&str]) -> Outcome<Self> {
        let stack = Stack::up(&Options {
            restart: "no",
            ..Options::default()
        })?;
        let setup = Setup {
            policy: QUICK,
            ..Setup::default()
        };
        fs::write(
            stack.folder().join("wicap-assist.toml"),
            configuration(&stack, &setup),
        )?;
        let soak = Self { stack, setup };
        for path in harnesses {
            let to = soak.repo().join(path);
            fs::create_dir_all(to.parent().ok_or("no folder")?)?;
            fs::copy(root().join("tests/data/soak").join(path), to)?;
        }
        soak.promise(&["redis", "scout", "processor", "ui"])?;
        soak.configure(conf)?;
        Ok(soak)
    }

    /// Writes a contract by which these services are up.
    fn promise(&self, services: &[&str]) -> Outcome {
        let service = |name: &&str| json!({"name": name, "required_state": "up", "critical": true});
        let services: Vec<Value> = services.iter().map(service).collect();
        let contract = json!({
            "version": "1.0.0", "schema": "runtime-contract.v1", "name": "stand-in",
            "services": services,
        });
        let path = self.repo().join("ops/runtime-contract.v1.json");
        fs::create_dir_all(path.parent().ok_or("no folder")?)?;
        Ok(fs::write(path, contract.to_string())?)
    }

    /// Tells the harness what to do.
    fn configure(&self, mut conf: Value) -> Outcome {
        conf["ui"] = json!(format!("http://127.0.0.1:{}", self.stack.ui_port()));
        conf["services"] = json!(self.stack.services());
        let mut compose = compose_words()?;
        compose.extend(["-p".to_owned(), self.stack.project().to_owned()]);
        for (flag, path) in [("-f", "compose.yml"), ("--project-directory", "")] {
            let path = self.stack.folder().join(path);
            compose.extend([flag.to_owned(), path.display().to_string()]);
        }
        conf["compose"] = json!(compose);
        Ok(fs::write(self.repo().join("soak.json"), conf.to_string())?)
    }

    fn repo(&self) -> PathBuf {
        self.stack.folder().join("repo")
    }

    fn data(&self) -> PathBuf {
        self.stack.folder().join(self.setup.data)
    }

    fn command(&self, arguments: &[&str]) -> std::process::Command {
        let mut words = arguments.to_vec();
        let repo = self.repo().display().to_string();
        if arguments[0] == "soak-run" {
            words.extend(["--repo-root", &repo, "--observe-interval-seconds", "1"]);
        }
        let mut command = command(&self.stack, &self.setup, &words);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn run(&self, arguments: &[&str]) -> Outcome<Output> {
        Ok(self.command(arguments).output()?)
    }

    fn start(&self, arguments: &[&str]) -> Outcome<Child> {
        Ok(self.command(arguments).spawn()?)
    }

    fn trust(&self, harness: &str) -> Outcome {
        let path = self.repo().join(harness).display().to_string();
        let output = self.run(&["config", "trust", &path])?;
        ensure(output.status.success(), || shown(&output))
    }

    /// The rows of a kind, oldest first.
    fn rows(&self, event: &str) -> Outcome<Vec<Value>> {
        let output = self.run(&["ledger", "list", "--json", "--event", event])?;
        let lines = String::from_utf8(output.stdout)?;
        Ok(lines
            .lines()
            .map(serde_json::from_str)
            .collect::<Result<_, _>>()?)
    }

    fn until(&self, event: &str, holds: impl Fn(&Value) -> bool) -> Outcome<Value> {
        eventually(SOON, &format!("a row `{event}`"), || {
            let rows = self.rows(event).unwrap_or_default();
            let found = rows.iter().find(|row| holds(row)).cloned();
            Ok(found.ok_or_else(|| format!("{rows:?}")))
        })
    }

    /// Waits until the harness runs.
    fn harness_pid(&self) -> Outcome<u32> {
        let row = self.until("soak_phase", |row| {
            row["detail"]
                .as_str()
                .is_some_and(|text| text.contains("runs as process"))
        })?;
        let text = row["detail"].as_str().unwrap_or_default();
        let number = text.rsplit(' ').next().unwrap_or_default();
        Ok(number.parse()?)
    }

    fn check_ledger(&self) -> Outcome {
        for words in [&["ledger", "verify"][..], &["ledger", "replay"]] {
            let output = self.run(words)?;
            ensure(output.status.success(), || shown(&output))?;
        }
        Ok(())
    }

    fn check_up(&self) -> Outcome {
        for service in self.stack.services() {
            let inspect = self.stack.inspect(service)?;
            ensure(inspect.state.pid > 0, || format!("{service} is down"))?;
        }
        Ok(())
    }
}

fn signal(child: &Child, signal: Signal) -> Outcome {
    Ok(kill_process(Pid::from_child(child), signal)?)
}

fn is_gone(pid: u32) -> bool {
    let Some(pid) = Pid::from_raw(pid.cast_signed()) else {
        return true;
    };
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
    let is_zombie = stat.is_ok_and(|stat| stat.contains(") Z "));
    is_zombie || test_kill_process(pid).is_err()
}

fn shown(output: &Output) -> String {
    format!(
        "{}\n--- stdout:\n{}\n--- stderr:\n{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}
