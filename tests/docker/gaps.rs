//! What is not there: a container, a controller in the middle of its act, the engine.

use std::time::Duration;

use libtest_mimic::Trial;

use crate::{
    answers::{untouched, up},
    controller::{Controller, SOON, Setup},
    door::Door,
    harness::{Inspect, Options, Outcome, Stack, docker, ensure, trial},
};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("gaps::a_missing_core_container_is_started", missing),
        trial("gaps::a_killed_controller_leaves_none", killed),
        trial("gaps::a_stop_waits_for_a_call_under_way", stopped),
        trial("gaps::an_engine_that_was_away_is_seen_again", engine_away),
    ]
}

fn missing() -> Outcome {
    let stack = up(&["processor", "ui", "scout"])?;
    let names = ["ui", "scout"].map(|service| stack.container(service));
    for name in &names {
        docker(&["rm", "-f", name])?;
    }
    let others = ["processor", "redis"].map(|service| (service, stack.inspect(service)));
    let mut live = Controller::start(&stack, &Setup::default())?;
    live.until("ui recovered")?;
    live.quiet()?;
    stack.until("ui", SOON, "well", Inspect::is_well)?;
    for (service, before) in others {
        untouched(&stack, service, &before?)?;
    }
    ensure(stack.inspect("scout").is_err(), || {
        "scout was started".to_owned()
    })?;
    live.ends_with(
        "ui down missing
        start compose_up_core definite_exit #1
        returned compose_up_core ok
        met compose_up_core
        ui recovered",
    )
}

/// Killed between its act and the verdict: the next one judges what the last one did.
fn killed() -> Outcome {
    let stack = Stack::up(&Options {
        services: &["ui"],
        stop_grace: Duration::from_secs(3),
        ..Options::default()
    })?;
    let before = stack.inspect("ui")?;
    let mut live = Controller::start(&stack, &Setup::default())?;
    stack.fault("ui", "hang", &[])?;
    live.until("start restart_service:ui definite_unhealthy #1")?;
    // The engine has the call by now, and waits for the process that does not end.
    live.watch(Duration::from_millis(700))?;
    live.kill()?;
    let mut live = Controller::start(&stack, &Setup::default())?;
    live.until("ui recovered")?;
    live.quiet()?;
    let ui = stack.inspect("ui")?;
    let is_cured = ui.started_at()? > before.started_at()? && ui.restart_count == 0;
    ensure(is_cured && ui.is_well(), || format!("{ui:?}"))?;
    live.ends_with(
        "? ui down unhealthy
        ? ui down exited code=137
        met restart_service:ui
        ui recovered",
    )
}

/// The ledger knows how the call ended; the verdict is the next session's.
fn stopped() -> Outcome {
    let stack = Stack::up(&Options {
        services: &["ui"],
        stop_grace: Duration::from_secs(3),
        ..Options::default()
    })?;
    let mut live = Controller::start(&stack, &Setup::default())?;
    stack.fault("ui", "hang", &[])?;
    live.until("start restart_service:ui definite_unhealthy #1")?;
    live.ends_with(
        "? ui down probe_failed
        ui down unhealthy
        start restart_service:ui definite_unhealthy #1
        returned restart_service:ui ok",
    )?;
    stack.until("ui", SOON, "well", Inspect::is_well)?;
    Ok(())
}

fn engine_away() -> Outcome {
    let stack = up(&["ui"])?;
    let before = stack.inspect("ui")?;
    let mut door = Door::open(&stack.folder().join("engine.sock"))?;
    let setup = Setup {
        docker_host: door.address(),
        ..Setup::default()
    };
    let mut live = Controller::start(&stack, &setup)?;
    door.shut();
    live.until("engine unseen")?;
    live.watch(Duration::from_secs(4))?;
    door.open_again();
    live.until("engine seen")?;
    live.quiet()?;
    untouched(&stack, "ui", &before)?;
    live.ends_with(
        "engine unseen
        engine seen",
    )
}
