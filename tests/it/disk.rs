//! A data folder that cannot be written: at the start the program says so and ends;
//! later it goes on watching, does nothing, and goes on where it was when it can.

use std::{
    fs,
    io::Write as _,
    path::PathBuf,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use rusqlite::Connection;
use rustix::process::Signal;

use crate::{
    fake_engine::FakeEngine,
    program::{Home, Program, eventually},
};

const LIVE: &str = "live --control-mode assist --interval 0.1 --plain";
const UNWRITABLE: &str = "watching goes on, nothing is done";

#[test]
fn a_full_disk_stops_the_hand_and_not_the_eye() {
    let Some(tmpfs) = Tmpfs::of("size=1m") else {
        return;
    };
    let (engine, home) = start();
    let mut program = tmpfs.start(&home, LIVE);
    program.until_said("leads the stack");
    let folder = tmpfs.seen_from_outside(&program, &home);
    let filler = folder.join("filler");
    fill(&filler);
    program.until_said(UNWRITABLE);
    assert_nothing_is_done(&engine, &program, "no space is left");

    fs::remove_file(&filler).unwrap();
    until_cured(&engine, &program);
    assert!(program.stop().success(), "{}", program.said());
    assert_eq!(1, program.said().matches(UNWRITABLE).count());
}

#[test]
fn a_locked_ledger_stops_the_hand_and_not_the_eye() {
    let (engine, home) = start();
    let mut program = home.start(LIVE);
    program.until_said("leads the stack");
    let other = Connection::open(home.data().join("ledger.db")).unwrap();
    eventually("the lock", || {
        other
            .execute_batch("BEGIN IMMEDIATE")
            .map_err(|error| error.to_string())
    });
    program.until_said(UNWRITABLE);
    assert_nothing_is_done(&engine, &program, "locked by another process");
    other.execute_batch("COMMIT").unwrap();
    until_cured(&engine, &program);
    assert!(program.stop().success(), "{}", program.said());
    home.assert_sound();
    assert_eq!(1, program.said().matches(UNWRITABLE).count());
}

/// No turn comes after the last rows, so they are waited for.
#[test]
fn a_ledger_that_is_locked_at_the_end_of_a_session_still_gets_its_end() {
    let (_, home) = start();
    let mut program = home.start(LIVE);
    program.until_said("leads the stack");
    let other = Connection::open(home.data().join("ledger.db")).unwrap();
    other.busy_timeout(Duration::from_secs(5)).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    program.signal(Signal::TERM);
    thread::sleep(Duration::from_secs(1));
    other.execute_batch("COMMIT").unwrap();
    assert!(program.wait().success(), "{}", program.said());
    for row in ["session_started", "lease_yielded", "session_ended"] {
        assert_eq!(1, home.count(row), "{row}: {}", home.told());
    }
}

/// Another process that makes the file is waited for.
#[test]
fn a_first_ledger_that_is_held_for_a_moment_is_waited_for() {
    let (_, home) = start();
    fs::create_dir(home.data()).unwrap();
    let other = Connection::open(home.data().join("ledger.db")).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let mut program = home.start(LIVE);
    thread::sleep(Duration::from_millis(1_200));
    assert!(program.is_running(), "{}", program.said());
    other.execute_batch("COMMIT").unwrap();
    program.until_said("leads the stack");
    assert!(program.stop().success(), "{}", program.said());
}

#[test]
fn a_ledger_that_is_damaged_while_it_is_used_stops_the_hand_and_not_the_eye() {
    let (engine, home) = start();
    let mut program = home.start(LIVE);
    program.until_said("leads the stack");
    let other = Connection::open(home.data().join("ledger.db")).unwrap();
    other.busy_timeout(Duration::from_secs(5)).unwrap();
    other
        .execute_batch(
            "PRAGMA writable_schema = ON;
             UPDATE sqlite_schema SET sql = 'CREATE TABLE events (' WHERE name = 'events';
             PRAGMA schema_version = 4711;",
        )
        .unwrap();
    program.until_said(UNWRITABLE);
    engine.set(|script| script.health("ui", "unhealthy"));
    thread::sleep(Duration::from_millis(800));
    assert!(program.is_running(), "{}", program.said());
    assert_eq!(0, engine.set(|script| script.writes()).len());
    assert_eq!(
        1,
        program.said().matches(UNWRITABLE).count(),
        "{}",
        program.said()
    );
    // It cannot write down that it ends.
    program.stop();
}

#[test]
fn a_disk_that_is_full_at_the_start_ends_with_words_and_code_1() {
    let Some(tmpfs) = Tmpfs::of("size=16k") else {
        return;
    };
    let (engine, home) = start();
    check_refused(
        tmpfs.start(&home, LIVE),
        &["no space is left", "hint: make room"],
    );
    assert_eq!(0, engine.set(|script| script.writes()).len());
}

#[test]
fn a_read_only_disk_ends_with_words_and_code_1() {
    let Some(tmpfs) = Tmpfs::of("ro") else {
        return;
    };
    let (_, home) = start();
    let words = [
        "cannot write to the data folder",
        "read-only file system",
        "hint: ",
    ];
    check_refused(tmpfs.start(&home, LIVE), &words.map(|word| word));
}

#[test]
fn a_damaged_ledger_at_the_start_ends_with_words_and_code_1() {
    let (_, home) = start();
    fs::create_dir(home.data()).unwrap();
    fs::write(home.data().join("ledger.db"), "no database ".repeat(1_000)).unwrap();
    check_refused(home.start(LIVE), &["is damaged", "hint: keep a copy"]);
}

#[test]
fn a_ledger_that_is_locked_at_the_start_ends_with_words_and_code_1() {
    let (_, home) = start();
    let mut first = home.start("live --interval 0.1 --once");
    assert!(first.wait().success(), "{}", first.said());
    let other = Connection::open(home.data().join("ledger.db")).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    check_refused(
        home.start(LIVE),
        &["locked by another process", "hint: try again"],
    );
}

fn start() -> (FakeEngine, Home) {
    let engine = FakeEngine::default();
    engine.set(|script| script.health("ui", "healthy"));
    let home = Home::new(&engine.serve_beside());
    (engine, home)
}

#[track_caller]
fn check_refused(mut program: Program, words: &[&str]) {
    let code = program.wait().code();
    let said = program.said().to_lowercase();
    assert_eq!(Some(1), code, "{said}");
    assert!(said.contains("wicap-assist: "), "{said}");
    for word in words {
        assert!(said.contains(word), "`{word}` is not in: {said}");
    }
    assert!(!said.contains("panicked"), "{said}");
}

/// A service falls ill, and for some turns nothing happens to it.
#[track_caller]
fn assert_nothing_is_done(engine: &FakeEngine, program: &Program, reason: &str) {
    assert!(program.said().contains(reason), "{}", program.said());
    engine.set(|script| script.health("ui", "unhealthy"));
    let n_before = engine.set(|script| script.requests.len());
    thread::sleep(Duration::from_millis(800));
    assert_eq!(0, engine.set(|script| script.writes()).len());
    let n_after = engine.set(|script| script.requests.len());
    assert!(n_after > n_before, "it does not look any more");
    assert_eq!(
        1,
        program.said().matches(UNWRITABLE).count(),
        "{}",
        program.said()
    );
}

fn until_cured(engine: &FakeEngine, program: &Program) {
    eventually("the cure", || {
        let is_well = engine.set(|script| script.is_well("ui"));
        is_well.then_some(()).ok_or_else(|| program.said())
    });
    program.until_said("helped");
    assert_eq!(1, engine.set(|script| script.writes()).len());
}

/// A small file system of its own for the data folder of one program.
struct Tmpfs {
    options: &'static str,
}

impl Tmpfs {
    /// `None`, said on stdout, where the kernel forbids such a thing.
    #[expect(clippy::print_stdout, reason = "a case that was left out is said")]
    fn of(options: &'static str) -> Option<Self> {
        let is_allowed = Command::new("unshare")
            .args(["--map-root-user", "--mount", "true"])
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
        if !is_allowed {
            println!("skipped: no mount namespace here");
        }
        is_allowed.then_some(Self { options })
    }

    fn start(&self, home: &Home, line: &str) -> Program {
        fs::create_dir(home.data()).unwrap();
        let inner = home.command(line);
        let script = "mount -t tmpfs -o \"$1\" tmpfs \"$2\" || exit 9; shift 2; exec \"$@\"";
        let mut command = Command::new("unshare");
        command.args(["--map-root-user", "--mount", "sh", "-c", script, "sh"]);
        command.arg(self.options).arg(home.data());
        command
            .arg(inner.get_program())
            .args(inner.get_args())
            .current_dir(home.path());
        for (name, value) in inner.get_envs() {
            command.env(name, value.unwrap());
        }
        Program::start(command)
    }

    fn seen_from_outside(&self, program: &Program, home: &Home) -> PathBuf {
        let data = home.data();
        PathBuf::from(format!("/proc/{}/root{}", program.id(), data.display()))
    }
}

/// Writes until there is no room for another byte.
fn fill(path: &PathBuf) {
    let mut file = fs::File::create(path).unwrap();
    for block in [4_096, 1] {
        while file.write_all(&vec![0; block]).is_ok() {}
    }
}
