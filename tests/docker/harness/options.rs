//! How a stack is started.

use std::time::Duration;

/// The compose keys of the stack.
pub(super) const SERVICES: [&str; 4] = ["redis", "scout", "processor", "ui"];

/// How a stack is started.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    /// The engine's restart policy for all services.
    pub(crate) restart: &'static str,
    /// The time between two health checks, and the limit of each.
    pub(crate) health_interval: Duration,
    /// The grace of the health check after a start.
    pub(crate) health_start: Duration,
    /// Failed checks until a service is unhealthy.
    pub(crate) health_retries: u32,
    /// How long the engine waits before it kills what does not stop, in whole seconds:
    /// docker-compose 1.29 knows no others.
    pub(crate) stop_grace: Duration,
    /// Whether compose of the second generation makes it, as fetched by `scripts/setup.sh`.
    pub(crate) is_next_compose: bool,
    /// The services to start; `redis` comes along, the others depend on it.
    pub(crate) services: &'static [&'static str],
}

impl Default for Options {
    fn default() -> Options {
        Options {
            restart: "unless-stopped",
            health_interval: Duration::from_secs(1),
            health_start: Duration::from_secs(2),
            health_retries: 2,
            stop_grace: Duration::from_secs(1),
            is_next_compose: false,
            services: &SERVICES,
        }
    }
}

impl Options {
    /// The variables of the compose file that say so.
    pub(super) fn variables(&self) -> Vec<(String, String)> {
        let ms = |span: Duration| format!("{}ms", span.as_millis());
        let mut all: Vec<(String, String)> = [
            ("STANDIN_HEALTH_INTERVAL", ms(self.health_interval)),
            ("STANDIN_HEALTH_TIMEOUT", ms(self.health_interval)),
            ("STANDIN_HEALTH_START", ms(self.health_start)),
            ("STANDIN_HEALTH_RETRIES", self.health_retries.to_string()),
            (
                "STANDIN_STOP_GRACE",
                format!("{}s", self.stop_grace.as_secs()),
            ),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        all.extend(SERVICES.map(|service| {
            let name = format!("STANDIN_RESTART_{}", service.to_uppercase());
            (name, self.restart.to_owned())
        }));
        all
    }
}
