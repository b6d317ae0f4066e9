//! A failure that a chat quotes is the failure of the log it comes from.

use rusqlite::Connection;
use serde_json::{Value, json};

use super::corpus::Place;
use crate::run;

const OVERFLOW: &str =
    "2026-03-04 12:00:00,000 ERROR [wicap.scout] capture queue overflow: 7 frames lost";

const TRACE: [&str; 4] = [
    "Traceback (most recent call last):",
    "  File \"/opt/wicap/src/wicap/processor.py\", line 31, in read",
    "    raise KeyError('bssid')",
    "KeyError: 'bssid'",
];

fn record(second: u32, payload: &Value) -> String {
    let time = format!("2026-03-05T08:00:{second:02}Z");
    json!({"type": "response_item", "timestamp": time, "payload": payload}).to_string() + "\n"
}

fn said(second: u32, text: &str) -> String {
    let content = json!([{"type": "output_text", "text": text}]);
    record(
        second,
        &json!({"type": "message", "role": "assistant", "content": content}),
    )
}

fn output(second: u32, text: &str) -> String {
    let result = json!({"output": text, "metadata": {"exit_code": 1}}).to_string();
    record(
        second,
        &json!({"type": "function_call_output", "output": result}),
    )
}

/// A log with both failures, and one session for each quotation.
fn place(quotations: &[String]) -> Place {
    let place = sessions(quotations);
    let head = "2026-03-04 12:01:00,000 ERROR [wicap.processor] worker 3 crashed";
    let log = [OVERFLOW, head].into_iter().chain(TRACE);
    place.write(
        "wicap/logs_soak_1/scout.log",
        log.collect::<Vec<_>>().join("\n") + "\n",
    );
    place.ingest();
    place
}

fn sessions(quotations: &[String]) -> Place {
    let place = Place::new();
    for (at, records) in quotations.iter().enumerate() {
        let meta = json!({
            "type": "session_meta", "timestamp": "2026-03-05T08:00:00Z",
            "payload": {"id": format!("s{at}"), "cwd": "/opt/wicap"},
        });
        place.write(
            &format!("codex/sessions/2026/03/05/rollout-{at}.jsonl"),
            format!("{meta}\n{records}"),
        );
    }
    place
}

/// The signatures of the errors that each session states.
fn stated(place: &Place) -> Vec<(String, String)> {
    let conn = Connection::open(place.data().join("evidence.db")).unwrap();
    let mut statement = conn
        .prepare(
            "SELECT n.session_id, ifnull(s.signature_id, '-') FROM statements t
             JOIN sessions n USING (session_key) LEFT JOIN signatures s USING (signature_key)
             WHERE t.kind = 'error' ORDER BY n.session_key, t.statement_id",
        )
        .unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
    rows.unwrap().collect::<Result<_, _>>().unwrap()
}

fn signatures(place: &Place) -> Vec<String> {
    let conn = Connection::open(place.data().join("evidence.db")).unwrap();
    let mut statement = conn
        .prepare(
            "SELECT signature_id FROM signatures JOIN events USING (signature_key) ORDER BY line",
        )
        .unwrap();
    let rows = statement.query_map([], |row| row.get(0));
    rows.unwrap().collect::<Result<_, _>>().unwrap()
}

#[track_caller]
fn told(place: &Place, args: &[&str]) -> Value {
    let data = place.data();
    let more = ["--now", "2026-12-01T00:00:00Z", "--json", "--data-dir"];
    let all: Vec<&str> = args.iter().copied().chain(more).collect();
    let all = [all, vec![data.to_str().unwrap()]].concat();
    let ran = run::run(place.folder.path(), &all);
    assert_eq!(Some(0), ran.code, "{}", ran.stderr);
    serde_json::from_str(&ran.stdout).unwrap()
}

#[track_caller]
fn check(quotations: Vec<String>, failure: usize) {
    let place = place(&quotations);
    let of_log = signatures(&place)[failure].clone();
    let expected: Vec<_> = (0..quotations.len())
        .map(|at| (format!("s{at}"), of_log.clone()))
        .collect();
    assert_eq!(expected, stated(&place), "{quotations:#?}");
}

#[test]
fn a_quoted_line_has_the_signature_of_the_log() {
    let message = "capture queue overflow: 7 frames lost";
    assert!(OVERFLOW.ends_with(message));
    check(
        vec![
            said(1, OVERFLOW),
            said(1, &format!("The log says:\n\n> {OVERFLOW}\n")),
            said(1, &format!("- {OVERFLOW}")),
            said(1, &format!("1. `{OVERFLOW}`")),
            said(1, &format!("I see `{OVERFLOW}` again.")),
            said(1, &format!("```\n  {OVERFLOW}\n```")),
            output(1, OVERFLOW),
            output(1, &format!("logs_soak_1/scout.log:1:{OVERFLOW}")),
            output(1, &format!("wicap-scout  | {OVERFLOW}")),
            output(1, message),
        ],
        0,
    );
}

#[test]
fn a_quoted_traceback_has_the_signature_of_the_log() {
    let quoted = |mark: &str| TRACE.map(|line| [mark, line].concat()).join("\n");
    check(
        vec![
            said(1, &format!("It fails:\n```\n{}\n```\nwhy?", quoted(""))),
            said(1, &quoted("> ")),
            said(1, &format!("- so:\n{}", quoted("    "))),
            output(1, &quoted("")),
            output(1, &quoted("wicap-processor  | ")),
        ],
        1,
    );
}

#[test]
fn a_bare_traceback_is_no_failure() {
    let place = place(&[
        said(1, "Traceback (most recent call last):"),
        said(
            1,
            "I saw this:\n> Traceback (most recent call last):\nagain",
        ),
        output(1, "  Traceback (most recent call last):"),
    ]);
    assert!(stated(&place).is_empty(), "{:?}", stated(&place));
}

#[test]
fn an_exception_without_its_frames_is_not_taken_for_one_of_the_log() {
    let place = place(&[said(1, "KeyError: 'bssid'")]);
    let stated = stated(&place);
    assert_eq!(1, stated.len());
    assert!(!signatures(&place).contains(&stated[0].1));
}

#[test]
fn answers_join_what_log_and_chat_say() {
    let fix = |second| {
        said(
            second,
            "Fixed the capture queue overflow in src/wicap/scout/queue.py",
        )
    };
    let quotation = said(1, &format!("> {OVERFLOW}"));
    let place = place(&[[quotation, fix(2)].concat()]);
    let id = signatures(&place)[0].clone();
    let answer = told(&place, &["recommend", &id]);
    assert_eq!("past_fix", answer["answer"], "{answer:#}");
    let why = answer["evidence"].to_string();
    assert!(why.contains("in the same session"), "{why}");
    let lineage = told(&place, &["fix-lineage", &id]);
    assert_eq!(1.0, lineage[0]["relevance_score"]);
    let audit = told(&place, &["confidence-audit"]);
    assert_eq!(2, audit["count"], "{audit:#}");
}

/// Ten sessions that checked and fixed it, and a walkthrough that passed.
fn certain() -> Place {
    let call = json!({"type": "function_call", "name": "shell",
        "arguments": json!({"command": ["bash", "-lc", "docker compose logs scout"]}).to_string()});
    let quotation = said(1, &format!("> {OVERFLOW}"));
    let fix = "Fixed the capture queue overflow and the lost frames in src/wicap/scout.py";
    let session = [quotation, record(2, &call), said(3, fix)].concat();
    // A word that is in every statement links nothing.
    let others: String = (0..300)
        .map(|at| format!("edit src/part{at}.py\n"))
        .collect();
    let mut all = vec![session; 10];
    all.push(said(1, &others));
    let place = sessions(&all);
    let folder = "codex/antigravity/brain/0f3c9a1e-1111-4222-8333-444455556666";
    place.write(
        &format!("{folder}/walkthrough.md"),
        "# wicap\n\nThe wicap capture queue overflow with lost frames is fixed\n",
    );
    place
}

#[test]
fn a_failure_that_only_chats_tell_of_is_never_certain() {
    let place = certain();
    place.ingest();
    let id = stated(&place)[0].1.clone();
    let question = ["recommend", &id];
    let alone = told(&place, &question);
    assert_eq!("past_fix", alone["answer"], "{alone:#}");
    let breakdown = &alone["confidence_breakdown"];
    assert_eq!(11, breakdown["fix_success_count"], "{breakdown}");
    assert_eq!(1, breakdown["verification_outcome_score"], "{breakdown}");
    assert_eq!(0.94, alone["confidence"]);
    assert!(alone["reasons"].to_string().contains("no log shows"));
    assert_eq!(
        0,
        told(&place, &["confidence-audit"])["stats"]["high95_count"]
    );

    place.write("wicap/logs_soak_1/scout.log", [OVERFLOW, "\n"].concat());
    place.ingest();
    assert_eq!(1.0, told(&place, &question)["confidence"]);
}
