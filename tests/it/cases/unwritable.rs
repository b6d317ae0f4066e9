//! What cannot be written down is not done: a ledger that refuses is a reason to
//! watch only.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use rusqlite::Connection;
use wicap_assist::{
    store::Ledger,
    telemetry::{Format, Output},
};

use crate::scenario::{Scenario, disk::Disk};

#[test]
fn what_cannot_be_written_is_not_done() {
    let folder = tempfile::tempdir().unwrap();
    let mut scenario = Scenario::on(Ledger::open(folder.path()).unwrap());
    let screen = Screen::default();
    let output = Output::new(Format::Json, Box::new(screen.clone()));
    scenario.desk.journal.add_output(output);
    scenario.play("ui unhealthy 3; turn 2");

    // Another process holds the file, as a full disk or a read-only mount would.
    let other = Connection::open(folder.path().join("ledger.db")).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    scenario.play("turn 3");
    assert_eq!(0, scenario.world.insides().n_calls);
    let said = screen
        .text()
        .matches("\"event\":\"ledger_unwritable\"")
        .count();
    assert_eq!(1, said, "{}", screen.text());

    other.execute_batch("COMMIT").unwrap();
    scenario.play("turn 3");
    assert_eq!(1, scenario.world.insides().n_calls);
    assert_eq!(
        [
            "0 ui down unhealthy streak=3",
            "25 start restart_service:ui definite_unhealthy #1",
            "25 returned restart_service:ui ok",
            "30 met restart_service:ui",
            "30 ui recovered",
        ],
        scenario.log().as_slice()
    );
    scenario.check_invariants();
}

/// What a person would see.
#[derive(Clone, Default)]
struct Screen(Arc<Mutex<Vec<u8>>>);

impl Screen {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A jump of the clock that could not be written down is told when it can be.
#[test]
fn a_jump_that_cannot_be_written_is_told_later() {
    let mut scenario = Scenario::on_disk();
    scenario.play("operator pauses 300; ui unhealthy 3; turn 3; ledger fails after 0");
    scenario.play("clock 600; turn 2");
    assert!(scenario.disk.as_ref().is_some_and(Disk::is_full));
    scenario.play("ledger works; turn 1");
    assert!(!scenario.disk.as_ref().is_some_and(Disk::is_failing));
    assert_eq!(
        [
            "0 actions paused",
            "0 ui down unhealthy streak=3",
            "10 denied restart_service:ui operator_paused",
            "625 clock jumped 600000 ms",
        ],
        scenario.log().as_slice()
    );
    scenario.check_invariants();
}

/// The file is full at the very row that says what is about to be done.
#[test]
fn an_intent_that_cannot_be_written_is_no_act() {
    let mut scenario = Scenario::on_disk();
    scenario.play("ledger refuses action_started; ui unhealthy 3; turn 5");
    assert_eq!(0, scenario.world.insides().n_calls);
    scenario.play("ledger works; turn 1");
    assert_eq!(1, scenario.world.insides().n_calls);
    scenario.check_invariants();
}
