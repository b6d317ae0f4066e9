//! Each source gives what it should, and no secret comes with it.

use std::process::Command;

use wicap_assist::ingest::{ContainerLine, Ingest};

use super::corpus::{Place, dump, ingest};

const SESSION: &str = r#"{"type":"session_meta","timestamp":"2026-03-01T08:00:00Z","payload":{"id":"sess-77","cwd":"/opt/wicap","git":{"repository_url":"https://u:topsecretpass1@git.example/acme/wicap.git","branch":"main","commit_hash":"0f3c9a1"}}}
{"type":"response_item","timestamp":"2026-03-01T08:00:05Z","payload":{"type":"message","role":"assistant","content":[{"type":"output_text","text":"docker ps\nError: redis refused (scout)\nfixed redis bind in src/wicap/redis_pool.py"}]}}
{"type":"response_item","timestamp":"2026-03-01T08:00:06Z","payload":{"type":"function_call","name":"shell","arguments":"{\"command\":[\"bash\",\"-lc\",\"docker compose logs ui\"]}"}}
{"type":"response_item","timestamp":"2026-03-01T08:00:07Z","payload":{"type":"function_call_output","output":"{\"output\":\"KeyError: 'bssid'\\nall fine\",\"metadata\":{\"exit_code\":1}}"}}
"#;

const OTHER: &str = r#"{"type":"session_meta","timestamp":"2026-03-01T08:00:00Z","payload":{"id":"sess-78","cwd":"/opt/wicap-assistant"}}
{"type":"response_item","timestamp":"2026-03-01T08:00:05Z","payload":{"type":"message","role":"user","content":[{"text":"fix wicap in a.py\nError: x (y)"}]}}
"#;

#[test]
fn sessions_give_commands_that_ran_errors_and_outcomes() {
    let place = Place::new();
    place.write("codex/sessions/2026/03/01/rollout-a.jsonl", SESSION);
    place.write("codex/sessions/2026/03/01/rollout-b.jsonl", OTHER);
    place.write("codex/history.jsonl", "{\"session_id\":\"sess-77\",\"ts\":1772352000,\"text\":\"docker ps\\nwicap ui still broken\"}\n");
    assert_eq!("clean", place.ingest().status);
    assert_eq!(
        vec!["sess-77"],
        place.column("SELECT session_id FROM sessions")
    );
    let rows = place.column("SELECT role || ' ' || kind || ' ' || ifnull(verdict, '-') || ' ' || text FROM statements ORDER BY 1");
    for expected in [
        "assistant command - docker ps",
        "assistant error - Error: redis refused (scout)",
        "assistant outcome pass fixed redis bind in src/wicap/redis_pool.py",
        "tool_call command - docker compose logs ui",
        "tool_output error - KeyError: 'bssid'",
        "user outcome fail wicap ui still broken",
    ] {
        assert!(
            rows.iter().any(|row| row == expected),
            "{expected} in {rows:#?}"
        );
    }
    assert!(!dump(&place.data()).contains("topsecretpass1"));
}

#[test]
fn a_session_that_goes_on_is_read_on() {
    let place = Place::new();
    let name = "codex/sessions/2026/03/01/rollout-a.jsonl";
    place.write(name, SESSION);
    place.ingest();
    place.append(name, "{\"type\":\"response_item\",\"timestamp\":\"2026-03-01T09:00:00Z\",\"payload\":{\"type\":\"message\",\"role\":\"user\",\"content\":[{\"text\":\"redis works again\"}]}}\n");
    let report = place.ingest();
    assert_eq!(1, report.total(|source| source.lines));
    assert_eq!(
        vec!["1"],
        place.column("SELECT CAST(count(*) AS TEXT) FROM sessions")
    );
    assert_eq!(
        vec!["redis works again"],
        place.column("SELECT text FROM statements WHERE role = 'user'")
    );
}

#[test]
fn one_event_in_three_contracts_is_one_event() {
    let place = Place::new();
    for (version, name) in [("v1", ""), ("v2", "_v2"), ("v3", "_v3")] {
        place.write(
            &format!("wicap/captures/wicap_anomaly_events{name}.jsonl"),
            format!("{{\"anomaly_contract_version\":\"wicap.anomaly.{version}\",\"ts\":\"2026-03-04T05:00:00Z\",\"category\":\"anomaly_stream\",\"signature\":\"deauth|global\",\"sensor_id\":\"s-1\",\"score\":80.5,\"fusion_score\":91}}\n"),
        );
    }
    place.write("wicap/captures/suricata_eve_compat.jsonl", "{\"timestamp\":\"2026-03-04T05:00:00.1+0000\",\"event_type\":\"alert\",\"alert\":{\"signature\":\"ET SCAN x\",\"severity\":1}}\n");
    place.write(
        "wicap/captures/zeek_conn_compat.jsonl",
        "{\"ts\":1772352005.1,\"uid\":\"C1\",\"event_type\":\"conn\"}\n",
    );
    assert_eq!("clean", place.ingest().status);
    assert_eq!(
        vec!["wicap.anomaly.v3", "suricata.eve"],
        place.column("SELECT contract FROM network_details ORDER BY event_id")
    );
    assert_eq!(
        vec!["duplicate", "duplicate", "network_flow"],
        place.column("SELECT kind FROM line_counts ORDER BY 1")
    );
}

#[test]
fn documents_are_read_anew_when_they_change() {
    let place = Place::new();
    place.write(
        "wicap/CHANGELOG.md",
        "## [1.0.0] - 2026-03-01\n### Fixed\n- **Redis**: reconnects\n",
    );
    place.write("wicap/run_soak.sh", "docker compose up -d\n");
    place.write(
        "codex/antigravity/brain/0a1b2c3d-0000-4000-8000-0123456789ab/walkthrough.md",
        "# WICAP redis\n52 passed, 0 failed\nRedis: still failing\n",
    );
    place.write(
        "wicap/logs/soak/soak_test_20260301_080000.json",
        "{\"start_time\":\"2026-03-01T08:00:00\",\"end_time\":\"2026-03-01T09:00:00\",\"errors\":[\"UI down\"],\"playwright_checks\":[{\"passed\":true}]}",
    );
    place.ingest();
    assert_eq!(
        vec!["Redis: reconnects"],
        place.column("SELECT text FROM changes")
    );
    assert_eq!(
        vec!["soak fail", "walkthrough fail", "walkthrough pass"],
        place.column("SELECT scope || ' ' || verdict FROM outcomes ORDER BY 1")
    );
    assert_eq!(vec!["UI down"], place.column("SELECT text FROM events"));
    place.write(
        "wicap/CHANGELOG.md",
        "## [1.0.0] - 2026-03-01\n### Fixed\n- other\n",
    );
    std::fs::remove_file(place.repo().join("run_soak.sh")).unwrap();
    place.ingest();
    assert_eq!(vec!["other"], place.column("SELECT text FROM changes"));
    assert!(place.column("SELECT path FROM scripts").is_empty());
}

#[test]
fn the_history_of_the_repository_is_read_without_git() {
    let place = Place::new();
    let git = |args: &[&str]| {
        let done = Command::new("git")
            .arg("-C")
            .arg(place.repo())
            .args(["-c", "user.name=Dev", "-c", "user.email=dev@example.net"])
            .args(args)
            .output()
            .unwrap();
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
    };
    git(&["init", "-q", "-b", "main"]);
    place.write("wicap/src/a.py", "x = 1\n");
    git(&["add", "."]);
    git(&["commit", "-qm", "Import"]);
    place.write("wicap/src/a.py", "x = 2\n");
    place.write(
        "wicap/b.txt",
        "token=ghp_abcdefghijklmnopqrstuvwxyz0123456789\n",
    );
    git(&["add", "."]);
    git(&["commit", "-qm", "Fix redis, password=hunter22secret"]);
    place.ingest();
    assert_eq!(
        vec!["Fix redis, password=<redacted>", "Import"],
        place.column("SELECT subject FROM commits ORDER BY 1")
    );
    assert_eq!(vec!["b.txt", "src/a.py"], place.column("SELECT path FROM commit_files JOIN commits USING (commit_key) WHERE subject LIKE 'Fix%' ORDER BY 1"));
    assert_eq!(0, place.ingest().total(|source| source.rows));
    // A worktree, whose `.git` is a file, has the same history; it is read once.
    let worktree = place.folder.path().join("worktree");
    git(&["worktree", "add", "-q", worktree.to_str().unwrap()]);
    assert!(worktree.join(".git").is_file());
    let mut options = place.options();
    options.roots.repo = Some(worktree.clone());
    options.data_dir = place.folder.path().join("other");
    assert_eq!(2, ingest(options.clone()).sources["git"].rows);
    let again = ingest(options.clone());
    assert_eq!(("clean", 0), (again.status, again.sources["git"].rows));
    let conn = rusqlite::Connection::open(options.data_dir.join("evidence.db")).unwrap();
    let n_rows = conn.query_row(
        "SELECT count(*) FROM files WHERE source = 'git'",
        [],
        |row| row.get(0),
    );
    assert_eq!(Ok(1), n_rows);
    // A worktree without its repository is no failure of the ingest.
    std::fs::write(worktree.join(".git"), "gitdir: /nowhere/at/all\n").unwrap();
    let gone = ingest(options);
    assert_eq!("clean", gone.status);
    assert!(
        gone.sources["git"]
            .note
            .as_ref()
            .unwrap()
            .contains("not here")
    );
}

#[test]
fn lines_of_containers_are_stored_once() {
    let place = Place::new();
    let line = |second: i64, text: &str| ContainerLine {
        container: "ui".to_owned(),
        at_ns: 1_772_352_000_000_000_000 + second * 1_000_000_000 + text.len() as i64,
        bytes: text.as_bytes().to_vec(),
    };
    let all = [
        line(1, "INFO:     started"),
        line(2, "ERROR:    port 8080 is taken"),
        line(2, "INFO:     going on"),
        line(3, "Traceback (most recent call last):"),
        line(4, "  File \"/app/a.py\", line 1, in run"),
        line(5, "    go()"),
        line(6, "KeyError: 'x'"),
    ];
    let mut dry = place.options();
    dry.dry_run = true;
    let report = Ingest::open(dry).unwrap().containers(all.iter().cloned());
    assert_eq!(2, report.unwrap().sources["container"].events);
    assert!(
        !place.data().join("evidence.db").exists(),
        "a dry run stores nothing"
    );
    let mut ingest = Ingest::open(place.options()).unwrap();
    assert!(ingest.container_cursors().unwrap().is_empty());
    ingest.containers(all[..5].iter().cloned()).unwrap();
    let since = ingest.container_cursors().unwrap()["ui"];
    assert!(since < all[3].at_ns, "an open block is read again");
    ingest.containers(all.iter().cloned()).unwrap();
    let again = ingest.containers(all.iter().cloned()).unwrap();
    assert_eq!(0, again.sources["container"].events, "it is the same one");
    drop(ingest);
    let rows = place.column("SELECT (at_ms / 1000 - 1772352000) || ' ' || text FROM events JOIN services USING (service_key) WHERE name = 'ui' ORDER BY event_id");
    assert_eq!(vec!["2 ERROR: port 8080 is taken", "6 KeyError: 'x'"], rows);
}

#[test]
fn no_secret_and_no_address_reaches_the_store() {
    let place = Place::new();
    place.write(
        "wicap/wicap.log",
        "2026-03-04 05:00:01,000 ERROR [wicap.scout] login failed password=hunter22secret from 192.168.7.9 mac aa:bb:cc:dd:ee:ff ssid=SecretNet ch=6\n\
         2026-03-04 05:00:02,000 ERROR [wicap.scout] redis://:s3cr3tpass9@host failed\n",
    );
    place.write(
        "wicap/a_soak.sh",
        "curl -H 'Authorization: Bearer abcdefghijklmnop123456' http://x\n",
    );
    place.ingest();
    let mut bytes = Vec::new();
    for name in ["evidence.db", "evidence.db-wal"] {
        bytes.extend(std::fs::read(place.data().join(name)).unwrap_or_default());
    }
    for secret in [
        "hunter22secret",
        "s3cr3tpass9",
        "abcdefghijklmnop123456",
        "192.168.7.9",
        "aa:bb:cc:dd:ee:ff",
        "SecretNet",
    ] {
        let is_there = bytes
            .windows(secret.len())
            .any(|window| window == secret.as_bytes());
        assert!(!is_there, "{secret}");
    }
    assert_eq!(2, place.texts().len());
    let mut options = place.options();
    options.keep_identifiers = true;
    options.data_dir = place.folder.path().join("kept");
    super::corpus::ingest(options.clone());
    let kept = dump(&options.data_dir);
    assert!(
        kept.contains("192.168.7.9")
            && kept.contains("SecretNet")
            && !kept.contains("hunter22secret")
    );
}
