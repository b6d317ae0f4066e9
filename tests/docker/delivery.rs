//! The images, and every profile of `compose.assistant.yml`, on a stack that compose of the
//! second generation made.
//!
//! No base image is pulled: each image is built from nothing but the program and what it calls.

use std::{
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    process::{Command, id},
    time::Duration,
};

use libtest_mimic::Trial;
use serde_json::Value;

use crate::{
    answers::untouched,
    controller::{QUICK, Setup, configuration},
    harness::{
        Inspect, Options, Outcome, Stack, docker, ensure, eventually, next_compose, root, trial,
    },
    proxy::engine_socket,
};

const SOON: Duration = Duration::from_secs(60);

pub(crate) fn trials() -> Vec<Trial> {
    vec![trial(
        "delivery::every_profile_is_healthy_and_does_its_work",
        every_profile,
    )]
}

/// One trial, because the images are built once.
fn every_profile() -> Outcome {
    let images = Images::build()?;
    images.check()?;
    let stack = watched()?;
    observe(&stack, &images)?;
    control_proxy(&stack, &images)?;
    control(&stack, &images)
}

fn watched() -> Outcome<Stack> {
    let stack = Stack::up(&Options {
        services: &["ui"],
        restart: "no",
        is_next_compose: true,
        ..Options::default()
    })?;
    let setup = Setup {
        policy: QUICK,
        ..Setup::default()
    };
    let text = configuration(&stack, &setup);
    fs::write(stack.folder().join("wicap-assist.toml"), text)?;
    // The images have a user of their own, who has to read the project.
    fs::set_permissions(stack.folder(), fs::Permissions::from_mode(0o755))?;
    Ok(stack)
}

/// It sees everything, says what it would do, and can do nothing.
fn observe(stack: &Stack, images: &Images) -> Outcome {
    let beside = Beside::up("observe", stack, images)?;
    let before = stack.inspect("ui")?;
    stack.fault("ui", "unhealthy", &["--clear-on=manual"])?;
    beside.until("action_denied", |row| {
        row["code"] == "observe_mode" && row["action"] == "restart_service:ui"
    })?;
    untouched(stack, "ui", &before)?;
    stack.clear("ui", "unhealthy")?;
    beside.until("service_recovered", |_| true)?;
    beside.smoke()
}

/// Each action that a session chooses, once: a restart, and compose for what is missing.
fn control(stack: &Stack, images: &Images) -> Outcome {
    let beside = Beside::up("control", stack, images)?;
    stack.fault("ui", "unhealthy", &[])?;
    beside.until_met("restart_service:ui")?;
    docker(&["rm", "-f", &stack.container("ui")])?;
    let missing = |row: &Value| row["code"] == "manual_stop" || row["action"] == "compose_up_core";
    let row = beside.until_any(&["held", "action_started"], missing)?;
    if row["event"] == "held" {
        // Who removed it is known; an operator has it made again.
        beside.program(&["agent", "-c", "action compose_up_core"])?;
    }
    beside.until_met("compose_up_core")?;
    stack.until("ui", SOON, "well again", Inspect::is_well)?;
    beside.smoke()?;
    beside.program(&["agent", "-c", "action status_check"])?;
    beside.until("action_returned", |row| {
        row["action"] == "status_check" && row["status"] == "ok"
    })?;
    by_a_person(stack, &beside)
}

/// What no session chooses, once: asked for by a person, in a session of its own.
fn by_a_person(stack: &Stack, beside: &Beside<'_>) -> Outcome {
    beside.compose(&["stop"])?;
    docker(&["rm", "-f", &stack.container("ui")])?;
    beside.ask("action compose_up")?;
    stack.until("ui", SOON, "well again", Inspect::is_well)?;
    beside.ask("action shutdown")?;
    let filter = format!("label=com.docker.compose.project={}", stack.project());
    let left = docker(&["ps", "-aq", "--filter", &filter])?;
    ensure(left.is_empty(), || format!("still there: {left}"))
}

/// Without a socket of its own it may restart, and nothing else.
fn control_proxy(stack: &Stack, images: &Images) -> Outcome {
    let beside = Beside::up("control-proxy", stack, images)?;
    stack.fault("ui", "unhealthy", &[])?;
    beside.until_met("restart_service:ui")
}

/// The images under a tag of this run. Dropping it removes them.
struct Images {
    tag: String,
}

impl Images {
    fn build() -> Outcome<Self> {
        let images = Self {
            tag: format!("test-{}", id()),
        };
        let output = Command::new(root().join("scripts/image.sh"))
            .args(["--program", env!("CARGO_BIN_EXE_wicap-assist"), "--tag"])
            .arg(&images.tag)
            .output()?;
        ensure(output.status.success(), || {
            String::from_utf8_lossy(&output.stderr).into_owned()
        })?;
        Ok(images)
    }

    fn named(&self, target: &str) -> String {
        format!("wicap-assist-{target}:{}", self.tag)
    }

    fn run(&self, target: &str, words: &[&str]) -> Outcome<String> {
        let entry = format!("/usr/local/bin/{}", words[0]);
        let image = self.named(target);
        let before = [
            "run",
            "--rm",
            "--network",
            "none",
            "--entrypoint",
            &entry,
            &image,
        ];
        Ok(docker(&[&before[..], &words[1..]].concat())?)
    }

    /// Nobody is root in them, and the program runs with nothing around it.
    fn check(&self) -> Outcome {
        for target in ["observe", "control", "proxy"] {
            let format = "{{.Config.User}}";
            let user = docker(&["image", "inspect", "--format", format, &self.named(target)])?;
            ensure(user == "65532:65532", || format!("{target}: {user}"))?;
        }
        for target in ["observe", "control"] {
            let told = self.run(target, &["wicap-assist", "--version"])?;
            ensure(told.starts_with("wicap-assist "), || told)?;
        }
        let told = self.run("control", &["docker-compose", "version", "--short"])?;
        ensure(told.starts_with("2."), || told)
    }
}

impl Drop for Images {
    fn drop(&mut self) {
        for target in ["observe", "control", "proxy"] {
            let _ = docker(&["image", "rm", "-f", &self.named(target)]);
        }
    }
}

/// One profile, started beside the stack. Dropping it removes it with its volumes.
struct Beside<'a> {
    profile: &'static str,
    stack: &'a Stack,
    images: &'a Images,
}

impl<'a> Beside<'a> {
    /// Starts it and waits until its health check is content.
    fn up(profile: &'static str, stack: &'a Stack, images: &'a Images) -> Outcome<Self> {
        let beside = Self {
            profile,
            stack,
            images,
        };
        beside.compose(&["up", "-d"])?;
        eventually(SOON, &format!("{profile} to be healthy"), || {
            let format = "{{.State.Health.Status}}";
            let health = docker(&["inspect", "--format", format, &beside.container()]);
            Ok(match health.as_deref() {
                Ok("healthy") => Ok(()),
                _ => Err(format!("{health:?}\n{}", beside.logs())),
            })
        })?;
        Ok(beside)
    }

    fn project(&self) -> String {
        format!("{}-{}", self.stack.project(), self.profile)
    }

    fn container(&self) -> String {
        format!("{}-{}-1", self.project(), self.profile)
    }

    fn compose(&self, words: &[&str]) -> Outcome {
        let socket = engine_socket();
        let group = fs::metadata(&socket)?.gid();
        let output = Command::new(next_compose())
            .args(["--profile", self.profile, "-p", &self.project(), "-f"])
            .arg(root().join("compose.assistant.yml"))
            .args(words)
            .env("WICAP_REPO", self.stack.folder())
            .env("WICAP_DOCKER_GID", group.to_string())
            .env("WICAP_DOCKER_SOCKET", &socket)
            .env("WICAP_ASSIST_TAG", &self.images.tag)
            .env("WICAP_ASSIST_PROJECT", self.stack.project())
            .env("WICAP_ASSIST_INTERVAL", "1s")
            .env("WICAP_ASSIST_HEALTH_INTERVAL", "1s")
            .output()?;
        ensure(output.status.success(), || {
            String::from_utf8_lossy(&output.stderr).into_owned()
        })
    }

    /// A sentence of an operator, in a container of its own.
    fn ask(&self, sentence: &str) -> Outcome {
        let agent = ["agent", "--yes", "--control-mode", "assist", "-c", sentence];
        self.compose(&[&["run", "--rm", "-T", self.profile][..], &agent].concat())
    }

    /// The program inside, as an operator calls it.
    fn program(&self, words: &[&str]) -> Outcome<String> {
        let program = ["exec", &self.container(), "/usr/local/bin/wicap-assist"].map(str::to_owned);
        let words: Vec<&str> = program
            .iter()
            .map(String::as_str)
            .chain(words.iter().copied())
            .collect();
        Ok(docker(&words)?)
    }

    /// `scripts/smoke.sh` in the container.
    fn smoke(&self) -> Outcome {
        let output = Command::new(root().join("scripts/smoke.sh"))
            .args(["--container", &self.container()])
            .output()?;
        let told = [output.stdout, output.stderr].concat();
        ensure(output.status.code() == Some(0), || {
            String::from_utf8_lossy(&told).into_owned()
        })
    }

    fn rows(&self) -> Vec<Value> {
        let told = self.program(&["ledger", "list", "--json", "--limit", "1000"]);
        let lines = told.unwrap_or_default();
        lines
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect()
    }

    fn until(&self, event: &str, holds: impl Fn(&Value) -> bool) -> Outcome<Value> {
        self.until_any(&[event], holds)
    }

    fn until_met(&self, action: &str) -> Outcome {
        self.until("episode_closed", |row| {
            row["action"] == action && row["verdict"] == "met"
        })?;
        Ok(())
    }

    fn until_any(&self, events: &[&str], holds: impl Fn(&Value) -> bool) -> Outcome<Value> {
        eventually(SOON, &format!("{}: {events:?}", self.profile), || {
            let rows = self.rows();
            let is_it =
                |row: &&Value| events.iter().any(|event| row["event"] == *event) && holds(row);
            let found = rows.iter().find(is_it).cloned();
            Ok(found.ok_or_else(|| self.logs()))
        })
    }

    fn logs(&self) -> String {
        let output = Command::new("docker")
            .args(["logs", &self.container()])
            .output();
        let output = output.map(|output| [output.stdout, output.stderr].concat());
        String::from_utf8_lossy(&output.unwrap_or_default()).into_owned()
    }
}

impl Drop for Beside<'_> {
    fn drop(&mut self) {
        let _ = self.compose(&["down", "-v", "--timeout", "15"]);
    }
}
