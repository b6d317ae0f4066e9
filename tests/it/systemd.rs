//! The service file is one that systemd reads and rates well.

use std::{fs, path::Path, process::Command};

use tempfile::TempDir;

const FILE: &str = "scripts/systemd/wicap-assist.service";

/// The worst exposure that is accepted, in tenths: systemd itself calls less than 20
/// "OK" and more than 50 "MEDIUM".
const EXPOSURE_MAX: u32 = 16;

#[test]
fn systemd_finds_little_to_be_exposed() {
    let threshold = format!("--threshold={EXPOSURE_MAX}");
    let words = ["security", "--offline=true", "--no-pager", &threshold];
    let Some((is_good, said)) = analyze(&words, &root().join(FILE)) else {
        return;
    };
    assert!(is_good, "{said}");
    assert!(
        said.contains("Overall exposure level for wicap-assist.service"),
        "{said}"
    );
}

#[test]
fn systemd_understands_every_line() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("wicap-assist.service");
    let text = fs::read_to_string(root().join(FILE)).unwrap();
    let installed = "/usr/local/bin/wicap-assist";
    assert!(text.contains(installed));
    // Its program need not be installed here.
    fs::write(&file, text.replace(installed, "/bin/true")).unwrap();
    let Some((is_good, said)) = analyze(&["verify"], &file) else {
        return;
    };
    // Other units of this host may have their own mistakes.
    assert!(!said.contains("wicap-assist.service:"), "{said}");
    assert!(is_good || !said.is_empty());
}

/// The words after the program are an invocation that the program knows.
#[test]
fn the_service_starts_the_program_as_it_is() {
    let text = fs::read_to_string(root().join(FILE)).unwrap();
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("ExecStart="));
    let words: Vec<&str> = line.unwrap().split_whitespace().collect();
    let words = &words[1..words.len() - 1];
    let output = Command::new(env!("CARGO_BIN_EXE_wicap-assist"))
        .args(words)
        .arg("--help")
        .env_clear()
        .output()
        .unwrap();
    assert!(output.status.success(), "{words:?}: {output:?}");
}

/// Whether it is content, and what it said; `None`, said on stdout, where there is no
/// such program.
#[expect(clippy::print_stdout, reason = "a case that was left out is said")]
fn analyze(words: &[&str], file: &Path) -> Option<(bool, String)> {
    let output = Command::new("systemd-analyze")
        .args(words)
        .arg(file)
        .output();
    let Ok(output) = output else {
        println!("skipped: no systemd-analyze here");
        return None;
    };
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    Some((output.status.success(), said))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
