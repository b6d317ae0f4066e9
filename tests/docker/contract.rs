//! The contract gate on the real engine: it waits for green, and it runs in a container
//! without a database.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio, id},
    thread::sleep,
    time::{Duration, Instant},
};

use libtest_mimic::Trial;
use serde_json::Value;

use crate::harness::{Options, Outcome, Stack, docker, ensure, eventually, trial};

/// How long the gate waits for green; far longer than a start takes.
const WAIT_S: u64 = 90;

/// Where a contract is in its repository.
const CONTRACT: &str = "ops/runtime-contract.v1.json";

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("contract::the_gate_waits_until_it_is_green", waits),
        trial(
            "contract::the_gate_is_green_and_red_in_a_container_without_a_database",
            contained,
        ),
    ]
}

fn waits() -> Outcome {
    let stack = Stack::up(&Options::default())?;
    let gate = Gate::of(&stack)?;
    let (code, said) = gate.check(&[])?;
    ensure(code == 0 && said.contains("gate: green"), || said)?;
    stack.docker("stop", "ui")?;
    let (code, said) = gate.check(&[])?;
    ensure(code == 3 && said.contains("gate: red"), || said)?;

    let begin = Instant::now();
    let wait = WAIT_S.to_string();
    let mut waiting = Waiting(
        gate.command(&["--wait", &wait, "--json"])
            .stdout(Stdio::piped())
            .spawn()?,
    );
    sleep(Duration::from_secs(3));
    ensure(waiting.0.try_wait()?.is_none(), || {
        "it does not wait".to_owned()
    })?;
    stack.docker("start", "ui")?;
    let limit = Duration::from_secs(WAIT_S);
    let status = eventually(limit, "the gate to turn green", || {
        Ok(waiting.0.try_wait()?.ok_or_else(|| "it waits".to_owned()))
    })?;
    ensure(status.code() == Some(0), || status.to_string())?;
    ensure(begin.elapsed() < limit, || {
        "it waited to the end".to_owned()
    })?;
    let stdout = waiting.0.stdout.take().ok_or("no stdout")?;
    let report: Value = serde_json::from_reader(stdout)?;
    ensure(report["status"] == "pass", || report.to_string())?;
    ensure(!gate.data.exists(), || "a data folder was made".to_owned())
}

fn contained() -> Outcome {
    let stack = Stack::up(&Options::default())?;
    let gate = Gate::of(&stack)?;
    let image = Image::of(&gate)?;
    let (code, said) = image.check(&stack, true)?;
    ensure(code == 0 && said.contains("gate: green"), || said)?;
    stack.docker("stop", "ui")?;
    let (code, said) = image.check(&stack, true)?;
    ensure(code == 3 && said.contains("gate: red"), || said)?;
    stack.docker("start", "ui")?;
    // Without the socket nobody can tell, and what nobody can tell is not green.
    let (code, said) = image.check(&stack, false)?;
    ensure(code == 3 && said.contains("unknown"), || said)
}

/// The contract of a stack, made from the stack as it runs.
struct Gate {
    project: String,
    repo: PathBuf,
    data: PathBuf,
}

impl Gate {
    fn of(stack: &Stack) -> Outcome<Self> {
        let gate = Self {
            project: stack.project().to_owned(),
            repo: stack.folder().join("repo"),
            data: stack.folder().join("nowhere"),
        };
        let (code, said) = ended(gate.program(&["contract", "init"]))?;
        ensure(code == 0, || said)?;
        // The UI of this stack listens elsewhere than WiCAP's.
        let path = gate.repo.join(CONTRACT);
        let contract = fs::read_to_string(&path)?;
        ensure(contract.contains("127.0.0.1:8080/health"), || {
            contract.clone()
        })?;
        let own = format!("127.0.0.1:{}/health", stack.ui_port());
        fs::write(&path, contract.replace("127.0.0.1:8080/health", &own))?;
        Ok(gate)
    }

    fn program(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wicap-assist"));
        command
            .args(words)
            .args(["--project", &self.project, "--repo-root"])
            .arg(&self.repo)
            .arg("--data-dir")
            .arg(&self.data)
            .current_dir(&self.repo);
        command
    }

    fn command(&self, flags: &[&str]) -> Command {
        self.program(&[&["contract-check"], flags].concat())
    }

    fn check(&self, flags: &[&str]) -> Outcome<(i32, String)> {
        ended(self.command(flags))
    }
}

/// The program and the contract on an empty image, and nothing else.
struct Image(String);

impl Image {
    fn of(gate: &Gate) -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        let program = folder.path().join("wicap-assist");
        let built = Path::new(env!("CARGO_BIN_EXE_wicap-assist"));
        let mut strip = Command::new("strip");
        strip.arg("-o").arg(&program).arg(built);
        let (code, said) = ended(strip)?;
        ensure(code == 0, || said)?;
        fs::create_dir_all(folder.path().join("ops"))?;
        fs::copy(gate.repo.join(CONTRACT), folder.path().join(CONTRACT))?;
        let file = "FROM scratch\nCOPY wicap-assist /\nCOPY ops /repo/ops\n\
                    ENTRYPOINT [\"/wicap-assist\"]\n";
        fs::write(folder.path().join("Dockerfile"), file)?;
        let name = format!("wicap-assist-gate-test:{}", id());
        docker(&[
            "build",
            "-q",
            "-t",
            &name,
            &folder.path().display().to_string(),
        ])?;
        Ok(Self(name))
    }

    /// Runs the gate in a container that can write nowhere.
    fn check(&self, stack: &Stack, has_socket: bool) -> Outcome<(i32, String)> {
        let mut command = Command::new("docker");
        command.args(["run", "--rm", "--read-only", "--network", "host"]);
        if has_socket {
            command.args(["-v", "/var/run/docker.sock:/var/run/docker.sock"]);
        }
        command
            .arg(&self.0)
            .args(["contract-check", "--repo-root", "/repo"])
            .args(["--project", stack.project()]);
        ended(command)
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        let _ = docker(&["rmi", "-f", &self.0]);
    }
}

/// A gate that waits, and ends with the test.
struct Waiting(Child);

impl Drop for Waiting {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn ended(mut command: Command) -> Outcome<(i32, String)> {
    let output = command.output()?;
    let code = output.status.code().ok_or("it was killed")?;
    let said = [output.stdout, output.stderr].concat();
    Ok((code, String::from_utf8(said)?))
}
