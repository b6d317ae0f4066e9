//! What reports say about a store whose content is known line by line.

use rusqlite::Connection;
use serde_json::Value;
use wicap_assist::store::evidence::Evidence;

use super::corpus::{Place, assert_same, dump, log};
use crate::run;

const SESSION: &str = r#"{"type":"session_meta","timestamp":"2026-03-05T08:00:00Z","payload":{"id":"sess-77","cwd":"/opt/wicap","git":{"repository_url":"https://git.example/acme/wicap.git","branch":"main","commit_hash":"0f3c9a1"}}}
{"type":"response_item","timestamp":"2026-03-05T08:00:06Z","payload":{"type":"function_call","name":"shell","arguments":"{\"command\":[\"bash\",\"-lc\",\"docker compose logs scout\"]}"}}
{"type":"response_item","timestamp":"2026-03-05T08:00:07Z","payload":{"type":"function_call_output","output":"{\"output\":\"RuntimeError: queue overflow (dropped 99 frames)\",\"metadata\":{\"exit_code\":1}}"}}
{"type":"response_item","timestamp":"2026-03-05T08:30:00Z","payload":{"type":"message","role":"assistant","content":[{"type":"output_text","text":"fixed redis overflow in src/wicap/queue.py"}]}}
"#;

const NOW: &str = "2026-03-10T00:00:00Z";

fn line(day: u32, second: u32, text: &str) -> String {
    format!("2026-03-{day:02} 10:00:{second:02},000 ERROR [wicap.scout] {text}\n")
}

fn overflow(day: u32, n: u32) -> String {
    let text = |second| {
        format!(
            "RuntimeError: queue overflow (dropped {} frames)",
            17 * second + 3
        )
    };
    (0..n)
        .map(|second| line(day, second, &text(second)))
        .collect()
}

/// Nine overflows in two files and one session, three lost antennas in two files.
fn filled() -> Place {
    let place = Place::new();
    let antenna = "antenna gone: no carrier";
    place.write(
        "wicap/logs_soak_1/a.log",
        [overflow(1, 3), line(3, 0, antenna)].concat(),
    );
    place.write(
        "wicap/logs_soak_2/b.log",
        [overflow(9, 6), line(9, 10, antenna), line(9, 11, antenna)].concat(),
    );
    place.write("codex/sessions/2026/03/05/rollout-a.jsonl", SESSION);
    place.write(
        "wicap/CHANGELOG.md",
        "## [1.0.0] - 2026-03-01\n### Fixed\n- one\n- two\n### Added\n- three\n",
    );
    assert_eq!("clean", place.ingest().status);
    place
}

#[track_caller]
fn told(place: &Place, args: &[&str]) -> Value {
    let data = place.data();
    let data = data.to_str().unwrap();
    let all: Vec<&str> = args
        .iter()
        .copied()
        .chain(["--json", "--data-dir", data])
        .collect();
    let ran = run::run(place.folder.path(), &all);
    assert_eq!(Some(0), ran.code, "{}", ran.stderr);
    serde_json::from_str(&ran.stdout).unwrap()
}

#[test]
fn rollup_counts_a_window_to_the_millisecond() {
    let place = filled();
    let all = told(&place, &["rollup", "--now", NOW]);
    let items = all["items"].as_array().unwrap();
    assert_eq!(2, items.len());
    let first = &items[0];
    assert_eq!(9, first["occurrence_count"]);
    assert_eq!("2026-03-01T10:00:00.000Z", first["first_seen"]);
    assert_eq!("2026-03-09T10:00:05.000Z", first["last_seen"]);
    assert_eq!(8.0, first["span_days"]);
    assert_eq!("0f3c9a1", first["git_context"]["most_common_commit_hash"]);
    let record = &first["verification_track_record"];
    assert_eq!(
        (1, 0),
        (
            record["passes"].as_i64().unwrap(),
            record["fails"].as_i64().unwrap()
        )
    );
    assert_eq!(true, record["relapse_detected"]);
    assert_eq!(Value::Null, items[1]["verification_track_record"]);
    assert_eq!(3, items[1]["occurrence_count"]);
    // Both ends belong to the window.
    let short = told(
        &place,
        &["rollup", "--days", "1", "--now", "2026-03-09T10:00:02Z"],
    );
    assert_eq!(3, short["items"][0]["occurrence_count"]);
    assert_eq!(1, short["items"].as_array().unwrap().len());
    let before = told(
        &place,
        &["rollup", "--days", "1", "--now", "2026-03-02T10:00:01Z"],
    );
    assert_eq!(2, before["items"][0]["occurrence_count"]);
}

#[test]
fn the_daily_report_tells_what_rises() {
    let place = filled();
    let daily = told(&place, &["daily-report", "--now", NOW]);
    let items = daily["items"].as_array().unwrap();
    assert_eq!(1, items.len(), "{daily}");
    assert_eq!(6, items[0]["trend_score"]);
    assert_eq!(0, items[0]["baseline_count"]);
    assert_eq!("logs_soak_2/b.log", items[0]["example_file"]);
    assert_eq!(Value::Null, items[0]["playbook"]);
    let calm = told(&place, &["daily-report", "--now", "2026-03-02T00:00:00Z"]);
    assert_eq!(0, calm["items"].as_array().unwrap().len());
}

#[test]
fn a_playbook_and_an_incident_are_linked_by_what_they_are_about() {
    let place = filled();
    let id = told(&place, &["rollup", "--now", NOW])["items"][0]["signature_id"]
        .as_str()
        .unwrap()
        .to_owned();
    place.write(
        "data/playbooks/error-overflow.md",
        format!(
            "# Playbook\n## Trigger\n- Category: error\n- Signature: {id}\n## Fix steps\n1. Look.\n"
        ),
    );
    place.write(
        "data/incidents/2026-03-09-scout.md",
        "# Incident\n### error\n- Example snippet: queue overflow (dropped 3 frames)\n",
    );
    let daily = told(&place, &["daily-report", "--now", NOW]);
    assert_eq!("error-overflow.md", daily["items"][0]["playbook"]);
    assert_eq!("2026-03-09-scout.md", daily["items"][0]["incident"]);
    // An incident is a note, and hides nothing.
    let rollup = told(&place, &["rollup", "--now", NOW]);
    assert_eq!(2, rollup["items"].as_array().unwrap().len());
    assert_eq!(Value::Null, rollup["items"][1]["playbook"]["path"]);
}

#[test]
fn patterns_are_found_over_files_with_clocks_in_every_line() {
    let place = filled();
    let list = told(
        &place,
        &["cross-patterns", "--min-occurrences", "2", "--now", NOW],
    );
    let list = list.as_array().unwrap();
    assert_eq!(1, list.len());
    assert_eq!(3, list[0]["occurrence_count"]);
    assert_eq!(
        vec![
            "session:sess-77",
            "soak:logs_soak_1/a.log",
            "soak:logs_soak_2/b.log"
        ],
        list[0]["sources"]
            .as_array()
            .unwrap()
            .iter()
            .map(|source| source.as_str().unwrap())
            .collect::<Vec<_>>()
    );
    // The session of the 5th lies between the 1st and the 9th.
    assert_eq!(false, list[0]["is_relapse"]);
    let shorter = [
        "cross-patterns",
        "--min-occurrences",
        "2",
        "--min-span-days",
        "6",
        "--now",
        NOW,
    ];
    let list = told(&place, &shorter);
    assert_eq!(2, list.as_array().unwrap().len());
    assert_eq!(2, list[1]["occurrence_count"]);
}

#[test]
fn a_week_of_quiet_makes_a_relapse() {
    let place = Place::new();
    place.write(
        "wicap/wicap.log",
        [overflow(1, 2), overflow(2, 2), overflow(9, 1)].concat(),
    );
    place.write(
        "wicap/wicap_verified.log",
        [line(1, 0, "antenna gone"), line(8, 0, "antenna gone")].concat(),
    );
    place.ingest();
    let args = [
        "cross-patterns",
        "--min-occurrences",
        "2",
        "--min-span-days",
        "1",
        "--now",
        NOW,
    ];
    let list = told(&place, &args);
    assert_eq!(
        (3, false),
        (
            list[0]["occurrence_count"].as_i64().unwrap(),
            list[0]["is_relapse"].as_bool().unwrap()
        )
    );
    assert_eq!(
        (2, true),
        (
            list[1]["occurrence_count"].as_i64().unwrap(),
            list[1]["is_relapse"].as_bool().unwrap()
        )
    );
}

#[test]
fn the_lineage_of_a_fix_is_the_work_on_that_failure() {
    let place = filled();
    let rollup = told(&place, &["rollup", "--now", NOW]);
    let id = rollup["items"][0]["signature_id"].as_str().unwrap();
    let list = told(&place, &["fix-lineage", id, "--now", NOW]);
    assert_eq!(1, list.as_array().unwrap().len());
    assert_eq!("sess-77", list[0]["conversation_id"]);
    assert_eq!(1.0, list[0]["relevance_score"]);
    assert_eq!("docker compose logs scout", list[0]["commands"][0]);
    assert_eq!("pass", list[0]["verification_outcomes"][0]["outcome"]);
    let other = rollup["items"][1]["signature_id"].as_str().unwrap();
    assert_eq!(Value::Array(vec![]), told(&place, &["fix-lineage", other]));
    let nonsense = told(&place, &["fix-lineage", "the css of the sidebar"]);
    assert_eq!(Value::Array(vec![]), nonsense);
}

#[test]
fn the_lineage_of_a_fix_knows_other_forms_of_its_words() {
    let place = filled();
    let session = SESSION
        .replace("sess-77", "sess-78")
        .replace("queue overflow (dropped 99 frames)", "css broken")
        .replace(
            "fixed redis overflow",
            "fixed antennas that lost their carriers",
        );
    place.write("codex/sessions/2026/03/06/rollout-b.jsonl", session);
    place.ingest();
    for (asked, session) in [
        ("queues that overflowed", "sess-77"),
        ("antenna gone: no carrier", "sess-78"),
    ] {
        let list = told(&place, &["fix-lineage", asked, "--now", NOW]);
        let found: Vec<&Value> = list.as_array().unwrap().iter().collect();
        assert_eq!(1, found.len(), "{asked}: {list:#}");
        assert_eq!(session, found[0]["conversation_id"], "{asked}");
    }
}

#[test]
fn what_is_there_and_what_is_missing_is_counted() {
    let place = filled();
    let report = told(&place, &["backfill-report"]);
    assert_eq!(12, report["log_events"]["by_category"]["error"]);
    assert_eq!(1, report["sessions"]["with_git_metadata"]);
    assert_eq!(3, report["changelog_entries"]["total"]);
    let gaps = report["coverage_gaps"].to_string();
    assert!(
        gaps.contains("--scan-antigravity") && !gaps.contains("--scan-soaks"),
        "{gaps}"
    );
    let stats = told(&place, &["changelog-stats"]);
    assert_eq!(
        (3, 1),
        (
            stats["total_entries"].as_i64().unwrap(),
            stats["distinct_days"].as_i64().unwrap()
        )
    );
}

#[test]
fn a_store_of_the_first_schema_is_counted_anew() {
    let place = Place::new();
    place.write("wicap/wicap.log", log(5, 3_000));
    place.ingest();
    let before = dump(&place.data());
    let conn = Connection::open(place.data().join("evidence.db")).unwrap();
    conn.execute_batch(
        "DROP TABLE signature_days; DROP TABLE signature_files; DROP TABLE guardian_cursors;
         DROP INDEX signature_hours_by_hour; PRAGMA user_version = 1;",
    )
    .unwrap();
    drop(conn);
    drop(Evidence::open(&place.data()).unwrap());
    assert_same(&before, &dump(&place.data()));
}

#[test]
fn every_failure_is_rated_once() {
    let place = filled();
    let audit = told(&place, &["confidence-audit", "--now", NOW]);
    assert_eq!(2, audit["count"]);
    let counts = audit["histogram"].as_object().unwrap().values();
    assert_eq!(2, counts.map(|count| count.as_u64().unwrap()).sum::<u64>());
    let first = &audit["samples"][0];
    let name = first["signature"].as_str().unwrap();
    let asked = told(&place, &["recommend", name, "--now", NOW]);
    assert_eq!(asked["confidence"], first["score"], "{asked}");
    let none = told(
        &place,
        &["confidence-audit", "--now", "2020-01-01T00:00:00Z"],
    );
    assert_eq!("empty", none["distribution"]);
}

#[test]
fn a_document_has_the_lines_that_it_has() {
    let place = filled();
    place.ingest();
    let lines = place.column("SELECT CAST(lines AS TEXT) FROM files WHERE source = 'changelog'");
    assert_eq!(["6"][..], lines[..]);
}
