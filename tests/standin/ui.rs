//! The dashboard: uvicorn's voice, WiCAP's answers.

use std::{net::SocketAddr, process::ExitCode, sync::Arc};

use axum::{
    Router,
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, StatusCode},
    middleware::{Next, from_fn},
    response::{Html, IntoResponse, Json, Response},
    routing::{get, post},
};
use serde_json::{Value, json};

use crate::{
    faults::{Fault, now_ms},
    lifecycle::Service,
    lines::{err, out},
    queue::Queue,
};

/// Serves on `PORT` (8080) of the loopback address until the process ends.
pub(crate) async fn serve(service: Service) -> ExitCode {
    let port = std::env::var("PORT").unwrap_or_else(|_| "8080".to_owned());
    out("INFO:     Started server process [1]");
    out("INFO:     Waiting for application startup.");
    out("🚀 WICAP Dashboard starting...");
    out("🔒 Internal emit allowlist: 127.0.0.1, ::1");
    out("✅ SQL Server connection verified");
    out("INFO:     Application startup complete.");
    let listener = match tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await {
        Ok(listener) => listener,
        Err(error) => {
            err(&format!(
                "ERROR:    [Errno {}] error while attempting to bind on address ('127.0.0.1', \
                 {port}): {error}",
                error.raw_os_error().unwrap_or(0)
            ));
            return ExitCode::FAILURE;
        }
    };
    out(&format!(
        "INFO:     Uvicorn running on http://127.0.0.1:{port} (Press CTRL+C to quit)"
    ));
    let app = Router::new()
        .route("/", get(Html("<!doctype html><title>WICAP</title>WICAP")))
        .route("/health", get(health))
        .route("/api/system/status", get(status))
        .route("/api/stats", get(stats))
        .route("/api/internal/emit", post(emit))
        .fallback(|| async { detail(StatusCode::NOT_FOUND, "Not Found") })
        .layer(from_fn(access_log))
        .with_state(Arc::new(service))
        .into_make_service_with_connect_info::<SocketAddr>();
    match axum::serve(listener, app).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// 200 for as long as the loop lives, whatever the database does; the body tells.
async fn health(State(service): State<Arc<Service>>) -> Response {
    if service.fault(Fault::Unhealthy).is_some() || is_flapping_now(&service) {
        return detail(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error");
    }
    let (status, database) = match service.fault(Fault::DegradedDb) {
        None => ("healthy", "connected"),
        Some(_) => ("degraded", "disconnected"),
    };
    Json(json!({"status": status, "database": database, "scavenger": "idle"})).into_response()
}

async fn status(State(service): State<Arc<Service>>) -> Json<Value> {
    let depth = Queue::from_environment().depth().await.ok();
    let database = match service.fault(Fault::DegradedDb) {
        None => "connected",
        Some(_) => "disconnected",
    };
    Json(json!({
        "service_status": "running",
        "db_status": database,
        "eps": 0.31,
        "last_insert": null,
        "last_insert_age_sec": null,
        "queue_mode": "redis",
        "queue_bytes": null,
        "queue_backlog_bytes": null,
        "queue_depth_events": depth,
        "queue_last_ts": null,
        "queue_last_event_age_sec": null,
        "control_plane": {"runtime_plane": "observe", "active_policy_profile": "observe-v1"},
        "ui_memory": {"enabled": false, "rss_mb": 120.5},
    }))
}

async fn stats(State(service): State<Arc<Service>>) -> Response {
    if service.fault(Fault::DegradedDb).is_some() {
        let text = "Database unavailable for stats endpoint.";
        return detail(StatusCode::SERVICE_UNAVAILABLE, text);
    }
    Json(json!({
        "total_events": 182_245, "total_handshakes": 12, "cracked": 0, "active_clients": 3,
        "timestamp": now_ms() / 1000,
    }))
    .into_response()
}

/// The push from the core: the secret must be set here and be the caller's.
async fn emit(headers: HeaderMap) -> Response {
    let secret = std::env::var("WICAP_INTERNAL_SECRET").unwrap_or_default();
    if secret.is_empty() {
        let text = "WICAP_INTERNAL_SECRET not configured";
        return detail(StatusCode::SERVICE_UNAVAILABLE, text);
    }
    if headers.get("x-wicap-secret").map(|sent| sent.as_bytes()) != Some(secret.as_bytes()) {
        return detail(StatusCode::UNAUTHORIZED, "Unauthorized");
    }
    Json(json!({"status": "ok"})).into_response()
}

fn is_flapping_now(service: &Service) -> bool {
    service.fault(Fault::Flap).is_some_and(|switch| {
        let period_ms = switch.param("period_ms", 5000).max(1);
        (now_ms().saturating_sub(switch.set_at_ms) / period_ms).is_multiple_of(2)
    })
}

fn detail(status: StatusCode, text: &str) -> Response {
    (status, Json(json!({"detail": text}))).into_response()
}

async fn access_log(
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    let line = format!("{} {} HTTP/1.1", request.method(), request.uri());
    let response = next.run(request).await;
    out(&format!(
        "INFO:     {peer} - \"{line}\" {}",
        response.status()
    ));
    response
}
