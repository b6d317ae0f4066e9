//! The engine: its socket, its answer, its clock.

use std::{os::unix::fs::FileTypeExt as _, path::Path, time::Duration};

use super::Check;
use crate::{
    cli::Context,
    config::KILL_SWITCH_VARIABLE,
    model::{KillSwitch, millis},
    telemetry::words,
    world::{API_MIN, Endpoint, Engine, EngineError, KillSwitches, is_writable, now},
};

/// Two clocks of one host differ by less; a farther one makes times hard to compare.
const CLOCK_APART_MAX: Duration = Duration::from_secs(2);

pub(super) fn socket(endpoint: &Endpoint) -> Option<Check> {
    let Endpoint::Unix(path) = endpoint else {
        return None;
    };
    Some(unix_socket(path))
}

fn unix_socket(path: &Path) -> Check {
    let name = "engine socket";
    let shown = path.display();
    let Ok(found) = path.metadata() else {
        return Check::fail(
            name,
            format!("there is no `{shown}`"),
            "start the engine, or name its socket with DOCKER_HOST",
        );
    };
    if !found.file_type().is_socket() {
        let next = "name the engine's socket with DOCKER_HOST";
        return Check::fail(name, format!("`{shown}` is no socket"), next);
    }
    if !is_writable(path) {
        return Check::fail(
            name,
            format!("this user may not use `{shown}`"),
            "let the user into the socket's group, usually `docker`, and log in anew",
        );
    }
    Check::ok(name, format!("`{shown}` may be used"))
}

/// Asks the engine; says as well whether it answers.
pub(super) async fn answers(engine: &Engine, ctx: &Context) -> (Vec<Check>, bool) {
    let mut checks = vec![kill_switch(ctx)];
    let asked_at = now();
    let facts = match engine.facts().await {
        Ok(facts) => facts,
        Err(error) => {
            let next = match &error {
                EngineError::TooOld { .. } => "an engine of version 20.10 or newer is needed",
                EngineError::Unreachable { .. }
                | EngineError::TimedOut { .. }
                | EngineError::NoSuchContainer
                | EngineError::Refused { .. }
                | EngineError::Odd { .. } => "is it running, and may this user ask it?",
            };
            checks.push(Check::fail("engine", error.to_string(), next));
            return (checks, false);
        }
    };
    let text = format!("API {}, at least {API_MIN} is needed", facts.api);
    checks.push(Check::ok("engine", text));
    checks.push(match facts.clock {
        Some(clock) => {
            let apart = clock.since(now()).max(asked_at.since(clock));
            let text = format!("the engine's is {} from ours", words::span(millis(apart)));
            match apart <= CLOCK_APART_MAX {
                true => Check::ok("clock", text),
                false => Check::warn("clock", text, "let one source of time set both clocks"),
            }
        }
        None => Check::warn(
            "clock",
            "the engine does not tell its time",
            "behind a proxy that is as it should be; else look at `docker info`",
        ),
    });
    (checks, true)
}

fn kill_switch(ctx: &Context) -> Check {
    let settings = &ctx.settings;
    let variable = match &settings.control.kill_switch {
        KillSwitch::Pulled { .. } => Some(KILL_SWITCH_VARIABLE.to_owned()),
        KillSwitch::Clear => None,
    };
    let files = settings.paths.kill_files();
    match (KillSwitches { variable, files }).look() {
        KillSwitch::Clear => Check::ok("kill switch", "clear"),
        KillSwitch::Pulled { source } => Check::warn(
            "kill switch",
            format!("pulled by {source}: nothing will be done"),
            "remove that when actions are wanted",
        ),
    }
}
