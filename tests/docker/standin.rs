//! The stand-in itself: each fault shows the signals that it promises, and its cure cures it.

use std::{
    net::TcpStream,
    panic::{AssertUnwindSafe, catch_unwind},
    process::Command,
    thread::sleep,
    time::Duration,
};

use libtest_mimic::Trial;

use crate::harness::{
    Inspect, Options, Outcome, Stack, docker, ensure, eventually, owner_of, remove_project, sweep,
    trial,
};

const SOON: Duration = Duration::from_secs(20);

/// Long enough for three health checks or a policy restart, to see that nothing comes.
const WHILE: Duration = Duration::from_secs(3);

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("standin::a_crash_is_restarted_by_the_engine", crash_once),
        trial("standin::a_crash_without_a_policy_stays", crash_unmanaged),
        trial(
            "standin::a_crash_loop_ends_with_an_outside_restart",
            crash_loop,
        ),
        trial("standin::a_permanent_crash_loop_goes_on", crash_for_ever),
        trial("standin::an_unhealthy_ui_is_cured_by_a_restart", unhealthy),
        trial("standin::a_hang_is_cured_by_a_restart", hang),
        trial("standin::a_slow_start_needs_no_help", slow_start),
        trial("standin::redis_is_away_until_a_restart", redis_down),
        trial("standin::a_stopped_service_stays_stopped", stopped),
        trial("standin::a_paused_service_stays_paused", paused),
        trial("standin::a_degraded_body_leaves_docker_healthy", degraded),
        trial("standin::a_flapping_ui_does_not_restart", flap),
        trial("standin::a_panic_leaves_nothing_behind", after_a_panic),
        trial("standin::a_killed_run_is_swept_up", after_a_kill),
    ]
}

fn up(services: &'static [&'static str]) -> Outcome<Stack> {
    Stack::up(&Options {
        services,
        ..Options::default()
    })
}

fn crash_once() -> Outcome {
    let stack = up(&["ui"])?;
    stack.fault("ui", "crash_once", &[])?;
    stack.until_truth("ui", "cleared", "hit")?;
    stack.until("ui", SOON, "restarted by the policy", |ui| {
        ui.restart_count == 1 && ui.is_well()
    })?;
    stack.fault("ui", "killed", &[])?;
    stack.until("ui", SOON, "restarted again", |ui| {
        ui.restart_count == 2 && ui.is_well()
    })?;
    let killed_at_ms = stack.kill_main("ui")?;
    let started = stack.until("ui", SOON, "restarted a third time", |ui| {
        ui.restart_count == 3 && ui.is_well()
    })?;
    let started_at_ms = started.started_at()?.as_millisecond();
    ensure(killed_at_ms < started_at_ms, || format!("{started:?}"))?;
    Ok(())
}

fn crash_unmanaged() -> Outcome {
    let stack = Stack::up(&Options {
        restart: "no",
        services: &["ui"],
        ..Options::default()
    })?;
    stack.fault("ui", "crash_once", &["code=3"])?;
    let ui = stack.until("ui", SOON, "exited", |ui| ui.state.status == "exited")?;
    ensure(ui.state.exit_code == 3, || format!("exit code: {ui:?}"))?;
    stack.docker("start", "ui")?;
    stack.until("ui", SOON, "well after a start", Inspect::is_well)?;
    Ok(())
}

fn crash_loop() -> Outcome {
    let stack = up(&["processor"])?;
    stack.fault("processor", "crash_loop", &["code=0"])?;
    stack.until("processor", SOON, "in a loop", |processor| {
        processor.restart_count >= 3
    })?;
    let fallen = stack.until("processor", SOON, "between two lives", |processor| {
        processor.state.status == "restarting"
    })?;
    let life = fallen.life()?;
    ensure(life.as_millis() >= 500, || format!("it lived {life}"))?;
    ensure(fallen.state.exit_code == 0, || format!("{fallen:?}"))?;
    let words = "Service processor died unexpectedly! Shutting down suite.";
    stack.until_logged("processor", words)?;
    stack.docker("restart", "processor")?;
    stack.until_truth("processor", "cleared", "restart")?;
    stack.until("processor", SOON, "well after a restart", |processor| {
        processor.restart_count == 0 && processor.is_well()
    })?;
    Ok(())
}

fn crash_for_ever() -> Outcome {
    let stack = up(&["ui"])?;
    stack.fault("ui", "crash_loop", &["--clear-on=manual"])?;
    stack.until("ui", SOON, "in a loop", |ui| ui.restart_count >= 2)?;
    stack.docker("restart", "ui")?;
    stack.until("ui", SOON, "in a loop again", |ui| ui.restart_count >= 2)?;
    stack.clear("ui", "crash_loop")?;
    stack.until("ui", SOON, "well after the fix", Inspect::is_well)?;
    Ok(())
}

fn unhealthy() -> Outcome {
    let stack = up(&["ui"])?;
    stack.fault("ui", "unhealthy", &["--clear-on=manual"])?;
    let sick = |ui: &Inspect| ui.health() == "unhealthy" && ui.failing_streak() >= 1;
    stack.until("ui", SOON, "unhealthy", sick)?;
    stack.docker("restart", "ui")?;
    stack.until("ui", SOON, "unhealthy in spite of a restart", sick)?;
    stack.clear("ui", "unhealthy")?;
    stack.until("ui", SOON, "well after the fix", Inspect::is_well)?;

    stack.fault("ui", "unhealthy", &[])?;
    let ui = stack.until("ui", SOON, "unhealthy", sick)?;
    ensure(ui.state.running && ui.restart_count == 0, || {
        format!("the engine restarted an unhealthy container: {ui:?}")
    })?;
    stack.docker("restart", "ui")?;
    stack.until_truth("ui", "cleared", "restart")?;
    stack.until("ui", SOON, "well after a restart", Inspect::is_well)?;
    Ok(())
}

fn hang() -> Outcome {
    let stack = up(&["redis", "ui"])?;
    for service in ["ui", "redis"] {
        stack.fault(service, "hang", &[])?;
        let pid = stack.inspect(service)?.state.pid;
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
        ensure(stat.contains(") T "), || format!("not stopped: {stat}"))?;
    }
    stack.until("ui", SOON, "unhealthy", |ui| {
        ui.state.running && ui.health() == "unhealthy"
    })?;
    for service in ["redis", "ui"] {
        stack.docker("restart", service)?;
        stack.until_truth(service, "cleared", "restart")?;
        stack.until(service, SOON, "well after a restart", Inspect::is_well)?;
    }
    Ok(())
}

fn slow_start() -> Outcome {
    let stack = Stack::up(&Options {
        health_start: Duration::from_secs(8),
        services: &["ui"],
        ..Options::default()
    })?;
    stack.fault("ui", "slow_start", &["secs=4"])?;
    stack.docker("restart", "ui")?;
    let ui = stack.inspect("ui")?;
    ensure(ui.health() == "starting", || format!("{ui:?}"))?;
    let refused = stack.page("/health").err().unwrap_or_default();
    ensure(refused.contains("refused"), || refused)?;
    let ui = stack.until("ui", SOON, "well by itself", Inspect::is_well)?;
    ensure(ui.restart_count == 0, || format!("{ui:?}"))
}

fn redis_down() -> Outcome {
    let stack = up(&["redis", "scout", "processor", "ui"])?;
    stack.fault("redis", "redis_down", &[])?;
    stack.until("redis", SOON, "refusing to start", |redis| {
        redis.restart_count >= 2
    })?;
    ensure(!is_open(stack.redis_port()), || "Redis answers".to_owned())?;
    for service in ["processor", "ui", "scout"] {
        let state = stack.inspect(service)?;
        ensure(state.is_well(), || {
            format!("{service} fell with it: {state:?}")
        })?;
    }
    let words = "[ERROR] wicap.processor: Redis queue error: Error 111 connecting to";
    stack.until_logged("processor", words)?;
    stack.docker("restart", "redis")?;
    stack.until_truth("redis", "cleared", "restart")?;
    events_flow(&stack)?;

    stack.fault("redis", "redis_down", &["stay=1"])?;
    eventually(SOON, "the port to be closed", || {
        let open = is_open(stack.redis_port());
        Ok(if open { Err("open".to_owned()) } else { Ok(()) })
    })?;
    sleep(WHILE);
    let redis = stack.inspect("redis")?;
    ensure(redis.is_well(), || format!("it did not stay: {redis:?}"))?;
    stack.docker("restart", "redis")?;
    events_flow(&stack)
}

/// What the processor has done grows.
fn events_flow(stack: &Stack) -> Outcome {
    let file = stack.folder().join("repo/captures/processor.state.json");
    let before = std::fs::read_to_string(&file)?;
    eventually(SOON, "events to flow again", || {
        let now = std::fs::read_to_string(&file)?;
        Ok(if now == before { Err(now) } else { Ok(()) })
    })
}

fn stopped() -> Outcome {
    let stack = up(&["redis", "ui"])?;
    for service in ["redis", "ui"] {
        stack.fault(service, "stopped", &[])?;
        let state = stack.inspect(service)?;
        ensure(
            state.state.status == "exited" && state.state.exit_code == 0,
            || format!("{service} did not end on SIGTERM: {state:?}"),
        )?;
    }
    stack.until_logged("redis", "ready to exit, bye bye")?;
    sleep(WHILE);
    let ui = stack.inspect("ui")?;
    ensure(!ui.state.running && ui.restart_count == 0, || {
        format!("{ui:?}")
    })?;
    stack.docker("start", "ui")?;
    stack.until_truth("ui", "cleared", "restart")?;
    stack.clear("redis", "stopped")?;
    for service in ["redis", "ui"] {
        stack.until(service, SOON, "well after a start", Inspect::is_well)?;
    }
    Ok(())
}

fn paused() -> Outcome {
    let stack = up(&["ui"])?;
    stack.fault("ui", "paused", &[])?;
    let ui = stack.inspect("ui")?;
    ensure(ui.state.paused && ui.state.running, || format!("{ui:?}"))?;
    stack.docker("unpause", "ui")?;
    stack.until_truth("ui", "cleared", "unpause")?;
    stack.until("ui", SOON, "well after unpause", Inspect::is_well)?;
    Ok(())
}

fn degraded() -> Outcome {
    let stack = up(&["ui"])?;
    stack.fault("ui", "degraded_db", &[])?;
    let body = stack.page("/health")?;
    let expected = r#"{"database":"disconnected","scavenger":"idle","status":"degraded"}"#;
    ensure(body == expected, || body)?;
    ensure(stack.page("/api/stats").is_err(), || {
        "/api/stats answers without a database".to_owned()
    })?;
    sleep(WHILE);
    let ui = stack.inspect("ui")?;
    ensure(ui.is_well(), || format!("{ui:?}"))?;
    stack.clear("ui", "degraded_db")?;
    let body = stack.page("/health")?;
    ensure(body.contains("\"healthy\""), || body)
}

fn flap() -> Outcome {
    let stack = up(&["ui"])?;
    let start = stack.inspect("ui")?.started_at()?;
    stack.fault("ui", "flap", &["period_ms=4000"])?;
    for turn in ["unhealthy", "healthy", "unhealthy", "healthy"] {
        stack.until("ui", SOON, turn, |ui| ui.health() == turn)?;
    }
    let ui = stack.inspect("ui")?;
    ensure(ui.started_at()? == start, || format!("{ui:?}"))
}

fn after_a_panic() -> Outcome {
    let stack = up(&["ui"])?;
    let project = stack.project().to_owned();
    let port = stack.ui_port();
    let folder = stack.folder().to_owned();
    stack.fault("ui", "paused", &[])?;
    let panicked = catch_unwind(AssertUnwindSafe(move || {
        let _stack = stack;
        std::panic::resume_unwind(Box::new("a test that fails"));
    }));
    ensure(panicked.is_err(), || "it did not panic".to_owned())?;
    ensure(!folder.exists(), || format!("{folder:?} is still there"))?;
    ensure(!is_open(port), || format!("port {port} is still open"))?;
    nothing_is_left(&project)
}

fn after_a_kill() -> Outcome {
    let mut gone = Command::new("true").spawn()?;
    let pid = gone.id();
    gone.wait()?;
    let project = format!("standin-{pid}-left");
    let labels = [
        format!("wicap-assist.standin={}", owner_of(pid)),
        format!("com.docker.compose.project={project}"),
    ];
    let name = format!("{project}-ui");
    let [owner, of_project] = &labels;
    docker(&[
        "create",
        "--name",
        &name,
        "--label",
        owner,
        "--label",
        of_project,
        "wicap-assist-standin:latest",
        "ui",
    ])?;
    sweep();
    nothing_is_left(&project).inspect_err(|_| remove_project(&project))
}

fn nothing_is_left(project: &str) -> Outcome {
    let filter = format!("label=com.docker.compose.project={project}");
    for what in [&["ps", "-a"][..], &["volume", "ls"]] {
        let left = docker(&[what, &["-q", "--filter", &filter]].concat())?;
        ensure(left.is_empty(), || format!("{project} left {left}"))?;
    }
    Ok(())
}

fn is_open(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}
