//! The watched project, and what runs beside it.

use std::collections::{BTreeMap, BTreeSet};

use super::Check;
use crate::{
    cli::{Context, live::place, live::place::Place},
    model::{Container, Health, Project, RestartPolicy, Stack},
    world::{Engine, Member, Running, installed_compose},
};

/// The most names that a line shows.
const NAMES_MAX: usize = 10;

pub(super) async fn checks(ctx: &Context, engine: &Engine) -> Vec<Check> {
    let name = "project";
    let (project, stack, found) = match place::find(ctx, engine).await {
        Ok(Place::Found(project, stack, found)) => (project, stack, found),
        Ok(Place::EngineAway(error)) => {
            return vec![Check::fail(
                name,
                error.to_string(),
                "is the engine running?",
            )];
        }
        Err(failure) => {
            let next = failure
                .next_step()
                .unwrap_or("name it with `--project NAME`")
                .to_owned();
            return vec![Check::fail(name, failure.to_string(), next)];
        }
    };
    let services: Vec<String> = found.iter().map(ToString::to_string).collect();
    let text = format!("`{project}` with {}", list(&services));
    let mut checks = vec![Check::ok(name, text)];
    checks.extend(missing(&stack, &services));
    match engine.members(&project).await {
        Ok(members) => {
            checks.push(compose(ctx, &members).await);
            checks.extend(health_checks(&stack, &members));
            checks.extend(restart_policies(&members));
        }
        Err(error) => checks.push(Check::fail("services", error.to_string(), "try again")),
    }
    match engine.running().await {
        Ok(running) => checks.push(unwatched(&project, &running)),
        Err(error) => checks.push(Check::warn("unwatched", error.to_string(), "try again")),
    }
    checks
}

fn list(names: &[String]) -> String {
    match names.len().checked_sub(NAMES_MAX) {
        None | Some(0) => names.join(", "),
        Some(n_more) => format!("{} and {n_more} more", names[..NAMES_MAX].join(", ")),
    }
}

/// Core services of the profile that have no container.
fn missing(stack: &Stack, found: &[String]) -> Option<Check> {
    let found: BTreeSet<&str> = found.iter().map(String::as_str).collect();
    let missing = stack.core().filter(|name| !found.contains(name.as_str()));
    let missing: Vec<String> = missing.map(ToString::to_string).collect();
    (!missing.is_empty()).then(|| {
        Check::warn(
            "core services",
            format!("no container: {}", list(&missing)),
            "start them, or change `stack.services` in the configuration",
        )
    })
}

async fn compose(ctx: &Context, members: &[Member]) -> Check {
    let name = "compose";
    let env: BTreeMap<String, String> = ctx
        .settings
        .engine
        .compose_env()
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.into_string().ok()?)))
        .collect();
    let installed = installed_compose(&env).await;
    let shown: Vec<String> = installed
        .iter()
        .map(|(program, version)| format!("`{program}` {version}"))
        .collect();
    let shown = match shown.is_empty() {
        true => "none is installed".to_owned(),
        false => format!("installed: {}", shown.join(", ")),
    };
    let made_by = members.iter().find_map(|one| one.compose_version.clone());
    let Some(made_by) = made_by else {
        let next = "only missing containers need it; nothing else does";
        let text = format!("{shown}; no label tells which one made the project");
        return Check::warn(name, text, next);
    };
    let fits = installed
        .iter()
        .any(|(_, version)| major(version) == major(&made_by));
    let text = format!("{shown}; the project was made by {made_by}");
    match fits {
        true => Check::ok(name, text),
        false => Check::warn(
            name,
            text,
            "install that generation: another one would make every container anew, so \
             `compose_up_core` is refused",
        ),
    }
}

fn major(version: &str) -> Option<u32> {
    let version = version.strip_prefix('v').unwrap_or(version);
    version.split('.').next()?.parse().ok()
}

fn health_checks(stack: &Stack, members: &[Member]) -> Option<Check> {
    let name = "health checks";
    let is_blind = |member: &&Member| {
        let profile = stack.profile(member.slot.name());
        let has_probe = profile.is_some_and(|profile| profile.probe.is_some());
        let is_one_shot = profile.is_some_and(|profile| profile.is_one_shot);
        let is_meaningful = stack.is_health_meaningful(member.slot.name());
        let is_unchecked = |container: &Container| container.health == Health::Unchecked;
        let has_none = member.container.known().is_some_and(is_unchecked);
        (has_none || !is_meaningful) && !has_probe && !is_one_shot
    };
    let blind: Vec<String> = members
        .iter()
        .filter(is_blind)
        .map(|member| member.slot.to_string())
        .collect();
    Some(match blind.is_empty() {
        true => Check::ok(name, "each service has one, or a probe of ours"),
        false => Check::warn(
            name,
            format!("only an end is noticed of {}", list(&blind)),
            "give them a `healthcheck` that tells whether they work, or a `probe` in `stack.services`",
        ),
    })
}

/// A policy that starts again what somebody stopped by hand.
fn restart_policies(members: &[Member]) -> Option<Check> {
    let name = "restart policy";
    let with = |is_it: fn(RestartPolicy) -> bool| {
        let members = members.iter().filter(|member| {
            let container = member.container.known();
            container.is_some_and(|container| is_it(container.restart_policy))
        });
        members.map(|one| one.slot.to_string()).collect::<Vec<_>>()
    };
    let always = with(|policy| policy == RestartPolicy::Always);
    Some(match always.is_empty() {
        true => Check::ok(name, "none starts again what was stopped by hand"),
        false => Check::warn(
            name,
            format!(
                "`always` starts what was stopped by hand when the engine restarts: {}",
                list(&always)
            ),
            "`unless-stopped` does not",
        ),
    })
}

/// Containers that run and that this project does not hold.
fn unwatched(project: &Project, running: &[Running]) -> Check {
    let name = "unwatched";
    let is_other = |one: &&Running| one.slot.as_ref().is_none_or(|(other, _)| other != project);
    let others = running.iter().filter(is_other).map(|one| match &one.slot {
        Some((other, _)) => format!("{} ({other})", one.name),
        None => format!("{} (no project)", one.name),
    });
    let others: Vec<String> = others.collect();
    match others.is_empty() {
        true => Check::ok(name, "everything that runs here is watched"),
        false => Check::warn(
            name,
            format!("not watched by `{project}`'s controller: {}", list(&others)),
            "one controller a project: `live --project NAME` watches another one",
        ),
    }
}
