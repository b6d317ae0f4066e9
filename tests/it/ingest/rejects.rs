//! What cannot be read is listed, and hurts nothing else.

use super::corpus::Place;

const STREAM: &str = "wicap/captures/wicap_network_events.jsonl";

fn alert(second: u32) -> String {
    format!(
        "{{\"event_contract_version\":\"wicap.event.v1\",\"ts\":\"2026-03-04T05:00:{second:02}Z\",\"category\":\"wids_alert\",\"signature\":\"deauth|lab-net\",\"severity\":\"high\"}}\n"
    )
}

#[test]
fn one_bad_line_is_quarantined_and_nothing_else() {
    let place = Place::new();
    let bad = "[1,2]\n{\"ts\": \"2026\n\n{\"ts\":1e999}\n\"\\ud800\"\n";
    place.write(STREAM, alert(1) + bad + &alert(2));
    let first = place.ingest();
    assert_eq!(("quarantined", 4), (first.status, first.quarantined));
    assert_eq!(2, place.texts().len());
    let lines: Vec<i64> = first.quarantine.iter().map(|reject| reject.line).collect();
    assert_eq!(vec![2, 3, 5, 6], lines);
    // Only what is new is told.
    assert_eq!("clean", place.ingest().status);
    place.append(STREAM, "nonsense\n");
    assert_eq!(1, place.ingest().quarantined);
}

#[test]
fn bytes_that_are_no_text_do_not_stop_a_log() {
    let place = Place::new();
    let mut text = b"\xff\xfe\x00\x01 ERROR x\n".to_vec();
    text.extend_from_slice(b"2026-03-04 05:00:01,000 ERROR [wicap.scout] SSID caf\xe9 failed\n");
    place.write("wicap/wicap.log", text);
    assert_eq!("clean", place.ingest().status);
    assert!(
        place
            .texts()
            .iter()
            .any(|text| text.contains("caf\u{fffd} failed"))
    );
}

#[test]
fn a_broken_packing_gives_what_it_has_and_is_listed() {
    let place = Place::new();
    let text = super::corpus::log(3, 5_000);
    let mut packed = zstd::encode_all(text.as_bytes(), 1).unwrap();
    packed.truncate(packed.len() / 2);
    place.write("wicap/wicap.log.1.zst", packed);
    place.write("wicap/wicap.log.2.gz", b"no gzip at all");
    place.write(
        "wicap/wicap.log",
        "2026-03-04 05:00:01,000 ERROR [wicap.scout] fine\n",
    );
    let report = place.ingest();
    assert_eq!(("quarantined", 2), (report.status, report.quarantined));
    assert!(place.texts().iter().any(|text| text.ends_with("fine")));
    assert_eq!("clean", place.ingest().status);
}

#[test]
fn a_line_without_end_is_bounded_and_listed() {
    let place = Place::new();
    let long = "x".repeat(3 << 20);
    let text = format!(
        "2026-03-04 05:00:01,000 ERROR [wicap.scout] before\n{long}\n2026-03-04 05:00:02,000 ERROR [wicap.scout] after\n"
    );
    place.write("wicap/wicap.log", text);
    let report = place.ingest();
    assert_eq!(1, report.quarantined);
    assert_eq!(2, place.texts().len());
    assert_eq!(
        vec!["3"],
        place.column("SELECT CAST(lines AS TEXT) FROM files")
    );
}

#[test]
fn a_missing_checkout_is_said_and_is_no_success_with_silence() {
    let place = Place::new();
    std::fs::remove_dir_all(place.repo()).unwrap();
    let report = place.ingest();
    let note = report.sources["soak"].note.clone().unwrap();
    assert!(note.contains("there is no folder"), "{note}");
}

#[test]
fn a_second_ingest_at_the_same_time_is_refused() {
    let place = Place::new();
    let first = wicap_assist::ingest::Ingest::open(place.options()).unwrap();
    let refused = wicap_assist::ingest::Ingest::open(place.options())
        .unwrap_err()
        .to_string();
    assert!(
        refused.contains(&format!("process {}", std::process::id())),
        "{refused}"
    );
    drop(first);
    place.ingest();
}
