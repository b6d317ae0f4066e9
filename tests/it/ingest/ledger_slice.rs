//! What the ledger says about a failure, in answers, incidents and exports.

use serde_json::Value;
use wicap_assist::{model::Timestamp, store::Ledger};

use super::corpus::Place;
use crate::{
    ledger::{acting, append, judged, project, started},
    run,
};

/// A processor that failed at five, was restarted at 5:03, and well at 5:04.
fn place() -> Place {
    let place = Place::new();
    let lines: String = (0..4)
        .map(|at| {
            format!("2026-03-04 05:0{at}:00,000 ERROR [wicap.processor] deadlock in batch {at}\n")
        })
        .collect();
    place.write("wicap/logs_soak_1/processor.log", lines);
    place.ingest();
    let mut ledger = Ledger::open(&place.data()).unwrap();
    let at = |text: &str| text.parse::<Timestamp>().unwrap().millis();
    append(&mut ledger, at("2026-03-04T05:00:00Z"), &started());
    append(
        &mut ledger,
        at("2026-03-04T05:03:00Z"),
        &acting("processor"),
    );
    append(
        &mut ledger,
        at("2026-03-04T05:04:00Z"),
        &judged("processor"),
    );
    // Another service, and another time: no part of the incident.
    append(&mut ledger, at("2026-03-04T05:05:00Z"), &acting("scout"));
    append(
        &mut ledger,
        at("2026-03-04T09:00:00Z"),
        &acting("processor"),
    );
    place
}

fn told(place: &Place, args: &[&str]) -> String {
    let mut command = run::command(place.folder.path());
    command
        .env("WICAP_REPO_ROOT", place.repo())
        .env("WICAP_ASSIST_DATA_DIR", place.data())
        .args(["--project", project().as_str()])
        .args(args);
    let ran = run::Ran::from(command.output().unwrap());
    assert_eq!(Some(0), ran.code, "{args:?}: {}", ran.stderr);
    ran.stdout
}

fn recommend(place: &Place, now: &str) -> Value {
    let args = ["recommend", "processor", "--json", "--now", now];
    serde_json::from_str(&told(place, &args)).unwrap()
}

#[test]
fn an_incident_tells_what_the_controller_did_meanwhile() {
    let place = place();
    let paths = told(
        &place,
        &["incident", "processor", "--now", "2026-03-04T12:00:00Z"],
    );
    for path in paths.lines() {
        let text = std::fs::read_to_string(path).unwrap();
        let own = "row 2: restart_service:processor for processor (definite_exit): met";
        assert!(text.contains(own), "{path}: {text}");
        assert!(text.contains("row 4: restart_service:scout for scout (definite_exit): open"));
        assert!(!text.contains("row 5"), "{text}");
    }
}

#[test]
fn an_action_and_its_verdict_are_evidence() {
    let place = place();
    let told = recommend(&place, "2026-03-04T06:00:00Z");
    assert_eq!(
        (
            &Value::from("ledger"),
            &Value::from("restart_service:processor")
        ),
        (&told["answer"], &told["answer_id"])
    );
    let episode = &told["memory_episodes"][0];
    let expected = serde_json::json!({
        "episode_id": 2, "ts_started": "2026-03-04T05:03:00.000Z", "decision": "definite_exit",
        "action": "restart_service:processor", "status": "executed_ok", "outcome": "met",
        "service": "processor", "signature": "", "match_score": 20.0,
        "matched_tokens": ["processor"],
        "rank_components": {"token_match": 10.0, "recency_bonus": 6.0, "outcome_bonus": 4.0},
        "retrieval_backend": "sqlite", "retrieval_backend_meta": {}, "attempt": 1,
    });
    assert_eq!(&expected, episode);
    assert_eq!(1, told["memory_episode_count"]);
    let cited = serde_json::json!([{
        "episode_id": 2, "match_score": 20.0, "matched_tokens": ["processor"], "backend": "sqlite",
        "rank_components": {"token_match": 10.0, "recency_bonus": 6.0, "outcome_bonus": 4.0},
    }]);
    assert_eq!(cited, told["memory_citation_trace"]);
}

#[test]
fn a_verdict_is_not_known_before_it_is_given() {
    let place = place();
    let told = recommend(&place, "2026-03-04T05:03:30Z");
    assert_eq!("none", told["answer"], "{told}");
    assert_eq!("open", told["memory_episodes"][0]["outcome"]);
    let before = recommend(&place, "2026-03-04T05:02:59Z");
    assert_eq!(0, before["memory_episode_count"]);
}

#[test]
fn episodes_are_exported_in_three_formats() {
    let place = place();
    let tsv = told(&place, &["export", "episodes"]);
    let lines: Vec<&str> = tsv.lines().collect();
    assert_eq!(4, lines.len(), "{tsv}");
    assert!(lines[0].starts_with("started_seq\tstarted\tproject\tservice\taction"));
    let first: Vec<&str> = lines[1].split('\t').collect();
    assert_eq!(["2", "2026-03-04T05:03:00.000Z"], first[..2]);
    assert_eq!(
        [
            "processor",
            "restart_service:processor",
            "definite_exit",
            "1"
        ],
        first[3..7]
    );
    assert_eq!(["met", "3"], first[8..]);
    let csv = told(
        &place,
        &[
            "export",
            "episodes",
            "--format",
            "csv",
            "--service",
            "scout",
        ],
    );
    assert_eq!(2, csv.lines().count());
    assert!(csv.lines().nth(1).unwrap().ends_with(",,"), "{csv}");
    let bounds = [
        "--from",
        "2026-03-04T05:04:00Z",
        "--to",
        "2026-03-04T09:00:00Z",
    ];
    let args = [&["export", "episodes", "--format", "json"][..], &bounds].concat();
    let json = told(&place, &args);
    let all: Vec<Value> = json
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(1, all.len(), "{json}");
    assert_eq!(
        ("scout", &Value::Null),
        (all[0]["service"].as_str().unwrap(), &all[0]["verdict"])
    );
}
