//! The world against an engine that speaks the real protocol and misbehaves.

use std::time::Duration;

use tokio::time::{Instant, timeout};
use wicap_assist::{
    model::{Observation, Reading, ServiceProfile, Sight, Stack},
    ports::Sense,
    world::{Endpoint, KillSwitches, LiveWorld, WorldSettings},
};

use crate::fake_engine::FakeEngine;

#[tokio::test]
async fn without_an_engine_everything_is_unknown_and_nothing_waits() {
    let mut world = world("tcp://127.0.0.1:1", &["ui"]);
    let begin = Instant::now();
    let seen = world.observe().await;
    assert!(begin.elapsed() < Duration::from_secs(2));
    assert!(matches!(seen.engine, Reading::Unknown(_)));
    assert_eq!("ui=unknown", told(&seen));
}

#[tokio::test]
async fn an_older_engine_is_named() {
    let engine = FakeEngine::default();
    engine.set(|script| script.version = "1.40");
    let seen = world(&engine.serve().await, &["ui"]).observe().await;
    let Reading::Unknown(reason) = seen.engine else {
        panic!("known");
    };
    assert_eq!(
        "the engine's API is 1.40, at least 1.41 is needed",
        reason.as_str()
    );
}

#[tokio::test]
async fn a_silent_engine_is_unknown_after_the_limit() {
    let engine = FakeEngine::default();
    engine.set(|script| script.is_list_silent = true);
    let seen = world(&engine.serve().await, &["ui"]).observe().await;
    assert!(matches!(seen.engine, Reading::Unknown(_)), "{seen:?}");
    assert_eq!("ui=unknown", told(&seen));
}

#[tokio::test]
async fn one_odd_container_is_only_its_own_unknown() {
    let engine = FakeEngine::default();
    engine.set(|script| {
        script.state("redis", "running");
        script.state("ui", "hibernating");
    });
    let seen = world(&engine.serve().await, &[]).observe().await;
    assert_eq!("redis=running ui=unknown", told(&seen));
    assert!(!format!("{seen:?}").contains("hunter2"));
    let odd = format!("{:?}", seen.services.last_key_value());
    assert!(odd.contains("hibernating"), "{odd}");
}

#[tokio::test]
async fn a_service_of_the_profile_without_container_is_missing() {
    let engine = FakeEngine::default();
    engine.set(|script| script.state("redis", "running"));
    let seen = world(&engine.serve().await, &["redis", "ui"])
        .observe()
        .await;
    assert_eq!("redis=running ui=missing", told(&seen));
}

#[tokio::test]
async fn a_blocked_container_delays_no_other() {
    let engine = FakeEngine::default();
    engine.set(|script| {
        script.state("redis", "running");
        script.state("ui", "running");
    });
    let mut world = world(&engine.serve().await, &[]);
    assert_eq!("redis=running ui=running", told(&world.observe().await));
    engine.connected().await;
    settle(&mut world).await;

    engine.set(|script| {
        script.silent = vec!["redis"];
        script.state("ui", "exited");
    });
    engine.report("redis", "die");
    engine.report("ui", "die");
    let begin = Instant::now();
    world.wake().await;
    let seen = world.observe().await;
    assert!(
        begin.elapsed() < Duration::from_millis(300),
        "{:?}",
        begin.elapsed()
    );
    assert_eq!("redis=running ui=exited", told(&seen));
}

#[tokio::test]
async fn a_container_that_stays_blocked_becomes_unknown() {
    let engine = FakeEngine::default();
    engine.set(|script| script.state("ui", "running"));
    let mut world = world(&engine.serve().await, &[]);
    assert_eq!("ui=running", told(&world.observe().await));
    engine.set(|script| script.silent = vec!["ui"]);
    let blocked = async { while told(&world.observe().await) != "ui=unknown" {} };
    timeout(Duration::from_secs(3), blocked).await.unwrap();
}

#[tokio::test]
async fn a_lost_stream_of_reports_is_opened_again_and_nothing_is_missed() {
    let engine = FakeEngine::default();
    engine.set(|script| script.state("ui", "running"));
    let mut world = world(&engine.serve().await, &[]);
    world.observe().await;
    engine.connected().await;
    settle(&mut world).await;

    engine.set(|script| script.state("ui", "exited"));
    engine.say("{\"Type\":\"poltergeist\",\"Action\":\"boo\"}\n");
    let seen = async {
        while told(&world.observe().await) != "ui=exited" {
            world.wake().await;
        }
        engine.connections_at_least(2).await;
    };
    timeout(Duration::from_secs(3), seen).await.unwrap();
}

#[tokio::test]
async fn an_engine_that_comes_back_is_seen_again() {
    let engine = FakeEngine::default();
    engine.set(|script| {
        script.state("ui", "running");
        script.is_away = true;
    });
    let mut world = world(&engine.serve().await, &["ui"]);
    assert_eq!("ui=unknown", told(&world.observe().await));
    engine.set(|script| script.is_away = false);
    assert_eq!("ui=running", told(&world.observe().await));
}

#[tokio::test]
async fn without_a_project_the_only_fitting_one_is_watched() {
    let engine = FakeEngine::default();
    let mut settings = settings(&engine.serve().await, &["ui"]);
    settings.stack.project = None;
    let mut world = LiveWorld::start(settings).unwrap();
    let seen = world.observe().await;
    assert!(matches!(seen.engine, Reading::Known(())));
    assert_eq!("ui=unknown", told(&seen));
    engine.set(|script| script.state("ui", "running"));
    assert_eq!("ui=running", told(&world.observe().await));
}

#[tokio::test]
async fn reports_of_a_slot_come_with_it() {
    let engine = FakeEngine::default();
    engine.set(|script| script.state("ui", "running"));
    let mut world = world(&engine.serve().await, &[]);
    world.observe().await;
    engine.connected().await;
    settle(&mut world).await;
    for _ in 0..40 {
        engine.report("ui", "kill");
    }
    engine.set(|script| script.state("ui", "exited"));
    engine.report("ui", "die");
    let died = async {
        while told(&world.observe().await) != "ui=exited" {
            world.wake().await;
        }
    };
    timeout(Duration::from_secs(3), died).await.unwrap();
    let seen = world.observe().await;
    let ui = seen.container(&"ui".parse().unwrap()).unwrap();
    assert_eq!(32, ui.happenings.len());
}

/// Lets the turn pass that every new stream of reports asks for.
async fn settle(world: &mut LiveWorld) {
    let wait = Duration::from_millis(200);
    while timeout(wait, world.wake()).await.is_ok() {
        world.observe().await;
    }
}

fn told(seen: &Observation) -> String {
    let word = |sight: &Reading<Sight>| match sight {
        Reading::Unknown(_) => "unknown".to_owned(),
        Reading::Known(Sight::Missing { .. }) => "missing".to_owned(),
        Reading::Known(Sight::Present(container)) => {
            format!("{:?}", container.lifecycle).to_lowercase()
        }
    };
    let words = seen
        .services
        .iter()
        .map(|(id, sight)| format!("{id}={}", word(sight)));
    words.collect::<Vec<_>>().join(" ")
}

fn world(url: &str, profile: &[&str]) -> LiveWorld {
    LiveWorld::start(settings(url, profile)).unwrap()
}

fn settings(url: &str, profile: &[&str]) -> WorldSettings {
    let named = |name: &&str| (name.parse().unwrap(), ServiceProfile::default());
    WorldSettings {
        endpoint: Endpoint::Tcp(url.to_owned()),
        stack: Stack {
            project: Some("wicap".parse().unwrap()),
            services: profile.iter().map(named).collect(),
        },
        interval: Duration::from_secs(60),
        switches: KillSwitches::default(),
        compose_env: [].into(),
    }
}
