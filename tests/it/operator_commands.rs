//! `explain`, `status`, `pause`, `resume`, `ack` and `ledger replay`, as a person runs
//! them beside a ledger that a scenario has written.

use std::{fs, process::Command};

use regex::Regex;
use serde_json::Value;
use tempfile::TempDir;
use wicap_assist::{
    model::{EventKind, SessionEnd},
    runtime::{Stretch, live},
    store::Ledger,
};

use crate::scenario::Scenario;

const SPENT: &str =
    "set attempts 2; restart fails; ui unhealthy 3; turn 28; redis stop by hand; turn 2";

#[test]
fn a_refused_action_is_explained_with_every_gate() {
    let folder = played("set budget_service 1; ui unhealthy 3; turn 5; ui unhealthy 3; turn 5");
    let seq = row_of(&folder, "action_denied");
    golden("explain_denied", &folder, &format!("explain {seq}"));
}

#[test]
fn a_started_action_is_explained_with_what_came_of_it() {
    let folder = played("ui unhealthy 3; turn 6");
    let seq = row_of(&folder, "action_started");
    golden("explain_started", &folder, &format!("explain {seq}"));
}

#[test]
fn a_held_service_is_explained_with_its_evidence() {
    let folder = played("redis stop by hand; ui unhealthy 3; turn 3");
    let seq = row_of(&folder, "held");
    golden("explain_held", &folder, &format!("explain {seq}"));
}

#[test]
fn a_service_is_explained_with_its_last_incident() {
    let folder = played(SPENT);
    golden("explain_service", &folder, "explain wicap-ui");
    golden("explain_well", &folder, "explain processor");
}

#[test]
fn explain_is_one_object_for_programs() {
    let folder = played(SPENT);
    let told: Value = serde_json::from_str(&ok(&folder, "explain ui --json")).unwrap();
    assert_eq!("ui", told["service"]);
    assert_eq!(2, told["numbers"]["attempts"]);
    assert_eq!("service_down", told["story"][0]["event"]);
    let seq = row_of(&folder, "action_started");
    let told: Value = serde_json::from_str(&ok(&folder, &format!("explain {seq} --json"))).unwrap();
    assert_eq!(12, told["gates"].as_array().unwrap().len());
    assert!(
        told["gates"]
            .as_array()
            .unwrap()
            .iter()
            .all(|gate| gate["passed"] == true)
    );
    assert_eq!("definite_unhealthy", told["event"]["why"]);
}

#[test]
fn what_is_not_there_is_told_with_what_is() {
    let folder = played(SPENT);
    check(
        &folder,
        "explain 900",
        2,
        "there is no row 900\nhint: the ledger has rows 1 to ",
    );
    check(
        &folder,
        "explain uii",
        2,
        "`wicap` has no service `uii`\nhint: it has processor, redis, scout, ui\n",
    );
    check(
        &folder,
        "explain ui --project shop",
        2,
        "no project `shop`\nhint: it knows wicap\n",
    );
    let empty = TempDir::new().unwrap();
    check(
        &empty,
        "explain ui",
        1,
        "hint: `wicap-assist live` starts a ledger",
    );
}

#[test]
fn status_tells_who_controls_and_what_is_wrong() {
    let folder = played(SPENT);
    golden("status", &folder, "status");
    let (code, stdout, _) = run(&folder, "status --check --json");
    let told: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(
        (3, false),
        (code, told["healthy"].as_bool().unwrap()),
        "{told:#}"
    );
    assert_eq!("ui", told["services"][1]["service"]);
    assert_eq!("attempts_spent", told["services"][1]["needs_person"]);
}

#[test]
fn a_stack_that_nobody_leads_is_not_well() {
    let folder = played("turn 1");
    let (code, stdout, _) = run(&folder, "status --check");
    assert_eq!(3, code);
    assert!(
        stdout.ends_with("NOT WELL: the controller does not hold the stack\n"),
        "{stdout}"
    );
    assert_eq!(0, run(&folder, "status").0);
}

#[test]
fn a_pause_from_another_terminal_is_heeded_on_the_next_turn() {
    let folder = TempDir::new().unwrap();
    let mut scenario = Scenario::on(Ledger::open(&folder.path().join("data")).unwrap());
    scenario.play("ui unhealthy 3; turn 1");
    let stdout = ok(&folder, "pause wicap-ui --for 24h");
    assert!(
        stdout.contains("actions on ui are paused until"),
        "{stdout}"
    );
    scenario.play("turn 4");
    assert!(
        scenario.log().iter().any(
            |line| line == "5 actions paused for ui" || line.ends_with("actions paused for ui")
        ),
        "{:?}",
        scenario.log()
    );
    assert!(
        scenario
            .log()
            .iter()
            .any(|line| line.ends_with("denied restart_service:ui operator_paused"))
    );
    assert_eq!(0, scenario.world.insides().n_calls);
    let stdout = ok(&folder, "resume ui");
    assert!(
        stdout.contains("actions on ui are allowed again"),
        "{stdout}"
    );
    scenario.play("turn 1");
    assert_eq!(1, scenario.world.insides().n_calls);
    scenario.check_invariants();
}

#[test]
fn a_pause_is_short_and_of_a_service_that_exists() {
    let folder = played("turn 1");
    check(&folder, "pause --for 25h", 2, "a pause lasts at most 24h");
    check(
        &folder,
        "pause uii --for 1h",
        2,
        "`wicap` has no service `uii`",
    );
    check(&folder, "pause", 2, "--for <TIME>");
    assert_eq!("nothing is paused\n", ok(&folder, "resume"));
    ok(&folder, "pause --for 1h");
    let (code, stdout, _) = run(&folder, "resume ui");
    assert_eq!(3, code);
    assert!(
        stdout.starts_with("ui stays paused: every service is"),
        "{stdout}"
    );
    let row: Value = serde_json::from_str(&ok(&folder, "resume --json")).unwrap();
    assert_eq!("actions_resumed", row["event"]);
}

#[test]
fn a_call_is_not_repeated_once_somebody_took_note() {
    let folder = TempDir::new().unwrap();
    let mut scenario = Scenario::on(Ledger::open(&folder.path().join("data")).unwrap());
    scenario.play("scout policy no; scout crashes 1; turn 2");
    let (code, stdout, _) = run(&folder, "ack ui");
    assert_eq!((3, "nobody was called for ui\n"), (code, &*stdout));
    ok(&folder, "ack scout");
    assert_eq!(
        "somebody took note of scout before\n",
        ok(&folder, "ack scout")
    );
    scenario.play("wait 4000; turn 2");
    let n_calls = scenario
        .log()
        .iter()
        .filter(|line| line.contains("escalated"))
        .count();
    assert_eq!(1, n_calls, "{:?}", scenario.log());
    scenario.check_invariants();
}

#[test]
fn replay_is_a_command_that_can_say_no() {
    let folder = played(SPENT);
    let stdout = ok(&folder, "ledger replay");
    assert!(stdout.starts_with("the same again: "), "{stdout}");
    let told: Value = serde_json::from_str(&ok(&folder, "ledger replay --json")).unwrap();
    assert_eq!(
        (true, 0),
        (told["same"] == true, told["differences"].as_u64().unwrap())
    );

    let folder = TempDir::new().unwrap();
    let mut scenario = Scenario::on(Ledger::open(&folder.path().join("data")).unwrap());
    scenario.play("restart fails; ui unhealthy 3; turn 13");
    scenario.desk.rules.policy.ladder.attempts_max = 1;
    scenario.play("turn 3");
    let (code, stdout, _) = run(&folder, "ledger replay");
    assert_eq!(3, code, "{stdout}");
    assert!(
        stdout.contains("  expected held: nothing done for ui: the next attempt"),
        "{stdout}"
    );
    assert!(
        stdout.contains("  found    held: nothing done for ui: everything allowed"),
        "{stdout}"
    );
    assert!(stdout.contains("NOT THE SAME, "), "{stdout}");
}

#[test]
fn a_call_for_a_person_leaves_a_pack_of_evidence() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let mut scenario = Scenario::on(Ledger::open(&data).unwrap());
    scenario.play("scout policy no; scout crashes 1");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let (world, desk) = (&mut scenario.world, &mut scenario.desk);
    let end = runtime.block_on(live(world, desk, Stretch::Once, async {}, |_| ()));
    assert_eq!(SessionEnd::Clean, end);
    let seq = row_of(&folder, "escalated");
    let rows = Ledger::open(&data)
        .unwrap()
        .event_list_after(seq, 10)
        .unwrap();
    let EventKind::SnapshotTaken { file, sha256, .. } = &rows[0].envelope.kind else {
        panic!("{:?}", rows[0]);
    };
    assert_eq!(format!("snapshots/{seq}.json"), file.as_str());
    let bytes = fs::read(data.join(file.as_str())).unwrap();
    assert_eq!(*sha256, wicap_assist::store::Digest::of(&bytes).to_string());
    let pack: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!("not_restartable", pack["event"]["cause"]);
    assert_eq!(
        "exited",
        pack["seen"]["services"]["scout"]["known"]["present"]["lifecycle"]
    );
    let lines = &pack["logs"]["services"]["scout"]["lines"]["known"];
    assert!(
        lines[0]
            .as_str()
            .unwrap()
            .ends_with("password=<redacted> started")
    );
    assert_eq!(64, pack["input"].as_str().unwrap().len());
    let stdout = ok(&folder, "explain scout");
    assert!(
        stdout.contains(&format!("snapshots/{seq}.json, in the data folder")),
        "{stdout}"
    );
    assert!(ok(&folder, "ledger replay").starts_with("the same again"));
}

#[test]
fn doctor_names_what_is_wrong_and_what_to_do() {
    let folder = TempDir::new().unwrap();
    let (code, stdout, _) = run_with(&folder, "doctor", "unix:///no/such.sock");
    assert_eq!(3, code, "{stdout}");
    let socket = "FAIL  engine socket    there is no `/no/such.sock`\n                       \
                  next: start the engine, or name its socket with DOCKER_HOST\n";
    assert!(stdout.contains(socket), "{stdout}");
    assert!(
        stdout.contains("ok    ledger           there is none yet"),
        "{stdout}"
    );
    assert!(stdout.ends_with("2 checks failed\n"), "{stdout}");

    let folder = played("turn 1");
    fs::write(folder.path().join("data/KILL"), "").unwrap();
    let (code, stdout, _) = run_with(&folder, "doctor --json", "unix:///no/such.sock");
    let told: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!((3, false), (code, told["ok"] == true));
    let verdict = |name: &str| {
        let checks = told["checks"].as_array().unwrap();
        let check = checks.iter().find(|check| check["name"] == name);
        check.unwrap()["verdict"].as_str().unwrap().to_owned()
    };
    assert_eq!("ok", verdict("ledger"));
    assert_eq!("warn", verdict("kill switch"));
    assert_eq!("fail", verdict("engine"));
}

/// A ledger on disk, written by a scenario.
fn played(script: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    let mut scenario = Scenario::on(Ledger::open(&folder.path().join("data")).unwrap());
    scenario.play(script);
    folder
}

/// The last row of a kind.
fn row_of(folder: &TempDir, name: &str) -> u64 {
    let stdout = ok(folder, &format!("ledger list --json --event {name}"));
    let row: Value = serde_json::from_str(stdout.lines().next_back().unwrap()).unwrap();
    row["seq"].as_u64().unwrap()
}

fn run(folder: &TempDir, line: &str) -> (i32, String, String) {
    run_with(folder, line, "unix:///no/such.sock")
}

/// Runs the binary with an engine of the test's own choice.
fn run_with(folder: &TempDir, line: &str, engine: &str) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_wicap-assist"))
        .args(line.split_whitespace())
        .env_clear()
        .env("HOME", folder.path())
        .env("DOCKER_HOST", engine)
        .env("WICAP_ASSIST_DATA_DIR", folder.path().join("data"))
        .current_dir(folder.path())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[track_caller]
fn ok(folder: &TempDir, line: &str) -> String {
    let (code, stdout, stderr) = run(folder, line);
    assert_eq!((0, ""), (code, &*stderr), "{line}");
    stdout
}

#[track_caller]
fn check(folder: &TempDir, line: &str, code: i32, piece: &str) {
    let (found, _, stderr) = run(folder, line);
    assert_eq!(code, found, "{line}: {stderr}");
    assert!(stderr.contains(piece), "{line}: {stderr}");
}

/// Compares a page with the one that was agreed upon, leaving out what the clock, the
/// disk and the hash make of it.
#[track_caller]
fn golden(name: &str, folder: &TempDir, line: &str) {
    let mut text = ok(folder, line);
    for (pattern, with) in [
        // Times of day and dates are those of the host's zone.
        (r"\d{2}(:\d{2}:\d{2})([^Z\d])", "hh$1$2"),
        (r"2026-03-0\d", "DATE"),
        (r"\([^()]* ago\)", "(… ago)"),
        (r"[0-9a-f]{64}", "HASH"),
        (r"[0-9.]+ (B|[KMGT]iB)\b", "SIZE"),
    ] {
        let pattern = Regex::new(pattern).unwrap();
        text = pattern.replace_all(&text, with).into_owned();
    }
    insta::assert_snapshot!(name, text);
}
