//! Killed at any point, the next ingest finishes what was begun.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use super::corpus::{Place, assert_same, dump, log, share_key};

/// How often an ingest is killed here; `scripts/kill.sh` sets another number.
const KILLS: u64 = 12;

/// Runs for each that is killed: some are done before.
const ROUNDS_PER_KILL: u64 = 6;

fn n_kills() -> u64 {
    let asked = std::env::var("WICAP_ASSIST_KILLS").ok();
    asked.map_or(KILLS, |text| text.parse().unwrap())
}

fn command(place: &Place, data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wicap-assist"));
    command
        .arg("--data-dir")
        .arg(data)
        .args([
            "ingest",
            "--scan-soaks",
            "--scan-network-events",
            "--scan-codex",
            "--zone",
            "UTC",
            "--batch-rows",
            "100",
            "--repo-root",
        ])
        .arg(place.repo())
        .env("CODEX_HOME", place.codex())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// Lines of a network stream, every ninth of them notable.
fn anomalies(n_lines: u32) -> String {
    let line = |n: u32| {
        format!(
            "{{\"anomaly_contract_version\":\"wicap.anomaly.v3\",\"ts\":\"2026-03-01T{:02}:{:02}:{:02}Z\",\
             \"category\":\"anomaly_stream\",\"signature\":\"deauth|{}\",\"sensor_id\":\"s-{}\",\"score\":{},\
             \"is_anomaly\":{}}}\n",
            n / 3_600,
            n / 60 % 60,
            n % 60,
            n % 5,
            n % 3,
            n % 97,
            n.is_multiple_of(9),
        )
    };
    (0..n_lines).map(line).collect()
}

/// A session in which somebody shows a log.
fn quoting(log: &str) -> String {
    let record = |kind: &str, payload: serde_json::Value| {
        let stamp = "2026-03-05T09:00:00Z";
        serde_json::json!({"type": kind, "timestamp": stamp, "payload": payload}).to_string()
    };
    let said = |line: &str| {
        let content = serde_json::json!([{"type": "output_text", "text": line}]);
        let message =
            serde_json::json!({"type": "message", "role": "assistant", "content": content});
        record("response_item", message)
    };
    let meta = serde_json::json!({"id": "a", "cwd": "/opt/wicap"});
    let mut lines = vec![record("session_meta", meta)];
    lines.extend(log.lines().map(said));
    lines.join("\n") + "\n"
}

#[test]
fn a_killed_ingest_is_finished_by_the_next() {
    let place = Place::new();
    // Several pieces each, so that logs and streams are read side by side.
    place.write("wicap/wicap.log", log(21, 14_000));
    place.write("wicap/logs_soak_1772352000/a.log", log(22, 2_000));
    place.write("wicap/logs_soak_1772352000/b.log", log(23, 800));
    let stream = "wicap/captures/wicap_anomaly_events_v3.jsonl";
    place.write(stream, anomalies(6_000));
    let session = "codex/sessions/2026/03/05/rollout-a.jsonl";
    place.write(session, quoting(&log(24, 400)));
    let undisturbed = place.folder.path().join("undisturbed");
    share_key(&undisturbed);
    share_key(&place.data());
    let started = std::time::Instant::now();
    assert!(command(&place, &undisturbed).status().unwrap().success());
    let whole = started.elapsed();
    let data = place.data();
    let (mut n_killed, mut n_whole) = (0, 0);
    for round in 0..ROUNDS_PER_KILL * n_kills() {
        if n_killed == n_kills() {
            break;
        }
        let mut child = command(&place, &data).spawn().unwrap();
        // Spread over the time that a whole run takes.
        thread::sleep(
            whole
                .mul_f64((round as f64 * 0.618_034).fract())
                .max(Duration::from_millis(2)),
        );
        let is_done = child.try_wait().unwrap().is_some();
        child.kill().unwrap();
        child.wait().unwrap();
        if is_done {
            // What earlier ones left was finished: from the beginning again.
            assert_same(&dump(&undisturbed), &dump(&data));
            fs::remove_dir_all(&data).unwrap();
            share_key(&data);
            n_whole += 1;
        } else {
            n_killed += 1;
        }
    }
    println!(
        "{n_killed} were killed before they were done; {n_whole} times others finished what was left"
    );
    assert!(n_killed > 0, "every run was over before it was killed");
    assert!(command(&place, &data).status().unwrap().success());
    assert_same(&dump(&undisturbed), &dump(&data));
}
