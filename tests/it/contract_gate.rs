//! The gate against a real world: ports, an HTTP server, files. No data folder.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::Path,
    thread,
};

use serde_json::{Value, json};

use crate::run::{Ran, command, run};

/// A server that answers every request with the same bytes, for as long as the test
/// runs.
pub(crate) fn server(answer: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            answer_one(stream, answer);
        }
    });
    port
}

/// A port on which nobody listens.
pub(crate) fn closed_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn answer_one(mut stream: TcpStream, answer: &str) {
    let mut head = [0; 4096];
    let _ = stream.read(&mut head);
    let _ = stream.write_all(answer.as_bytes());
}

const HEALTHY: &str = "HTTP/1.1 200 OK\r\ncontent-length: 20\r\nconnection: close\r\n\r\n\
                       {\"status\":\"healthy\"}";
const REDIRECT: &str = "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\n\
                        content-length: 0\r\nconnection: close\r\n\r\n";

fn write(folder: &Path, contract: &Value) {
    fs::create_dir_all(folder.join("ops")).unwrap();
    fs::write(
        folder.join("ops/runtime-contract.v1.json"),
        contract.to_string(),
    )
    .unwrap();
}

#[track_caller]
fn check(folder: &Path, args: &[&str], code: i32, expected: &str) -> Ran {
    let ran = run(folder, &[&["contract-check"], args].concat());
    assert_eq!(Some(code), ran.code, "{}", ran.both());
    assert!(ran.both().contains(expected), "{}", ran.both());
    ran
}

#[test]
fn the_gate_is_green_then_red_then_green_by_the_world_alone() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let port = server(HEALTHY);
    fs::write(folder.join(".env"), "A=1\nB=${A}2\n").unwrap();
    write(
        folder,
        &json!({
            "ports": [{ "port": port }, { "port": closed_port(), "required_state": "closed" }],
            "http_endpoints": [{
                "name": "health", "url": format!("http://127.0.0.1:{port}/health"),
                "body_contains": ["healthy"], "max_latency_ms": 2000,
            }],
            "files": [{ "path": ".env", "min_bytes": 3 }],
            "env_keys": [{ "key": "B", "one_of": ["12"] }],
        }),
    );
    check(
        folder,
        &[],
        0,
        "gate: green (5 checks, 0 failed, 0 warnings, 0 unknown)",
    );
    fs::write(folder.join(".env"), "A=1\nB=3\n").unwrap();
    check(
        folder,
        &[],
        3,
        "red      env_key       B in .env: set to none of the allowed values",
    );
    check(folder, &["--no-enforce"], 0, "gate: red");
    fs::write(folder.join(".env"), "A=1\nB=12\n").unwrap();
    check(folder, &["--wait", "5"], 0, "gate: green");
    let names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|one| one.unwrap().file_name())
        .collect();
    assert_eq!(2, names.len(), "a data folder was made: {names:?}");
}

#[test]
fn a_redirect_is_an_answer_and_is_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let port = server(REDIRECT);
    write(
        folder.path(),
        &json!({
            "http_endpoints": [{ "name": "x", "url": format!("http://127.0.0.1:{port}/") }],
        }),
    );
    check(
        folder.path(),
        &[],
        3,
        "red      http_endpoint x: answered 302, must be 200 or 204",
    );
}

#[test]
fn a_proxy_of_the_environment_is_not_asked() {
    let folder = tempfile::tempdir().unwrap();
    let port = server(HEALTHY);
    write(
        folder.path(),
        &json!({
            "http_endpoints": [{ "name": "x", "url": format!("http://127.0.0.1:{port}/") }],
        }),
    );
    let proxy = format!("http://127.0.0.1:{}", closed_port());
    let output = command(folder.path())
        .env("HTTP_PROXY", &proxy)
        .env("http_proxy", &proxy)
        .arg("contract-check")
        .output()
        .unwrap();
    assert!(output.status.success());
}

#[test]
fn a_name_without_an_address_is_unknown_not_down() {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        &json!({
            "ports": [{ "port": 80, "host": "no-such-host.invalid", "required": false }],
            "http_endpoints": [{ "name": "x", "url": "http://no-such-host.invalid/", "required": false }],
        }),
    );
    let ran = check(folder.path(), &["--json"], 3, "\"unknown\":2");
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!("fail", report["status"]);
}

#[test]
fn a_link_out_of_the_repository_is_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink("/etc/passwd", folder.path().join("inside")).unwrap();
    write(folder.path(), &json!({ "files": [{ "path": "inside" }] }));
    check(folder.path(), &[], 3, "a link leads out of the repository");
}

#[test]
fn waiting_ends_as_soon_as_the_gate_is_green() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &json!({ "files": [{ "path": "ready" }] }));
    let child = command(folder.path())
        .args(["contract-check", "--wait", "60"])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    fs::write(folder.path().join("ready"), "").unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
}

#[test]
fn junit_is_written_for_a_red_gate_and_for_a_broken_contract() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder, &json!({ "files": [{ "path": "x" }] }));
    check(folder, &["--junit", "report.xml"], 3, "gate: red");
    let xml = fs::read_to_string(folder.join("report.xml")).unwrap();
    assert!(xml.contains("failures=\"1\""), "{xml}");
    write(folder, &json!({ "files": [{ "path": "/x" }] }));
    check(folder, &["--junit", "report.xml"], 2, "/files/0/path");
    let xml = fs::read_to_string(folder.join("report.xml")).unwrap();
    assert!(xml.contains("name=\"/files/0/path\""), "{xml}");
    check(
        folder,
        &["--junit", "no/such/folder.xml"],
        1,
        "cannot write `no/such/folder.xml`",
    );
}

#[test]
fn a_missing_contract_says_how_to_get_one() {
    let folder = tempfile::tempdir().unwrap();
    check(
        folder.path(),
        &[],
        2,
        "hint: `wicap-assist contract init` writes a first one",
    );
    let ran = check(folder.path(), &["--json"], 2, "missing_contract");
    assert_eq!("", ran.stderr);
}
