//! `wicap-assist ledger`, as a person runs it.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use wicap_assist::{
    model::{DownState, KillSwitch, Observation, Reading, Timestamp},
    store::{Draft, Ledger},
    telemetry::Journal,
};

use crate::ledger::{actor, down, held, project, recovered, started};

/// Runs `ledger …`; returns the code, stdout and stderr.
fn run(dir: &TempDir, line: &str) -> (i32, String, String) {
    let output = command(dir, line).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let code = output.status.code().unwrap();
    (code, text(output.stdout), text(output.stderr))
}

fn command(dir: &TempDir, line: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wicap-assist"));
    command
        .arg("ledger")
        .args(line.split_whitespace())
        .env_clear()
        .env("HOME", dir.path())
        .env("WICAP_ASSIST_DATA_DIR", data(dir))
        .current_dir(dir.path());
    command
}

fn data(dir: &TempDir) -> std::path::PathBuf {
    dir.path().join("data")
}

/// A ledger of four rows, of 1 January and of 1 February 1970.
fn recorded() -> TempDir {
    let dir = TempDir::new().unwrap();
    let ledger = Ledger::open(&data(&dir)).unwrap();
    let mut journal = Journal::new(ledger, project(), actor());
    let at = Timestamp::from_millis;
    let february = 31 * 86_400_000;
    let seen = Observation {
        since_last_ms: None,
        at: at(61_000),
        engine: Reading::Known(()),
        services: Default::default(),
        probes: Default::default(),
        kill_switch: KillSwitch::Clear,
        compose: None,
    };
    journal.record(at(0), &started(), None).unwrap();
    for kind in [down("ui", DownState::Unhealthy), held("worker#2")] {
        journal.record(at(61_000), &kind, Some(&seen)).unwrap();
    }
    journal
        .record(at(february), &recovered("ui"), None)
        .unwrap();
    dir
}

#[test]
fn list_shows_what_passes_the_filter() {
    let dir = recorded();
    let (code, stdout, stderr) = run(&dir, "list --service ui");
    assert_eq!((0, ""), (code, stderr.as_str()));
    let lines: Vec<&str> = stdout.lines().collect();
    assert_eq!(4, lines.len(), "{stdout}");
    assert_eq!("1970-01-01", lines[0]);
    assert!(lines[1].starts_with("     2  "), "{stdout}");
    assert!(lines[1].ends_with("ui is unhealthy: 2 health checks failed"));
    assert_eq!("1970-02-01", lines[2]);

    for (line, expected) in [
        ("list --json", vec![1, 2, 3, 4]),
        ("list --json --limit 1", vec![4]),
        ("list --json --service worker", vec![3]),
        ("list --json --event held", vec![3]),
        ("list --json --since 1970-01-15T00:00:00Z", vec![4]),
        ("list --json --since 1h", vec![]),
    ] {
        let (_, stdout, _) = run(&dir, line);
        let seqs: Vec<u64> = stdout
            .lines()
            .map(|line| {
                serde_json::from_str::<Value>(line).unwrap()["seq"]
                    .as_u64()
                    .unwrap()
            })
            .collect();
        assert_eq!(expected, seqs, "{line}");
    }
}

#[test]
fn show_tells_an_event_and_what_it_rests_on() {
    let dir = recorded();
    let (code, stdout, _) = run(&dir, "show 2");
    assert_eq!(0, code);
    for piece in [
        "row 2: ui is unhealthy: 2 health checks failed\n",
        "state        unhealthy\n",
        "by           root@edge-1, process 4242\n",
        "1970-01-01T00:01:01.000Z: the engine answers, the kill switch is clear\n",
    ] {
        assert!(stdout.contains(piece), "{piece}: {stdout}");
    }
    let (_, stdout, _) = run(&dir, "show 2 --json");
    let shown: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!("unhealthy", shown["row"]["state"]);
    assert_eq!("clear", shown["input"]["kill_switch"]);

    let (code, _, stderr) = run(&dir, "show 99");
    assert_eq!((1, "wicap-assist: there is no row 99\n"), (code, &*stderr));
}

#[test]
fn verify_says_no_with_a_code_of_its_own() {
    let dir = recorded();
    let (code, stdout, _) = run(&dir, "verify");
    assert_eq!(0, code);
    assert!(
        stdout.starts_with("sound: 4 rows, 3 checkpoints, "),
        "{stdout}"
    );
    let head = stdout
        .lines()
        .last()
        .unwrap()
        .strip_prefix("last row ")
        .unwrap();
    let expecting = format!("verify --expect {head}");
    assert_eq!(0, run(&dir, &expecting).0);

    let raw = rusqlite::Connection::open(data(&dir).join("ledger.db")).unwrap();
    raw.execute_batch(
        "DROP TRIGGER events_refuse_update; UPDATE events SET at_ms = 5 WHERE seq = 2;
         DROP TRIGGER events_refuse_delete; DELETE FROM events WHERE seq = 4",
    )
    .unwrap();
    let (code, stdout, stderr) = run(&dir, &expecting);
    assert_eq!((3, ""), (code, &*stderr));
    for piece in [
        "row 2 was changed after it was written",
        "next: compare the row with an export or a backup",
        "rows 4 to 4 are missing",
        "BROKEN, 2 faults: 3 rows",
    ] {
        assert!(stdout.contains(piece), "{piece}: {stdout}");
    }
    let (code, stdout, _) = run(&dir, "verify --json");
    let report: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!((3, false), (code, report["sound"].as_bool().unwrap()));
    assert_eq!("changed", report["first_faults"][0]["code"]);
    assert_eq!(2, report["first_faults"][0]["seq"]);
}

#[test]
fn what_is_no_ledger_is_told_with_a_hint() {
    let dir = TempDir::new().unwrap();
    for line in [
        "list",
        "show 1",
        "verify",
        "export",
        "prune --keep 90d --to old",
    ] {
        let (code, stdout, stderr) = run(&dir, line);
        assert_eq!((1, ""), (code, &*stdout), "{line}");
        assert!(
            stderr.starts_with("wicap-assist: there is no ledger at `"),
            "{stderr}"
        );
        assert!(
            stderr.contains("\nhint: `wicap-assist live` starts a ledger"),
            "{stderr}"
        );
    }
    assert!(!data(&dir).exists());
    for line in [
        "verify --expect 12",
        "list --since yesterday",
        "prune --keep 1d --to old",
    ] {
        assert_eq!(2, run(&dir, line).0, "{line}");
    }
}

#[test]
fn an_export_can_be_checked_by_its_recipe_alone() {
    let dir = recorded();
    let (code, stdout, _) = run(&dir, "export");
    assert_eq!(0, code);
    assert_eq!((4, 1), check_export(&stdout));

    let (_, stdout, _) = run(
        &dir,
        "export --since 1970-01-15T00:00:00Z --output late.ndjson",
    );
    let text = fs::read_to_string(dir.path().join("late.ndjson")).unwrap();
    let digest: String = Sha256::digest(&text)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(
        format!("1 events and 0 inputs in `late.ndjson`, SHA-256 {digest}\n"),
        stdout
    );
    let (code, _, stderr) = run(&dir, "export --output late.ndjson");
    assert_eq!(1, code);
    assert!(
        stderr.contains("cannot write `late.ndjson`: File exists"),
        "{stderr}"
    );
}

#[test]
fn prune_takes_whole_segments_and_keeps_their_rows_elsewhere() {
    let dir = recorded();
    let (code, stdout, stderr) = run(&dir, "prune --keep 90d --to old");
    // The rows of January have been closed at the start of February.
    assert_eq!((0, ""), (code, &*stderr));
    let path = Path::new("old/ledger-0001.ndjson");
    assert!(
        stdout.starts_with("segment 1 is still needed: what row 3 began has not ended"),
        "{stdout}"
    );
    assert!(!dir.path().join(path).exists());

    let mut ledger = Ledger::open(&data(&dir)).unwrap();
    let kind = recovered("worker#2");
    let draft = Draft {
        session: 1,
        ..crate::ledger::draft(0, &kind)
    };
    ledger.event_append(&draft).unwrap();
    let (_, stdout, _) = run(&dir, "prune --keep 90d --to old");
    assert_eq!(
        "segment 1: rows 1 to 4 are in `old/ledger-0001.ndjson`\n",
        stdout
    );
    let text = fs::read_to_string(dir.path().join(path)).unwrap();
    assert_eq!((4, 1), check_export(&text));
    let (code, stdout, _) = run(&dir, "verify");
    assert_eq!(0, code);
    assert!(
        stdout.starts_with("sound: 1 rows after 4 that retention has dropped"),
        "{stdout}"
    );
    let (_, stdout, _) = run(&dir, "prune --keep 90d --to old");
    assert_eq!("no segment is that old\n", stdout);
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let dir = recorded();
    let mut ledger = Ledger::open(&data(&dir)).unwrap();
    for at in 0..3_000 {
        crate::ledger::append(&mut ledger, at, &crate::ledger::seen("ui"));
    }
    for line in ["export", "list --json --limit 3000"] {
        let mut child = command(&dir, line)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(Some(0), output.status.code(), "{line}");
        assert!(output.stderr.is_empty(), "{line}");
    }
}

/// Checks an export with nothing but the recipe of its help text. Returns how many
/// events and inputs it has.
#[track_caller]
fn check_export(text: &str) -> (usize, usize) {
    let (mut prev, mut n_events) = ("0".repeat(64), 0);
    let mut inputs = Vec::new();
    for line in text.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let Some(seq) = row.get("seq") else {
            let body = row["body"].as_str().unwrap();
            assert_eq!(row["input"], hex(body.as_bytes()));
            inputs.push(row["input"].clone());
            continue;
        };
        assert_eq!(row["prev"], prev, "row {seq}");
        assert!(row["input"].is_null() || inputs.contains(&row["input"]));
        let names =
            "seq at_ms session project actor_user actor_host actor_pid kind body input prev";
        let mut bytes = Vec::new();
        for name in names.split(' ') {
            let value = &row[name];
            let field = match (value.as_str(), value.as_i64()) {
                (Some(text), _) => text.to_owned(),
                (None, Some(number)) => number.to_string(),
                (None, None) => String::new(),
            };
            bytes.extend_from_slice(format!("{}:{field},", field.len()).as_bytes());
        }
        prev = hex(&bytes);
        assert_eq!(row["hash"], prev, "row {seq}");
        n_events += 1;
    }
    (n_events, inputs.len())
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
