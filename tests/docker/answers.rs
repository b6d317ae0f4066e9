//! The right answer to each fault: what is found, what is done, and how that ends.
//!
//! Each trial breaks a stack of its own under the real program. `ends_with` compares everything
//! that the program said, so that a second start or a needless word fails.

use std::time::Duration;

use libtest_mimic::Trial;

use crate::{
    controller::{Controller, Setup},
    harness::{Inspect, Options, Outcome, Stack, ensure, trial},
};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("answers::a_crash_is_left_to_the_engine", crash_with_policy),
        trial("answers::a_crash_without_policy_is_restarted", crash_alone),
        trial("answers::a_loop_is_cured_by_a_restart", || {
            crash_loop("processor", 1)
        }),
        trial("answers::a_loop_of_clean_exits_is_a_loop", || {
            crash_loop("ui", 0)
        }),
        trial("answers::a_loop_without_cure_calls_a_person", hopeless_loop),
        trial("answers::an_unhealthy_ui_is_restarted", unhealthy),
        trial("answers::a_hanging_ui_is_restarted", hang),
        trial("answers::a_degraded_answer_calls_a_person", degraded),
        trial("answers::a_slow_start_is_waited_for", slow_start),
        trial("answers::a_hiccup_is_no_flapping", hiccup),
        trial("answers::a_flapping_ui_calls_a_person", flap),
        trial("answers::the_first_mover_is_restarted_alone", redis_down),
    ]
}

/// A stack whose stopped processes are killed after a second.
pub(crate) fn up(services: &'static [&'static str]) -> Outcome<Stack> {
    Stack::up(&Options {
        services,
        ..Options::default()
    })
}

fn unmanaged(services: &'static [&'static str]) -> Outcome<Stack> {
    Stack::up(&Options {
        services,
        restart: "no",
        ..Options::default()
    })
}

/// A service is well, and its last start is the program's own act: nobody started it again.
pub(crate) fn restarted_once(stack: &Stack, service: &str, live: &Controller) -> Outcome {
    let now = stack.inspect(service)?;
    let (begin_ms, end_ms) = live.last_act()?;
    let start_ms = now.started_at()?.as_millisecond();
    let is_own = (begin_ms..=end_ms).contains(&start_ms);
    ensure(is_own && now.restart_count == 0 && now.is_well(), || {
        format!("acted from {begin_ms} to {end_ms}: {now:?}")
    })
}

/// Nothing was done to a service since `before`.
pub(crate) fn untouched(stack: &Stack, service: &str, before: &Inspect) -> Outcome {
    let now = stack.inspect(service)?;
    let is_same = now.started_at()? == before.started_at()?
        && now.restart_count == before.restart_count
        && now.state.pid == before.state.pid;
    ensure(is_same, || format!("{before:?} became {now:?}"))
}

fn crash_with_policy() -> Outcome {
    let stack = up(&["ui"])?;
    let mut live = Controller::start(&stack, &Setup::default())?;
    stack.fault("ui", "crash_once", &["code=3"])?;
    live.until("ui recovered")?;
    live.quiet()?;
    let ui = stack.inspect("ui")?;
    ensure(ui.restart_count == 1 && ui.is_well(), || format!("{ui:?}"))?;
    live.ends_with(
        "ui down exited code=3
        ui held restart_policy_at_work
        ui recovered",
    )
}

/// By the numbers of the product: ten seconds of grace.
fn crash_alone() -> Outcome {
    let stack = unmanaged(&["ui"])?;
    let setup = Setup {
        policy: "",
        ..Setup::default()
    };
    let mut live = Controller::start(&stack, &setup)?;
    stack.fault("ui", "crash_once", &["code=0"])?;
    let down = live.until("ui down exited code=0")?;
    let start = live.until("start restart_service:ui definite_exit #1")?;
    let grace_ms = start.at_ms - down.at_ms;
    ensure((9_500..13_000).contains(&grace_ms), || {
        format!("{grace_ms} ms")
    })?;
    live.until("ui recovered")?;
    live.quiet()?;
    restarted_once(&stack, "ui", &live)?;
    live.ends_with(
        "ui down exited code=0
        start restart_service:ui definite_exit #1
        returned restart_service:ui ok
        met restart_service:ui
        ui recovered",
    )
}

fn crash_loop(service: &'static str, code: u8) -> Outcome {
    let stack = match service {
        "ui" => up(&["ui"])?,
        _ => up(&["processor"])?,
    };
    let mut live = Controller::start(&stack, &Setup::default())?;
    stack.fault(service, "crash_loop", &[&format!("code={code}")])?;
    live.until(&format!("{service} recovered"))?;
    live.quiet()?;
    restarted_once(&stack, service, &live)?;
    stack.until_truth(service, "cleared", "restart")?;
    live.ends_with(&format!(
        "{service} down exited code={code}
        {service} held restart_policy_at_work
        {service} down restart_loop code={code}
        ? {service} released restart_policy_at_work
        start restart_service:{service} restart_loop #1
        returned restart_service:{service} ok
        met restart_service:{service}
        {service} recovered"
    ))
}

fn hopeless_loop() -> Outcome {
    let stack = up(&["ui"])?;
    let mut live = Controller::start(&stack, &Setup::default())?;
    stack.fault("ui", "crash_loop", &["--clear-on=manual"])?;
    live.until("ui escalated attempts_spent")?;
    live.watch(Duration::from_secs(6))?;
    live.ends_with(
        "ui down exited code=1
        ui held restart_policy_at_work
        ui down restart_loop code=1
        ? ui released restart_policy_at_work
        start restart_service:ui restart_loop #1
        returned restart_service:ui ok
        unmet restart_service:ui
        ui held backoff
        ui released backoff
        start restart_service:ui restart_loop #2
        returned restart_service:ui ok
        unmet restart_service:ui
        ui held attempts_spent
        ui escalated attempts_spent",
    )
}

/// By the numbers of the product.
fn unhealthy() -> Outcome {
    let stack = up(&["ui"])?;
    let setup = Setup {
        policy: "",
        ..Setup::default()
    };
    let mut live = Controller::start(&stack, &setup)?;
    stack.fault("ui", "unhealthy", &[])?;
    live.until("ui recovered")?;
    live.quiet()?;
    restarted_once(&stack, "ui", &live)?;
    live.ends_with(
        "? ui down probe_failed
        ui down unhealthy
        start restart_service:ui definite_unhealthy #1
        returned restart_service:ui ok
        met restart_service:ui
        ui recovered",
    )
}

fn hang() -> Outcome {
    let stack = up(&["ui"])?;
    let mut live = Controller::start(&stack, &Setup::default())?;
    stack.fault("ui", "hang", &[])?;
    live.until("ui recovered")?;
    live.quiet()?;
    restarted_once(&stack, "ui", &live)?;
    live.ends_with(
        "? ui down probe_failed
        ui down unhealthy
        start restart_service:ui definite_unhealthy #1
        returned restart_service:ui ok
        met restart_service:ui
        ui recovered",
    )
}

fn degraded() -> Outcome {
    let stack = up(&["ui"])?;
    let before = stack.inspect("ui")?;
    let mut live = Controller::start(&stack, &Setup::default())?;
    stack.fault("ui", "degraded_db", &[])?;
    live.until("ui escalated restart_proof")?;
    live.watch(Duration::from_secs(6))?;
    untouched(&stack, "ui", &before)?;
    stack.clear("ui", "degraded_db")?;
    live.until("ui recovered")?;
    live.ends_with(
        "ui down degraded
        ui held restart_proof
        ui escalated restart_proof
        ui recovered",
    )
}

fn slow_start() -> Outcome {
    let stack = Stack::up(&Options {
        services: &["ui"],
        health_start: Duration::from_secs(15),
        ..Options::default()
    })?;
    let mut live = Controller::start(&stack, &Setup::default())?;
    stack.fault("ui", "slow_start", &["secs=7"])?;
    stack.kill_main("ui")?;
    live.until("ui recovered")?;
    live.quiet()?;
    let ui = stack.inspect("ui")?;
    ensure(ui.restart_count == 1 && ui.is_well(), || format!("{ui:?}"))?;
    live.ends_with(
        "ui down exited code=137
        ui held restart_policy_at_work
        ui recovered",
    )
}

/// Unwell once and well again, as the engine's check and our probe both see it.
fn hiccup() -> Outcome {
    let stack = up(&["ui"])?;
    let before = stack.inspect("ui")?;
    let setup = Setup {
        policy: "",
        ..Setup::default()
    };
    let mut live = Controller::start(&stack, &setup)?;
    stack.fault("ui", "unhealthy", &["--clear-on=manual"])?;
    live.until("ui down unhealthy")?;
    stack.clear("ui", "unhealthy")?;
    live.until("ui recovered")?;
    live.quiet()?;
    untouched(&stack, "ui", &before)?;
    live.ends_with(
        "? ui down probe_failed
        ui down unhealthy
        ? ui down probe_failed
        ui recovered",
    )
}

fn flap() -> Outcome {
    let stack = up(&["ui"])?;
    let before = stack.inspect("ui")?;
    let setup = Setup {
        policy: "",
        ..Setup::default()
    };
    let mut live = Controller::start(&stack, &setup)?;
    stack.fault("ui", "flap", &["period_ms=3500"])?;
    live.until("ui escalated flapping")?;
    live.watch(Duration::from_secs(8))?;
    untouched(&stack, "ui", &before)?;
    live.ends_with(
        "? ui down probe_failed
        ui down unhealthy
        ? ui down probe_failed
        ui recovered
        ? ui down probe_failed
        ui down unhealthy
        ? ui down probe_failed
        ui down flapping
        ui held flapping
        ui escalated flapping",
    )
}

fn redis_down() -> Outcome {
    let stack = up(&["processor", "ui", "scout"])?;
    let others = ["processor", "ui", "scout"].map(|service| (service, stack.inspect(service)));
    let mut live = Controller::start(&stack, &Setup::default())?;
    stack.fault("redis", "redis_down", &[])?;
    stack.fault("ui", "unhealthy", &["--clear-on=manual"])?;
    live.until("ui held waits_for_dependency")?;
    live.until("met restart_service:redis")?;
    stack.clear("ui", "unhealthy")?;
    live.until("ui recovered")?;
    live.quiet()?;
    restarted_once(&stack, "redis", &live)?;
    for (service, before) in others {
        untouched(&stack, service, &before?)?;
    }
    live.ends_with(
        "redis down exited code=1
        redis held restart_policy_at_work
        ? ui down probe_failed
        ? ui held waits_for_dependency
        ? redis down restart_loop code=1
        ? redis released restart_policy_at_work
        ? ui down unhealthy
        ? ui held waits_for_dependency
        ? redis down restart_loop code=1
        ? redis released restart_policy_at_work
        start restart_service:redis restart_loop #1
        returned restart_service:redis ok
        met restart_service:redis
        redis recovered
        ui released waits_for_dependency
        ? ui down probe_failed
        ui recovered",
    )
}
