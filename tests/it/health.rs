//! `health`, as the health check of a container asks it.

use rustix::process::Signal;
use serde_json::Value;

use crate::{
    fake_engine::FakeEngine,
    program::{Home, eventually},
};

const LIVE: &str = "live --interval 0.2 --plain";

#[test]
fn who_turns_is_healthy_and_who_stands_still_or_has_ended_is_not() {
    let engine = FakeEngine::default();
    engine.set(|script| script.health("ui", "healthy"));
    let home = Home::new(&engine.serve_beside());
    check(&home, Some(3), "there is no ledger");
    let mut program = home.start(LIVE);
    until(&home, Some(0));
    check(&home, Some(0), "healthy: the last turn of process");

    program.signal(Signal::STOP);
    until(&home, Some(3));
    check(&home, Some(3), "not healthy: the last turn of process");
    program.signal(Signal::CONT);
    until(&home, Some(0));

    assert!(program.stop().success(), "{}", program.said());
    check(&home, Some(3), "nobody watches: no session is open");
    home.assert_sound();
}

#[test]
fn a_killed_controller_is_not_healthy_and_the_next_one_is() {
    let engine = FakeEngine::default();
    engine.set(|script| script.health("ui", "healthy"));
    let home = Home::new(&engine.serve_beside());
    let first = home.start("live --control-mode assist --interval 0.2 --plain");
    until(&home, Some(0));
    first.kill();
    until(&home, Some(3));
    let mut second = home.start(LIVE);
    until(&home, Some(0));
    let (_, told) = ask(&home, "health --json");
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(true, told["healthy"]);
    assert_eq!(second.id(), told["turn"]["pid"], "{told}");
    assert_eq!("wicap", told["turn"]["project"]);
    assert_eq!(600, told["turn"]["limit_ms"]);
    assert!(second.stop().success(), "{}", second.said());
}

#[test]
fn an_engine_that_is_away_does_not_stop_the_wheel() {
    let home = Home::new("unix:///nowhere");
    let mut program = home.start(LIVE);
    until(&home, Some(0));
    assert!(program.stop().success(), "{}", program.said());
}

#[test]
fn another_project_is_another_question() {
    let engine = FakeEngine::default();
    engine.set(|script| script.health("ui", "healthy"));
    let home = Home::new(&engine.serve_beside());
    let _program = home.start(LIVE);
    until(&home, Some(0));
    let (code, told) = ask(&home, "--project shop health");
    assert_eq!(Some(3), code, "{told}");
}

#[track_caller]
fn until(home: &Home, code: Option<i32>) {
    eventually(&format!("code {code:?}"), || {
        let (found, told) = ask(home, "health");
        (found == code).then_some(()).ok_or(told)
    });
}

#[track_caller]
fn check(home: &Home, code: Option<i32>, words: &str) {
    let (found, told) = ask(home, "health");
    assert_eq!(code, found, "{told}");
    assert!(told.contains(words), "{told}");
}

fn ask(home: &Home, line: &str) -> (Option<i32>, String) {
    let output = home.command(line).output().unwrap();
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8_lossy(&told).into_owned();
    (output.status.code(), told)
}
