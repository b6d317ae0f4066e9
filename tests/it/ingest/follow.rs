//! `ingest --follow` reads what is written while it runs, each line once.

use std::{
    fs,
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use super::corpus::{Place, share_key};
use crate::run;

const LOG: &str = "wicap/wicap.log";

fn follow(place: &Place) -> Child {
    share_key(&place.data());
    let mut command = run::command(place.folder.path());
    command
        .args([
            "ingest",
            "--scan-soaks",
            "--follow",
            "--zone",
            "UTC",
            "--repo-root",
        ])
        .arg(place.repo())
        .arg("--data-dir")
        .arg(place.data())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.spawn().unwrap()
}

fn line(number: u32) -> String {
    format!(
        "2026-03-04 05:{:02}:{:02},000 ERROR [wicap.scout] failure {number} of many\n",
        number / 60,
        number % 60
    )
}

/// The numbers of the lines that are stored, in the order of time.
fn numbers(place: &Place) -> Vec<u32> {
    let texts = place.texts();
    let number = |text: &String| {
        text.split_whitespace()
            .rev()
            .nth(2)
            .unwrap()
            .parse()
            .unwrap()
    };
    texts.iter().map(number).collect()
}

/// Waits until so many lines are stored, then ends the reader as Ctrl-C would.
#[track_caller]
fn end(mut child: Child, place: &Place, n_lines: usize) {
    let began = Instant::now();
    while numbers(place).len() < n_lines && began.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(50));
    }
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let status = child.wait().unwrap();
    assert_eq!(Some(0), status.code());
}

#[track_caller]
fn started(place: &Place) -> Child {
    let child = follow(place);
    let began = Instant::now();
    while !place.data().join("evidence.db").exists() {
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "it never started"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
    child
}

#[test]
fn rotation_and_truncation_under_a_running_reader_lose_and_double_nothing() {
    let place = Place::new();
    place.write(LOG, "");
    let child = started(&place);
    for number in 0..500 {
        place.append(LOG, &line(number));
        if number % 40 != 39 {
            continue;
        }
        for old in (1..14).rev() {
            let (from, to) = (format!("{LOG}.{old}"), format!("{LOG}.{}", old + 1));
            if place.folder.path().join(&from).exists() {
                place.rename(&from, &to);
            }
        }
        if number % 80 == 79 {
            place.rename(LOG, &format!("{LOG}.1"));
            place.write(LOG, "");
        } else {
            // As logrotate does with `copytruncate`.
            let log = place.folder.path().join(LOG);
            fs::copy(&log, place.folder.path().join(format!("{LOG}.1"))).unwrap();
            fs::OpenOptions::new()
                .write(true)
                .open(&log)
                .unwrap()
                .set_len(0)
                .unwrap();
        }
        std::thread::sleep(Duration::from_millis(30));
    }
    end(child, &place, 500);
    place.ingest();
    assert_eq!((0..500).collect::<Vec<_>>(), numbers(&place));
}

#[test]
fn a_new_file_under_the_same_name_loses_and_doubles_nothing() {
    let place = Place::new();
    let mut text = String::new();
    place.write(LOG, "");
    let child = started(&place);
    for number in 0..60 {
        text.push_str(&line(number));
        if number % 3 == 0 {
            place.append(LOG, &line(number));
        } else {
            // As an editor does: a new file takes the place of the old one.
            place.write("wicap/.wicap.log.new", &text);
            place.rename("wicap/.wicap.log.new", LOG);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    end(child, &place, 60);
    place.ingest();
    assert_eq!((0..60).collect::<Vec<_>>(), numbers(&place));
}
