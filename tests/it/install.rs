//! The scripts that install and try the program, by their exit codes and what they leave.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Output},
};

use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_wicap-assist");

#[test]
fn an_installation_an_upgrade_and_its_end_leave_what_they_should() {
    let place = TempDir::new().unwrap();
    let at = |path: &str| place.path().join(path);
    let root = place.path().to_str().unwrap();
    for _ in 0..2 {
        let output = script("install.sh", &["--root", root, "--program", PROGRAM]);
        assert_code(&output, 0);
        assert_eq!(0o755, mode(&at("usr/local/bin/wicap-assist")));
        assert_eq!(0o700, mode(&at("var/lib/wicap-assist")));
        assert_eq!(0o644, mode(&at("etc/systemd/system/wicap-assist.service")));
    }
    assert!(at("usr/local/bin/wicap-assist.before").exists());
    // What an operator wrote stays at an upgrade and at the end.
    fs::write(
        at("etc/default/wicap-assist"),
        "WICAP_ASSIST_PROJECT=shop\n",
    )
    .unwrap();
    fs::write(at("var/lib/wicap-assist/ledger.db"), "kept").unwrap();
    let output = script("install.sh", &["--root", root, "--program", PROGRAM]);
    assert_code(&output, 0);
    assert_code(&script("install.sh", &["--uninstall", "--root", root]), 0);
    assert!(!at("usr/local/bin/wicap-assist").exists());
    assert!(!at("etc/systemd/system/wicap-assist.service").exists());
    let kept = fs::read_to_string(at("etc/default/wicap-assist")).unwrap();
    assert_eq!("WICAP_ASSIST_PROJECT=shop\n", kept);
    assert!(at("var/lib/wicap-assist/ledger.db").exists());
    let output = script("install.sh", &["--uninstall", "--purge", "--root", root]);
    assert_code(&output, 0);
    assert!(!at("var/lib/wicap-assist").exists());
}

#[test]
fn a_script_tells_misuse_from_failure_and_from_a_no() {
    let place = TempDir::new().unwrap();
    let root = place.path().to_str().unwrap();
    for (name, words, code) in [
        ("install.sh", &["--what"][..], 2),
        ("install.sh", &["--program"], 2),
        ("install.sh", &["--purge"], 2),
        ("install.sh", &["--root", root, "--program", "/nowhere"], 1),
        ("smoke.sh", &["--what"], 2),
        ("smoke.sh", &["--program", "a", "--container", "b"], 2),
        ("smoke.sh", &["--program", "/nowhere"], 1),
        // Nobody answers there, so nothing can be seen.
        ("smoke.sh", &["--program", PROGRAM], 3),
        ("image.sh", &["--what"], 2),
        ("image.sh", &["--tag"], 2),
        ("crash.sh", &["many"], 2),
        ("crash.sh", &["0"], 2),
    ] {
        let output = script(name, words);
        assert_eq!(
            Some(code),
            output.status.code(),
            "{name} {words:?}: {output:?}"
        );
    }
    for name in ["install.sh", "smoke.sh", "image.sh", "crash.sh"] {
        let output = script(name, &["--help"]);
        assert_code(&output, 0);
        assert!(output.stdout.starts_with(b"usage: scripts/"), "{name}");
    }
}

fn script(name: &str, words: &[&str]) -> Output {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("scripts")
        .join(name);
    Command::new(path)
        .args(words)
        .env("DOCKER_HOST", "unix:///nowhere")
        .output()
        .unwrap()
}

#[track_caller]
fn assert_code(output: &Output, code: i32) {
    assert_eq!(Some(code), output.status.code(), "{output:?}");
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}
