//! Secrets that are planted wherever the program looks do not come out again: not on
//! the screen, not in the log at its loudest, not in a byte of the data folder.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use axum::{Router, http::StatusCode, routing::get};
use serde_json::json;
use tokio::net::TcpListener;

use crate::{
    fake_engine::FakeEngine,
    program::{Home, Program, eventually},
};

/// Begins every secret that is planted here. None of them looks like anything that a
/// rule could know; where a text as a whole is meant to be kept, the word before it
/// says that it is a secret.
const MARK: &str = "zq7Plant";

#[test]
fn no_planted_secret_comes_out_again() {
    for loud in ["", "-vv"] {
        check_run(loud);
    }
}

fn check_run(loud: &str) {
    let engine = FakeEngine::default();
    let services = Services::start();
    let home = Home::with_config(&engine.serve_beside(), &config(services.port));
    plant_in_engine(&engine, home.path());
    plant_in_files(home.path());
    let line = format!("live {loud} --control-mode assist --interval 0.1 --json");
    let mut command = home.command(&line);
    command
        .env("RUST_LOG", "trace")
        .env("PATH", home.path().join("bin"))
        .env("AWS_SECRET_ACCESS_KEY", format!("{MARK}OwnEnv"));
    let mut program = Program::start(command);
    // By then, the program has read all that is planted.
    for word in [
        "the engine refused with 409: cannot start: password=<redacted>",
        "error: DB_PASSWORD=<redacted>",
        "mount failed: password=<redacted>",
        "broken.yml",
        "odd.yml",
        "status 302",
        "the answer contains `disconnected`",
        "hibernating",
    ] {
        eventually(word, || {
            let said = program.said();
            said.contains(word).then_some(()).ok_or(said)
        });
    }
    engine.set(|script| script.is_list_silent = true);
    program.until_said("engine_unseen");
    let sockets = fs::read_to_string("/proc/net/unix").unwrap();
    assert!(program.stop().success(), "{}", program.said());
    assert_nothing_planted("/proc/net/unix", sockets.as_bytes());
    assert_nothing_planted("the screen", program.said().as_bytes());
    let files = files_below(&home.data());
    assert!(files.len() >= 2, "{files:?}");
    for file in files {
        assert_nothing_planted(&file.display().to_string(), &fs::read(&file).unwrap());
    }
}

#[test]
fn a_mistake_in_a_setting_does_not_repeat_a_secret() {
    for (variable, value) in [
        (
            "DOCKER_HOST",
            format!("tcp://admin:{MARK}Host@127.0.0.1:2375"),
        ),
        ("DOCKER_HOST", format!("tcp://admin:{MARK}Host@127.0.0.1")),
        ("DOCKER_HOST", format!("https://admin:{MARK}Host@127.0.0.1")),
        ("DOCKER_HOST", format!("ssh://admin:{MARK}Host@127.0.0.1")),
    ] {
        let home = Home::new("unix:///nowhere");
        let output = home
            .command("live --once")
            .env(variable, &value)
            .output()
            .unwrap();
        assert_eq!(Some(2), output.status.code(), "{value}");
        assert_nothing_planted(&value, &output.stderr);
    }
    for text in [
        format!("[engine]\nhost = \"tcp://a:{MARK}Host@h\""),
        format!("[stack.services.ui]\nprobe = {{ url = \"http://a:{MARK}Probe@h/\" }}"),
        format!("[stack.services.ui]\nprobe = {{ url = \"ftp://a:{MARK}Probe@h/\" }}"),
        format!("[engine]\npassword = \"{MARK}Unknown\""),
        format!("api_token = \"{MARK}Broken"),
        format!("[engine\napi_token = \"{MARK}Broken\""),
    ] {
        let home = Home::with_config("unix:///nowhere", &text);
        let output = home.command("config check").output().unwrap();
        assert_eq!(Some(2), output.status.code(), "{text}");
        assert_nothing_planted(&text, &output.stderr);
        assert_nothing_planted(&text, &output.stdout);
    }
}

#[test]
fn what_is_written_is_for_the_owner_alone() {
    let engine = FakeEngine::default();
    engine.set(|script| script.health("ui", "healthy"));
    let home = Home::new(&engine.serve_beside());
    let inner = home.command("live --interval 0.1");
    // The most generous mask there is.
    let mut command = Command::new("sh");
    command
        .args(["-c", "umask 000; exec \"$@\"", "sh"])
        .arg(inner.get_program());
    command
        .args(inner.get_args())
        .env_clear()
        .current_dir(home.path());
    for (name, value) in inner.get_envs() {
        command.env(name, value.unwrap());
    }
    let mut program = Program::start(command);
    program.until_said("began to watch");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(0o700, mode(&home.data()));
    for name in [
        "ledger.db",
        "ledger.db-wal",
        "ledger.db-shm",
        "ledger.checkpoints",
    ] {
        // The first checkpoint comes a moment after the first word.
        let deadline = Instant::now() + Duration::from_secs(30);
        while !home.data().join(name).exists() && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(10));
        }
        assert!(home.data().join(name).exists(), "{name}");
    }
    for file in &files_below(&home.data()) {
        assert_eq!(0o600, mode(file), "{}", file.display());
    }
    assert!(program.stop().success(), "{}", program.said());
}

#[track_caller]
fn assert_nothing_planted(place: &str, bytes: &[u8]) {
    let found = memchr::memmem::find(bytes, MARK.as_bytes());
    if let Some(at) = found {
        let near = &bytes[at.saturating_sub(200)..bytes.len().min(at + 60)];
        panic!("{place}: …{}…", String::from_utf8_lossy(near));
    }
}

fn files_below(path: &Path) -> Vec<PathBuf> {
    if !path.is_dir() {
        return vec![path.to_owned()];
    }
    let entries = fs::read_dir(path).unwrap();
    entries
        .flat_map(|entry| files_below(&entry.unwrap().path()))
        .collect()
}

fn config(port: u16) -> String {
    format!(
        "[policy]
check_after = 0
recover_after = 0
definite_after = 0
attempts_max = 1
verify_min = 1
verify_max = 1
backoff_first = 0
deploy_grace = 0
[stack]
project = \"wicap\"
profile = \"none\"
[stack.services.ui]
depends_on = [\"db\"]
[stack.services.db]
[stack.services.gone]
core = true
[stack.services.sick]
probe = {{ url = \"http://127.0.0.1:{port}/sick?token={MARK}Query\" }}
[stack.services.low]
probe = {{ url = \"http://127.0.0.1:{port}/low?token={MARK}Query\", degraded_if = \"disconnected\" }}
[stack.services.moved]
probe = {{ url = \"http://127.0.0.1:{port}/moved?token={MARK}Query\" }}
[stack.services.nowhere]
probe = {{ url = \"http://no-such-host.invalid/?token={MARK}Query\" }}
"
    )
}

fn plant_in_engine(engine: &FakeEngine, folder: &Path) {
    engine.set(|script| {
        script.health("db", "healthy");
        script.health("ui", "unhealthy");
        for name in ["sick", "low", "moved", "nowhere"] {
            script.state(name, "running");
        }
        script.state("strange", "hibernating");
        script.restart_error = Some(format!("cannot start: password={MARK}Refusal"));
        script.planted.labels = json!({
            "org.example.note": format!("{MARK}Label"),
            "com.docker.compose.version": "2.26.1",
            "com.docker.compose.project.working_dir": folder,
            "com.docker.compose.project.config_files": "compose.yml,broken.yml,odd.yml",
            "com.docker.compose.project.environment_file": ".env"
        });
        script.planted.inspect = json!({
            "Path": format!("/bin/{MARK}Path"),
            "Args": ["--token", format!("{MARK}Args")],
            "Config": {
                "Env": [format!("COLOR={MARK}Env"), format!("DB_PASSWORD={MARK}Env")],
                "Cmd": ["serve", format!("--token={MARK}Cmd")],
                "Labels": {"org.example.note": format!("{MARK}Label")}
            },
            "State": {
                "Error": format!("mount failed: password={MARK}State"),
                "Health": {"Log": [
                    {"ExitCode": 1, "Output": format!("api_key={MARK}Health {MARK}Health")}
                ]}
            }
        });
    });
}

/// Compose files, one that cannot be read, and a compose program that talks.
fn plant_in_files(folder: &Path) {
    let good = format!(
        "services:\n  ui:\n    image: ui\n    environment:\n      - COLOR={MARK}Compose\n  \
         gone:\n    image: gone\n    environment: {{DB_PASSWORD: {MARK}Compose}}\n"
    );
    fs::write(folder.join("compose.yml"), good).unwrap();
    let broken = format!("services:\n  ui: {{environment: [{MARK}Broken\n  x: [: {MARK}Broken\n");
    fs::write(folder.join("broken.yml"), broken).unwrap();
    let odd = format!("services: {MARK}Odd\n");
    fs::write(folder.join("odd.yml"), odd).unwrap();
    fs::write(folder.join(".env"), format!("DB_PASSWORD={MARK}Dotenv\n")).unwrap();
    fs::create_dir(folder.join("bin")).unwrap();
    let program = format!(
        "#!/bin/sh\ncase \"$*\" in *version*) echo 2.26.1;; \
         *config*) echo 'gone 1'; echo 'DB_PASSWORD={MARK}Config' >&2;; \
         *) echo 'error: DB_PASSWORD={MARK}Up' >&2; exit 1;; esac\n"
    );
    let path = folder.join("bin/docker");
    fs::write(&path, program).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// The watched services, which answer with secrets.
struct Services {
    port: u16,
    _runtime: tokio::runtime::Runtime,
}

impl Services {
    fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let secret = format!("DB_PASSWORD={MARK}Body {MARK}Body");
        let sick = (StatusCode::INTERNAL_SERVER_ERROR, secret.clone());
        let low = format!("{{\"database\": \"disconnected\", \"dsn\": \"{secret}\"}}");
        let place = [("location", format!("http://u:{MARK}Place@127.0.0.1/"))];
        let moved = (StatusCode::FOUND, place, secret);
        let router = Router::new()
            .route("/sick", get(sick))
            .route("/low", get(low))
            .route("/moved", get(moved));
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let port = listener.local_addr().unwrap().port();
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self {
            port,
            _runtime: runtime,
        }
    }
}
