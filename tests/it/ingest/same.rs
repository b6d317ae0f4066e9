//! Whatever the circumstances, the store is the same.

use std::sync::atomic::AtomicBool;

use wicap_assist::ingest::Ingest;

use super::corpus::{Place, assert_same, dump, ingest, log};

fn filled() -> Place {
    let place = Place::new();
    place.write("wicap/wicap.log", log(1, 16_000));
    place.write("wicap/logs_soak_1772352000/processor.log", log(2, 3_000));
    place.write("wicap/logs_soak_1772352000/scout.log.1", log(3, 500));
    place
}

#[test]
fn the_number_of_workers_changes_nothing() {
    let place = filled();
    let mut dumps = Vec::new();
    for jobs in [1, 2, 5] {
        let mut options = place.options();
        options.jobs = jobs;
        options.data_dir = place.folder.path().join(format!("data{jobs}"));
        let report = ingest(options.clone());
        assert_eq!("clean", report.status);
        dumps.push(dump(&options.data_dir));
    }
    assert!(dumps[0].contains("KeyError"));
    for pair in dumps.windows(2) {
        assert_same(&pair[0], &pair[1]);
    }
}

#[test]
fn the_size_of_the_batches_changes_nothing() {
    let place = filled();
    let mut dumps = Vec::new();
    for batch_rows in [1, 50, 100_000] {
        let mut options = place.options();
        options.batch_rows = batch_rows;
        options.data_dir = place.folder.path().join(format!("data{batch_rows}"));
        ingest(options.clone());
        dumps.push(dump(&options.data_dir));
    }
    for pair in dumps.windows(2) {
        assert_same(&pair[0], &pair[1]);
    }
}

#[test]
fn a_second_ingest_adds_nothing() {
    let place = filled();
    let first = place.ingest();
    let before = dump(&place.data());
    let second = place.ingest();
    assert!(first.total(|source| source.events) > 0);
    assert_eq!(
        0,
        second.total(|source| source.files_read + source.events + source.lines)
    );
    assert_same(&before, &dump(&place.data()));
}

#[test]
fn a_touched_file_adds_nothing() {
    let place = filled();
    place.ingest();
    let before = dump(&place.data());
    let path = place.repo().join("wicap.log");
    let text = std::fs::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, text).unwrap();
    let second = place.ingest();
    assert_eq!(0, second.total(|source| source.events));
    assert_same(&before, &dump(&place.data()));
}

#[test]
fn a_dry_run_stores_nothing_and_tells_the_same() {
    let place = filled();
    let mut options = place.options();
    options.dry_run = true;
    let dry = Ingest::open(options.clone())
        .unwrap()
        .once(&AtomicBool::new(false), &|_| ())
        .unwrap();
    let left = std::fs::read_dir(place.data()).map_or(0, Iterator::count);
    assert_eq!(0, left, "no store, no key, no lock");
    let wet = place.ingest();
    assert_eq!(
        dry.total(|source| source.events),
        wet.total(|source| source.events)
    );
    place.write("wicap/logs_soak_1772352000/ui.log", log(4, 300));
    let before = dump(&place.data());
    assert!(ingest(options).total(|source| source.lines) > 0);
    assert_same(&before, &dump(&place.data()));
}

#[test]
fn what_is_older_than_wanted_is_counted() {
    let place = Place::new();
    place.write(
        "wicap/wicap.log",
        "2026-03-01 00:00:00,000 ERROR [a.b] old one\n2026-03-03 00:00:00,000 ERROR [a.b] new one\n",
    );
    let mut options = place.options();
    options.since_ms = Some(
        "2026-03-02T00:00:00Z"
            .parse::<wicap_assist::model::Timestamp>()
            .unwrap()
            .millis(),
    );
    ingest(options);
    assert_eq!(1, place.texts().len());
    assert_eq!(
        vec!["1"],
        place.column("SELECT CAST(n AS TEXT) FROM line_counts WHERE kind = 'before_since'")
    );
}
