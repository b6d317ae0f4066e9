//! What happens next, by the dice and by how the world is.

use wicap_assist::{
    control::State,
    model::{KillSwitch, Lifecycle, ServiceId},
};

use crate::{
    dice::Dice,
    scenario::{Scenario, body::Body, disk::Disk, world::Insides},
};

const EXIT_CODES: [&str; 6] = ["0", "1", "137", "143", "139", "2"];

/// How a course begins: what the operator says, and what the stack is like.
pub(crate) fn opening(dice: &mut Dice) -> Vec<String> {
    let mut script = Vec::new();
    if dice.percent(12) {
        script.push("disk".to_owned());
    }
    script.push(dice.pick(&MODES).to_string());
    if dice.percent(30) {
        script.push("lead".to_owned());
    }
    if dice.percent(10) {
        script.push(ALLOW_ALL.to_owned());
    }
    for command in TERMS {
        if dice.percent(3) {
            script.push(command.to_owned());
        }
    }
    for (number, most) in NUMBERS {
        if dice.percent(12) {
            script.push(format!("set {number} {}", dice.within(1, most)));
        }
    }
    for extra in ["worker", "worker#2", "cache"] {
        if dice.percent(15) {
            script.push(format!("add {extra}"));
        }
    }
    for service in ["processor", "redis", "scout", "ui"] {
        if dice.percent(60) {
            let policy = dice.pick(&["no", "on-failure", "always", "unless-stopped"]);
            script.push(format!("{service} policy {policy}"));
        }
        if dice.percent(25) {
            script.push(format!("{service} probe ok"));
        }
    }
    if dice.percent(10) {
        script.push("processor joins redis".to_owned());
    }
    script
}

const MODES: [&str; 8] = [
    "mode assist",
    "mode assist",
    "mode assist",
    "mode autonomous",
    "mode autonomous",
    "mode autonomous",
    "mode autonomous",
    "mode observe",
];

const TERMS: [&str; 9] = [
    "shadow",
    "allow status_check",
    "allow restart_service",
    "allow restart_service:ui status_check",
    "deny restart_service:redis",
    "deny compose_up_core restart_service:ui",
    "plane elevated off",
    "plane runtime off",
    "plane tool_policy off",
];

/// The rows that a ledger may refuse.
const REFUSED: [&str; 6] = [
    "action_started",
    "action_started",
    "action_returned",
    "episode_closed",
    "operator_answer",
    "service_down",
];

const ALLOW_ALL: &str = "allow restart_service status_check compose_up_core compose_up shutdown";

const NUMBERS: [(&str, u64); 8] = [
    ("attempts", 5),
    ("budget_service", 4),
    ("budget_service_day", 6),
    ("budget_stack", 6),
    ("budget_stack_day", 10),
    ("settle", 30),
    ("cooldown", 60),
    ("backoff", 60),
];

/// One more command.
pub(crate) fn next(dice: &mut Dice, scenario: &Scenario) -> String {
    let insides = &scenario.world.insides();
    if let Some(disk) = &scenario.disk {
        if disk.is_failing() && dice.percent(30) {
            return "ledger works".to_owned();
        }
        if dice.percent(4) {
            if dice.percent(50) {
                return format!("ledger refuses {}", dice.pick(&REFUSED));
            }
            let n_rows = *dice.pick(&[0, 0, 1, 2, 3, 5, 8]);
            return format!("ledger fails after {n_rows}");
        }
    }
    if scenario.desk.state.soak_hold().is_some() && dice.percent(10) {
        return "operator soak lets go".to_owned();
    }
    if let Some(end) = end_of_trouble(insides).filter(|_| dice.percent(15)) {
        return end;
    }
    match dice.within(0, 99) {
        0..40 => format!("turn {}", dice.within(1, 12)),
        40..42 => format!("wait {}", calm_s(dice)),
        42..47 => restart_effect(dice),
        47..51 => outside(dice),
        51..54 => operator(dice, insides, &scenario.desk.state),
        54..56 => controller(dice),
        56..58 => format!("clock {}", jump_s(dice)),
        _ => about_service(dice, insides),
    }
}

/// What would end a state of the world in which nothing can be done.
fn end_of_trouble(insides: &Insides) -> Option<String> {
    if insides.is_engine_away {
        return Some("engine back".to_owned());
    }
    if insides.kill_switch != KillSwitch::Clear || insides.pulls_late {
        return Some("switch clear".to_owned());
    }
    let odd = insides
        .services
        .iter()
        .find(|(_, body)| body.is_blind || body.shown.is_some());
    odd.map(|(service, body)| match body.is_blind {
        true => format!("{service} seen"),
        false => format!("{service} shows new"),
    })
}

fn calm_s(dice: &mut Dice) -> u64 {
    match dice.within(0, 9) {
        0..5 => dice.within(5, 300),
        5..9 => dice.within(300, 4_000),
        _ => dice.within(4_000, 100_000),
    }
}

fn jump_s(dice: &mut Dice) -> String {
    let size = match dice.within(0, 9) {
        0..4 => dice.within(1, 60),
        4..8 => dice.within(60, 4_000),
        _ => dice.within(4_000, 200_000),
    };
    let sign = if dice.percent(40) { "-" } else { "" };
    format!("{sign}{size}")
}

fn restart_effect(dice: &mut Dice) -> String {
    let effects = [
        "heals", "heals", "heals", "fails", "fails", "errors", "hangs", "lingers", "halves",
        "refused",
    ];
    match dice.percent(25) {
        true => format!("restart takes {}", dice.within(1, 39)),
        false => format!("restart {}", dice.pick(&effects)),
    }
}

fn outside(dice: &mut Dice) -> String {
    let commands = [
        "engine away",
        "switch pulled",
        "switch pulled late",
        "reports prompt",
        "reports twice",
        "compose answers",
        "compose answers",
        "compose drifted",
        "compose is old",
        "compose is unreadable",
        "compose is silent",
    ];
    match dice.percent(15) {
        true => format!("reports late {}", dice.within(1, 120)),
        false => (*dice.pick(&commands)).to_owned(),
    }
}

const WISHES: [&str; 5] = [
    "status_check",
    "compose_up_core",
    "compose_up",
    "shutdown",
    "yield",
];

fn operator(dice: &mut Dice, insides: &Insides, state: &State) -> String {
    let requests = state.requests();
    let service = service(dice, insides);
    match dice.within(0, 14) {
        6..=8 => format!(
            "operator asks restart_service:{service} {}",
            dice.within(5, 120)
        ),
        9..=11 => {
            let wish = dice.pick(&WISHES);
            format!("operator asks {wish} {}", dice.within(5, 120))
        }
        12 => {
            let last = requests.last().map_or(0, |request| request.seq);
            format!("operator withdraws {last}")
        }
        13 => format!(
            "operator soak {}",
            dice.pick(&["holds", "lets go", "is over"])
        ),
        0 => format!("operator pauses {}", dice.within(10, 1_200)),
        1 => format!("operator pauses {service} {}", dice.within(10, 1_200)),
        2 => "operator resumes".to_owned(),
        3 => format!("operator resumes {service}"),
        _ => format!("operator acks {service}"),
    }
}

fn controller(dice: &mut Dice) -> String {
    match dice.within(0, 14) {
        0..7 => "session".to_owned(),
        12..=14 => format!("stalls {}", dice.within(1, 90)),
        7 => (*dice.pick(&MODES)).to_owned(),
        8 => "lease lost".to_owned(),
        9 | 10 => format!("rival takes {}", dice.within(5, 300)),
        _ => "shadow".to_owned(),
    }
}

fn about_service(dice: &mut Dice, insides: &Insides) -> String {
    let service = service(dice, insides);
    let body = &insides.services[&service];
    let change = match lifecycle(body) {
        None => (*dice.pick(&["made by hand", "blind", "shows new"])).to_owned(),
        Some(Lifecycle::Running) => running(dice),
        Some(Lifecycle::Restarting) => {
            let next = [
                "restarts",
                "restarts",
                "restarts",
                "stop by hand",
                "kill by hand",
                "vanishes",
            ];
            (*dice.pick(&next)).to_owned()
        }
        Some(Lifecycle::Paused) => (*dice.pick(&["unpause", "blind", "shows old"])).to_owned(),
        Some(Lifecycle::Exited | Lifecycle::Created | Lifecycle::Dead | Lifecycle::Removing) => {
            ended(dice)
        }
    };
    format!("{service} {change}")
}

fn running(dice: &mut Dice) -> String {
    match dice.within(0, 31) {
        0..5 => format!("crashes {}", dice.pick(&EXIT_CODES)),
        5..8 => format!("loops {}", dice.within(1, 6)),
        8 => "oom".to_owned(),
        9..15 => format!("unhealthy {}", dice.within(0, 4)),
        15 => "healthy".to_owned(),
        16 => "flips".to_owned(),
        17 | 18 => "probe fails".to_owned(),
        19 => "probe ok".to_owned(),
        20 => "probe degraded".to_owned(),
        21 => format!("ended {}", dice.pick(&EXIT_CODES)),
        22 => "dead".to_owned(),
        23 => "vanishes".to_owned(),
        24 => "pause".to_owned(),
        25 => format!("stop by hand {}", dice.pick(&EXIT_CODES)),
        26 => (*dice.pick(&["stop by hand", "kill by hand"])).to_owned(),
        27 => "removed by hand".to_owned(),
        28 => "deployed".to_owned(),
        29 => "blind".to_owned(),
        30 => "shows old".to_owned(),
        _ => format!("policy {}", dice.pick(&["no", "unless-stopped"])),
    }
}

fn ended(dice: &mut Dice) -> String {
    match dice.within(0, 9) {
        0..3 => "start by hand",
        3 => "starting",
        4 => "error no such device",
        5 => "removed by hand",
        6 => "blind",
        7 => "shows old",
        8 => "made by hand",
        _ => "vanishes",
    }
    .to_owned()
}

fn service(dice: &mut Dice, insides: &Insides) -> ServiceId {
    let services: Vec<&ServiceId> = insides.services.keys().collect();
    (*dice.pick(&services)).clone()
}

fn lifecycle(body: &Body) -> Option<Lifecycle> {
    body.container.as_ref().map(|container| container.lifecycle)
}

/// Whether a command can happen as the world is. What cannot is left out, so that any
/// part of a course is a course.
pub(crate) fn is_possible(words: &[&str], scenario: &Scenario) -> bool {
    let insides = &scenario.world.insides();
    let leads = scenario.session.leads;
    let is_failing = scenario.disk.as_ref().is_some_and(Disk::is_failing);
    let (service, change) = match words {
        ["disk"] => return true,
        ["ledger", ..] => return scenario.disk.is_some(),
        ["rival", ..] => return leads && !is_failing,
        ["lease", ..] => return !leads,
        ["add", service] => {
            let is_known = |known: &ServiceId| known.to_string() == **service;
            return !insides.services.keys().any(is_known);
        }
        [
            "turn" | "wait" | "restart" | "engine" | "switch" | "reports" | "compose" | "clock"
            | "stalls",
            ..,
        ] => return true,
        // Other processes, and a new one, would end there.
        [
            "session" | "mode" | "shadow" | "allow" | "deny" | "plane" | "set" | "lead"
            | "operator",
            ..,
        ] => return !is_failing,
        [service, change @ ..] => (service, change),
        [] => return false,
    };
    let Ok(service) = service.parse::<ServiceId>() else {
        return false;
    };
    let Some(body) = insides.services.get(&service) else {
        return false;
    };
    if matches!(change, ["blind" | "seen"]) {
        return true;
    }
    let lifecycle = lifecycle(body);
    if insides.slow.iter().any(|slow| slow.service == service) {
        return false;
    }
    let has_ended = matches!(
        lifecycle,
        Some(Lifecycle::Exited | Lifecycle::Created | Lifecycle::Dead)
    );
    let runs = lifecycle == Some(Lifecycle::Running);
    match change {
        ["made", ..] => lifecycle.is_none() || lifecycle == Some(Lifecycle::Exited),
        [
            "policy" | "shows" | "vanishes" | "removed" | "deployed" | "joins",
            ..,
        ] => lifecycle.is_some(),
        ["probe", ..] => true,
        ["unhealthy" | "healthy", ..] => runs && body.has_check,
        [
            "crashes" | "ended" | "loops" | "oom" | "pause" | "flips" | "dead",
            ..,
        ] => runs,
        ["stop" | "kill", ..] => runs || lifecycle == Some(Lifecycle::Restarting),
        ["restarts"] => lifecycle == Some(Lifecycle::Restarting),
        ["unpause"] => lifecycle == Some(Lifecycle::Paused),
        ["starting"] => has_ended && body.has_check,
        ["start" | "error", ..] => has_ended,
        _ => false,
    }
}
