//! Asks what a `.env` file points at.

use std::time::Duration;

use super::{
    host::is_own_address,
    reach::{self, Question, Web, WebError},
};
use crate::model::{
    Reading, Redacted,
    contract::{HttpFact, PortAddress},
};

/// How long a port may take.
const PORT_LIMIT: Duration = Duration::from_millis(1500);
/// How long Redis may take.
const REDIS_LIMIT: Duration = Duration::from_secs(2);
/// How long the dashboard may take: its health waits for the database.
const HTTP_LIMIT: Duration = Duration::from_secs(5);
/// The header that carries the shared secret.
const SECRET_HEADER: &str = "X-WICAP-SECRET";

/// What to ask.
#[derive(Clone, Debug, Default)]
pub struct Targets {
    /// SQL Server.
    pub sql: Option<PortAddress>,
    /// Redis, as its key says.
    pub redis: Option<String>,
    /// The dashboard.
    pub ui: Option<UiTarget>,
    /// The shared secret.
    pub secret: Option<String>,
    /// The body of the internal call, as JSON.
    pub ping: String,
}

/// The dashboard's address, taken apart.
#[derive(Clone, Debug)]
pub struct UiTarget {
    /// Scheme, host and port, without a path.
    pub origin: String,
    /// The host as it stands in the address.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Whether the way there is encrypted.
    pub is_https: bool,
}

/// What was answered; `None` where there was nothing to ask.
#[derive(Clone, Debug)]
pub struct Answers {
    /// Whether SQL Server's port is open.
    pub sql: Option<Reading<bool>>,
    /// What Redis said to PING.
    pub redis: Option<Result<(), Redacted>>,
    /// Whether the dashboard's port is open.
    pub ui: Option<Reading<bool>>,
    /// What `/health` answered.
    pub health: Option<Reading<HttpFact>>,
    /// What the internal call answered.
    pub emit: Option<Emit>,
}

/// How the internal call went.
#[derive(Clone, Debug)]
pub enum Emit {
    /// It was made.
    Asked(Reading<HttpFact>),
    /// It was not: the secret would have left this host in the clear.
    WouldLeak,
    /// It was not: nobody listens there.
    NobodyThere,
}

/// Asks everything, one after the other.
///
/// # Errors
///
/// Fails if no HTTP client can be set up.
pub async fn ask(targets: &Targets) -> Result<Answers, WebError> {
    let mut answers = Answers {
        sql: None,
        redis: None,
        ui: None,
        health: None,
        emit: None,
    };
    if let Some(address) = &targets.sql {
        answers.sql = Some(reach::port(address, PORT_LIMIT).await);
    }
    if let Some(url) = &targets.redis {
        answers.redis = Some(reach::redis_ping(url, REDIS_LIMIT).await);
    }
    if let Some(ui) = &targets.ui {
        let address = PortAddress {
            host: ui.host.clone(),
            port: ui.port,
        };
        let is_open = reach::port(&address, PORT_LIMIT).await;
        if is_open == Reading::Known(true) {
            let question = Question {
                url: format!("{}/health", ui.origin),
                limit: HTTP_LIMIT,
                body: None,
                secret: None,
            };
            answers.health = Some(Web::new()?.ask(&question).await);
            answers.emit = Some(emit(ui, targets).await?);
        } else {
            answers.emit = Some(Emit::NobodyThere);
        }
        answers.ui = Some(is_open);
    }
    Ok(answers)
}

/// Makes the internal call. Over plain HTTP only if every address of the host is one of
/// this machine's, and then to just those addresses.
async fn emit(ui: &UiTarget, targets: &Targets) -> Result<Emit, WebError> {
    let found = reach::addresses(&ui.host, ui.port)
        .await
        .unwrap_or_default();
    let stays_home = !found.is_empty() && found.iter().all(|at| is_own_address(at.ip()));
    if !ui.is_https && !stays_home && targets.secret.is_some() {
        return Ok(Emit::WouldLeak);
    }
    let secret = targets.secret.clone();
    let question = Question {
        url: format!("{}/api/internal/emit", ui.origin),
        limit: HTTP_LIMIT,
        body: Some(targets.ping.clone()),
        secret: secret.map(|secret| (SECRET_HEADER, secret)),
    };
    let web = Web::pinned(&ui.host, &found)?;
    Ok(Emit::Asked(web.ask(&question).await))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn over_plain_http_the_secret_does_not_leave_this_host() {
        let is_leak = async |host: &str, is_https, secret: Option<&str>| {
            let scheme = if is_https { "https" } else { "http" };
            let ui = UiTarget {
                // Nobody listens on port 1; only whether it is asked counts.
                origin: format!("{scheme}://{host}:1"),
                host: host.to_owned(),
                port: 1,
                is_https,
            };
            let targets = Targets {
                secret: secret.map(str::to_owned),
                ..Targets::default()
            };
            matches!(emit(&ui, &targets).await.unwrap(), Emit::WouldLeak)
        };
        assert!(is_leak("192.0.2.77", false, Some("s")).await);
        assert!(is_leak("no-such-host.invalid", false, Some("s")).await);
        assert!(!is_leak("127.0.0.1", false, Some("s")).await);
        assert!(!is_leak("[::1]", false, Some("s")).await);
        assert!(!is_leak("127.0.0.1", true, Some("s")).await);
        assert!(!is_leak("127.0.0.1", false, None).await);
    }
}
