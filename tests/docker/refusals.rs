//! What is left alone, by whose order: a person's hand, a switch, a mode, another controller.

use std::{fs, time::Duration};

use libtest_mimic::Trial;

use crate::{
    answers::{restarted_once, untouched, up},
    controller::{Controller, Setup, command},
    harness::{Options, Outcome, Stack, docker, ensure, trial},
};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("refusals::a_stop_by_hand_wins", stopped),
        trial("refusals::a_pause_by_hand_wins", paused),
        trial("refusals::a_kill_by_hand_wins", killed_by_hand),
        trial("refusals::a_recreation_by_hand_is_no_crash", recreated),
        trial("refusals::a_removal_by_hand_wins", removed),
        trial("refusals::a_changed_compose_file_stops_compose", drifted),
        trial("refusals::observe_says_what_it_would_do", observe),
        trial("refusals::shadow_says_what_it_would_do", shadow),
        trial("refusals::a_pulled_switch_stops_all_until_cleared", switch),
        trial("refusals::a_scout_is_not_ours_to_restart", scout),
        trial("refusals::a_call_for_a_person_may_end_it", escalation),
        trial("refusals::one_controller_leads_a_stack", two),
    ]
}

fn stopped() -> Outcome {
    let stack = up(&["ui"])?;
    let mut live = Controller::start(&stack, &Setup::default())?;
    stack.fault("ui", "stopped", &["--clear-on=manual"])?;
    live.until("ui held manual_stop")?;
    live.watch(Duration::from_secs(5))?;
    let ui = stack.inspect("ui")?;
    ensure(!ui.state.running, || format!("{ui:?}"))?;
    stack.clear("ui", "stopped")?;
    live.until("ui recovered")?;
    live.quiet()?;
    live.ends_with(
        "ui down stopped code=0
        ui held manual_stop
        ? ui held starting
        ui recovered",
    )
}

fn paused() -> Outcome {
    let stack = up(&["ui"])?;
    let before = stack.inspect("ui")?;
    let mut live = Controller::start(&stack, &Setup::default())?;
    stack.fault("ui", "paused", &[])?;
    live.until("ui held paused_by_hand")?;
    live.watch(Duration::from_secs(5))?;
    stack.docker("unpause", "ui")?;
    live.until("ui recovered")?;
    live.quiet()?;
    untouched(&stack, "ui", &before)?;
    live.ends_with(
        "ui down paused
        ui held paused_by_hand
        ? ui held starting
        ui recovered",
    )
}

fn killed_by_hand() -> Outcome {
    let stack = up(&["ui"])?;
    let mut live = Controller::start(&stack, &Setup::default())?;
    stack.docker("kill", "ui")?;
    live.until("ui held manual_stop")?;
    live.watch(Duration::from_secs(5))?;
    let ui = stack.inspect("ui")?;
    ensure(!ui.state.running, || format!("{ui:?}"))?;
    stack.docker("start", "ui")?;
    live.until("ui recovered")?;
    live.ends_with(
        "ui down stopped code=137
        ui held manual_stop
        ? ui held starting
        ui recovered",
    )
}

fn recreated() -> Outcome {
    let stack = up(&["ui"])?;
    let mut live = Controller::start(&stack, &Setup::default())?;
    stack.compose(&["up", "-d", "--no-deps", "--force-recreate", "ui"])?;
    live.watch(Duration::from_secs(8))?;
    let ui = stack.inspect("ui")?;
    ensure(ui.is_well() && ui.restart_count == 0, || format!("{ui:?}"))?;
    live.ends_with(
        "ui down stopped code=0
        ui held manual_stop
        ? ui held starting
        ui recovered",
    )
}

fn removed() -> Outcome {
    let stack = up(&["ui"])?;
    let mut live = Controller::start(&stack, &Setup::default())?;
    docker(&["rm", "-f", &stack.container("ui")])?;
    live.until("ui held manual_stop")?;
    live.watch(Duration::from_secs(5))?;
    ensure(stack.inspect("ui").is_err(), || "it was started".to_owned())?;
    live.ends_with(
        "? ui down stopped code=137
        ? ui down stopped
        ui held manual_stop",
    )
}

/// `up` would make containers anew that were made from another file.
fn drifted() -> Outcome {
    let stack = up(&["ui"])?;
    docker(&["rm", "-f", &stack.container("ui")])?;
    let file = stack.folder().join("compose.yml");
    let text = fs::read_to_string(&file)?;
    fs::write(&file, text.replace("--appendonly", "--appendfsync"))?;
    let before = stack.inspect("redis")?;
    let mut live = Controller::start(&stack, &Setup::default())?;
    live.until("denied compose_up_core compose_drift")?;
    live.quiet()?;
    untouched(&stack, "redis", &before)?;
    live.ends_with(
        "ui down missing
        denied compose_up_core compose_drift",
    )
}

fn observe() -> Outcome {
    would("observe", &[], "observe_mode")
}

fn shadow() -> Outcome {
    would("assist", &["--shadow"], "shadow")
}

/// The step is named, refused once, and nothing is done.
fn would(mode: &'static str, arguments: &'static [&'static str], code: &str) -> Outcome {
    let stack = up(&["ui"])?;
    let before = stack.inspect("ui")?;
    let setup = Setup {
        mode,
        arguments,
        ..Setup::default()
    };
    let mut live = Controller::start(&stack, &setup)?;
    stack.fault("ui", "unhealthy", &["--clear-on=manual"])?;
    live.until(&format!("denied restart_service:ui {code}"))?;
    live.watch(Duration::from_secs(5))?;
    untouched(&stack, "ui", &before)?;
    stack.clear("ui", "unhealthy")?;
    live.until("ui recovered")?;
    live.ends_with(&format!(
        "? ui down probe_failed
        ui down unhealthy
        denied restart_service:ui {code}
        ? ui down probe_failed
        ui recovered"
    ))
}

fn switch() -> Outcome {
    let stack = up(&["ui"])?;
    let mut live = Controller::start(&stack, &Setup::default())?;
    let file = live.data().join("KILL");
    fs::write(&file, "")?;
    live.until("kill switch pulled")?;
    stack.fault("ui", "unhealthy", &[])?;
    live.until("denied restart_service:ui kill_switch")?;
    live.watch(Duration::from_secs(5))?;
    fs::remove_file(&file)?;
    live.until("ui recovered")?;
    live.quiet()?;
    restarted_once(&stack, "ui", &live)?;
    live.ends_with(
        "kill switch pulled
        ? ui down probe_failed
        ui down unhealthy
        denied restart_service:ui kill_switch
        kill switch cleared
        start restart_service:ui definite_unhealthy #1
        returned restart_service:ui ok
        met restart_service:ui
        ui recovered",
    )
}

fn scout() -> Outcome {
    let stack = Stack::up(&Options {
        services: &["scout"],
        restart: "no",
        ..Options::default()
    })?;
    let mut live = Controller::start(&stack, &Setup::default())?;
    stack.fault("scout", "crash_once", &["code=2"])?;
    live.until("scout escalated not_restartable")?;
    live.watch(Duration::from_secs(5))?;
    stack.docker("start", "scout")?;
    live.until("scout recovered")?;
    live.ends_with(
        "scout down exited code=2
        scout held not_restartable
        scout escalated not_restartable
        ? scout held starting
        scout recovered",
    )
}

fn escalation() -> Outcome {
    let stack = up(&["ui"])?;
    let setup = Setup {
        arguments: &["--stop-on-escalation"],
        ..Setup::default()
    };
    let mut live = Controller::start(&stack, &setup)?;
    stack.fault("ui", "degraded_db", &[])?;
    live.until("ui escalated restart_proof")?;
    let code = live.code()?;
    ensure(code == Some(3), || format!("it ended with {code:?}"))
}

/// The second one is told who leads; one that only observes may run beside it, and what it
/// sees of the leader's restart depends on when it looks: it must do nothing.
fn two() -> Outcome {
    let stack = up(&["ui"])?;
    let first = Controller::start(&stack, &Setup::default())?;
    let pid = format!("process {}", first.pid());
    for data in ["data", "other"] {
        let setup = Setup {
            data,
            ..Setup::default()
        };
        let words = ["live", "--json", "--control-mode", "assist"];
        let second = command(&stack, &setup, &words).output()?;
        let stderr = String::from_utf8_lossy(&second.stderr);
        let is_named = data == "other" || stderr.contains(&pid);
        let is_refused = second.status.code() == Some(1) && stderr.contains("hint: stop it first");
        ensure(is_refused && is_named, || format!("{second:?}"))?;
    }
    let setup = Setup {
        mode: "observe",
        ..Setup::default()
    };
    let mut beside = Controller::start(&stack, &setup)?;
    let mut first = first;
    stack.fault("ui", "unhealthy", &[])?;
    first.until("met restart_service:ui")?;
    first.until("ui recovered")?;
    beside.until("ui recovered")?;
    beside.quiet()?;
    restarted_once(&stack, "ui", &first)?;
    beside.ends_having_done("")?;
    first.ends_having_done(
        "start restart_service:ui
        returned restart_service:ui ok
        met restart_service:ui",
    )
}
