//! The real world as it reads the real engine.

use std::{
    future::Future,
    process::Command,
    time::{Duration, Instant},
};

use libtest_mimic::Trial;
use tokio::{net::TcpListener, time::timeout};
use wicap_assist::{
    model::{
        Container, HappeningKind, Health, HttpProbe, Lifecycle, Observation, ServiceId,
        ServiceProfile, Sight, Stack as Profile,
    },
    ports::Sense,
    world::{
        Endpoint, Engine, KillSwitches, LiveWorld, ProjectError, WorldSettings, choose_project,
        find_projects,
    },
};

use crate::harness::{Options, Outcome, Stack, docker, ensure, trial};

const SOON: Duration = Duration::from_secs(10);

/// Kills that are timed.
const KILLS: usize = 5;

/// What a kill may take until a snapshot shows it. The aim is 100 ms; this leaves
/// room for a machine that does other things as well.
const SEEN_MAX: Duration = Duration::from_secs(1);

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("world::a_stack_is_seen_whole", seen_whole),
        trial("world::a_kill_is_seen_at_once", || killed(&[])),
        trial("world::a_hanging_probe_delays_nothing", || killed(&["ui"])),
        trial("world::hands_are_told_from_crashes", by_hand),
        trial("world::a_removed_container_is_missing", removed),
        trial("world::one_off_runs_are_nobodys_slot", one_off),
        trial("world::the_project_is_found_by_its_services", project),
    ]
}

fn seen_whole() -> Outcome {
    let stack = Stack::up(&Options::default())?;
    wait_for(async {
        let mut world = world(&stack, Profile::default())?;
        let seen = world.observe().await;
        ensure(seen.engine.known().is_some(), || format!("{seen:?}"))?;
        let names: Vec<String> = seen.services.keys().map(ToString::to_string).collect();
        ensure(names == ["processor", "redis", "scout", "ui"], || {
            format!("{names:?}")
        })?;
        let ui = container(&seen, "ui")?;
        ensure(ui.lifecycle == Lifecycle::Running, || format!("{ui:?}"))?;
        ensure(ui.health == Health::Healthy, || format!("{ui:?}"))?;
        ensure(ui.name == stack.container("ui"), || format!("{ui:?}"))?;
        let needs: Vec<&str> = ui.depends_on.iter().map(|name| name.as_str()).collect();
        ensure(needs == ["redis"], || format!("{needs:?}"))?;
        ensure(ui.starts.len() == 1, || format!("{ui:?}"))?;
        let redis = container(&seen, "redis")?;
        ensure(redis.health == Health::Unchecked, || format!("{redis:?}"))?;
        ensure(!format!("{seen:?}").contains("Put-A-Long-Random"), || {
            "a container's environment was seen".to_owned()
        })
    })
}

#[expect(clippy::print_stdout, reason = "the measured times are worth reading")]
fn tell(took: &[Duration]) {
    println!("kill -9 to snapshot: {took:?}");
}

/// Kills the main process of a container again and again and takes the time until a
/// snapshot shows it, while the probes of `probed` hang.
fn killed(probed: &[&str]) -> Outcome {
    let stack = Stack::up(&Options {
        restart: "no",
        services: &["ui"],
        ..Options::default()
    })?;
    wait_for(async {
        let silent = TcpListener::bind("127.0.0.1:0").await?;
        let mut profile = Profile::default();
        for name in probed {
            let probe = HttpProbe {
                url: format!("http://{}/health", silent.local_addr()?),
                status: 200,
                timeout: Duration::from_secs(60),
                degraded_if: None,
            };
            let service = ServiceProfile {
                probe: Some(probe),
                ..ServiceProfile::default()
            };
            profile.services.insert(name.parse()?, service);
        }
        let mut world = world(&stack, profile)?;
        let mut took = Vec::new();
        for _ in 0..KILLS {
            until(&mut world, "ui", |ui| ui.lifecycle == Lifecycle::Running).await?;
            let pid = stack.inspect("ui")?.state.pid.to_string();
            let begin = Instant::now();
            Command::new("kill").args(["-9", &pid]).status()?;
            until(&mut world, "ui", |ui| ui.lifecycle == Lifecycle::Exited).await?;
            took.push(begin.elapsed());
            stack.docker("start", "ui")?;
        }
        took.sort_unstable();
        tell(&took);
        let last = took.last().copied().unwrap_or_default();
        ensure(last <= SEEN_MAX, || format!("{took:?}"))
    })
}

fn by_hand() -> Outcome {
    let stack = Stack::up(&Options {
        services: &["ui"],
        ..Options::default()
    })?;
    wait_for(async {
        let mut world = world(&stack, Profile::default())?;
        world.observe().await;
        stack.docker("pause", "ui")?;
        let ui = until(&mut world, "ui", |ui| ui.lifecycle == Lifecycle::Paused).await?;
        let told = ui.happenings.iter().any(|h| h.kind == HappeningKind::Pause);
        ensure(told, || format!("{ui:?}"))?;
        ensure(ui.health == Health::Unhealthy { streak: 0 }, || {
            format!("{ui:?}")
        })?;
        stack.docker("unpause", "ui")?;
        stack.docker("stop", "ui")?;
        let ui = until(&mut world, "ui", |ui| {
            ui.lifecycle == Lifecycle::Exited
                && ui.happenings.iter().any(|h| h.kind == HappeningKind::Stop)
        })
        .await?;
        let killed = |kind: &HappeningKind| matches!(kind, HappeningKind::Kill { signal: 15 });
        let told = ui.happenings.iter().any(|h| killed(&h.kind));
        ensure(told, || format!("{ui:?}"))?;
        stack.docker("start", "ui")?;
        let ui = until(&mut world, "ui", |ui| ui.lifecycle == Lifecycle::Running).await?;
        ensure(ui.starts.len() == 2, || format!("{ui:?}"))
    })
}

fn removed() -> Outcome {
    let stack = Stack::up(&Options {
        services: &["ui"],
        ..Options::default()
    })?;
    wait_for(async {
        let mut world = world(&stack, Profile::default())?;
        world.observe().await;
        docker(&["rm", "-f", &stack.container("ui")])?;
        let ui: ServiceId = "ui".parse()?;
        let missing = async {
            loop {
                let seen = world.observe().await;
                match seen.services.get(&ui).and_then(|sight| sight.known()) {
                    Some(Sight::Missing { happenings }) => return happenings.clone(),
                    Some(Sight::Present(_)) | None => world.wake().await,
                }
            }
        };
        let happenings = timeout(SOON, missing).await?;
        let told = happenings.iter().any(|h| h.kind == HappeningKind::Destroy);
        ensure(told, || format!("{happenings:?}"))
    })
}

fn one_off() -> Outcome {
    let stack = Stack::up(&Options {
        services: &["ui"],
        ..Options::default()
    })?;
    let project = format!("com.docker.compose.project={}", stack.project());
    docker(&[
        "create",
        "--label",
        &project,
        "--label",
        "com.docker.compose.service=migrate",
        "--label",
        "com.docker.compose.oneoff=True",
        "wicap-assist-standin",
    ])?;
    wait_for(async {
        let seen = world(&stack, Profile::default())?.observe().await;
        let names: Vec<String> = seen.services.keys().map(ToString::to_string).collect();
        ensure(!names.iter().any(|name| name == "migrate"), || {
            format!("{names:?}")
        })
    })
}

fn project() -> Outcome {
    let stack = Stack::up(&Options {
        services: &["ui"],
        ..Options::default()
    })?;
    wait_for(async {
        let engine = Engine::new(endpoint());
        let found = find_projects(&engine).await?;
        let ours = found
            .iter()
            .find(|project| project.name.as_str() == stack.project());
        let services = ours.map(|project| project.services.len());
        ensure(services == Some(2), || format!("{found:?}"))?;
        let mut profile = Profile::default();
        profile
            .services
            .insert("nobody-has-this".parse()?, ServiceProfile::default());
        let answer = choose_project(&profile, found);
        ensure(matches!(answer, Err(ProjectError::NoneMatches(_))), || {
            format!("{answer:?}")
        })?;
        Ok(())
    })
}

/// The engine that the `docker` command asks as well.
fn endpoint() -> Endpoint {
    let host = std::env::var("DOCKER_HOST").unwrap_or_default();
    match host.strip_prefix("unix://") {
        Some(path) => Endpoint::Unix(path.into()),
        None if host.starts_with("tcp://") => Endpoint::Tcp(host),
        None => Endpoint::default(),
    }
}

fn world(stack: &Stack, profile: Profile) -> Outcome<LiveWorld> {
    let settings = WorldSettings {
        endpoint: endpoint(),
        stack: Profile {
            project: Some(stack.project().parse()?),
            ..profile
        },
        interval: Duration::from_secs(1),
        switches: KillSwitches::default(),
        compose_env: [("PATH".to_owned(), std::env::var("PATH")?)].into(),
    };
    Ok(LiveWorld::start(settings)?)
}

fn wait_for(trial: impl Future<Output = Outcome>) -> Outcome {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(trial)
}

/// Turns the world until a service's container looks like that.
async fn until(
    world: &mut LiveWorld,
    service: &str,
    holds: impl Fn(&Container) -> bool,
) -> Outcome<Container> {
    let turns = async {
        loop {
            let seen = world.observe().await;
            if let Ok(container) = container(&seen, service)
                && holds(container)
            {
                return container.clone();
            }
            let _ = timeout(Duration::from_secs(1), world.wake()).await;
        }
    };
    let limit = format!("{service} did not come to look like that in {SOON:?}");
    timeout(SOON, turns).await.map_err(|_| limit.into())
}

fn container<'a>(seen: &'a Observation, service: &str) -> Outcome<&'a Container> {
    let container = seen.container(&service.parse()?);
    container.ok_or_else(|| format!("no container of {service}: {seen:?}").into())
}
