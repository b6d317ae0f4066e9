//! A real filtering proxy between the program and the real engine: `scripts/haproxy.cfg`, as
//! docs/OPERATIONS.md says.

use std::{
    fs,
    io::{Read as _, Write as _},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use libtest_mimic::Trial;

use crate::{
    answers::{restarted_once, untouched, up},
    controller::{Controller, Setup, command},
    harness::{Outcome, ensure, eventually, root, trial},
};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("proxy::our_calls_and_no_others_pass", filter),
        trial("proxy::the_program_heals_through_it", heal),
        trial("proxy::what_only_reads_restarts_nothing", read_only),
    ]
}

/// Calls that pass: what the engine says to them is not the proxy's.
const OURS: [(&str, &str); 8] = [
    ("GET", "/version"),
    ("GET", "/v1.41/version"),
    ("GET", "/v1.44/info"),
    ("GET", "/v1.41/containers/json?all=1"),
    ("GET", "/v1.41/events?since=1&until=2"),
    ("GET", "/v1.41/containers/no-such-thing/json"),
    ("GET", "/v1.41/containers/no-such-thing/logs?stdout=1"),
    ("POST", "/v1.41/containers/no-such-thing/restart?t=1"),
];

const OTHERS: [(&str, &str); 36] = [
    ("GET", "/_ping"),
    ("GET", "/images/json"),
    ("GET", "/v1.41/images/json"),
    ("GET", "/v1.41/networks"),
    ("GET", "/v1.41/volumes"),
    ("GET", "/v1.41/secrets"),
    ("GET", "/v1.41/system/df"),
    ("GET", "/v1.41/containers/a/top"),
    ("GET", "/v1.41/containers/a/archive?path=/etc/shadow"),
    ("GET", "/v1.41/containers/a/export"),
    ("GET", "/v1.41/containers/a/attach/ws"),
    ("GET", "/v1.41/containers/../images/json"),
    ("GET", "/v1.41/containers/%2e%2e/json/../../images/json"),
    ("GET", "/v1.41/containers/a/json/../../../images/json"),
    ("GET", "//images/json"),
    ("GET", "/v2.0/containers/json"),
    ("GET", "/x/containers/json"),
    ("GET", "/containers/a/json/more"),
    ("GET", "/v1.41/containers/a/restart"),
    ("HEAD", "/v1.41/containers/a/archive?path=/"),
    ("POST", "/v1.41/containers/create"),
    ("POST", "/v1.41/containers/a/exec"),
    ("POST", "/v1.41/exec/a/start"),
    ("POST", "/v1.41/containers/a/start"),
    ("POST", "/v1.41/containers/a/stop"),
    ("POST", "/v1.41/containers/a/kill"),
    ("POST", "/v1.41/containers/a/update"),
    ("POST", "/v1.41/containers/a/attach"),
    ("POST", "/v1.41/containers/prune"),
    ("POST", "/v1.41/images/create?fromImage=a"),
    ("POST", "/v1.41/build"),
    ("POST", "/v1.41/volumes/create"),
    ("POST", "/v1.41/containers/a/json"),
    ("PUT", "/v1.41/containers/a/archive?path=/"),
    ("DELETE", "/v1.41/containers/a"),
    ("DELETE", "/v1.41/containers/a/restart"),
];

fn filter() -> Outcome {
    let proxy = Proxy::start("yes")?;
    for (method, path) in OURS {
        let answer = proxy.ask(method, path)?;
        let is_engine = !answer.contains("socket proxy") && answer.contains("api-version: ");
        ensure(is_engine, || format!("{method} {path}: {answer}"))?;
    }
    for (method, path) in OTHERS {
        let answer = proxy.ask(method, path)?;
        let is_refused = answer.starts_with("HTTP/1.1 403") && !answer.contains("api-version: ");
        ensure(is_refused, || format!("{method} {path}: {answer}"))?;
    }
    Ok(())
}

fn heal() -> Outcome {
    let proxy = Proxy::start("yes")?;
    let stack = up(&["ui"])?;
    let setup = Setup {
        docker_host: proxy.address(),
        ..Setup::default()
    };
    let mut live = Controller::start(&stack, &setup)?;
    let doctor = command(&stack, &setup, &["doctor"]).output()?;
    let told = String::from_utf8_lossy(&doctor.stdout);
    let is_content = doctor.status.success() && told.contains("ok    engine  ");
    ensure(is_content, || format!("{told}\n{doctor:?}"))?;
    stack.fault("ui", "unhealthy", &[])?;
    live.until("met restart_service:ui")?;
    live.until("ui recovered")?;
    live.quiet()?;
    restarted_once(&stack, "ui", &live)?;
    live.ends_having_done(
        "start restart_service:ui
        returned restart_service:ui ok
        met restart_service:ui",
    )
}

/// With the switch of the recipe off, the step is announced, refused by the proxy, and judged.
fn read_only() -> Outcome {
    let proxy = Proxy::start("no")?;
    let answer = proxy.ask("POST", "/v1.41/containers/no-such-thing/restart")?;
    ensure(answer.starts_with("HTTP/1.1 403"), || answer)?;
    let stack = up(&["ui"])?;
    let before = stack.inspect("ui")?;
    let setup = Setup {
        docker_host: proxy.address(),
        ..Setup::default()
    };
    let mut live = Controller::start(&stack, &setup)?;
    stack.fault("ui", "unhealthy", &["--clear-on=manual"])?;
    live.until("returned restart_service:ui failed")?;
    untouched(&stack, "ui", &before)?;
    live.kill()
}

/// The proxy in front of the machine's engine. Dropping it ends it.
struct Proxy {
    child: Child,
    folder: tempfile::TempDir,
}

impl Proxy {
    fn start(may_restart: &str) -> Outcome<Self> {
        let files = root().join(".cache/haproxy/files");
        let folder = tempfile::tempdir()?;
        let log = fs::File::create(folder.path().join("log"))?;
        // The program was not installed: its loader and libraries lie beside it.
        let mut command = Command::new(loader(&files)?);
        command
            .arg("--library-path")
            .arg(files.join("lib"))
            .arg(files.join("usr/local/sbin/haproxy"))
            .arg("-db")
            .arg("-f")
            .arg(root().join("scripts/haproxy.cfg"))
            .env("WICAP_ASSIST_PROXY_RESTART", may_restart)
            .env("WICAP_ASSIST_PROXY_SOCKET", folder.path().join("sock"))
            .env("WICAP_ASSIST_ENGINE_SOCKET", engine_socket())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        let child = command.spawn()?;
        let proxy = Self { child, folder };
        eventually(Duration::from_secs(10), "the proxy to answer", || {
            let answer = proxy.ask("GET", "/version");
            let log = || fs::read_to_string(proxy.folder.path().join("log"));
            Ok(answer.map(|_| ()).map_err(|_| log().unwrap_or_default()))
        })?;
        Ok(proxy)
    }

    fn address(&self) -> String {
        format!("unix://{}", self.folder.path().join("sock").display())
    }

    /// One request, byte for byte as given, and the whole answer.
    fn ask(&self, method: &str, path: &str) -> Outcome<String> {
        let mut stream = UnixStream::connect(self.folder.path().join("sock"))?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: engine\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        );
        stream.write_all(request.as_bytes())?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program loader that came with the proxy.
fn loader(files: &Path) -> Outcome<PathBuf> {
    let missing = || "the proxy's program is missing; run scripts/setup.sh";
    for folder in ["lib64", "lib"] {
        for entry in fs::read_dir(files.join(folder)).map_err(|_| missing())? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with("ld-linux") {
                return Ok(path);
            }
        }
    }
    Err(missing().into())
}

/// Where the `docker` command goes as well.
pub(crate) fn engine_socket() -> String {
    let host = std::env::var("DOCKER_HOST").unwrap_or_default();
    let path = host.strip_prefix("unix://");
    path.unwrap_or("/var/run/docker.sock").to_owned()
}
