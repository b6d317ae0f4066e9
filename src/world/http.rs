use std::{error::Error, io, sync::Arc, time::Duration};

use reqwest::{
    Client,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect,
};
use tokio::time::{Instant, timeout};

use super::clock;
use crate::{
    config::names_trouble,
    model::{HttpProbe, ProbeReport, ProbeResult, Reading, Redacted},
};

/// The most bytes of an answer that are read.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// Asks services over HTTP whether they are well.
///
/// It follows no redirect, uses no proxy and keeps no connection: each question
/// meets the service as it is now.
#[derive(Clone, Debug)]
pub struct Prober {
    client: Client,
}

/// HTTP probes cannot be set up in this process.
#[derive(Debug, thiserror::Error)]
#[error("cannot set up HTTP probes")]
pub struct ProberError(#[from] Box<dyn Error + Send + Sync>);

/// A name that has no address.
#[derive(Debug, thiserror::Error)]
#[error("cannot resolve `{name}`: {source}")]
struct Unresolved {
    name: String,
    source: io::Error,
}

/// Looks names up as the host does, and says so when that fails.
#[derive(Debug)]
struct HostResolver;

impl Prober {
    /// Makes a prober with the public certificate authorities built in, so that it
    /// works in an empty image.
    ///
    /// # Errors
    ///
    /// Fails if the crypto provider does not have what TLS needs.
    pub fn new() -> Result<Self, ProberError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let roots =
            rustls::RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(Box::from)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .dns_resolver(Arc::new(HostResolver))
            .no_proxy()
            .redirect(redirect::Policy::none())
            .pool_max_idle_per_host(0)
            .build()
            .map_err(Box::from)?;
        Ok(Self { client })
    }

    /// Asks once. `Unknown` if the question could not even be put: a bad address, a
    /// name without address, a certificate that we cannot check, no route.
    pub async fn ask(&self, probe: &HttpProbe) -> Reading<ProbeReport> {
        let started = Instant::now();
        let result = match timeout(probe.timeout, self.answer(probe)).await {
            Ok(answer) => answer,
            Err(_) => Ok(failed(&format!(
                "no answer within {}",
                seconds(probe.timeout)
            ))),
        };
        match result {
            Ok(result) => Reading::Known(ProbeReport {
                at: clock::now(),
                latency: started.elapsed(),
                result,
            }),
            Err(reason) => Reading::Unknown(reason),
        }
    }

    async fn answer(&self, probe: &HttpProbe) -> Result<ProbeResult, Redacted> {
        let mut response = match self.client.get(&probe.url).send().await {
            Ok(response) => response,
            Err(error) => return reading_of(&error),
        };
        let status = response.status().as_u16();
        if status != probe.status {
            return Ok(failed(&format!(
                "status {status}, expected {}",
                probe.status
            )));
        }
        let mut body = Vec::new();
        while body.len() < BODY_BYTES_MAX {
            match response.chunk().await {
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => break,
                Err(error) => return reading_of(&error),
            }
        }
        body.truncate(BODY_BYTES_MAX);
        Ok(verdict(probe, &String::from_utf8_lossy(&body)))
    }
}

fn verdict(probe: &HttpProbe, body: &str) -> ProbeResult {
    match &probe.degraded_if {
        Some(text) if names_trouble(text, body) => {
            ProbeResult::Degraded(Redacted::from_raw(&format!("the answer contains `{text}`")))
        }
        Some(_) | None => ProbeResult::Ok,
    }
}

fn failed(reason: &str) -> ProbeResult {
    ProbeResult::Failed(Redacted::from_raw(reason))
}

fn seconds(duration: Duration) -> String {
    format!("{} s", duration.as_secs_f32())
}

/// Tells a service that does not answer from a probe that cannot ask.
fn reading_of(error: &reqwest::Error) -> Result<ProbeResult, Redacted> {
    let unknown = |reason: String| Err(Redacted::from_raw(&reason));
    if error.is_builder() {
        return unknown(format!("cannot ask: {}", innermost(error)));
    }
    for cause in causes(error) {
        if cause.is::<Unresolved>() {
            return unknown(cause.to_string());
        }
        if cause.is::<rustls::Error>() {
            return unknown(format!("cannot check the certificate: {cause}"));
        }
    }
    let system = causes(error).filter_map(|cause| cause.downcast_ref::<io::Error>());
    match system.last() {
        Some(system) => reading_of_system(system),
        None => Ok(failed(&innermost(error))),
    }
}

fn reading_of_system(error: &io::Error) -> Result<ProbeResult, Redacted> {
    use io::ErrorKind as Kind;
    let speaks_of_the_service = matches!(
        error.kind(),
        Kind::ConnectionRefused
            | Kind::ConnectionReset
            | Kind::ConnectionAborted
            | Kind::BrokenPipe
            | Kind::TimedOut
            | Kind::UnexpectedEof
    );
    let reason = error.kind().to_string();
    if speaks_of_the_service {
        Ok(failed(&reason))
    } else {
        Err(Redacted::from_raw(&format!("cannot ask: {error}")))
    }
}

/// All causes, outermost first. An `io::Error` hides the error that it wraps: its own
/// source is that error's source.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| {
        let wrapped = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        match wrapped {
            Some(wrapped) => Some(wrapped as &(dyn Error + 'static)),
            None => error.source(),
        }
    })
}

fn innermost(error: &(dyn Error + 'static)) -> String {
    causes(error)
        .last()
        .map(ToString::to_string)
        .unwrap_or_default()
}

impl Resolve for HostResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found = tokio::net::lookup_host((host.as_str(), 0)).await;
            let found = found.map(Iterator::collect::<Vec<_>>);
            match found {
                Ok(found) => Ok(Box::new(found.into_iter()) as Addrs),
                Err(source) => Err(Box::from(Unresolved { name: host, source })),
            }
        })
    }
}
