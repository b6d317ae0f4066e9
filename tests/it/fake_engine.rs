//! An engine by script: it speaks the real protocol, misbehaves when told to, writes
//! every request down, and has services that fall ill and are cured by a restart.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc::channel,
    },
    thread,
    time::Duration,
};

use axum::{
    Json, Router,
    body::Body,
    extract::{Path, Request, State},
    http::StatusCode,
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::broadcast};
use wicap_assist::model::Timestamp;

/// One engine; clones are the same one.
#[derive(Clone)]
pub(crate) struct FakeEngine {
    script: Arc<Mutex<Script>>,
    reports: broadcast::Sender<String>,
    n_connections: Arc<AtomicUsize>,
    n_reports: Arc<AtomicUsize>,
}

/// How the engine behaves, and what it was asked.
pub(crate) struct Script {
    pub(crate) version: &'static str,
    pub(crate) is_away: bool,
    pub(crate) is_list_silent: bool,
    pub(crate) list_takes: Duration,
    /// Services whose containers are not told about.
    pub(crate) silent: Vec<&'static str>,
    /// What the engine does when it is asked for a restart.
    pub(crate) restart: Restart,
    /// Its words when it refuses every restart.
    pub(crate) restart_error: Option<String>,
    /// Goes on top of every inspection and every row of the inventory.
    pub(crate) planted: Planted,
    pub(crate) requests: Vec<Asked>,
    services: Vec<Service>,
}

/// What is added to the engine's answers.
#[derive(Default)]
pub(crate) struct Planted {
    pub(crate) inspect: Value,
    pub(crate) labels: Value,
}

/// A request as it came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) at: Timestamp,
    pub(crate) method: String,
    pub(crate) path: String,
}

/// How a restart goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Restart {
    /// Between the end of the old run and the start of the new one.
    pub(crate) takes: Duration,
    /// Whether the service is well afterwards.
    pub(crate) cures: bool,
    /// Whether the engine drops what it does when its client is gone, as some versions
    /// do: the container is stopped then and not started.
    pub(crate) needs_client: bool,
}

struct Service {
    name: &'static str,
    state: &'static str,
    /// Its own health check, where it has one.
    health: Option<&'static str>,
    started_at: Timestamp,
    finished_at: Option<Timestamp>,
}

impl Default for FakeEngine {
    fn default() -> Self {
        let script = Script {
            version: "1.41",
            is_away: false,
            is_list_silent: false,
            list_takes: Duration::ZERO,
            silent: Vec::new(),
            restart: Restart {
                takes: Duration::ZERO,
                cures: true,
                needs_client: false,
            },
            restart_error: None,
            planted: Planted::default(),
            requests: Vec::new(),
            services: Vec::new(),
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
    /// Puts a service without a health check there.
    pub(crate) fn state(&mut self, name: &'static str, state: &'static str) {
        self.put(name, state, None);
    }

    /// Puts a running service there with what its health check says.
    pub(crate) fn health(&mut self, name: &'static str, health: &'static str) {
        self.put(name, "running", Some(health));
    }

    /// Whether a service runs and is well.
    pub(crate) fn is_well(&self, name: &str) -> bool {
        self.services.iter().any(|service| {
            service.name == name
                && service.state == "running"
                && service.health.is_none_or(|health| health == "healthy")
        })
    }

    /// The requests that could have changed something.
    pub(crate) fn writes(&self) -> Vec<Asked> {
        let is_write = |asked: &&Asked| asked.method != "GET" && asked.method != "HEAD";
        self.requests.iter().filter(is_write).cloned().collect()
    }

    fn put(&mut self, name: &'static str, state: &'static str, health: Option<&'static str>) {
        match self.find(name) {
            Some(service) => (service.state, service.health) = (state, health),
            None => self.services.push(Service {
                name,
                state,
                health,
                started_at: "2026-03-04T05:06:07.089Z".parse().unwrap(),
                finished_at: None,
            }),
        }
    }

    fn find(&mut self, name: &str) -> Option<&mut Service> {
        let mut services = self.services.iter_mut();
        services.find(|service| service.name == name)
    }
}

impl FakeEngine {
    pub(crate) fn set<T>(&self, change: impl FnOnce(&mut Script) -> T) -> T {
        change(&mut self.script.lock().unwrap())
    }

    pub(crate) fn report(&self, service: &str, action: &str) {
        let n = self.n_reports.fetch_add(1, Ordering::Relaxed);
        let now = now().millis() * 1_000_000;
        let mut attributes = labels(service);
        attributes["signal"] = json!("15");
        attributes["exitCode"] = json!("137");
        let report = json!({
            "Type": "container", "Action": action, "scope": "local",
            "Actor": {"ID": format!("id-{service}"), "Attributes": attributes},
            "timeNano": now + i64::try_from(n % 1_000_000).unwrap()
        });
        self.say(&format!("{report}\n"));
    }

    /// Tells those who listen; if nobody does, it is lost.
    pub(crate) fn say(&self, text: &str) {
        self.reports.send(text.to_owned()).unwrap_or_default();
    }

    pub(crate) async fn connected(&self) {
        self.connections_at_least(1).await;
    }

    pub(crate) async fn connections_at_least(&self, n: usize) {
        while self.n_connections.load(Ordering::Relaxed) < n {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Answers on the runtime of the caller, and returns its address.
    pub(crate) async fn serve(&self) -> String {
        let router = Router::new()
            .route("/version", get(version))
            .route("/containers/json", get(list))
            .route("/containers/{id}/json", get(inspect))
            .route("/containers/{id}/restart", post(restart))
            .route("/events", get(events))
            .fallback(async || StatusCode::NOT_FOUND)
            .layer(from_fn_with_state(self.clone(), write_down))
            .with_state(self.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("tcp://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        url
    }

    /// Answers on a thread of its own for as long as the test runs.
    pub(crate) fn serve_beside(&self) -> String {
        let (tell, told) = channel();
        let engine = self.clone();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                tell.send(engine.serve().await).unwrap();
                std::future::pending::<()>().await;
            });
        });
        told.recv().unwrap()
    }

    /// The end of the old run.
    fn end(&self, name: &str) {
        self.set(|script| {
            if let Some(service) = script.find(name) {
                service.state = "exited";
                service.finished_at = Some(now());
            }
        });
        for action in ["kill", "die", "stop"] {
            self.report(name, action);
        }
    }

    /// The start of the new run.
    fn begin(&self, name: &str, is_cured: bool) {
        self.set(|script| {
            if let Some(service) = script.find(name) {
                service.state = "running";
                service.started_at = now();
                let health = if is_cured { "healthy" } else { "unhealthy" };
                service.health = service.health.map(|_| health);
            }
        });
        for action in ["start", "restart"] {
            self.report(name, action);
        }
    }
}

fn now() -> Timestamp {
    wicap_assist::world::now()
}

async fn write_down(State(engine): State<FakeEngine>, request: Request, next: Next) -> Response {
    let asked = Asked {
        at: now(),
        method: request.method().to_string(),
        path: request.uri().path().to_owned(),
    };
    engine.set(|script| script.requests.push(asked));
    next.run(request).await
}

async fn version(State(engine): State<FakeEngine>) -> Response {
    let script = engine.script.lock().unwrap();
    if script.is_away {
        return StatusCode::BAD_GATEWAY.into_response();
    }
    Json(json!({"ApiVersion": script.version})).into_response()
}

async fn list(State(engine): State<FakeEngine>) -> Json<Value> {
    if engine.set(|script| script.is_list_silent) {
        std::future::pending::<()>().await;
    }
    tokio::time::sleep(engine.set(|script| script.list_takes)).await;
    let script = engine.script.lock().unwrap();
    let row = |service: &Service| {
        let labels = merged(labels(service.name), &script.planted.labels);
        json!({"Id": format!("id-{}", service.name), "State": service.state, "Labels": labels})
    };
    Json(script.services.iter().map(row).collect())
}

async fn inspect(State(engine): State<FakeEngine>, Path(id): Path<String>) -> Response {
    let name = id.strip_prefix("id-").unwrap_or_default().to_owned();
    if engine.set(|script| script.silent.contains(&name.as_str())) {
        std::future::pending::<()>().await;
    }
    let script = engine.script.lock().unwrap();
    let Some(service) = script.services.iter().find(|service| service.name == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let mut told = json!({
        "Id": id, "Name": format!("/wicap-{name}"),
        "State": {
            "Status": service.state, "StartedAt": service.started_at,
            "FinishedAt": service.finished_at
        },
        "Config": {"Env": ["SECRET=hunter2"], "StopTimeout": 1},
        "HostConfig": {"RestartPolicy": {"Name": "unless-stopped"}}
    });
    if let Some(health) = service.health {
        let streak = if health == "unhealthy" { 3 } else { 0 };
        told["State"]["Health"] = json!({"Status": health, "FailingStreak": streak});
        told["Config"]["Healthcheck"] = json!({"Test": ["CMD", "true"]});
    }
    Json(merged(told, &script.planted.inspect)).into_response()
}

async fn restart(State(engine): State<FakeEngine>, Path(id): Path<String>) -> Response {
    if let Some(message) = engine.set(|script| script.restart_error.clone()) {
        let refusal = (StatusCode::CONFLICT, Json(json!({"message": message})));
        return refusal.into_response();
    }
    let name = id.strip_prefix("id-").unwrap_or_default().to_owned();
    let how = engine.set(|script| script.restart);
    engine.end(&name);
    let rest = async move {
        tokio::time::sleep(how.takes).await;
        engine.begin(&name, how.cures);
    };
    if how.needs_client {
        rest.await;
    } else {
        tokio::spawn(rest).await.unwrap();
    }
    StatusCode::NO_CONTENT.into_response()
}

async fn events(State(engine): State<FakeEngine>) -> Body {
    let reports = engine.reports.subscribe();
    engine.n_connections.fetch_add(1, Ordering::Relaxed);
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

/// Puts the fields of `more` over those of `base`, at every depth.
fn merged(mut base: Value, more: &Value) -> Value {
    if let (Some(base), Some(more)) = (base.as_object_mut(), more.as_object()) {
        for (key, value) in more {
            let before = base.remove(key).unwrap_or_default();
            let value = if value.is_object() && before.is_object() {
                merged(before, value)
            } else {
                value.clone()
            };
            base.insert(key.clone(), value);
        }
    }
    base
}
