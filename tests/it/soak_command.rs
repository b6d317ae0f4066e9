//! What `soak-run` asks and refuses before anything is touched.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, process::Command};

use wicap_assist::{model::Reading, world::host};

use crate::{
    pty::Session,
    run::{Ran, command},
};

const HARNESS: &str = "tests/soak_test.py";
const CONTRACT: &str = r#"{"version": "1.0.0", "schema": "runtime-contract.v1", "name": "small",
    "services": [{"name": "ui", "required_state": "up", "critical": true}]}"#;

/// A checkout with a harness and a contract, and an engine that is not there.
fn checkout() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in [
        (HARNESS, "print('loads the stack')\n"),
        ("ops/runtime-contract.v1.json", CONTRACT),
    ] {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    // Looked for, and never run: there is no engine.
    let python = folder.path().join("bin/python3");
    fs::create_dir(python.parent().unwrap()).unwrap();
    fs::write(&python, "").unwrap();
    fs::set_permissions(&python, fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

fn soak_run(folder: &Path) -> Command {
    let mut command = command(folder);
    command
        .arg("--data-dir")
        .arg(folder.join("data"))
        .arg("soak-run")
        .arg("--repo-root")
        .arg(folder)
        .env("PATH", folder.join("bin"))
        .env("DOCKER_HOST", "unix:///nonexistent/docker.sock");
    command
}

fn session(folder: &Path) -> Session {
    Session::start(soak_run(folder))
}

fn trusted(folder: &Path) -> String {
    fs::read_to_string(folder.join("data/trusted.json")).unwrap_or_default()
}

#[test]
fn a_person_is_asked_once_whether_a_harness_is_trusted() {
    let folder = checkout();
    let mut first = session(folder.path());
    let shown = first.expect("Trust it as it is, and run it?");
    for words in [HARNESS, "sha256", "git"] {
        assert!(shown.contains(words), "no `{words}`: {shown}");
    }
    first.send("n\n");
    let (code, rest) = first.end();
    assert_eq!(Some(2), code, "{rest}");
    assert!(rest.contains("config trust"), "{rest}");
    assert_eq!("", trusted(folder.path()));

    let mut second = session(folder.path());
    second.expect("Trust it as it is, and run it?");
    second.send("y\n");
    let (code, rest) = second.end();
    // It goes on, as far as it comes without an engine.
    assert_eq!(Some(1), code, "{rest}");
    assert!(trusted(folder.path()).contains(HARNESS));

    let mut third = session(folder.path());
    let (code, rest) = third.end();
    assert_eq!(Some(1), code, "{rest}");
    assert!(!rest.contains("Trust it"), "{rest}");
}

#[test]
fn an_empty_answer_trusts_nothing() {
    let folder = checkout();
    let mut session = session(folder.path());
    session.expect("Trust it as it is, and run it?");
    session.send("\n");
    let (code, rest) = session.end();
    assert_eq!(Some(2), code, "{rest}");
    assert_eq!("", trusted(folder.path()));
}

#[test]
fn a_capture_interface_with_the_default_route_is_refused() {
    let Reading::Known(management) = host::look().management else {
        panic!("the routing table cannot be read");
    };
    let Some(name) = management.first() else {
        println!("skipped: this host has no default route");
        return;
    };
    let folder = checkout();
    let env = format!("WICAP_INTERFACE={name}\n");
    fs::write(folder.path().join(".env"), env).unwrap();
    let refused = soak(folder.path(), None);
    assert_eq!(Some(2), refused.code, "{}", refused.both());
    for words in [
        name.as_str(),
        "default route",
        "--allow-management-interface",
    ] {
        assert!(refused.stderr.contains(words), "{}", refused.stderr);
    }
    assert!(!folder.path().join("data").exists(), "something was made");
    // With the override the next question is the one of trust.
    let allowed = soak(folder.path(), Some("--allow-management-interface"));
    assert!(
        allowed.stderr.contains("is not trusted"),
        "{}",
        allowed.both()
    );
    // Another card is none of its business.
    fs::write(folder.path().join(".env"), "WICAP_INTERFACE=wlan9\n").unwrap();
    let other = soak(folder.path(), None);
    assert!(other.stderr.contains("is not trusted"), "{}", other.both());
}

fn soak(folder: &Path, more: Option<&str>) -> Ran {
    Ran::from(soak_run(folder).args(more).output().unwrap())
}
