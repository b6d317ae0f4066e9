//! The program while its engine is stopped, killed, restarted, held up and slow. It
//! does nothing about it, says so once, and sees everything again afterwards.

use std::{thread::sleep, time::Duration};

use libtest_mimic::Trial;
use rustix::process::Signal;
use wicap_assist::model::{EventKind, HoldCode};

use crate::{
    harness::{Outcome, ensure, eventually, trial},
    private::PrivateEngine,
    program::{Home, Program},
};

const LIVE: &str = "live --control-mode assist --interval 0.5 --plain";

const CONFIG: &str = "
[policy]
definite_after = \"1s\"
[stack]
project = \"chaos\"
profile = \"none\"
[stack.services.one]
[stack.services.two]
";

const SOON: Duration = Duration::from_secs(30);

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("chaos::an_engine_that_is_restarted_is_no_crash", restarted),
        trial("chaos::an_engine_that_is_killed_starts_nothing", killed),
        trial(
            "chaos::an_engine_that_stands_still_is_unseen_once",
            stands_still,
        ),
        trial("chaos::a_slow_engine_is_no_reason_to_act", slow),
        trial("chaos::an_engine_that_comes_late_is_waited_for", late),
        trial(
            "chaos::a_crash_behind_a_still_engine_is_found",
            crash_unseen,
        ),
    ]
}

fn restarted() -> Outcome {
    let (engine, home, mut program) = start()?;
    engine.end(Signal::TERM)?;
    program.until_said("does not answer");
    sleep(Duration::from_secs(3));
    engine.begin()?;
    until_well_again(&engine, &home)?;
    check_quiet(&home, &mut program)?;
    let said = program.said();
    ensure(!said.contains("restart loop"), || said)
}

/// An engine that died stops its containers when it begins again, with code 0 and
/// without a report, and leaves them so in spite of their policy (measured with 20.10).
/// From a stop by hand that cannot be told, so it is held, and said.
fn killed() -> Outcome {
    let (engine, home, mut program) = start()?;
    engine.end(Signal::KILL)?;
    program.until_said("does not answer");
    sleep(Duration::from_secs(2));
    engine.begin()?;
    until_count(&home, "engine_seen", 1)?;
    until_count(&home, "held", 2)?;
    let held = home.rows().iter().any(
        |row| matches!(&row.kind, EventKind::Held { code, .. } if *code == HoldCode::ManualStop),
    );
    ensure(held, || home.told())?;
    for container in ["chaos-one", "chaos-two"] {
        engine.docker(&["start", container])?;
    }
    until_well_again(&engine, &home)?;
    check_quiet(&home, &mut program)
}

fn stands_still() -> Outcome {
    let (engine, home, mut program) = start()?;
    engine.signal(Signal::STOP)?;
    program.until_said("does not answer");
    sleep(Duration::from_secs(5));
    engine.signal(Signal::CONT)?;
    until_well_again(&engine, &home)?;
    check_quiet(&home, &mut program)
}

fn slow() -> Outcome {
    let (engine, home, mut program) = start()?;
    engine.slow_down(15)?;
    until_count(&home, "engine_seen", home.count("engine_unseen"))?;
    let n_acted = home.count("action_started") + home.count("service_down");
    ensure(n_acted == 0, || home.told())?;
    ensure(program.stop().success(), || program.said())
}

fn late() -> Outcome {
    let engine = PrivateEngine::start()?;
    engine.run_service("one")?;
    engine.run_service("two")?;
    engine.end(Signal::TERM)?;
    let home = Home::with_config(&engine.address(), CONFIG);
    let mut program = home.start(LIVE);
    program.until_said("does not answer");
    engine.begin()?;
    program.until_said("leads the stack");
    program.until_said("well: one, two");
    ensure(home.count("engine_unseen") == 1, || home.told())?;
    ensure(home.count("action_started") == 0, || home.told())?;
    ensure(program.stop().success(), || program.said())
}

/// A service dies while nobody can be asked; the restart waits for the engine.
fn crash_unseen() -> Outcome {
    let (engine, home, mut program) = start()?;
    engine.docker(&["update", "--restart", "no", "chaos-one"])?;
    let pid = engine.docker(&["inspect", "-f", "{{.State.Pid}}", "chaos-one"])?;
    let pid = rustix::process::Pid::from_raw(pid.parse()?).ok_or("it does not run")?;
    engine.signal(Signal::STOP)?;
    program.until_said("does not answer");
    rustix::process::kill_process(pid, Signal::KILL)?;
    sleep(Duration::from_secs(2));
    ensure(home.count("action_started") == 0, || home.told())?;
    engine.signal(Signal::CONT)?;
    until_count(&home, "action_returned", 1)?;
    let is_running = || engine.docker(&["inspect", "-f", "{{.State.Running}}", "chaos-one"]);
    eventually(SOON, "the service to run again", || {
        Ok(if is_running()? == "true" {
            Ok(())
        } else {
            Err(home.told())
        })
    })?;
    ensure(home.count("action_started") == 1, || home.told())?;
    ensure(home.count("engine_unseen") == 1, || home.told())?;
    ensure(program.stop().success(), || program.said())
}

fn start() -> Outcome<(PrivateEngine, Home, Program)> {
    let engine = PrivateEngine::start()?;
    engine.run_service("one")?;
    engine.run_service("two")?;
    let home = Home::with_config(&engine.address(), CONFIG);
    let program = home.start(LIVE);
    program.until_said("well: one, two");
    Ok((engine, home, program))
}

fn until_well_again(engine: &PrivateEngine, home: &Home) -> Outcome {
    until_count(home, "engine_seen", 1)?;
    eventually(
        SOON,
        "both services to run and nothing to be said of them",
        || {
            let n_running = engine.docker(&["ps", "-q"])?.lines().count();
            let is_known = home.count("service_recovered") == n_down(home);
            let is_well = n_running == 2 && is_known;
            Ok(is_well.then_some(()).ok_or_else(|| home.told()))
        },
    )
}

/// Findings of services that were down; a repeated one is the same trouble.
fn n_down(home: &Home) -> usize {
    let rows = home.rows();
    let down = rows.iter().filter(|row| row.kind.name() == "service_down");
    let services = down.filter_map(|row| row.kind.service().cloned());
    services.collect::<std::collections::BTreeSet<_>>().len()
}

/// One word that the engine is away, one that it is back; no act and no call for a
/// person; and a good end.
fn check_quiet(home: &Home, program: &mut Program) -> Outcome {
    // Time for a wrong idea to become a deed.
    sleep(Duration::from_secs(3));
    for (event, n) in [
        ("engine_unseen", 1),
        ("engine_seen", 1),
        ("action_started", 0),
        ("action_denied", 0),
        ("escalated", 0),
    ] {
        ensure(home.count(event) == n, || {
            format!("{event}: {}", home.told())
        })?;
    }
    ensure(program.stop().success(), || program.said())?;
    home.assert_sound();
    Ok(())
}

fn until_count(home: &Home, event: &str, n: usize) -> Outcome {
    eventually(SOON, event, || {
        let is_there = home.count(event) >= n;
        Ok(is_there.then_some(()).ok_or_else(|| home.told()))
    })
}
