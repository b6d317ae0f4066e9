//! The guardian sees what comes into the logs, once.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    process::Stdio,
    time::{Duration, Instant},
};

use serde_json::Value;

use super::corpus::Place;
use crate::run;

/// An engine that is not there: these tests are about files.
const NO_ENGINE: &str = "unix:///nowhere/docker.sock";

const NOW: &str = "2026-03-04T12:00:00Z";

fn line(hour: u32, minute: u32, text: &str) -> String {
    format!("2026-03-04 {hour:02}:{minute:02}:00,000 ERROR [wicap.scout] {text}\n")
}

#[track_caller]
fn looks(place: &Place, more: &[&str]) -> (i32, Value) {
    let (repo, data) = (place.repo(), place.data());
    let mut args = vec!["guardian", "--once", "--json", "--now", NOW];
    args.extend(["--repo-root", repo.to_str().unwrap()]);
    args.extend(["--data-dir", data.to_str().unwrap()]);
    args.extend(more);
    let mut command = run::command(place.folder.path());
    command.env("DOCKER_HOST", NO_ENGINE);
    let ran = run::Ran::from(command.env("TZ", "UTC").args(&args).output().unwrap());
    let document = serde_json::from_str(&ran.stdout);
    (
        ran.code.unwrap(),
        document.unwrap_or_else(|error| panic!("{error}: {}", ran.both())),
    )
}

fn kinds(alerts: &Value) -> Vec<&str> {
    let list = alerts.as_array().unwrap().iter();
    list.map(|alert| alert["kind"].as_str().unwrap()).collect()
}

#[test]
fn what_was_seen_once_is_not_told_again() {
    let place = Place::new();
    place.write(
        "wicap/wicap.log",
        [line(9, 0, "antenna gone"), line(9, 1, "antenna gone")].concat(),
    );
    let (code, alerts) = looks(&place, &[]);
    assert_eq!((3, vec!["new"]), (code, kinds(&alerts)));
    assert_eq!(
        (2, 2),
        (
            alerts[0]["count"].as_i64().unwrap(),
            alerts[0]["line_number"].as_i64().unwrap()
        )
    );
    assert_eq!((0, vec![]), {
        let (code, alerts) = looks(&place, &[]);
        (code, kinds(&alerts).iter().map(|_| "").collect())
    });
    // The same failure is no longer new; another one is.
    place.append("wicap/wicap.log", &line(9, 2, "antenna gone"));
    assert_eq!(0, looks(&place, &[]).0);
    place.append(
        "wicap/wicap.log",
        &line(9, 3, "firmware halted: mailbox full"),
    );
    let (code, alerts) = looks(&place, &[]);
    assert_eq!((3, vec!["new"]), (code, kinds(&alerts)));
    assert_eq!(4, alerts[0]["line_number"]);
}

#[test]
fn a_line_that_is_being_written_is_told_when_it_is_whole() {
    let place = Place::new();
    place.write("wicap/wicap.log", line(9, 0, "antenna gone"));
    looks(&place, &[]);
    let whole = line(9, 1, "firmware halted: mailbox full");
    let (start, rest) = whole.split_at(40);
    place.append("wicap/wicap.log", start);
    assert_eq!(0, looks(&place, &[]).0);
    place.append("wicap/wicap.log", rest);
    let (code, alerts) = looks(&place, &[]);
    assert_eq!((3, 1), (code, alerts.as_array().unwrap().len()));
    assert!(
        alerts[0]["line"]
            .as_str()
            .unwrap()
            .ends_with("firmware halted: mailbox full")
    );
}

#[test]
fn rotation_and_a_rewrite_lose_and_repeat_nothing() {
    let place = Place::new();
    place.write("wicap/wicap.log", line(9, 0, "antenna gone"));
    looks(&place, &[]);
    // Rotated by a rename, with one more line before and a new, longer file after.
    place.append("wicap/wicap.log", &line(9, 1, "disk is full on /var"));
    place.rename("wicap/wicap.log", "wicap/wicap.log.1");
    let more = [
        line(9, 2, "antenna gone"),
        line(9, 3, "firmware halted: mailbox full"),
        line(9, 4, "antenna gone"),
    ];
    place.write("wicap/wicap.log", more.concat());
    let (code, alerts) = looks(&place, &[]);
    assert_eq!((3, vec!["new", "new"]), (code, kinds(&alerts)), "{alerts}");
    // Rewritten in place with the same lines and one more.
    place.write(
        "wicap/wicap.log",
        [more.concat(), line(9, 5, "wlan7 has no carrier any more")].concat(),
    );
    let (code, alerts) = looks(&place, &[]);
    assert_eq!((3, vec!["new"]), (code, kinds(&alerts)), "{alerts}");
    place.write(
        "wicap/wicap.log",
        [line(8, 0, "INFO nothing"), more.concat()].concat(),
    );
    let (_, alerts) = looks(&place, &[]);
    assert!(
        alerts
            .as_array()
            .unwrap()
            .iter()
            .all(|alert| !alert["line"].as_str().unwrap().contains("firmware")),
        "{alerts}"
    );
}

#[test]
fn a_known_failure_is_told_with_its_first_step() {
    let place = Place::new();
    place.write("wicap/wicap.log", line(9, 0, "antenna gone"));
    let (_, alerts) = looks(&place, &[]);
    let id = alerts[0]["signature_id"].as_str().unwrap();
    place.write(
        "wicap/docs/playbooks/error-antenna.md",
        format!("# Playbook\n## Trigger\n- Category: error\n- Signature: {id}\n## Fix steps\n1. Plug it in.\n"),
    );
    place.append("wicap/wicap.log", &line(9, 30, "antenna gone"));
    let (code, alerts) = looks(&place, &[]);
    assert_eq!((3, vec!["known"]), (code, kinds(&alerts)));
    assert_eq!("error-antenna.md", alerts[0]["playbook"]);
    assert_eq!("Plug it in.", alerts[0]["first_step"]);
}

#[test]
fn a_known_issue_is_told_with_its_fix_and_its_script() {
    let place = Place::new();
    place.write(
        "wicap/scripts/stop_wicap.py",
        "import subprocess\nsubprocess.run(['pkill', 'tshark'])\n",
    );
    let mut options = place.options();
    options.sources = [wicap_assist::ingest::Source::Harness].into();
    super::corpus::ingest(options);
    let full = "Scout already running (PID 9). Use 'stop' first.";
    place.write("wicap/wicap.log", line(9, 0, full));
    let (code, alerts) = looks(&place, &[]);
    assert_eq!((3, vec!["new"]), (code, kinds(&alerts)));
    place.append("wicap/wicap.log", &line(9, 30, full));
    let (code, alerts) = looks(&place, &[]);
    assert_eq!((3, vec!["known"]), (code, kinds(&alerts)));
    let alert = &alerts[0];
    assert_eq!("scout_stale_pid", alert["known_issue"]);
    assert!(
        alert["first_step"]
            .as_str()
            .unwrap()
            .contains("stop_wicap.py")
    );
    assert_eq!(Value::Null, alert["playbook"]);
    assert_eq!(
        "scripts/stop_wicap.py",
        alert["harness_suggestion"]["script_path"]
    );
    assert!(alert["harness_suggestion"]["role"].is_string());
    assert_eq!(Value::Null, alert["anomaly_route"]);
}

#[test]
fn a_line_about_the_network_has_its_route_as_operators_see_it() {
    let place = Place::new();
    let answer = |at: u32, label: &str| {
        format!(
            r#"{{"feedback_contract_version":"wicap.feedback.v1","ts":"2026-03-03T09:00:0{at}Z","source":"operator","alert_id":"a-{at}","label":"{label}"}}"#
        ) + "\n"
    };
    let answers: String = (0..6).map(|at| answer(at, "noisy")).collect();
    place.write("wicap/captures/wicap_anomaly_feedback.jsonl", answers);
    place.ingest();
    place.write(
        "wicap/wicap.log",
        line(9, 0, "suricata: deauth storm on wlan1"),
    );
    let (_, alerts) = looks(&place, &[]);
    let route = &alerts[0]["anomaly_route"];
    assert_eq!("wifi_disruption", route["class_id"], "{alerts}");
    assert_eq!("restart_service:scout", route["action_ladder"][1]);
    let feedback = &route["feedback"];
    assert_eq!(
        ("calibrated", 6),
        (
            feedback["status"].as_str().unwrap(),
            feedback["noisy"].as_i64().unwrap()
        ),
        "{feedback}"
    );
    assert_eq!(0.75, feedback["confidence_scale"]);
}

#[test]
fn without_an_engine_it_says_that_containers_were_left_out() {
    let place = Place::new();
    place.write("wicap/wicap.log", line(9, 0, "antenna gone"));
    let (repo, data) = (place.repo(), place.data());
    let mut command = run::command(place.folder.path());
    command.env("DOCKER_HOST", NO_ENGINE);
    command
        .args(["guardian", "--once", "--repo-root"])
        .arg(&repo)
        .arg("--data-dir")
        .arg(&data);
    let ran = run::Ran::from(command.output().unwrap());
    assert!(
        ran.stderr.contains("containers: skipped: "),
        "{}",
        ran.both()
    );
}

#[test]
fn a_rate_that_jumps_is_told() {
    let place = Place::new();
    let calm: String = (0..48)
        .map(|hour| {
            format!(
                "2026-03-{:02} {:02}:00:00,000 ERROR [wicap.scout] antenna gone\n",
                2 + hour / 24,
                hour % 24
            )
        })
        .collect();
    place.write("wicap/wicap.log", calm);
    looks(&place, &[]);
    place.append("wicap/wicap.log", &line(10, 0, "antenna gone"));
    assert_eq!(0, looks(&place, &[]).0);
    let burst: String = (1..20)
        .map(|minute| line(10, minute, "antenna gone"))
        .collect();
    place.append("wicap/wicap.log", &burst);
    let (code, alerts) = looks(&place, &[]);
    assert_eq!((3, vec!["spike"]), (code, kinds(&alerts)));
    assert_eq!(19, alerts[0]["count"]);
}

#[test]
fn paths_may_be_files_folders_and_patterns() {
    let place = Place::new();
    place.write("other/a.log", line(9, 0, "antenna gone"));
    place.write(
        "other/deep/b.log",
        line(9, 0, "firmware halted: mailbox full"),
    );
    place.write("other/c.txt", line(9, 0, "disk is full on /var"));
    let at = |name: &str| place.folder.path().join(name).to_str().unwrap().to_owned();
    assert_eq!(
        1,
        looks(&place, &["--path", &at("other/a.log")])
            .1
            .as_array()
            .unwrap()
            .len()
    );
    assert_eq!(
        1,
        looks(&place, &["--path", &at("other")])
            .1
            .as_array()
            .unwrap()
            .len()
    );
    assert_eq!(
        1,
        looks(&place, &["--path", &at("other/*.txt")])
            .1
            .as_array()
            .unwrap()
            .len()
    );
    assert_eq!(0, looks(&place, &["--path", &at("other/*")]).0);
}

#[test]
fn following_tells_of_files_that_appear_and_is_silent_about_the_past() {
    let place = Place::new();
    place.write("wicap/wicap.log", line(9, 0, "antenna gone"));
    let (repo, data) = (place.repo(), place.data());
    let mut command = run::command(place.folder.path());
    command.env("DOCKER_HOST", NO_ENGINE);
    command.args(["guardian", "--json", "--interval", "0.5", "--repo-root"]);
    command.arg(&repo).arg("--data-dir").arg(&data);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let cursors = || data.join("evidence.db").exists() && place_has_cursors(&place);
    wait_until(cursors);
    let folder = repo.join("logs_soak_9/docker");
    fs::create_dir_all(&folder).unwrap();
    fs::write(
        folder.join("new.log"),
        line(9, 1, "firmware halted: mailbox full"),
    )
    .unwrap();
    let mut text = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut text)
        .unwrap();
    let alert: Value = serde_json::from_str(&text).unwrap();
    assert_eq!("logs_soak_9/docker/new.log", alert["file"]);
    child.kill().unwrap();
    child.wait().unwrap();
}

fn place_has_cursors(place: &Place) -> bool {
    let conn = rusqlite::Connection::open(place.data().join("evidence.db")).unwrap();
    conn.query_row("SELECT count(*) > 0 FROM guardian_cursors", [], |row| {
        row.get(0)
    })
    .unwrap_or(false)
}

#[track_caller]
fn wait_until(is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(60), "it never was");
        std::thread::sleep(Duration::from_millis(20));
    }
}
