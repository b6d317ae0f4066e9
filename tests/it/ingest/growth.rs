//! Files that grow, are rotated, cut off, or written anew while they are read.

use std::{
    fs,
    io::Write,
    sync::atomic::{AtomicBool, Ordering},
};

use wicap_assist::ingest::Ingest;

use super::corpus::{Place, assert_same, dump, ingest, log, share_key};

const LOG: &str = "wicap/wicap.log";

fn error(second: u32, text: &str) -> String {
    format!("2026-03-04 05:00:{second:02},000 ERROR [wicap.scout] {text}\n")
}

/// The texts without their heads.
fn seen(place: &Place) -> Vec<String> {
    let texts = place.texts();
    texts
        .iter()
        .map(|text| text.rsplit("] ").next().unwrap().to_owned())
        .collect()
}

#[test]
fn an_appended_line_is_read_and_nothing_else() {
    let place = Place::new();
    place.write(LOG, error(1, "one"));
    place.ingest();
    place.append(LOG, &error(2, "two"));
    let report = place.ingest();
    assert_eq!(vec!["one", "two"], seen(&place));
    assert!(report.total(|source| source.lines) <= 2);
}

#[test]
fn growing_in_any_steps_gives_the_same_store() {
    let whole = Place::new();
    let text = log(7, 400);
    whole.write(LOG, &text);
    whole.ingest();
    let stepwise = Place::new();
    stepwise.write(LOG, "");
    let mut rest = text.as_str();
    let mut step = 1;
    while !rest.is_empty() {
        step = step * 7 % 1_999 + 1;
        let at = rest.floor_char_boundary(step.min(rest.len()));
        let (piece, after) = rest.split_at(at.max(1));
        stepwise.append(LOG, piece);
        rest = after;
        stepwise.ingest();
    }
    assert_eq!(whole.texts(), stepwise.texts());
    assert_same(&dump(&whole.data()), &dump(&stepwise.data()));
}

#[test]
fn an_unterminated_line_waits() {
    let place = Place::new();
    place.write(
        LOG,
        error(1, "one") + "2026-03-04 05:00:02,000 ERROR [wicap.scout] half",
    );
    place.ingest();
    assert_eq!(vec!["one"], seen(&place));
    place.append(LOG, " and half\n");
    place.ingest();
    assert_eq!(vec!["one", "half and half"], seen(&place));
}

#[test]
fn a_traceback_that_is_still_being_written_is_one_failure() {
    let place = Place::new();
    place.write(
        LOG,
        error(1, "Unhandled exception") + "Traceback (most recent call last):\n",
    );
    place.ingest();
    place.append(
        LOG,
        "  File \"/opt/a.py\", line 1, in run\n    go()\nKeyError: 'bssid'\n",
    );
    place.ingest();
    assert_eq!(vec!["KeyError: 'bssid'"], seen(&place));
    assert_eq!(
        vec!["5"],
        place.column("SELECT CAST(line AS TEXT) FROM events")
    );
}

#[test]
fn a_rotated_log_is_read_on() {
    let place = Place::new();
    place.write(LOG, error(1, "one"));
    place.ingest();
    place.append(LOG, &error(2, "two"));
    place.rename(LOG, "wicap/wicap.log.1");
    place.write(LOG, error(3, "three"));
    place.ingest();
    assert_eq!(vec!["one", "two", "three"], seen(&place));
    place.rename("wicap/wicap.log.1", "wicap/wicap.log.2");
    place.rename(LOG, "wicap/wicap.log.1");
    place.write(LOG, error(4, "four"));
    let report = place.ingest();
    assert_eq!(vec!["one", "two", "three", "four"], seen(&place));
    assert_eq!(1, report.total(|source| source.events));
}

#[test]
fn a_packed_log_is_the_log_that_was_packed() {
    let place = Place::new();
    let text = error(1, "one") + &log(5, 3_000) + &error(59, "last of all");
    place.write(LOG, &text[..text.len() / 2]);
    place.ingest();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(text.as_bytes()).unwrap();
    place.write("wicap/wicap.log.1.gz", packed.finish().unwrap());
    place.write(LOG, error(9, "anew"));
    place.ingest();
    let texts = seen(&place);
    let whole = Place::new();
    whole.write(LOG, &text);
    whole.ingest();
    assert_eq!(seen(&whole).len() + 1, texts.len());
    assert!(texts.contains(&"last of all".to_owned()));
    let twice = place.ingest();
    assert_eq!(0, twice.total(|source| source.files_read));
    place.write(
        "wicap/wicap.log.2.zst",
        zstd::encode_all(text.as_bytes(), 1).unwrap(),
    );
    fs::remove_file(place.repo().join("wicap.log.1.gz")).unwrap();
    let moved = place.ingest();
    assert_eq!(0, moved.total(|source| source.events));
}

#[test]
fn a_log_that_was_copied_and_cut_off_is_read_once() {
    let place = Place::new();
    place.write(LOG, error(1, "one") + &error(2, "two"));
    place.ingest();
    place.append(LOG, &error(3, "three"));
    fs::copy(
        place.repo().join("wicap.log"),
        place.repo().join("wicap.log.1"),
    )
    .unwrap();
    let file = fs::OpenOptions::new()
        .write(true)
        .open(place.repo().join("wicap.log"))
        .unwrap();
    file.set_len(0).unwrap();
    place.append(LOG, &error(4, "four"));
    place.ingest();
    assert_eq!(vec!["one", "two", "three", "four"], seen(&place));
}

#[test]
fn a_log_that_was_cut_off_keeps_its_history() {
    let place = Place::new();
    place.write(LOG, error(1, "one") + &error(2, "two"));
    place.ingest();
    place.write(LOG, error(3, "three"));
    place.ingest();
    assert_eq!(vec!["one", "two", "three"], seen(&place));
}

#[test]
fn a_rewrite_of_the_same_size_is_seen_and_doubles_nothing() {
    let place = Place::new();
    let filler = log(11, 300);
    place.write(
        LOG,
        error(1, "one") + &filler + &error(2, "abc") + &filler + &error(3, "three"),
    );
    place.ingest();
    let before = place.texts().len();
    place.write(
        LOG,
        error(1, "one") + &filler + &error(2, "xyz") + &filler + &error(3, "three"),
    );
    place.ingest();
    let texts = seen(&place);
    // What was there once stays, and what came is there as well.
    assert_eq!(before + 1, texts.len());
    assert!(texts.contains(&"abc".to_owned()) && texts.contains(&"xyz".to_owned()));
    assert_eq!(1, texts.iter().filter(|text| *text == "three").count());
}

#[test]
fn a_rewrite_that_is_read_while_it_is_short_doubles_nothing() {
    let text = |middle: &str| -> Vec<String> {
        let lines = (0..60).map(|second| match second {
            20 => error(second, middle),
            _ => error(second, &format!("failure {second}")),
        });
        lines.collect()
    };
    let place = Place::new();
    place.write(LOG, text("as it was").concat());
    place.ingest();
    let anew = text("as it is");
    for n_lines in [0, 7, 40, 60] {
        place.write(LOG, anew[..n_lines].concat());
        place.ingest();
    }
    let mut expected: Vec<String> = (0..60).map(|second| format!("failure {second}")).collect();
    expected[20] = "as it was".to_owned();
    expected.insert(21, "as it is".to_owned());
    assert_eq!(expected, seen(&place));
    // And once more, from the second content to a third.
    let third = text("as it will be");
    for n_lines in [3, 30, 60] {
        place.write(LOG, third[..n_lines].concat());
        place.ingest();
    }
    expected.insert(22, "as it will be".to_owned());
    assert_eq!(expected, seen(&place));
}

#[test]
fn a_rewrite_between_two_pieces_mixes_nothing() {
    let place = Place::new();
    let old = error(1, "old one") + &log(31, 30_000) + &error(2, "old two");
    let new: String = old.replace("old", "new");
    let n_pieces = old.len() >> 20;
    assert!(n_pieces >= 2, "{} bytes", old.len());
    place.write(LOG, &old);
    share_key(&place.data());
    let is_first = AtomicBool::new(true);
    let mut options = place.options();
    options.jobs = 1;
    let rewrite = |_| {
        if is_first.swap(false, Ordering::Relaxed) {
            place.write(LOG, &new);
        }
    };
    let mut reader = Ingest::open(options).unwrap();
    reader.once(&AtomicBool::new(false), &rewrite).unwrap();
    drop(reader);
    place.ingest();
    let whole = Place::new();
    whole.write(LOG, &new);
    whole.ingest();
    let sorted = |place: &Place| {
        let mut texts = seen(place);
        texts.retain(|text| text != "old one");
        texts.sort();
        texts
    };
    assert_eq!(sorted(&whole), sorted(&place));
}

#[test]
fn a_copy_beside_the_log_is_a_log_of_its_own() {
    let place = Place::new();
    place.write(LOG, error(1, "one"));
    place.ingest();
    fs::copy(
        place.repo().join("wicap.log"),
        place.repo().join("wicap_verified.log"),
    )
    .unwrap();
    place.append(LOG, &error(2, "two"));
    place.ingest();
    assert_eq!(3, seen(&place).len());
}

#[test]
fn a_deleted_log_keeps_its_evidence() {
    let place = Place::new();
    place.write(LOG, error(1, "one"));
    place.ingest();
    fs::remove_file(place.repo().join("wicap.log")).unwrap();
    place.ingest();
    assert_eq!(vec!["one"], seen(&place));
    assert_eq!(vec!["gone"], place.column("SELECT state FROM files"));
}

#[test]
fn rotation_under_a_running_reader_loses_and_doubles_nothing() {
    let place = Place::new();
    place.write(LOG, "");
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                ingest(place.options());
            }
        });
        for number in 0..600_u32 {
            let line = format!(
                "2026-03-04 05:{:02}:{:02},000 ERROR [wicap.scout] failure {number} of many\n",
                number / 60,
                number % 60
            );
            place.append(LOG, &line);
            if number % 97 == 96 {
                for old in (1..6).rev() {
                    let (from, to) = (
                        format!("wicap/wicap.log.{old}"),
                        format!("wicap/wicap.log.{}", old + 1),
                    );
                    if place.folder.path().join(&from).exists() {
                        place.rename(&from, &to);
                    }
                }
                place.rename(LOG, "wicap/wicap.log.1");
                place.write(LOG, "");
            }
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        reader.join().unwrap();
    });
    place.ingest();
    let texts = seen(&place);
    let expected: Vec<String> = (0..600)
        .map(|number| format!("failure {number} of many"))
        .collect();
    assert_eq!(expected, texts);
}
