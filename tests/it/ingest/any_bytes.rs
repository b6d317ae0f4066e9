//! Whatever stands in a file of a source: nothing panics, nothing is lost without being counted.

use std::{fs, io::Write as _, process::Command};

use flate2::{Compression, write::GzEncoder};
use proptest::{collection::vec, prelude::*};
use rusqlite::{Connection, types::Value};
use wicap_assist::ingest::{Report, Source, import};

use super::corpus::{Place, ingest};

/// Pieces of what the sources look like, and bytes that no source has.
fn content() -> impl Strategy<Value = Vec<u8>> {
    const PIECES: [&str; 24] = [
        "2026-03-04 05:06:07,089 ERROR [wicap.scout] radio gone\n",
        "Traceback (most recent call last):\n  File \"a.py\", line 1, in run\n",
        "KeyError: 'x'\n",
        r#"{"type":"session_meta","timestamp":"2026-03-05T08:00:00Z","payload":{"id":"s","cwd":"/opt/wicap"}}"#,
        r#"{"type":"response_item","payload":{"type":"message","role":"assistant","content":[{"type":"output_text","text":"fixed it"}]}}"#,
        r#"{"anomaly_contract_version":"wicap.anomaly.v3","ts":"2026-03-01T09:00:00Z","signature":"a|b","is_anomaly":true}"#,
        r#"{"feedback_contract_version":"wicap.feedback.v1","ts":1e400,"label":"benign"}"#,
        r#"{"errors":[{"a":[[[[]]]]}],"checks":{"ui":"7"},"started":"2026-03-01"}"#,
        "## [1.0.0] - 2026-03-01\n",
        "### Fixed\n- one\n",
        "- [x] done\n- [/] open\n",
        "render_diffs(file:///opt/wicap/a.py)\n",
        "subprocess.run(['docker', 'ps'], check=True)\n",
        "docker compose down && rm -rf /tmp/x <<EOF\n",
        "if true; then\n",
        "\n",
        "\r",
        "\r\n",
        "\t",
        "\0",
        "{",
        "[",
        "\"",
        "\u{1b}[31m",
    ];
    let piece = (0..PIECES.len()).prop_map(|at| PIECES[at].as_bytes().to_vec());
    let noise = vec(any::<u8>(), 0..60);
    let long = (1usize..4_000).prop_map(|n| vec![b'a'; n]);
    let part = prop_oneof![6 => piece, 2 => noise, 1 => long];
    vec(part, 0..14).prop_map(|parts| parts.concat())
}

/// The file of a source that holds any bytes.
const FILES: [(&str, &str); 9] = [
    ("soak", "wicap/logs_soak_1/a.log"),
    ("soak", "wicap/logs_soak_1/b.log.1"),
    ("soak_result", "wicap/logs/soak/soak_test_20260301.json"),
    ("network", "wicap/captures/wicap_anomaly_events_v3.jsonl"),
    ("network", "wicap/captures/suricata_eve_compat.jsonl"),
    ("codex", "codex/sessions/2026/03/05/rollout-a.jsonl"),
    ("harness", "wicap/scripts/a_soak.py"),
    ("harness", "wicap/scripts/b_soak.sh"),
    ("changelog", "wicap/CHANGELOG.md"),
];

/// The folder of a conversation, whose files hold any bytes as well.
const CONVERSATION: &str = "codex/antigravity/brain/0f3c9a1e-1111-4222-8333-444455556666";

fn check(report: &Report, place: &Place) {
    for (name, source) in &report.sources {
        // Every line is one of these.
        let told = source.taken + source.counted + source.refused;
        prop_assert_panic(told == source.lines, name, report);
        prop_assert_panic(!source.failed, name, report);
    }
    prop_assert_panic(
        report.quarantine.len() as u64 == report.quarantined,
        "quarantine",
        report,
    );
    let is_bad = report.quarantined > 0;
    let expected = if is_bad { "quarantined" } else { "clean" };
    assert_eq!(expected, report.status);
    let stored = place.column("SELECT CAST(count(*) AS TEXT) FROM quarantine");
    assert_eq!([report.quarantined.to_string()][..], stored[..]);
}

#[track_caller]
fn prop_assert_panic(holds: bool, name: &str, report: &Report) {
    assert!(holds, "{name}: {report:#?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_file_of_any_source_is_read_or_refused(contents in vec(content(), 13), cut in 0usize..200) {
        let place = Place::new();
        let mut n_bytes = std::collections::BTreeMap::new();
        for ((source, name), bytes) in FILES.iter().zip(&contents) {
            // A last line without its end waits for it.
            let whole = [bytes.as_slice(), b"\n"].concat();
            place.write(name, &whole);
            *n_bytes.entry(*source).or_insert(0) += whole.len() as u64;
        }
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(&contents[9]).unwrap();
        let packed = packed.finish().unwrap();
        place.write("wicap/logs_soak_1/whole.log.2.gz", &packed);
        place.write("wicap/logs_soak_1/torn.log.1.gz", &packed[..cut.min(packed.len())]);
        place.write("wicap/logs_soak_1/none.log.1.zst", &contents[10]);
        for (name, at) in [("task.md", 10), ("walkthrough.md", 11), ("walkthrough.md.metadata.json", 12)] {
            place.write(&format!("{CONVERSATION}/{name}"), &contents[at]);
        }
        let report = place.ingest();
        check(&report, &place);
        for (source, n) in n_bytes {
            let seen = report.sources[source].bytes;
            // Packed logs are read beside these.
            let is_exact = if source == "soak" { seen >= n } else { seen == n };
            prop_assert!(is_exact, "{source}: {seen} of {n}: {report:#?}");
        }
        let again = place.ingest();
        prop_assert_eq!(("clean", 0), (again.status, again.total(|source| source.events + source.rows)));
    }

    #[test]
    fn any_history_is_read_or_refused(bytes in content(), file in 0usize..4) {
        let place = Place::new();
        place.write("wicap/a.txt", "one");
        for args in [&["init", "-q", "-b", "main"][..], &["add", "."], &["commit", "-qm", "One"]] {
            let done = Command::new("git").arg("-C").arg(place.repo())
                .args(["-c", "user.name=a", "-c", "user.email=a@wicap.example"]).args(args)
                .env("GIT_CONFIG_GLOBAL", "/dev/null").output().unwrap();
            assert!(done.status.success(), "{done:?}");
        }
        let objects = place.repo().join(".git/objects");
        let object = fs::read_dir(objects).unwrap().filter_map(Result::ok).map(|entry| entry.path())
            .filter(|path| path.file_name().unwrap().len() == 2)
            .flat_map(|path| fs::read_dir(path).unwrap()).filter_map(Result::ok)
            .map(|entry| entry.path()).min().unwrap();
        let broken = match file {
            0 => place.repo().join(".git/HEAD"),
            1 => place.repo().join(".git/refs/heads/main"),
            2 => place.repo().join(".git/config"),
            _ => object,
        };
        fs::remove_file(&broken).unwrap();
        fs::write(&broken, &bytes).unwrap();
        let mut options = place.options();
        options.sources = [Source::Git].into();
        let report = ingest(options);
        let git = &report.sources["git"];
        prop_assert!(git.rows <= 1);
        // What could not be read is said.
        prop_assert!(git.rows == 1 || git.note.is_some() || git.quarantined > 0, "{report:#?}");
    }

    #[test]
    fn any_row_of_a_predecessor_is_taken_or_counted(
        rows in vec(vec(prop_oneof![
            Just(Value::Null),
            any::<i64>().prop_map(Value::Integer),
            any::<f64>().prop_map(Value::Real),
            "(errors|commands|outcomes|error|info|2026-03-01T08:00:00Z|fixed it|\\PC{0,20})".prop_map(Value::Text),
            vec(any::<u8>(), 0..20).prop_map(Value::Blob),
        ], 7), 0..12),
    ) {
        let place = Place::new();
        let path = place.folder.path().join("assistant.db");
        let conn = Connection::open(&path).unwrap();
        conn.execute_batch(
            "CREATE TABLE sessions (id INTEGER PRIMARY KEY, session_id, cwd, ts_last, repo_url, branch, commit_hash, is_wicap);
             CREATE TABLE signals (id INTEGER PRIMARY KEY, session_pk, ts, category, snippet);
             CREATE TABLE log_events (id INTEGER PRIMARY KEY, ts_text, category, snippet, file_path, extra_json);",
        ).unwrap();
        for (at, row) in rows.iter().enumerate() {
            let id = at as i64;
            let v = |n: usize| &row[n];
            conn.execute("INSERT INTO sessions VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 1)",
                rusqlite::params![id, v(0), v(1), v(2), v(3), v(4), v(5)]).unwrap();
            conn.execute("INSERT INTO signals VALUES (?1, ?1, ?2, ?3, ?4)",
                rusqlite::params![id, v(0), v(1), v(2)]).unwrap();
            conn.execute("INSERT INTO log_events VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                rusqlite::params![id, v(3), v(4), v(5), v(6), v(0)]).unwrap();
        }
        drop(conn);
        // A database of other types is refused as a whole, with words; it is never half taken.
        match import(&place.data(), &path, false) {
            Ok(done) => {
                let read: u64 = done.rows.values().sum();
                prop_assert!(done.skipped <= read);
                prop_assert!(read <= 3 * rows.len() as u64);
            }
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }
}
