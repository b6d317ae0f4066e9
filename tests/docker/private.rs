//! An engine beside the machine's own, to be stopped, killed and held up.

use std::{fs, process::Command, thread::sleep, time::Duration};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use tempfile::TempDir;

use crate::harness::{Outcome, eventually, root};

const IMAGE: &str = "wicap-assist-standin:latest";

/// The engine; its folder and everything in it go with it.
pub(crate) struct PrivateEngine {
    folder: TempDir,
}

impl PrivateEngine {
    /// Starts an engine that has the stand-in's image.
    pub(crate) fn start() -> Outcome<Self> {
        let engine = Self {
            folder: tempfile::Builder::new()
                .prefix("wicap-assist-engine-")
                .tempdir()?,
        };
        engine.begin()?;
        let image = engine.folder.path().join("image.tar");
        let image = image.to_str().ok_or("a folder with an odd name")?;
        run(Command::new("docker").args(["save", "-o", image, IMAGE]))?;
        engine.docker(&["load", "-i", image])?;
        Ok(engine)
    }

    /// Its address for `DOCKER_HOST`.
    pub(crate) fn address(&self) -> String {
        format!("unix://{}/sock", self.folder.path().display())
    }

    /// Starts one service of the project `chaos`.
    pub(crate) fn run_service(&self, name: &str) -> Outcome {
        let service = format!("com.docker.compose.service={name}");
        let container = format!("chaos-{name}");
        let (project, number) = (
            "com.docker.compose.project=chaos",
            "com.docker.compose.container-number=1",
        );
        self.docker(&[
            "run",
            "-d",
            "--name",
            &container,
            "--network",
            "host",
            "--restart",
            "unless-stopped",
            "--label",
            project,
            "--label",
            &service,
            "--label",
            number,
            IMAGE,
            "scout",
        ])?;
        Ok(())
    }

    pub(crate) fn docker(&self, arguments: &[&str]) -> Outcome<String> {
        let mut command = Command::new("docker");
        run(command.env("DOCKER_HOST", self.address()).args(arguments))
    }

    /// Starts it, or starts it again on what it had.
    pub(crate) fn begin(&self) -> Outcome {
        run(Command::new(root().join("scripts/engine.sh"))
            .arg("start")
            .arg(self.folder.path()))?;
        Ok(())
    }

    /// Sends a signal to it.
    pub(crate) fn signal(&self, signal: Signal) -> Outcome {
        Ok(kill_process(self.pid()?, signal)?)
    }

    /// Ends it by a signal and waits until it is gone.
    pub(crate) fn end(&self, signal: Signal) -> Outcome {
        let pid = self.pid()?;
        kill_process(pid, signal)?;
        eventually(Duration::from_secs(20), "the engine to end", || {
            let is_gone = test_kill_process(pid).is_err();
            Ok(is_gone.then_some(()).ok_or_else(|| "it runs".to_owned()))
        })
    }

    /// Holds it up again and again: it runs a third of the time.
    pub(crate) fn slow_down(&self, times: u32) -> Outcome {
        for _ in 0..times {
            self.signal(Signal::STOP)?;
            sleep(Duration::from_millis(400));
            self.signal(Signal::CONT)?;
            sleep(Duration::from_millis(200));
        }
        Ok(())
    }

    fn pid(&self) -> Outcome<Pid> {
        let text = fs::read_to_string(self.folder.path().join("pid"))?;
        let pid = Pid::from_raw(text.trim().parse()?);
        Ok(pid.ok_or("the engine has no process")?)
    }
}

impl Drop for PrivateEngine {
    fn drop(&mut self) {
        // One that stands still or is gone does not remove its containers.
        let _ = self.signal(Signal::CONT);
        let _ = self.begin();
        if let Ok(all) = self.docker(&["ps", "-aq"]) {
            for container in all.lines() {
                let _ = self.docker(&["rm", "-f", container]);
            }
        }
        let _ = run(Command::new(root().join("scripts/engine.sh"))
            .arg("stop")
            .arg(self.folder.path()));
    }
}

fn run(command: &mut Command) -> Outcome<String> {
    let output = command.output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
