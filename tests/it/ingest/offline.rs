//! The commands about evidence need no network and no engine.

use std::process::{Command, Output};

use super::corpus::{Place, log, share_key};

/// Every command about evidence, and the codes with which it may end.
const COMMANDS: [(&[&str], &[i32]); 21] = [
    (&["ingest", "--all", "--json"], &[0, 3]),
    (&["sources"], &[0]),
    (&["search", "queue"], &[0]),
    (&["rollup"], &[0]),
    (&["daily-report"], &[0]),
    (&["cross-patterns"], &[0]),
    (&["fix-lineage", "queue overflow"], &[0]),
    (&["backfill-report"], &[0]),
    (&["changelog-stats"], &[0]),
    (&["confidence-audit"], &[0]),
    (&["recommend", "queue overflow"], &[0]),
    (&["triage", "queue"], &[0]),
    (&["bundle", "wicap.log"], &[0]),
    (&["incident", "wicap.log"], &[0]),
    (&["playbooks"], &[0]),
    (&["export", "failures"], &[0]),
    (&["export", "events", "--format", "json"], &[0]),
    (&["guardian", "--once"], &[0, 3]),
    (&["signatures", "wicap/wicap.log"], &[0]),
    (&["maintain"], &[0]),
    (&["maintain", "scrub"], &[0]),
];

/// Runs a program in a network namespace of its own, in which there is only a `lo` that is down.
fn alone(place: &Place, program: &str, args: &[&str]) -> Output {
    Command::new("unshare")
        .args(["--net", program])
        .args(args)
        .current_dir(place.folder.path())
        .env("DOCKER_HOST", "unix:///nowhere/docker.sock")
        .env("HOME", place.folder.path())
        .output()
        .unwrap()
}

#[test]
fn evidence_needs_no_network_and_no_engine() {
    let place = Place::new();
    let has_unshare = Command::new("unshare").args(["--net", "true"]).output();
    if !has_unshare.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: only root may make a network namespace, with `unshare`");
        return;
    }
    let devices = alone(&place, "cat", &["/proc/net/dev"]);
    let devices = String::from_utf8_lossy(&devices.stdout).into_owned();
    let names: Vec<&str> = devices
        .lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(name, _)| name.trim())
        .collect();
    assert_eq!(vec!["lo"], names);
    place.write("wicap/wicap.log", log(41, 2_000));
    place.write(
        "wicap/CHANGELOG.md",
        "## [1.0.0] - 2026-03-01\n### Fixed\n- one\n",
    );
    share_key(&place.data());
    let (repo, data) = (place.repo(), place.data());
    for (args, codes) in COMMANDS {
        let mut all = args.to_vec();
        all.extend(["--data-dir", data.to_str().unwrap()]);
        if matches!(args[0], "ingest" | "guardian") {
            all.extend(["--repo-root", repo.to_str().unwrap()]);
        }
        let ran = alone(&place, env!("CARGO_BIN_EXE_wicap-assist"), &all);
        let (stdout, stderr) = (
            String::from_utf8_lossy(&ran.stdout),
            String::from_utf8_lossy(&ran.stderr),
        );
        let is_expected = ran.status.code().is_some_and(|code| codes.contains(&code));
        assert!(is_expected, "{args:?}: {:?}\n{stdout}{stderr}", ran.status);
        if args[0] == "ingest" {
            let report: serde_json::Value = serde_json::from_str(&stdout).unwrap();
            let note = report["sources"]["container"]["note"].as_str().unwrap();
            assert!(note.starts_with("skipped: "), "{note}");
            assert_eq!(
                2_000,
                report["sources"]["soak"]["lines"]
                    .as_i64()
                    .unwrap()
                    .min(2_000)
            );
        }
    }
}
