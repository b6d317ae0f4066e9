//! Reports that are kept as Markdown.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use super::corpus::Place;
use crate::run;

const NOW: &str = "2026-03-10T00:00:00Z";

/// Every report with the name of its file and a piece of its text.
const REPORTS: [(&[&str], &str, &str); 9] = [
    (&["rollup"], "2026-03-10-rollup.md", "| seen | days |"),
    (&["daily-report"], "2026-03-10-daily-report.md", "antenna"),
    (
        &[
            "cross-patterns",
            "--min-occurrences",
            "1",
            "--min-span-days",
            "0",
        ],
        "2026-03-10-cross-patterns.md",
        "antenna",
    ),
    (
        &["fix-lineage", "antenna gone"],
        "2026-03-10-fix-lineage-antenna-gone.md",
        "Fixed the antenna",
    ),
    (
        &["confidence-audit"],
        "2026-03-10-confidence-audit.md",
        "failures rated",
    ),
    (
        &["backfill-report"],
        "2026-03-10-backfill-report.md",
        "log_events: 8",
    ),
    (
        &["changelog-stats"],
        "2026-03-10-changelog-stats.md",
        "total_entries=1",
    ),
    (
        &["triage", "antenna"],
        "2026-03-10-triage-antenna.md",
        "session_id=s1",
    ),
    (
        &["bundle", "logs_soak_1"],
        "2026-03-10-bundle-logs-soak-1.md",
        "count=8",
    ),
];

fn place() -> Place {
    let place = Place::new();
    let lines: String = (0..8)
        .map(|at| {
            format!("2026-03-09 10:00:0{at},000 ERROR [wicap.scout] antenna gone: `no` | carrier\n")
        })
        .collect();
    place.write("wicap/logs_soak_1/a.log", lines);
    place.write(
        "codex/sessions/2026/03/09/rollout-a.jsonl",
        r#"{"type":"session_meta","timestamp":"2026-03-09T11:00:00Z","payload":{"id":"s1","cwd":"/opt/wicap"}}
{"type":"response_item","timestamp":"2026-03-09T11:00:01Z","payload":{"type":"message","role":"assistant","content":[{"type":"output_text","text":"antenna gone: `no` | carrier\nFixed the antenna that was gone: no carrier, in src/wicap/scout.py"}]}}
"#,
    );
    place.write(
        "wicap/CHANGELOG.md",
        "## [1.0.0] - 2026-03-01\n### Fixed\n- one\n",
    );
    place.ingest();
    place
}

fn run_of(place: &Place, args: &[&str], more: &[&str]) -> run::Ran {
    let mut command = run::command(place.folder.path());
    command
        .env("WICAP_REPO_ROOT", place.repo())
        .env("WICAP_ASSIST_DATA_DIR", place.data())
        .args(args)
        .args(["--now", NOW])
        .args(more);
    run::Ran::from(command.output().unwrap())
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn every_report_is_kept_where_it_is_asked_for_and_nowhere_else() {
    let place = place();
    let (own, theirs) = (
        place.data().join("reports"),
        place.repo().join("docs/reports"),
    );
    for (args, file, piece) in REPORTS {
        let plain = run_of(&place, args, &[]);
        assert_eq!(Some(0), plain.code, "{}", plain.stderr);
        let file_of = |folder: &Path| folder.join(file);
        assert!(
            !file_of(&own).exists() && !file_of(&theirs).exists(),
            "{file}"
        );

        let kept = run_of(&place, args, &["--save"]);
        assert_eq!(plain.stdout, kept.stdout);
        assert!(kept.stderr.contains(file), "{}", kept.stderr);
        let text = read(&file_of(&own));
        assert!(text.starts_with("# ") && text.contains("- As of: 2026-03-10T00:00:00.000Z"));
        assert!(text.contains(piece), "{file}: {text}");
        assert!(!file_of(&theirs).exists());

        let json = run_of(&place, args, &["--into-repo", "--json"]);
        assert!(serde_json::from_str::<serde_json::Value>(&json.stdout).is_ok());
        assert_eq!(text, read(&file_of(&theirs)));
    }
    for folder in [own, theirs] {
        let index = read(&folder.join("INDEX.md"));
        let entries = index.lines().filter(|line| line.starts_with("- ["));
        assert_eq!(REPORTS.len(), entries.count(), "{index}");
        let names = fs::read_dir(&folder).unwrap().count();
        assert_eq!(REPORTS.len() + 1, names, "nothing half is left behind");
    }
}

#[test]
fn a_report_of_the_same_day_is_replaced_and_stays_private() {
    let place = place();
    for _ in 0..2 {
        assert_eq!(Some(0), run_of(&place, &["rollup"], &["--save"]).code);
    }
    let folder = place.data().join("reports");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(0o700, mode(&folder));
    assert_eq!(0o600, mode(&folder.join("2026-03-10-rollup.md")));
    let index = read(&folder.join("INDEX.md"));
    assert_eq!(1, index.matches("- [").count(), "{index}");
    // A cell of others opens no column and no code.
    let text = read(&folder.join("2026-03-10-rollup.md"));
    let row = text.lines().find(|line| line.contains("antenna")).unwrap();
    assert_eq!(8, row.replace("\\|", "").matches('|').count(), "{row}");
}

#[test]
fn nothing_is_no_report() {
    let place = place();
    let ran = run_of(&place, &["bundle", "quantum flux"], &["--save"]);
    assert_eq!(Some(3), ran.code);
    assert!(!place.data().join("reports").exists());
}

/// What an incident of these lines says about the order of its events.
#[track_caller]
fn check_order(lines: &str, expected: Option<&str>) {
    let place = Place::new();
    place.write("wicap/logs_soak_1/a.log", lines);
    place.ingest();
    let ran = run_of(&place, &["incident", "a.log"], &["--json"]);
    assert_eq!(Some(0), ran.code, "{}", ran.stderr);
    let told: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(expected, told["order_unknown"].as_str(), "{told}");
    for document in ["markdown", "page"] {
        let text = read(Path::new(told[document].as_str().unwrap()));
        let says = text
            .lines()
            .filter(|line| line.contains("Order not certain"));
        let says: Vec<&str> = says.collect();
        assert_eq!(usize::from(expected.is_some()), says.len(), "{text}");
        assert!(says.iter().all(|line| line.contains(expected.unwrap())));
    }
}

#[test]
fn an_incident_says_when_the_order_is_unknown() {
    check_order(
        "2026-03-09T10:00:00Z ERROR [wicap.scout] antenna gone\n",
        None,
    );
    check_order(
        "ERROR: radio gone\n2026-03-09T10:00:00Z ERROR [wicap.scout] antenna gone\n",
        Some("1 of 2 events without a clock"),
    );
    let assumed = "2026-03-09 10:00:00,000 ERROR [wicap.scout] antenna gone\n";
    check_order(assumed, None);
    let both = format!("{assumed}2026-03-09T10:00:00Z ERROR [wicap.scout] radio gone\n");
    let doubt = "1 of 2 events with a clock whose zone, year or date was assumed, beside clocks that say theirs";
    check_order(&both, Some(doubt));
}
