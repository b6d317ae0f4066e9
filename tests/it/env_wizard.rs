//! The wizard, on a terminal and by machine.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use serde_json::Value;
use wicap_assist::knowledge::env_file::EnvFile;

use crate::{
    pty::Session,
    run::{Ran, command, run},
};

const PASSWORD: &str = "p#a$s 'w\"ord\\12";
const SECRET: &str = "0123456789abcdef";
const ANSWERS: &str = "WICAP_SQL_HOST=db.lan,1433\nWICAP_SQL_DATABASE=wicap\n\
                       WICAP_SQL_USER=wicap\nWICAP_SQL_PASSWORD=\"p#a$s 'w\\\"ord\\\\12\"\n\
                       WICAP_INTERNAL_SECRET=0123456789abcdef\nWICAP_INTERFACE=auto\n";
const COMPOSE: &str = "services:\n  ui:\n    network_mode: host\n";

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("docker-compose.yml"), COMPOSE).unwrap();
    fs::write(folder.path().join("answers"), ANSWERS).unwrap();
    folder
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn session(folder: &Path, args: &[&str]) -> Session {
    let mut command = command(folder);
    command.arg("setup-wicap-env").args(args);
    Session::start(command)
}

/// Answers the questions of the first section.
fn boot(session: &mut Session) {
    session.answer("WICAP_SQL_HOST", "db.lan,1433");
    session.answer("WICAP_SQL_DATABASE", "wicap");
    session.answer("WICAP_SQL_USER", "wicap");
    session.answer("WICAP_SQL_PASSWORD", PASSWORD);
    session.answer("WICAP_INTERNAL_SECRET", SECRET);
    for key in [
        "DRIVER",
        "TRUST_CERT",
        "SECRET_REQUIRED",
        "ALLOWLIST",
        "REDIS_URL",
    ] {
        session.answer(key, "");
    }
}

/// Takes what is proposed up to the capture section.
fn dashboard(session: &mut Session) {
    for key in [
        "UI_URL",
        "CAPTURES_DIR",
        "CAPTURE_DIR",
        "POOL_SIZE",
        "REPLAY_LOG",
        "BUNDLE_DIR",
    ] {
        session.answer(key, "");
    }
}

/// Captures automatically and takes what is proposed for the rest.
fn remainder(session: &mut Session) {
    session.answer("WICAP_INTERFACE ", "auto");
    for key in [
        "INTERFACE_REGEX",
        "EXCLUDE_REGEX",
        "BANDS",
        "BACKEND",
        "BT_ENABLED",
    ] {
        session.answer(key, "");
    }
    session.expect("Tune dwell and queue? [y/N] ");
    session.send("\n");
    session.answer("OTLP_PROFILE", "");
}

#[test]
fn on_a_terminal_every_question_is_asked_and_secrets_are_typed_unseen() {
    let folder = folder();
    let mut session = session(folder.path(), &[]);
    boot(&mut session);
    dashboard(&mut session);
    remainder(&mut session);
    let shown = session.expect("Make the folders ");
    assert!(shown.contains("+ WICAP_SQL_PASSWORD=********"), "{shown}");
    session.expect("[Y/n] ");
    session.send("\n");
    session.expect("Write ");
    session.expect("[Y/n] ");
    session.send("y\n");
    let (code, rest) = session.end();
    assert_eq!(Some(0), code, "{rest}");
    for text in [&shown, &rest] {
        assert!(!text.contains(SECRET) && !text.contains("w\"ord"), "{text}");
    }
    let path = folder.path().join(".env");
    let values = EnvFile::parse(&fs::read_to_string(&path).unwrap()).resolve(&Default::default());
    assert_eq!(PASSWORD, values.values["WICAP_SQL_PASSWORD"]);
    assert_eq!("http://127.0.0.1:8080", values.values["WICAP_UI_URL"]);
    assert_eq!("db.lan,1433", values.values["WICAP_SQL_SERVER"]);
    assert_eq!(0o600, mode(&path));
    assert!(folder.path().join("captures/evidence/bundles").is_dir());
    let ran = run(folder.path(), &["validate-wicap-env", "--no-live-probe"]);
    assert_eq!(Some(0), ran.code, "{}", ran.both());
}

#[test]
fn an_answer_that_does_not_fit_is_asked_again_with_its_reason() {
    let folder = folder();
    let mut session = session(folder.path(), &[]);
    session.answer("WICAP_SQL_HOST", "300.1.1.1");
    session.expect("WICAP_SQL_HOST `300.1.1.1` names no host");
    session.answer("WICAP_SQL_HOST", "");
    session.expect("WICAP_SQL_HOST is needed");
    session.answer("WICAP_SQL_HOST", "db.lan");
    session.answer("WICAP_SQL_DATABASE", "wicap");
    session.answer("WICAP_SQL_USER", "wicap");
    session.answer("WICAP_SQL_PASSWORD", "short");
    session.expect("has 5 characters, at least 12 are needed");
    session.answer("WICAP_SQL_PASSWORD", "your_sql_password_here");
    session.expect("is still the placeholder of an example");
    session.expect("> ");
    session.send("\u{3}");
    let (code, rest) = session.end();
    assert_eq!(Some(1), code, "{rest}");
}

#[test]
fn what_leaves_early_leaves_nothing_behind() {
    for leave in ["\u{3}", "\u{4}"] {
        let folder = folder();
        let before = names(folder.path());
        let mut session = session(folder.path(), &[]);
        session.answer("WICAP_SQL_HOST", "db.lan");
        session.expect("WICAP_SQL_DATABASE");
        session.expect("> ");
        session.send(leave);
        let (code, rest) = session.end();
        assert_eq!(Some(1), code, "{rest}");
        assert!(
            rest.contains("stopped by the operator, nothing was written"),
            "{rest}"
        );
        assert_eq!(before, names(folder.path()));
    }
}

#[test]
fn ctrl_c_at_a_secret_and_a_no_at_the_end_leave_nothing_behind() {
    let folder = folder();
    let before = names(folder.path());
    let mut early = session(folder.path(), &[]);
    for key in ["SQL_HOST", "SQL_DATABASE", "SQL_USER"] {
        early.answer(key, "db");
    }
    early.expect("WICAP_SQL_PASSWORD");
    early.expect("> ");
    early.send("half a secret\u{3}");
    let (code, rest) = early.end();
    assert_eq!(Some(1), code, "{rest}");
    assert!(!rest.contains("half"), "{rest}");
    assert!(early.is_restored());
    let mut late = session(folder.path(), &[]);
    boot(&mut late);
    dashboard(&mut late);
    remainder(&mut late);
    late.expect("Make the folders ");
    late.expect("[Y/n] ");
    late.send("n\n");
    late.expect("Write ");
    late.expect("[Y/n] ");
    late.send("n\n");
    assert_eq!(Some(1), late.end().0);
    assert_eq!(before, names(folder.path()));
}

#[test]
fn the_interface_of_the_default_route_has_to_be_typed_twice() {
    let Some(management) = management() else {
        return;
    };
    let folder = folder();
    let mut session = session(folder.path(), &[]);
    boot(&mut session);
    dashboard(&mut session);
    session.answer("WICAP_INTERFACE ", &management);
    session.expect("carries the default route: capturing on it cuts this host off");
    session.answer("to choose another", "");
    session.answer("WICAP_INTERFACE ", &management);
    session.answer("to choose another", &management);
    let shown = session.answer("WICAP_INTERFACE_MAC", "");
    assert!(!shown.contains("again"), "{shown}");
    let shown = session.answer("WICAP_INTERFACE_EXCLUDE_REGEX", "");
    assert!(!shown.contains(&format!("[^({management}")), "{shown}");
    for key in ["BANDS", "BACKEND", "BT_ENABLED"] {
        session.answer(key, "");
    }
    session.expect("[y/N] ");
    session.send("n\n");
    session.answer("OTLP_PROFILE", "");
    let shown = session.expect("Make the folders ");
    assert!(
        shown.contains("+ WICAP_ALLOW_MANAGEMENT_INTERFACE=true"),
        "{shown}"
    );
    session.send("n\n");
    session.expect("Write ");
    session.send("y\n");
    assert_eq!(Some(0), session.end().0);
}

/// The interface that this machine's default route runs over, if it has one.
fn management() -> Option<String> {
    let table = fs::read_to_string("/proc/net/route").ok()?;
    let line = table
        .lines()
        .find(|line| line.split_ascii_whitespace().nth(1) == Some("00000000"))?;
    line.split_ascii_whitespace().next().map(str::to_owned)
}

#[track_caller]
fn setup(folder: &Path, args: &[&str], code: i32) -> Ran {
    let ran = run(folder, &[&["setup-wicap-env"], args].concat());
    assert_eq!(Some(code), ran.code, "{}", ran.both());
    assert!(!ran.both().contains(SECRET), "{}", ran.both());
    ran
}

#[test]
fn by_machine_the_answers_file_is_all_it_takes() {
    let folder = folder();
    let ran = setup(
        folder.path(),
        &["--answers", "answers", "--set", "WICAP_BANDS=5ghz"],
        0,
    );
    assert!(ran.stdout.contains("+ WICAP_BANDS=5ghz"), "{}", ran.stdout);
    let path = folder.path().join(".env");
    let text = fs::read_to_string(&path).unwrap();
    let values = EnvFile::parse(&text).resolve(&Default::default()).values;
    assert_eq!(PASSWORD, values["WICAP_SQL_PASSWORD"]);
    assert_eq!(0o600, mode(&path));
    let again = setup(
        folder.path(),
        &["--answers", "answers", "--set", "WICAP_BANDS=5ghz"],
        0,
    );
    assert!(
        again.stdout.contains("is as it should be"),
        "{}",
        again.stdout
    );
    assert_eq!(text, fs::read_to_string(&path).unwrap());
    assert!(
        !names(folder.path())
            .iter()
            .any(|name| name.contains(".bak."))
    );
}

#[test]
fn a_changed_file_keeps_a_backup_for_its_owner_alone_unless_told_otherwise() {
    let folder = folder();
    setup(folder.path(), &["--answers", "answers"], 0);
    let old = fs::read_to_string(folder.path().join(".env")).unwrap();
    setup(
        folder.path(),
        &["--set", "WICAP_BANDS=all", "--no-backup"],
        0,
    );
    assert!(
        !names(folder.path())
            .iter()
            .any(|name| name.contains(".bak."))
    );
    let middle = fs::read_to_string(folder.path().join(".env")).unwrap();
    assert_ne!(old, middle);
    setup(folder.path(), &["--set", "WICAP_BANDS=6ghz"], 0);
    let names = names(folder.path());
    let backup = names
        .iter()
        .find(|name| name.starts_with(".env.bak."))
        .unwrap();
    let backup = folder.path().join(backup);
    assert_eq!(middle, fs::read_to_string(&backup).unwrap());
    assert_eq!(0o600, mode(&backup));
}

#[test]
fn a_dry_run_touches_nothing_and_shows_no_secret() {
    let folder = folder();
    let before = names(folder.path());
    let ran = setup(folder.path(), &["--answers", "answers", "--dry-run"], 0);
    assert!(
        ran.stdout.contains("+ WICAP_INTERNAL_SECRET=********"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("nothing was touched"), "{}", ran.stdout);
    assert_eq!(before, names(folder.path()));
    let ran = setup(
        folder.path(),
        &["--answers", "answers", "--dry-run", "--json"],
        0,
    );
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(true, report["dry_run"]);
    assert_eq!(before, names(folder.path()));
}

#[test]
fn answers_that_cannot_be_accepted_are_all_named_and_nothing_is_written() {
    let folder = folder();
    let before = names(folder.path());
    let args = [
        "--answers",
        "answers",
        "--set",
        "WICAP_SQL_HSOT=x",
        "--set",
        "WICAP_UI_DB_POOL_SIZE=many",
        "--set",
        "WICAP_REDIS_URL=http://h",
        "--set",
        "WICAP_INTERFACE_MAC=zz",
    ];
    let ran = setup(folder.path(), &args, 2);
    for text in [
        "WICAP_SQL_HSOT: no such key; did you mean `WICAP_SQL_HOST`?",
        "WICAP_UI_DB_POOL_SIZE: `many` is no whole number from 1 to 100",
        "WICAP_REDIS_URL: must start with redis:// or rediss://",
        "WICAP_INTERFACE_MAC: `zz` is no MAC address such as aa:bb:cc:dd:ee:ff",
    ] {
        assert!(ran.stderr.contains(text), "{}", ran.stderr);
    }
    assert_eq!(before, names(folder.path()));
}

#[test]
fn what_is_missing_is_named_with_its_meaning() {
    let folder = folder();
    let ran = setup(folder.path(), &["--yes"], 2);
    for key in [
        "SQL_HOST",
        "SQL_DATABASE",
        "SQL_USER",
        "SQL_PASSWORD",
        "INTERNAL_SECRET",
    ] {
        assert!(
            ran.stderr.contains(&format!("WICAP_{key}: ")),
            "{}",
            ran.stderr
        );
    }
    assert!(
        ran.stderr.contains("its password, at least 12 characters"),
        "{}",
        ran.stderr
    );
}

#[test]
fn the_result_is_validated_before_it_is_written() {
    let folder = folder();
    let before = names(folder.path());
    let args = ["--answers", "answers", "--set", "WICAP_OTLP_PROFILE=cloud"];
    let with_endpoint = [
        "--set",
        "WICAP_OTLP_HTTP_ENDPOINT=http://otlp.example/v1/logs",
    ];
    let ran = setup(folder.path(), &[&args[..], &with_endpoint].concat(), 2);
    assert!(ran.stderr.contains("must be https"), "{}", ran.stderr);
    if let Some(management) = management() {
        let set = format!("WICAP_INTERFACE={management}");
        let ran = setup(folder.path(), &["--answers", "answers", "--set", &set], 2);
        assert!(
            ran.stderr.contains("carries the default route"),
            "{}",
            ran.stderr
        );
        assert!(
            ran.stderr.contains("WICAP_ALLOW_MANAGEMENT_INTERFACE=true"),
            "{}",
            ran.stderr
        );
    }
    assert_eq!(before, names(folder.path()));
}

#[test]
fn without_a_terminal_and_without_answers_nothing_is_asked() {
    let folder = folder();
    let ran = setup(folder.path(), &[], 2);
    assert!(
        ran.stderr.contains("hint: give `--answers FILE`"),
        "{}",
        ran.stderr
    );
    let ran = setup(folder.path(), &["--repo-root", "nowhere", "--yes"], 2);
    assert!(
        ran.stderr.contains("`nowhere` is not a folder"),
        "{}",
        ran.stderr
    );
    let ran = setup(folder.path(), &["--set", "novalue"], 2);
    assert!(ran.stderr.contains("must be KEY=VALUE"), "{}", ran.stderr);
}

#[test]
fn a_file_that_is_no_text_is_left_alone() {
    let folder = folder();
    let path = folder.path().join(".env");
    fs::write(&path, b"A=\xff\n").unwrap();
    let ran = setup(folder.path(), &["--answers", "answers"], 2);
    assert!(
        ran.stderr.contains("is not UTF-8 on line 1"),
        "{}",
        ran.stderr
    );
    assert_eq!(b"A=\xff\n".to_vec(), fs::read(&path).unwrap());
}

#[test]
fn an_override_for_compose_is_written_once_and_never_over_another() {
    let folder = folder();
    fs::write(
        folder.path().join("docker-compose.yml"),
        "services:\n  ui:\n    image: x\n",
    )
    .unwrap();
    setup(
        folder.path(),
        &["--answers", "answers", "--write-override"],
        0,
    );
    let path = folder.path().join("compose.override.yml");
    assert!(
        fs::read_to_string(&path)
            .unwrap()
            .contains("0.0.0.0:8080:8080")
    );
    fs::write(&path, "mine").unwrap();
    setup(
        folder.path(),
        &["--set", "WICAP_BANDS=all", "--write-override"],
        0,
    );
    assert_eq!("mine", fs::read_to_string(&path).unwrap());
}
