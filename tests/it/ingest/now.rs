//! What happened later does not change what was known at a moment.

use std::{path::Path, process::Command};

use wicap_assist::{
    model::Timestamp,
    runtime::answers::{self, Sources},
    store::evidence::Evidence,
};

use super::{answers::stack, corpus::Place};
use crate::run;

const NOW: &str = "2026-03-04T12:30:00Z";

/// A failure that is told in a chat as in a log.
const ANTENNA: &str = "RuntimeError: antenna gone from the bus";

const RELEASED: &str = "## [1.0.0] - 2026-03-01\n### Fixed\n- one\n";

/// Reports, to be told as of [`NOW`].
const REPORTS: [&[&str]; 9] = [
    &["rollup"],
    &["daily-report"],
    &[
        "cross-patterns",
        "--min-occurrences",
        "1",
        "--min-span-days",
        "0",
    ],
    &["confidence-audit"],
    &["fix-lineage", ANTENNA],
    &["fix-lineage", "RuntimeError: disk gone bad"],
    &["triage", "antenna"],
    &["backfill-report"],
    &["changelog-stats"],
];

/// Everything that is asked: nothing, a service, a file, a soak, words.
const QUESTIONS: [&str; 6] = [
    "",
    "scout",
    "scout.log",
    "logs_soak_1",
    "hop scheduler stalled 901 ms behind plan",
    "redis timeout",
];

fn line(time: &str, service: &str, text: &str) -> String {
    format!("{time},000 ERROR [wicap.{service}] {text}\n")
}

fn said(time: &str, role: &str, text: &str) -> String {
    format!(
        r#"{{"type":"response_item","timestamp":"{time}","payload":{{"type":"message","role":"{role}","content":[{{"type":"output_text","text":"{text}"}}]}}}}"#
    ) + "\n"
}

fn meta(id: &str, time: &str) -> String {
    format!(
        r#"{{"type":"session_meta","timestamp":"{time}","payload":{{"id":"{id}","cwd":"/opt/wicap","git":{{"repository_url":"https://git.example/wicap.git","branch":"branch-{id}","commit_hash":"{id}{id}{id}"}}}}}}"#
    ) + "\n"
}

fn git(repo: &Path, at: &str, args: &[&str]) {
    let done = Command::new("git")
        .arg("-C")
        .arg(repo)
        .args(["-c", "user.name=a", "-c", "user.email=a@wicap.example"])
        .args(args)
        .env("GIT_AUTHOR_DATE", at)
        .env("GIT_COMMITTER_DATE", at)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .unwrap();
    assert!(done.status.success(), "{done:?}");
}

/// Logs of two services, a session that ended well and one that goes on, a commit.
fn early() -> Place {
    let place = Place::new();
    let scout: Vec<String> = (0..5)
        .map(|at| {
            let time = format!("2026-03-04 12:{:02}:00", 2 * at);
            line(
                &time,
                "scout",
                &format!("hop scheduler stalled {} ms behind plan", 900 + at),
            )
        })
        .collect();
    place.write("wicap/logs_soak_1/scout.log", scout.concat());
    place.write(
        "wicap/logs_soak_1/redis.log",
        line("2026-03-04 12:01:00", "redis", "redis timeout after 9 s"),
    );
    place.write(
        "wicap/logs_soak_0/antenna.log",
        [
            line("2026-02-20 10:00:00", "scout", ANTENNA),
            line("2026-03-04 11:59:00", "scout", ANTENNA),
        ]
        .concat(),
    );
    place.write("wicap/CHANGELOG.md", RELEASED);
    place.write(
        "codex/sessions/2026/03/04/rollout-a.jsonl",
        [
            meta("a", "2026-03-04T12:10:00Z"),
            said(
                "2026-03-04T12:11:00Z",
                "assistant",
                "hop scheduler stalled 900 ms behind plan",
            ),
            said("2026-03-04T12:11:10Z", "assistant", ANTENNA),
            said(
                "2026-03-04T12:12:00Z",
                "assistant",
                "Fixed hop scheduler stall in src/wicap/scout/hop.py",
            ),
        ]
        .concat(),
    );
    place.write("wicap/src/wicap/scout/hop.py", "one");
    git(
        &place.repo(),
        "2026-03-04T12:15:00Z",
        &["init", "-q", "-b", "main"],
    );
    git(&place.repo(), "2026-03-04T12:15:00Z", &["add", "src"]);
    git(
        &place.repo(),
        "2026-03-04T12:15:00Z",
        &["commit", "-qm", "Bound the hop scheduler"],
    );
    place.ingest();
    place
}

/// Every answer, bundle and incident, with everything they were made of.
fn told(place: &Place, now: &str) -> Vec<String> {
    let evidence = Evidence::open_to_read(&place.data()).unwrap();
    let stack = stack();
    let sources = Sources {
        evidence: &evidence,
        ledger: None,
        stack: &stack,
        project: None,
        now: now.parse::<Timestamp>().unwrap(),
    };
    let tell = |question: &&str| {
        let answer = answers::recommend(&sources, question).unwrap();
        let bundle = answers::bundle(&sources, question).unwrap();
        let incident = answers::incident(&sources, question, None).unwrap();
        format!("{question}\n{answer:#?}\n{bundle:#?}\n{incident:#?}")
    };
    QUESTIONS.iter().map(tell).collect()
}

/// Every report as JSON.
fn reported(place: &Place, now: &str) -> Vec<String> {
    let data = place.data();
    let data = data.to_str().unwrap();
    let tell = |report: &&[&str]| {
        let more = ["--now", now, "--json", "--data-dir", data];
        let all: Vec<&str> = report.iter().copied().chain(more).collect();
        let ran = run::run(place.folder.path(), &all);
        assert_eq!(Some(0), ran.code, "{}", ran.stderr);
        format!("{report:?}\n{}", ran.stdout)
    };
    REPORTS.iter().map(tell).collect()
}

#[track_caller]
fn same(before: &[String], after: &[String]) {
    for (before, after) in before.iter().zip(after) {
        let differs = before.lines().zip(after.lines()).find(|(a, b)| a != b);
        assert_eq!(None, differs, "{before}\n{after}");
        assert_eq!(before.len(), after.len());
    }
}

#[test]
fn later_events_do_not_change_an_earlier_answer() {
    let place = early();
    let before = told(&place, NOW);
    assert!(
        before[4].contains("Fixed hop scheduler stall"),
        "{}",
        before[4]
    );
    assert!(
        before[4].contains("Bound the hop scheduler"),
        "{}",
        before[4]
    );
    assert_eq!(before, told(&place, NOW));
    grow(&place);
    same(&before, &told(&place, NOW));
    assert_ne!(before, told(&place, "2026-03-06T00:00:00Z"));
}

#[test]
fn later_events_do_not_change_an_earlier_report() {
    let place = early();
    let before = reported(&place, NOW);
    assert!(before[0].contains("branch-a"), "{}", before[0]);
    assert!(before[2].contains("antenna gone"), "{}", before[2]);
    assert!(before[4].contains("\"a\""), "{}", before[4]);
    grow(&place);
    same(&before, &reported(&place, NOW));
    let later = reported(&place, "2026-03-06T00:00:00Z");
    for (before, later) in before.iter().zip(&later) {
        assert_ne!(before, later);
    }
}

/// More of everything after [`NOW`].
fn grow(place: &Place) {
    // In the same hour, later that day, in the same file and in others, in the same session.
    let more: Vec<String> = (0..40)
        .map(|at| {
            let time = format!("2026-03-04 {}:{:02}:00", 12 + at % 3, 31 + at % 20);
            let text = format!("hop scheduler stalled {} ms behind plan", 950 + at);
            line(&time, if at % 2 == 0 { "scout" } else { "ui" }, &text)
        })
        .collect();
    place.append("wicap/logs_soak_1/scout.log", &more.concat());
    let worse: String = (0..50)
        .map(|at| {
            line(
                &format!("2026-03-04 13:00:{at:02}"),
                "redis",
                "disk gone bad",
            )
        })
        .collect();
    place.append("wicap/logs_soak_1/redis.log", &worse);
    place.append(
        "wicap/logs_soak_0/antenna.log",
        &[
            line("2026-03-04 12:59:00", "scout", ANTENNA),
            line("2026-03-05 12:00:00", "scout", ANTENNA),
        ]
        .concat(),
    );
    place.write(
        "wicap/logs_soak_9/antenna.log",
        line("2026-03-04 12:59:01", "scout", ANTENNA),
    );
    place.append(
        "wicap/CHANGELOG.md",
        "## [1.1.0] - 2026-03-05\n### Added\n- two\n",
    );
    place.append(
        "codex/sessions/2026/03/04/rollout-a.jsonl",
        &[
            said(
                "2026-03-04T13:12:00Z",
                "assistant",
                "Fixed hop scheduler stall for good in src/wicap/scout/plan.py",
            ),
            said("2026-03-04T13:13:00Z", "assistant", "Fixed antenna gone"),
        ]
        .concat(),
    );
    place.write(
        "codex/sessions/2026/03/05/rollout-b.jsonl",
        [
            meta("b", "2026-03-05T08:00:00Z"),
            said(
                "2026-03-05T08:01:00Z",
                "assistant",
                "hop scheduler stalled 900 ms behind plan",
            ),
            said("2026-03-05T08:01:01Z", "assistant", ANTENNA),
            said(
                "2026-03-05T08:01:02Z",
                "assistant",
                "RuntimeError: disk gone bad",
            ),
            said(
                "2026-03-05T08:02:00Z",
                "assistant",
                "Resolved: wicap hop scheduler stall",
            ),
        ]
        .concat(),
    );
    place.write("wicap/src/wicap/scout/hop.py", "two");
    git(
        &place.repo(),
        "2026-03-05T12:15:00Z",
        &["commit", "-qam", "Undo it"],
    );
    place.ingest();
}
