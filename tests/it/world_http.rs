//! HTTP probes against real servers on the loopback address.

use std::{net::SocketAddr, time::Duration};

use axum::{Router, http::StatusCode, response::Redirect, routing::get};
use tokio::net::TcpListener;
use wicap_assist::{
    model::{HttpProbe, ProbeResult, Reading},
    world::Prober,
};

const LIMIT: Duration = Duration::from_millis(400);

#[tokio::test]
async fn the_expected_status_is_ok() {
    check("/ok", "ok").await;
}

#[tokio::test]
async fn another_status_fails() {
    check("/broken", "failed: status 503, expected 200").await;
}

#[tokio::test]
async fn a_redirect_is_another_status() {
    check("/elsewhere", "failed: status 303, expected 200").await;
}

#[tokio::test]
async fn words_of_trouble_mean_degraded() {
    check("/degraded", "degraded: the answer contains `\"db\":false`").await;
}

#[tokio::test]
async fn a_service_that_hangs_fails_in_time() {
    check("/hang", "failed: no answer within 0.4 s").await;
}

#[tokio::test]
async fn a_body_that_hangs_fails_in_time() {
    check("/hang-body", "failed: no answer within 0.4 s").await;
}

#[tokio::test]
async fn an_endless_body_is_cut() {
    check("/endless", "ok").await;
}

#[tokio::test]
async fn a_port_that_nobody_listens_on_fails() {
    let address = free_address().await;
    let answer = ask(&format!("http://{address}/")).await;
    assert_eq!("failed: connection refused", answer);
}

#[tokio::test]
async fn what_is_no_http_fails() {
    let address = serve_bytes(b"SSH-2.0-OpenSSH_9.2\r\n").await;
    let answer = ask(&format!("http://{address}/")).await;
    assert!(answer.starts_with("failed: "), "{answer}");
}

#[tokio::test]
async fn a_question_that_cannot_be_put_is_unknown() {
    for url in [
        "not a url",
        "http://",
        "http://no..name/",
        "ftp://127.0.0.1/",
    ] {
        let answer = ask(url).await;
        assert!(answer.starts_with("unknown: "), "{url}: {answer}");
    }
}

#[tokio::test]
async fn an_unencrypted_answer_to_https_is_unknown() {
    let address = serve_bytes(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    let answer = ask(&format!("https://{address}/")).await;
    assert!(
        answer.starts_with("unknown: cannot check the certificate"),
        "{answer}"
    );
}

async fn check(path: &str, expected: &str) {
    let address = serve().await;
    assert_eq!(expected, ask(&format!("http://{address}{path}")).await);
}

async fn ask(url: &str) -> String {
    let probe = HttpProbe {
        url: url.to_owned(),
        status: 200,
        timeout: LIMIT,
        degraded_if: Some("\"db\":false".to_owned()),
    };
    match Prober::new().unwrap().ask(&probe).await {
        Reading::Unknown(reason) => format!("unknown: {reason}"),
        Reading::Known(report) => match report.result {
            ProbeResult::Ok => "ok".to_owned(),
            ProbeResult::Failed(reason) => format!("failed: {reason}"),
            ProbeResult::Degraded(reason) => format!("degraded: {reason}"),
        },
    }
}

async fn serve() -> SocketAddr {
    let router = Router::new()
        .route("/ok", get(async || "fine"))
        .route(
            "/broken",
            get(async || (StatusCode::SERVICE_UNAVAILABLE, "no")),
        )
        .route("/elsewhere", get(async || Redirect::to("/ok")))
        .route("/degraded", get(async || r#"{"db":false}"#))
        .route("/hang", get(std::future::pending::<&'static str>))
        .route("/hang-body", get(async || endless_body(1)))
        .route("/endless", get(async || endless_body(usize::MAX)));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// Sends some kilobytes, then nothing, and never ends.
fn endless_body(n_chunks: usize) -> axum::body::Body {
    let chunks = futures_util::stream::unfold(0, move |n| async move {
        if n >= n_chunks {
            std::future::pending::<()>().await;
        }
        Some((Ok::<_, std::io::Error>("x".repeat(1_024)), n + 1))
    });
    axum::body::Body::from_stream(chunks)
}

async fn serve_bytes(bytes: &'static [u8]) -> SocketAddr {
    use tokio::io::AsyncWriteExt;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(bytes).await;
        }
    });
    address
}

async fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap()
}
