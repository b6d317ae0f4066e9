//! The world against an engine that speaks the real protocol and misbehaves.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Json, Router,
    body::Body,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::{Value, json};
use tokio::{
    net::TcpListener,
    sync::broadcast,
    time::{Instant, timeout},
};
use wicap_assist::{
    model::{Observation, Reading, ServiceProfile, Sight, Stack},
    ports::Sense,
    world::{Endpoint, KillSwitches, LiveWorld, WorldSettings},
};

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
    let engine = Fake::default();
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
    let engine = Fake::default();
    engine.set(|script| script.is_list_silent = true);
    let seen = world(&engine.serve().await, &["ui"]).observe().await;
    assert!(matches!(seen.engine, Reading::Unknown(_)), "{seen:?}");
    assert_eq!("ui=unknown", told(&seen));
}

#[tokio::test]
async fn one_odd_container_is_only_its_own_unknown() {
    let engine = Fake::default();
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
    let engine = Fake::default();
    engine.set(|script| script.state("redis", "running"));
    let seen = world(&engine.serve().await, &["redis", "ui"])
        .observe()
        .await;
    assert_eq!("redis=running ui=missing", told(&seen));
}

#[tokio::test]
async fn a_blocked_container_delays_no_other() {
    let engine = Fake::default();
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
    let engine = Fake::default();
    engine.set(|script| script.state("ui", "running"));
    let mut world = world(&engine.serve().await, &[]);
    assert_eq!("ui=running", told(&world.observe().await));
    engine.set(|script| script.silent = vec!["ui"]);
    let blocked = async { while told(&world.observe().await) != "ui=unknown" {} };
    timeout(Duration::from_secs(3), blocked).await.unwrap();
}

#[tokio::test]
async fn a_lost_stream_of_reports_is_opened_again_and_nothing_is_missed() {
    let engine = Fake::default();
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
    let engine = Fake::default();
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
    let engine = Fake::default();
    let mut settings = settings(&engine.serve().await, &["ui"]);
    settings.stack.project = None;
    let mut world = LiveWorld::start(settings).unwrap();
    let seen = world.observe().await;
    assert!(matches!(seen.engine, Reading::Known(())));
    assert_eq!("ui=unknown", told(&seen));
    assert_eq!(None, world.project());
    engine.set(|script| script.state("ui", "running"));
    assert_eq!("ui=running", told(&world.observe().await));
    assert_eq!("wicap", world.project().unwrap().as_str());
}

#[tokio::test]
async fn reports_of_a_slot_come_with_it() {
    let engine = Fake::default();
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
    assert_eq!(9, world.n_dropped());
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
        endpoint: Endpoint::parse(url, None).unwrap(),
        stack: Stack {
            project: Some("wicap".parse().unwrap()),
            services: profile.iter().map(named).collect(),
        },
        interval: Duration::from_secs(60),
        switches: KillSwitches::default(),
        compose_env: [].into(),
    }
}

/// An engine by script.
#[derive(Clone)]
struct Fake {
    script: Arc<Mutex<Script>>,
    reports: broadcast::Sender<String>,
    n_connections: Arc<AtomicUsize>,
    n_reports: Arc<AtomicUsize>,
}

struct Script {
    version: &'static str,
    is_away: bool,
    is_list_silent: bool,
    /// Services whose containers are not told about.
    silent: Vec<&'static str>,
    states: Vec<(&'static str, &'static str)>,
}

impl Default for Fake {
    fn default() -> Self {
        let script = Script {
            version: "1.41",
            is_away: false,
            is_list_silent: false,
            silent: Vec::new(),
            states: Vec::new(),
        };
        Self {
            script: Arc::new(Mutex::new(script)),
            reports: broadcast::channel(100).0,
            n_connections: Arc::default(),
            n_reports: Arc::default(),
        }
    }
}

impl Script {
    fn state(&mut self, service: &'static str, state: &'static str) {
        self.states.retain(|(other, _)| *other != service);
        self.states.push((service, state));
    }
}

impl Fake {
    fn set(&self, change: impl FnOnce(&mut Script)) {
        change(&mut self.script.lock().unwrap());
    }

    fn report(&self, service: &str, action: &str) {
        let n = self.n_reports.fetch_add(1, Ordering::Relaxed);
        let now = wicap_assist::world::now().millis() * 1_000_000;
        let mut attributes = labels(service);
        attributes["signal"] = json!("15");
        attributes["exitCode"] = json!("137");
        let report = json!({
            "Type": "container", "Action": action, "scope": "local",
            "Actor": {"ID": format!("id-{service}"), "Attributes": attributes},
            "timeNano": now + i64::try_from(n).unwrap()
        });
        self.say(&format!("{report}\n"));
    }

    fn say(&self, text: &str) {
        self.reports.send(text.to_owned()).unwrap();
    }

    async fn connected(&self) {
        self.connections_at_least(1).await;
    }

    async fn connections_at_least(&self, n: usize) {
        while self.n_connections.load(Ordering::Relaxed) < n {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn serve(&self) -> String {
        let router = Router::new()
            .route("/version", get(version))
            .route("/containers/json", get(list))
            .route("/containers/{id}/json", get(inspect))
            .route("/events", get(events))
            .with_state(self.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("tcp://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        url
    }
}

async fn version(State(fake): State<Fake>) -> Response {
    let script = fake.script.lock().unwrap();
    if script.is_away {
        return StatusCode::BAD_GATEWAY.into_response();
    }
    Json(json!({"ApiVersion": script.version})).into_response()
}

async fn list(State(fake): State<Fake>) -> Json<Value> {
    if fake.script.lock().unwrap().is_list_silent {
        std::future::pending::<()>().await;
    }
    let script = fake.script.lock().unwrap();
    let row = |(service, state): &(&str, &str)| json!({"Id": format!("id-{service}"), "State": state, "Labels": labels(service)});
    Json(script.states.iter().map(row).collect())
}

async fn inspect(State(fake): State<Fake>, Path(id): Path<String>) -> Json<Value> {
    let service = id.strip_prefix("id-").unwrap();
    if fake.script.lock().unwrap().silent.contains(&service) {
        std::future::pending::<()>().await;
    }
    let script = fake.script.lock().unwrap();
    let state = script.states.iter().find(|(other, _)| *other == service);
    Json(json!({
        "Id": id, "Name": format!("/wicap-{service}"),
        "State": {"Status": state.unwrap().1, "StartedAt": "2026-03-04T05:06:07.089Z"},
        "Config": {"Env": ["SECRET=hunter2"]}
    }))
}

async fn events(State(fake): State<Fake>) -> Body {
    let reports = fake.reports.subscribe();
    fake.n_connections.fetch_add(1, Ordering::Relaxed);
    Body::from_stream(futures_util::stream::unfold(
        reports,
        async |mut reports| {
            let report = reports.recv().await.ok()?;
            Some((Ok::<_, std::io::Error>(report), reports))
        },
    ))
}

fn labels(service: &str) -> Value {
    json!({
        "com.docker.compose.project": "wicap", "com.docker.compose.service": service,
        "com.docker.compose.container-number": "1", "com.docker.compose.depends_on": ""
    })
}
