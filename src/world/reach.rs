//! One question to one endpoint: a port, an address, a queue.

use std::{
    error::Error,
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use reqwest::{Client, Method, RequestBuilder, redirect};
use tokio::{
    net::{TcpStream, lookup_host},
    time::{Instant, timeout},
};

use crate::model::{
    Reading, Redacted,
    contract::{HttpAnswer, HttpFact, PortAddress},
};

/// The most bytes of an answer that are read.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// Asks over HTTP: no redirect, no proxy, no connection kept, the public certificate
/// authorities built in.
#[derive(Clone, Debug)]
pub struct Web {
    client: Client,
}

/// What is asked.
#[derive(Clone, Debug)]
pub struct Question {
    /// The address.
    pub url: String,
    /// How long the answer may take.
    pub limit: Duration,
    /// A JSON body to post; `None` for GET.
    pub body: Option<String>,
    /// A header whose value is a secret.
    pub secret: Option<(&'static str, String)>,
}

/// The HTTP client cannot be set up in this process.
#[derive(Debug, thiserror::Error)]
#[error("cannot set up HTTP")]
pub struct WebError(#[source] Box<dyn Error + Send + Sync>);

impl Web {
    /// Makes a client.
    ///
    /// # Errors
    ///
    /// Fails if the crypto provider does not have what TLS needs.
    pub fn new() -> Result<Self, WebError> {
        Self::build(None)
    }

    /// Makes a client that finds `host` at these addresses and nowhere else, so that an
    /// answer of the name service that comes later changes nothing.
    ///
    /// # Errors
    ///
    /// As for [`Web::new`].
    pub fn pinned(host: &str, addresses: &[SocketAddr]) -> Result<Self, WebError> {
        Self::build(Some((host, addresses)))
    }

    fn build(pin: Option<(&str, &[SocketAddr])>) -> Result<Self, WebError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let roots =
            rustls::RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| WebError(error.into()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let builder = Client::builder()
            .tls_backend_preconfigured(tls)
            .no_proxy()
            .redirect(redirect::Policy::none())
            .pool_max_idle_per_host(0);
        let builder = match pin {
            Some((host, addresses)) => builder.resolve_to_addrs(host, addresses),
            None => builder,
        };
        let client = builder.build().map_err(|error| WebError(error.into()))?;
        Ok(Self { client })
    }

    /// Asks once. `Unknown` if the question could not be put: the host has no address,
    /// or the address is none.
    pub async fn ask(&self, question: &Question) -> Reading<HttpFact> {
        let started = Instant::now();
        let answer = match timeout(question.limit, self.answer(question)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) if error.is_builder() || is_unresolved(&error) => {
                return Reading::Unknown(Redacted::from_raw(&chain(&error)));
            }
            Ok(Err(error)) => HttpAnswer::Failed(Redacted::from_raw(&chain(&error))),
            Err(_) => {
                let text = format!("nothing within {} ms", question.limit.as_millis());
                HttpAnswer::Failed(Redacted::from_raw(&text))
            }
        };
        let latency_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        Reading::Known(HttpFact { latency_ms, answer })
    }

    async fn answer(&self, question: &Question) -> Result<HttpAnswer, reqwest::Error> {
        let mut response = self.request(question).send().await?;
        let mut body = Vec::new();
        while body.len() < BODY_BYTES_MAX
            && let Some(chunk) = response.chunk().await?
        {
            body.extend_from_slice(&chunk);
        }
        body.truncate(BODY_BYTES_MAX);
        Ok(HttpAnswer::Answered {
            status: response.status().as_u16(),
            body: String::from_utf8_lossy(&body).into_owned(),
        })
    }

    fn request(&self, question: &Question) -> RequestBuilder {
        let method = match question.body {
            Some(_) => Method::POST,
            None => Method::GET,
        };
        let mut request = self.client.request(method, &question.url);
        if let Some(body) = &question.body {
            request = request
                .header("content-type", "application/json")
                .body(body.clone());
        }
        if let Some((name, secret)) = &question.secret {
            request = request.header(*name, secret);
        }
        request
    }
}

/// Whether somebody accepts a connection. `Unknown` if that cannot be found out: the
/// host has no address, or this host has no way there.
pub async fn port(address: &PortAddress, limit: Duration) -> Reading<bool> {
    let known = |is_open| Reading::Known(is_open);
    let unknown = |error: &io::Error| Reading::Unknown(Redacted::from_raw(&error.to_string()));
    let found = match timeout(limit, addresses(&address.host, address.port)).await {
        Ok(Ok(found)) => found,
        Ok(Err(error)) => return unknown(&error),
        Err(_) => return Reading::Unknown(Redacted::from_raw("the name service did not answer")),
    };
    match timeout(limit, TcpStream::connect(found.as_slice())).await {
        Ok(Ok(_)) => known(true),
        Err(_) => known(false),
        Ok(Err(error)) if is_answer(&error) => known(false),
        Ok(Err(error)) => unknown(&error),
    }
}

/// Whether a failed connection says that nobody listens, and not that we have no way
/// there.
fn is_answer(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::TimedOut
    )
}

/// Returns the addresses of a host.
///
/// # Errors
///
/// Fails if it has none.
pub async fn addresses(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = bare.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    let found: Vec<SocketAddr> = lookup_host((bare, port)).await?.collect();
    match found.is_empty() {
        true => Err(io::Error::other(format!("`{bare}` has no address"))),
        false => Ok(found),
    }
}

/// Asks a Redis whether it is there. `Err` says why it does not count as well.
pub async fn redis_ping(url: &str, limit: Duration) -> Result<(), Redacted> {
    let ping = async {
        let client = redis::Client::open(url)?;
        let mut connection = client.get_multiplexed_async_connection().await?;
        redis::cmd("PING")
            .query_async::<String>(&mut connection)
            .await
    };
    match timeout(limit, ping).await {
        Ok(Ok(pong)) if pong == "PONG" => Ok(()),
        Ok(Ok(other)) => Err(Redacted::from_raw(&format!("answered `{other}` to PING"))),
        Ok(Err(error)) => Err(Redacted::from_raw(&error.to_string())),
        Err(_) => Err(Redacted::from_raw(&format!(
            "nothing within {} ms",
            limit.as_millis()
        ))),
    }
}

fn is_unresolved(error: &reqwest::Error) -> bool {
    chain(error).contains("dns error")
}

/// The innermost reasons of an error; the outer ones repeat the address.
fn chain(error: &reqwest::Error) -> String {
    let mut reasons = Vec::new();
    let mut next: Option<&dyn Error> = error.source();
    while let Some(reason) = next {
        reasons.push(reason.to_string());
        next = reason.source();
    }
    match reasons.is_empty() {
        true => error.to_string(),
        false => reasons.join(": "),
    }
}
