//! A ledger that cannot be read or written says why and on which file, and goes on
//! when the reason is gone. Nothing panics.

use std::{
    env,
    fs::{self, OpenOptions},
    io::{Seek, SeekFrom, Write},
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use rusqlite::Connection;
use wicap_assist::{
    model::Timestamp,
    store::{EventFilter, Ledger, StoreError},
};

use crate::ledger::{append, draft, seen};

const DIR_VARIABLE: &str = "LEDGER_FAILURE_DIR";

#[test]
fn a_lock_is_waited_for_a_moment_and_told() {
    let dir = tempfile::tempdir().unwrap();
    let mut ledger = Ledger::open(dir.path()).unwrap();
    let other = Connection::open(dir.path().join("ledger.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();

    let began = Instant::now();
    let error = ledger.event_append(&draft(1, &seen("ui"))).unwrap_err();
    assert!(matches!(error, StoreError::Locked { .. }), "{error}");
    assert!(error.is_transient());
    assert!(began.elapsed().as_millis() < 2_000, "{:?}", began.elapsed());
    assert_names(&error, dir.path());
    let length = (Timestamp::from_millis(1), Duration::from_secs(30));
    let error = ledger.lease_renew("stack", 1, length).unwrap_err();
    let path = dir.path().join("ledger.db");
    let path = path.display();
    let said = format!("cannot renew the lease: the ledger `{path}` is locked by another process");
    assert_eq!(said, error.to_string());

    other.execute_batch("COMMIT").unwrap();
    append(&mut ledger, 1, &seen("ui"));
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("ledger.db"), "not a database ".repeat(100)).unwrap();
    for error in [
        Ledger::open(dir.path()).unwrap_err(),
        Ledger::open_to_read(dir.path()).unwrap_err(),
    ] {
        assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
        assert_names(&error, dir.path());
    }
}

#[test]
fn a_database_of_something_else_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let other = Connection::open(dir.path().join("ledger.db")).unwrap();
    other
        .execute_batch("CREATE TABLE logs (line TEXT)")
        .unwrap();
    for error in [
        Ledger::open(dir.path()).unwrap_err(),
        Ledger::open_to_read(dir.path()).unwrap_err(),
    ] {
        assert!(matches!(error, StoreError::Foreign { .. }), "{error}");
    }
    let n_tables: u32 = other
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .unwrap();
    assert_eq!(1, n_tables);
}

#[test]
fn a_damaged_page_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let mut ledger = Ledger::open(dir.path()).unwrap();
    for at in 0..500 {
        append(&mut ledger, at, &seen("ui"));
    }
    drop(ledger);
    let path = dir.path().join("ledger.db");
    let length = fs::metadata(&path).unwrap().len();
    let mut file = OpenOptions::new().write(true).open(&path).unwrap();
    file.seek(SeekFrom::Start(length / 2)).unwrap();
    file.write_all(&[0xff; 32 * 1_024]).unwrap();

    let error = Ledger::open_to_read(dir.path())
        .unwrap()
        .verify(None)
        .unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
}

#[test]
fn an_event_of_a_later_program_is_named_and_still_verified() {
    let dir = tempfile::tempdir().unwrap();
    let mut ledger = Ledger::open(dir.path()).unwrap();
    append(&mut ledger, 1, &seen("ui"));
    let raw = Connection::open(dir.path().join("ledger.db")).unwrap();
    raw.execute_batch(
        "DROP TRIGGER events_refuse_update;
         UPDATE events SET body = '{\"event\":\"service_sings\"}'",
    )
    .unwrap();
    let error = ledger.event_list(&EventFilter::default()).unwrap_err();
    assert!(
        matches!(error, StoreError::Unreadable { seq: 1, .. }),
        "{error}"
    );
    assert_eq!(1, ledger.verify(None).unwrap().n_faults);
}

#[test]
fn a_missing_ledger_is_not_made_by_looking_for_it() {
    let dir = tempfile::tempdir().unwrap();
    let error = Ledger::open_to_read(&dir.path().join("data")).unwrap_err();
    assert!(matches!(error, StoreError::Missing { .. }), "{error}");
    assert!(!dir.path().join("data").exists());
}

#[test]
fn a_folder_that_cannot_be_one_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    let error = Ledger::open(&file).unwrap_err();
    assert!(matches!(error, StoreError::MakeFolder { .. }), "{error}");
    fs::create_dir_all(dir.path().join("data/ledger.db")).unwrap();
    let error = Ledger::open(&dir.path().join("data")).unwrap_err();
    assert!(matches!(error, StoreError::Open { .. }), "{error}");
}

#[test]
fn a_file_size_limit_ends_in_an_error_and_not_in_a_death() {
    let dir = tempfile::tempdir().unwrap();
    // 400 blocks of 512 bytes: room for the schema and some rows.
    let script = "trap '' XFSZ; ulimit -f 400; exec \"$@\"";
    let mut command = Command::new("sh");
    command.args(["-c", script, "sh"]);
    run_child(command, "child_that_fills_its_disk", dir.path());
    assert!(
        Ledger::open_to_read(dir.path())
            .unwrap()
            .verify(None)
            .unwrap()
            .is_sound()
    );
}

#[test]
fn a_full_file_system_is_told_and_forgotten_when_there_is_room_again() {
    with_tmpfs("size=1m", "exec \"$@\"", "child_that_fills_its_disk");
}

#[test]
fn a_read_only_file_system_can_still_be_read() {
    let script = "\"$@\" && mount -o remount,ro tmpfs \"$LEDGER_FAILURE_DIR\" && exec \"$@\"";
    with_tmpfs("size=4m", script, "child_on_a_read_only_disk");
}

/// Does nothing by itself: the tests above run it where there is little room.
#[test]
fn child_that_fills_its_disk() {
    let Some(dir) = env::var_os(DIR_VARIABLE) else {
        return;
    };
    let dir = Path::new(&dir);
    let filler = dir.join("filler");
    fs::write(&filler, [0; 64 * 1_024]).unwrap();
    let mut ledger = Ledger::open(dir).unwrap();
    let kind = seen("ui");
    let mut n_rows = 0;
    let error = loop {
        match ledger.event_append(&draft(n_rows, &kind)) {
            Ok(_) => n_rows += 1,
            Err(error) => break error,
        }
    };
    let is_told = matches!(error, StoreError::Full { .. } | StoreError::Sqlite { .. });
    assert!(is_told && n_rows > 5, "{n_rows}: {error:?}");
    assert_names(&error, dir);
    let found = ledger.verify(None).unwrap();
    assert!(found.is_sound(), "{:?}", found.faults);
    assert_eq!(n_rows, found.n_rows as i64);

    // Only where files share their room does another file's end help.
    fs::remove_file(&filler).unwrap();
    if matches!(error, StoreError::Full { .. }) {
        append(&mut ledger, n_rows, &kind);
        assert!(ledger.verify(None).unwrap().is_sound());
    }
}

/// Does nothing by itself: a test above runs it twice, the second time on a disk
/// that is read-only.
#[test]
fn child_on_a_read_only_disk() {
    let Some(dir) = env::var_os(DIR_VARIABLE) else {
        return;
    };
    let dir = Path::new(&dir);
    if !dir.join("ledger.db").exists() {
        append(&mut Ledger::open(dir).unwrap(), 1, &seen("ui"));
        return;
    }
    let error = Ledger::open(dir).unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error:?}");
    assert_names(&error, dir);
    let found = Ledger::open_to_read(dir).unwrap().verify(None).unwrap();
    assert_eq!((1, 0), (found.n_rows, found.n_faults));
}

/// Runs a child in a mount namespace of its own. Where the kernel forbids that, the
/// case is left to the other tests of this file.
#[expect(clippy::print_stdout, reason = "a case that was left out is said")]
fn with_tmpfs(options: &str, script: &str, child: &str) {
    let is_allowed = Command::new("unshare")
        .args(["--map-root-user", "--mount", "true"])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !is_allowed {
        println!("skipped: no mount namespace here");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let script =
        format!("mount -t tmpfs -o {options} tmpfs \"${DIR_VARIABLE}\" || exit 9; {script}");
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--mount", "sh", "-c", &script, "sh"]);
    run_child(command, child, dir.path());
}

#[track_caller]
fn run_child(mut command: Command, child: &str, dir: &Path) {
    let output = command
        .arg(env::current_exe().unwrap())
        .args(["--exact", &format!("ledger_failures::{child}")])
        .env(DIR_VARIABLE, dir)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("1 passed"), "{text}");
}

#[track_caller]
fn assert_names(error: &StoreError, dir: &Path) {
    let path = dir.join("ledger.db").display().to_string();
    assert!(error.to_string().contains(&path), "{error}");
}
