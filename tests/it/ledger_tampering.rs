//! Every way to change a ledger behind its back is found, and named by its row.

use std::{fs, path::Path};

use rusqlite::Connection;
use tempfile::TempDir;
use wicap_assist::{
    model::{DownState, Timestamp},
    store::{Checkpoint, Digest, Draft, FAULTS_MAX, Ledger, StoreError, Verification},
};

use crate::ledger::{append, down, draft, recovered, seen, started};

const N_ROWS: u64 = 6;

#[test]
fn an_untouched_ledger_is_sound() {
    check("", &[]);
}

#[test]
fn an_edited_field_is_found() {
    let expected = &["row 3 was changed after it was written: its content does not fit its hash"];
    check(
        "UPDATE events SET body = replace(body, 'unhealthy', 'exited') WHERE seq = 3",
        expected,
    );
    check(
        "UPDATE events SET kind = 'service_seen' WHERE seq = 3",
        expected,
    );
    check("UPDATE events SET session = 9 WHERE seq = 3", expected);
    check(
        "UPDATE events SET project = 'other' WHERE seq = 3",
        expected,
    );
    check(
        "UPDATE events SET actor_user = 'nobody' WHERE seq = 3",
        expected,
    );
    check(
        "UPDATE events SET actor_host = 'elsewhere' WHERE seq = 3",
        expected,
    );
    check("UPDATE events SET actor_pid = 1 WHERE seq = 3", expected);
    check("UPDATE events SET input = NULL WHERE seq = 3", expected);
    check(
        "UPDATE events SET prev = zeroblob(32) WHERE seq = 3",
        expected,
    );
}

#[test]
fn an_edited_time_is_found() {
    check(
        "UPDATE events SET at_ms = at_ms + 1 WHERE seq = 2",
        &["row 2 was changed"],
    );
}

#[test]
fn a_moved_field_boundary_is_found() {
    check(
        "UPDATE events SET project = 'wica', actor_user = 'proot' WHERE seq = 5",
        &["row 5 was changed"],
    );
}

#[test]
fn an_edited_hash_is_found() {
    check(
        "UPDATE events SET hash = randomblob(32) WHERE seq = 4",
        &["row 4 was changed", "row 5 does not follow row 4"],
    );
}

#[test]
fn a_removed_first_row_is_found() {
    check("DELETE FROM events WHERE seq = 1", &["row 1 is missing"]);
    check(
        "DELETE FROM events WHERE seq <= 3",
        &["rows 1 to 3 are missing"],
    );
}

#[test]
fn a_removed_row_is_found() {
    check("DELETE FROM events WHERE seq = 4", &["row 4 is missing"]);
    check(
        "DELETE FROM events WHERE seq IN (3, 4)",
        &["rows 3 to 4 are missing"],
    );
}

#[test]
fn a_removed_row_is_found_when_the_others_are_counted_anew() {
    check(
        "DELETE FROM events WHERE seq = 4; UPDATE events SET seq = seq - 1 WHERE seq > 4",
        &[
            "row 4 was changed",
            "row 5 was changed",
            "rows 6 to 6 are missing",
        ],
    );
}

#[test]
fn swapped_rows_are_found() {
    check(
        "UPDATE events SET seq = 99 WHERE seq = 3; UPDATE events SET seq = 3 WHERE seq = 4;
         UPDATE events SET seq = 4 WHERE seq = 99",
        &[
            "row 3 was changed",
            "row 4 was changed",
            "row 5 does not follow row 4",
        ],
    );
}

#[test]
fn a_cut_tail_is_found_by_the_checkpoint_file() {
    check(
        "DELETE FROM events WHERE seq > 4",
        &["rows 5 to 6 are missing: the checkpoint file says that the ledger once reached row 6"],
    );
    check("DELETE FROM events", &["rows 1 to 6 are missing"]);
}

#[test]
fn a_cut_tail_is_found_by_what_the_caller_knows() {
    let (dir, head) = ledger();
    fs::remove_file(dir.path().join("ledger.checkpoints")).unwrap();
    tamper(dir.path(), "DELETE FROM events WHERE seq = 6");
    assert!(verify(dir.path(), None).is_sound());
    let found = verify(dir.path(), Some(head));
    assert_faults(&found, &["rows 6 to 6 are missing: `--expect` says"]);
}

#[test]
fn a_ledger_that_was_written_anew_is_found() {
    let (dir, head) = ledger();
    fs::remove_file(dir.path().join("ledger.db")).unwrap();
    let mut other = Ledger::open(dir.path()).unwrap();
    for at in 0..10 {
        append(&mut other, at, &seen("ui"));
    }
    assert_faults(
        &verify(dir.path(), None),
        &["row 6 is not the one that the checkpoint file knows"],
    );
    assert_eq!(2, verify(dir.path(), Some(head)).n_faults);
}

#[test]
fn a_row_put_in_the_place_of_another_is_found() {
    // Sound in itself: from a ledger that went another way after row 3.
    let (dir, _) = ledger();
    let (other, _) = ledger();
    tamper(other.path(), "DELETE FROM events WHERE seq > 3");
    let mut ledger = Ledger::open(other.path()).unwrap();
    append(&mut ledger, 9, &seen("redis"));
    append(&mut ledger, 10, &seen("redis"));
    drop(ledger);
    let path = other.path().join("ledger.db");
    let sql = format!(
        "ATTACH '{}' AS other;
         DELETE FROM main.events WHERE seq = 5;
         INSERT INTO main.events (seq, at_ms, session, project, actor_user, actor_host, actor_pid,
             kind, body, input, prev, hash)
         SELECT seq, at_ms, session, project, actor_user, actor_host, actor_pid, kind, body, input,
             prev, hash FROM other.events WHERE seq = 5",
        path.display()
    );
    tamper(dir.path(), &sql);
    assert_faults(
        &verify(dir.path(), None),
        &["row 5 does not follow row 4", "row 6 does not follow row 5"],
    );
}

#[test]
fn a_row_before_the_first_is_found() {
    let columns = "at_ms, session, project, actor_user, actor_host, actor_pid, kind, body, input, \
                   prev, hash";
    check(
        &format!(
            "INSERT INTO events (seq, {columns}) SELECT -4, {columns} FROM events WHERE seq = 1"
        ),
        &["row -4 has a number that no row can have"],
    );
}

#[test]
fn an_edited_input_is_found() {
    check(
        "UPDATE inputs SET body = replace(body, 'seen', 'made up')",
        &["the input of row 3 was changed"],
    );
    check("DELETE FROM inputs", &["the input of row 3 is missing"]);
}

#[test]
fn a_checkpoint_line_that_cannot_be_read_is_named() {
    let (dir, _) = ledger();
    let path = dir.path().join("ledger.checkpoints");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("what?\n{text}")).unwrap();
    assert_faults(
        &verify(dir.path(), None),
        &["line 1 of the checkpoint file cannot be read"],
    );
}

#[test]
fn faults_are_counted_when_there_are_too_many_to_tell() {
    let dir = tempfile::tempdir().unwrap();
    let mut ledger = Ledger::open(dir.path()).unwrap();
    for at in 0..100 {
        append(&mut ledger, at, &seen("ui"));
    }
    tamper(dir.path(), "UPDATE events SET at_ms = 0 WHERE seq > 1");
    let found = verify(dir.path(), None);
    assert_eq!((FAULTS_MAX, 99), (found.faults.len(), found.n_faults));
}

#[test]
fn triggers_refuse_every_change() {
    let (dir, _) = ledger();
    let raw = Connection::open(dir.path().join("ledger.db")).unwrap();
    let columns = "at_ms, session, project, actor_user, actor_host, actor_pid, kind, body, input, \
                   prev, hash";
    for sql in [
        "UPDATE events SET at_ms = 0".to_owned(),
        "DELETE FROM events".to_owned(),
        "DELETE FROM events WHERE seq = 6".to_owned(),
        format!(
            "REPLACE INTO events (seq, {columns}) SELECT 3, {columns} FROM events WHERE seq = 4"
        ),
        format!("INSERT OR IGNORE INTO events (seq, {columns}) SELECT seq, {columns} FROM events"),
        "UPDATE inputs SET body = ''".to_owned(),
        "DELETE FROM inputs".to_owned(),
        "REPLACE INTO inputs (digest, body) SELECT digest, '' FROM inputs".to_owned(),
    ] {
        let error = raw.execute_batch(&sql).unwrap_err().to_string();
        assert!(
            error.contains("the ledger is append-only"),
            "{sql}: {error}"
        );
    }
    assert!(verify(dir.path(), None).is_sound());
}

#[test]
fn a_dropped_segment_leaves_a_checkpoint_from_which_the_chain_goes_on() {
    let (dir, mut ledger) = two_segments();
    let exported = ledger.event_export(1, 6, &mut std::io::sink()).unwrap();
    assert_eq!((6, 1), (exported.n_events, exported.n_inputs));
    let now = (month(3), month(2));

    let other = ledger.segment_drop(1, Digest::of(b""), now).unwrap_err();
    assert!(matches!(other, StoreError::ExportDiffers { .. }), "{other}");
    let newest = ledger.segment_drop(2, exported.digest, now).unwrap_err();
    assert!(
        matches!(newest, StoreError::NoSegment { number: 2 }),
        "{newest}"
    );
    ledger.segment_drop(1, exported.digest, now).unwrap();

    let found = verify(dir.path(), None);
    assert!(found.is_sound(), "{:?}", found.faults);
    assert_eq!((2, 6), (found.n_rows, found.n_dropped));
    assert_eq!(7, ledger.event_list_after(0, 9).unwrap()[0].envelope.seq);
    assert_eq!(9, append(&mut ledger, 9, &seen("ui")).seq);
    let raw = Connection::open(dir.path().join("ledger.db")).unwrap();
    let n_inputs: u32 = raw
        .query_row("SELECT count(*) FROM inputs", [], |row| row.get(0))
        .unwrap();
    assert_eq!(0, n_inputs);
    raw.execute_batch("DELETE FROM segments").unwrap_err();
    raw.execute_batch("UPDATE segments SET last_seq = 5")
        .unwrap_err();

    tamper(dir.path(), "DELETE FROM events WHERE seq = 7");
    assert_faults(&verify(dir.path(), None), &["row 7 is missing"]);
}

#[test]
fn a_segment_that_began_what_still_lasts_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let mut ledger = Ledger::open(dir.path()).unwrap();
    append(&mut ledger, month(0).millis(), &seen("ui"));
    append(
        &mut ledger,
        month(0).millis(),
        &down("ui", DownState::Stopped),
    );
    let segment = ledger.segment_roll(month(1)).unwrap().unwrap();
    assert_eq!(
        (1, 1, 2),
        (segment.number, segment.first_seq, segment.last_seq)
    );
    append(&mut ledger, month(1).millis(), &seen("ui"));
    let exported = ledger.event_export(1, 2, &mut std::io::sink()).unwrap();

    let error = ledger
        .segment_drop(1, exported.digest, (month(3), month(2)))
        .unwrap_err();
    assert!(
        matches!(error, StoreError::SegmentInUse { seq: 2, .. }),
        "{error}"
    );
    append(&mut ledger, month(1).millis(), &recovered("ui"));
    ledger
        .segment_drop(1, exported.digest, (month(3), month(2)))
        .unwrap();
    assert!(verify(dir.path(), None).is_sound());
}

#[test]
fn a_segment_ends_with_its_month() {
    let (_dir, ledger) = two_segments();
    let segments = ledger.segment_list().unwrap();
    assert_eq!(1, segments.len());
    assert_eq!((1, 6), (segments[0].first_seq, segments[0].last_seq));
    assert_eq!(Digest::GENESIS, segments[0].opens_with);
    let next = ledger.event_get(7).unwrap().unwrap();
    assert_eq!(segments[0].closes_with, next.prev);
}

fn two_segments() -> (TempDir, Ledger) {
    let (dir, _) = ledger();
    let mut ledger = Ledger::open(dir.path()).unwrap();
    assert_eq!(None, ledger.segment_roll(month(0)).unwrap());
    ledger.checkpoint_write(month(1)).unwrap();
    append(&mut ledger, month(1).millis(), &recovered("ui"));
    append(&mut ledger, month(1).millis(), &seen("ui"));
    ledger.checkpoint_write(month(1)).unwrap();
    (dir, ledger)
}

fn month(n: i64) -> Timestamp {
    Timestamp::from_millis(n * 31 * 86_400_000)
}

/// A ledger of six rows; the third and the fourth have an input.
fn ledger() -> (TempDir, Checkpoint) {
    let dir = tempfile::tempdir().unwrap();
    let mut ledger = Ledger::open(dir.path()).unwrap();
    append(&mut ledger, 1, &started());
    append(&mut ledger, 2, &seen("ui"));
    for (at, name) in [(3, "ui"), (4, "redis")] {
        let kind = down(name, DownState::Unhealthy);
        let input = Some("{\"seen\":true}");
        ledger
            .event_append(&Draft {
                input,
                ..draft(at, &kind)
            })
            .unwrap();
    }
    append(&mut ledger, 5, &recovered("redis"));
    append(&mut ledger, 6, &seen("ui"));
    let head = ledger.checkpoint_write(Timestamp::from_millis(6)).unwrap();
    assert_eq!(N_ROWS, head.unwrap().seq);
    (dir, head.unwrap())
}

/// Does what somebody who can write the file can do.
fn tamper(dir: &Path, sql: &str) {
    let raw = Connection::open(dir.join("ledger.db")).unwrap();
    let triggers: Vec<String> = raw
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    for trigger in triggers {
        raw.execute_batch(&format!("DROP TRIGGER {trigger}"))
            .unwrap();
    }
    raw.execute_batch(sql).unwrap();
}

fn verify(dir: &Path, expect: Option<Checkpoint>) -> Verification {
    Ledger::open_to_read(dir).unwrap().verify(expect).unwrap()
}

#[track_caller]
fn check(sql: &str, expected: &[&str]) {
    let (dir, _) = ledger();
    tamper(dir.path(), sql);
    assert_faults(&verify(dir.path(), None), expected);
}

#[track_caller]
fn assert_faults(found: &Verification, expected: &[&str]) {
    let texts: Vec<String> = found.faults.iter().map(ToString::to_string).collect();
    assert_eq!(expected.len(), texts.len(), "{texts:#?}");
    for (expected, text) in expected.iter().zip(&texts) {
        assert!(text.starts_with(expected), "{text}");
    }
    assert!(
        found
            .faults
            .iter()
            .all(|fault| !fault.next_step().is_empty())
    );
}
