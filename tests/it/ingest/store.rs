//! The store is found, searched, pruned and cleaned again.

use std::collections::BTreeMap;

use rusqlite::Connection;
use wicap_assist::{
    ingest::{Maintenance, import},
    store::evidence::{EventFilter, Evidence, EvidenceError, Retention},
};

use super::corpus::{Place, log};

fn filled() -> Place {
    let place = Place::new();
    place.write("wicap/wicap.log", log(31, 2_000));
    place.ingest();
    place
}

#[test]
fn counts_agree_with_events() {
    let place = filled();
    let conn = Connection::open(place.data().join("evidence.db")).unwrap();
    let n = |sql: &str| -> i64 { conn.query_row(sql, [], |row| row.get(0)).unwrap() };
    let n_events = n("SELECT count(*) FROM events");
    assert!(n_events > 100);
    assert_eq!(n_events, n("SELECT sum(n) FROM signature_hours"));
    assert_eq!(n_events, n("SELECT sum(n_events) FROM signatures"));
    assert_eq!(n_events, n("SELECT sum(n) FROM signature_days"));
    assert_eq!(n_events, n("SELECT sum(n) FROM signature_files"));
    assert_eq!(
        0,
        n("SELECT count(*) FROM events WHERE at_ms IS NOT NULL AND event_id >> 21 <> at_ms")
    );
    let lines = n("SELECT sum(lines) FROM files");
    assert_eq!(lines, n("SELECT sum(n) FROM line_counts"));
}

#[test]
fn the_newest_events_are_found_first() {
    let place = filled();
    let evidence = Evidence::open_to_read(&place.data()).unwrap();
    let found = evidence
        .event_search("queue overflow*", (i64::MAX, 5))
        .unwrap();
    assert_eq!(5, found.len());
    assert!(found.windows(2).all(|pair| pair[0].at_ms >= pair[1].at_ms));
    assert!(
        evidence
            .event_search("nowhere", (i64::MAX, 5))
            .unwrap()
            .is_empty()
    );
    let mut n = 0;
    let filter = EventFilter {
        failures_only: true,
        ..EventFilter::default()
    };
    evidence
        .event_each::<EvidenceError>(&filter, |_| {
            n += 1;
            Ok(())
        })
        .unwrap();
    assert_eq!(place.texts().len(), n);
    let most = evidence.failure_list(i64::MAX).unwrap();
    let most = most.iter().max_by_key(|one| one.n_events).unwrap();
    assert!(most.n_events > 10 && !most.template.is_empty());
}

#[test]
fn what_is_old_goes_and_counts_still_agree() {
    let place = filled();
    let mut maintenance = Maintenance::open(&place.data()).unwrap();
    let now = "2026-03-02T00:01:00Z"
        .parse::<wicap_assist::model::Timestamp>()
        .unwrap()
        .millis();
    let keep = Retention {
        events_days: BTreeMap::from([("soak", 1)]),
        ..Retention::default()
    };
    let pruned = maintenance.prune(&keep, now).unwrap();
    assert!(pruned.events > 5, "{pruned:?}");
    drop(maintenance);
    counts_agree(&place);
    assert_eq!(0, place.ingest().total(|source| source.events));
    let evidence = Evidence::open_to_read(&place.data()).unwrap();
    let conn = Connection::open(place.data().join("evidence.db")).unwrap();
    conn.execute_batch("INSERT INTO event_search(event_search) VALUES ('integrity-check')")
        .unwrap();
    drop(evidence);
}

fn counts_agree(place: &Place) {
    let conn = Connection::open(place.data().join("evidence.db")).unwrap();
    let n = |sql: &str| -> i64 { conn.query_row(sql, [], |row| row.get(0)).unwrap() };
    assert_eq!(
        n("SELECT count(*) FROM events"),
        n("SELECT sum(n_events) FROM signatures")
    );
    for counted in ["signature_hours", "signature_days", "signature_files"] {
        assert_eq!(
            n("SELECT count(*) FROM events"),
            n(&format!("SELECT sum(n) FROM {counted}")),
            "{counted}"
        );
    }
}

#[test]
fn rows_of_an_older_version_are_cleaned_again() {
    let place = filled();
    let conn = Connection::open(place.data().join("evidence.db")).unwrap();
    conn.execute_batch(
        "INSERT INTO event_search (event_search, rowid, text) SELECT 'delete', event_id, text FROM events WHERE line = 1000000;
         CREATE TEMP TABLE one AS SELECT event_id, text FROM events ORDER BY event_id LIMIT 1;
         INSERT INTO event_search (event_search, rowid, text) SELECT 'delete', event_id, text FROM one;
         UPDATE events SET text = 'password=hunter22secret', redaction = 0 WHERE event_id IN (SELECT event_id FROM one);
         INSERT INTO event_search (rowid, text) SELECT event_id, text FROM events WHERE redaction = 0;",
    )
    .unwrap();
    let mut maintenance = Maintenance::open(&place.data()).unwrap();
    assert_eq!(1, maintenance.scrub().unwrap());
    assert_eq!(0, maintenance.scrub().unwrap());
    drop(maintenance);
    assert!(place.texts().contains(&"password=<redacted>".to_owned()));
    let evidence = Evidence::open_to_read(&place.data()).unwrap();
    assert!(
        evidence
            .event_search("hunter22secret", (i64::MAX, 5))
            .unwrap()
            .is_empty()
    );
}

#[test]
fn a_predecessor_is_read_once_and_never_written() {
    let place = Place::new();
    let path = place.folder.path().join("assistant.db");
    let conn = Connection::open(&path).unwrap();
    conn.execute_batch(
        "CREATE TABLE sessions (id INTEGER PRIMARY KEY, session_id TEXT, cwd TEXT, ts_last TEXT, repo_url TEXT, branch TEXT, commit_hash TEXT, is_wicap INTEGER);
         CREATE TABLE signals (id INTEGER PRIMARY KEY, session_pk INTEGER, ts TEXT, category TEXT, snippet TEXT);
         CREATE TABLE log_events (id INTEGER PRIMARY KEY, ts_text TEXT, category TEXT, snippet TEXT, file_path TEXT, extra_json TEXT);
         INSERT INTO sessions VALUES (1, 's-1', '/opt/wicap', '2026-03-01T08:00:00+00:00', NULL, 'main', NULL, 1);
         INSERT INTO signals VALUES (1, 1, '2026-03-01T08:00:00+00:00', 'outcomes', 'fixed redis in a.py');
         INSERT INTO log_events VALUES (1, '2026-03-01 08:00:05,120', 'error', '2026-03-01 08:00:05,120 ERROR [a.b] Error: radio gone', '/opt/wicap/wicap-ui/ui.log', '{\"line_number\": 7}');
         INSERT INTO log_events VALUES (2, NULL, 'info', 'x', 'y', NULL);",
    )
    .unwrap();
    drop(conn);
    let before = std::fs::read(&path).unwrap();
    let first = import(&place.data(), &path, false).unwrap();
    assert_eq!(Some(&1), first.rows.get("log_events"));
    assert!(
        import(&place.data(), &path, false)
            .unwrap()
            .before_ms
            .is_some()
    );
    assert_eq!(before, std::fs::read(&path).unwrap());
    assert_eq!(1, place.texts().len());
    // `sources` tells how big it is and when it was read.
    let size = before.len().to_string();
    let sql = "SELECT CAST(size AS TEXT) FROM files WHERE source = 'import' AND read_ms > 0";
    assert_eq!([size][..], place.column(sql)[..]);
    let nowhere = import(
        &place.data(),
        &place.folder.path().join("nowhere.db"),
        false,
    );
    let why = format!("{:#}", anyhow::Error::from(nowhere.unwrap_err()));
    assert!(
        why.contains("nowhere.db") && !why.contains("ingest"),
        "{why}"
    );
    assert_eq!(vec!["pass"], place.column("SELECT verdict FROM statements"));
    let foreign = place.folder.path().join("other.db");
    Connection::open(&foreign)
        .unwrap()
        .execute_batch("CREATE TABLE x (y)")
        .unwrap();
    assert!(import(&place.data(), &foreign, false).is_err());
}
