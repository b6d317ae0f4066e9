//! The container engine. Its client library is named here and in the files below,
//! and nowhere else: its answers carry the containers' environment, and that stays
//! here.

mod endpoint;
mod error;
mod events;
mod inspect;
mod inventory;
mod logs;
mod since;
mod survey;

use std::{
    future::Future,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use bollard::{ClientVersion, Docker, query_parameters as query};
use tokio::time::timeout;

pub use endpoint::Endpoint;
pub use error::EngineError;
use error::Failure;
pub(super) use events::{EngineEvent, Report};
pub(super) use inspect::Inspected;
pub(super) use inventory::{ComposeLabels, Row};
pub use survey::{EngineFacts, Member, Running};

use super::leave::Leave;
use crate::model::{Project, Redacted};

/// The oldest engine API that has everything we ask for (Engine 20.10).
pub const API_MIN: &str = "1.41";
/// Time after which a question to the engine counts as unanswered.
pub const READ_MAX: Duration = Duration::from_secs(2);
/// What a restart may take beyond the container's own stop timeout.
pub const RESTART_EXTRA: Duration = Duration::from_secs(30);

/// The protocol version that the client library is told. It has no effect on the
/// wire: the library sends paths without a version.
const CLIENT_VERSION: ClientVersion = ClientVersion {
    major_version: 1,
    minor_version: 41,
};

/// The client library's own limit, above all of ours: it covers only the head of
/// an answer, so each call has a limit of ours around it.
const LIBRARY_MAX_S: u64 = 24 * 3_600;

/// An engine, connected when it is first asked and again after it was away.
#[derive(Debug)]
pub struct Engine {
    endpoint: Endpoint,
    checked: Mutex<Option<Docker>>,
}

impl Engine {
    /// Names an engine. Nothing is asked yet, and it need not be there.
    pub fn new(endpoint: Endpoint) -> Self {
        Self {
            endpoint,
            checked: Mutex::new(None),
        }
    }

    /// Returns the engine's API version, after making sure that it is new enough.
    ///
    /// # Errors
    ///
    /// Fails if the engine cannot be reached, is silent, or is too old.
    pub async fn version(&self) -> Result<String, EngineError> {
        self.forget();
        let docker = self.connect()?;
        let version = self.ask("version", READ_MAX, docker.version()).await;
        let version = version.map_err(|failure| failure.into_error("version"))?;
        let found = version.api_version.unwrap_or_default();
        if !is_new_enough(&found) {
            return Err(EngineError::TooOld {
                found: Redacted::from_raw(&found),
            });
        }
        *self.checked.lock().unwrap_or_else(PoisonError::into_inner) = Some(docker);
        Ok(found)
    }

    /// Lists the containers of one compose project, or of all of them, in every
    /// state. This is an inventory: right after a container's end it still says
    /// "running" (measured), so states are asked of [`Engine::inspect`].
    ///
    /// # Errors
    ///
    /// Fails if the engine as a whole gives no readable answer. One odd container
    /// is listed with what can be read of it.
    pub(super) async fn list(&self, project: Option<&Project>) -> Result<Vec<Row>, EngineError> {
        let docker = self.client().await?;
        let filters = inventory::filters(project);
        let options = query::ListContainersOptionsBuilder::new()
            .all(true)
            .filters(&filters)
            .build();
        let listed = self.ask("list", READ_MAX, docker.list_containers(Some(options)));
        let rows = match listed.await {
            Ok(rows) => rows.into_iter().map(inventory::RawRow::from).collect(),
            Err(Failure::Unparsed(contents)) => inventory::read_leniently(&contents)
                .ok_or_else(|| Failure::Unparsed(contents).into_error("list"))?,
            Err(Failure::Plain(error)) => {
                if error.is_engine_away() {
                    self.forget();
                }
                return Err(error);
            }
        };
        Ok(rows
            .into_iter()
            .filter_map(inventory::RawRow::into_row)
            .collect())
    }

    /// Asks for the truth about one container.
    ///
    /// # Errors
    ///
    /// Fails if there is no such container, no answer, or an odd one.
    pub(super) async fn inspect(&self, id: &str) -> Result<Inspected, EngineError> {
        let docker = self.client().await?;
        let none = None::<query::InspectContainerOptions>;
        let answer = self.ask("inspect", READ_MAX, docker.inspect_container(id, none));
        let answer = answer
            .await
            .map_err(|failure| failure.into_error("inspect"))?;
        inspect::inspected(answer)
    }

    /// Restarts a container and waits until the engine says that it did.
    ///
    /// # Errors
    ///
    /// Fails if the engine refuses, or is silent for `stop_timeout` and
    /// [`RESTART_EXTRA`].
    pub(super) async fn restart(
        &self,
        _: Leave,
        id: &str,
        stop_timeout: Duration,
    ) -> Result<(), EngineError> {
        let docker = self.client().await?;
        let limit = stop_timeout.saturating_add(RESTART_EXTRA);
        let none = None::<query::RestartContainerOptions>;
        let answer = self.ask("restart", limit, docker.restart_container(id, none));
        answer
            .await
            .map_err(|failure| failure.into_error("restart"))
    }

    /// Returns a connected client; asks for the version only after the engine was
    /// away.
    async fn client(&self) -> Result<Docker, EngineError> {
        if let Some(docker) = self.remembered() {
            return Ok(docker);
        }
        self.version().await?;
        self.remembered().ok_or_else(|| EngineError::Unreachable {
            endpoint: self.endpoint.to_string(),
            reason: Redacted::from_raw("it went away again"),
        })
    }

    fn remembered(&self) -> Option<Docker> {
        let checked = self.checked.lock().unwrap_or_else(PoisonError::into_inner);
        checked.clone()
    }

    /// Asks for the version again before the next question.
    pub(super) fn forget(&self) {
        *self.checked.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Makes a client. The library refuses a missing socket here already, so this
    /// is done again and again, not once.
    fn connect(&self) -> Result<Docker, EngineError> {
        let connected = match &self.endpoint {
            Endpoint::Unix(path) => {
                let path = path.to_string_lossy();
                Docker::connect_with_unix(&path, LIBRARY_MAX_S, &CLIENT_VERSION)
            }
            Endpoint::Tcp(url) => Docker::connect_with_http(url, LIBRARY_MAX_S, &CLIENT_VERSION),
            Endpoint::Tls { url, cert_path } => {
                super::install_crypto();
                Docker::connect_with_ssl(
                    url,
                    &cert_path.join("key.pem"),
                    &cert_path.join("cert.pem"),
                    &cert_path.join("ca.pem"),
                    LIBRARY_MAX_S,
                    &CLIENT_VERSION,
                )
            }
        };
        connected
            .map_err(|error| Failure::from_bollard(&self.endpoint, error).into_error("connect"))
    }

    async fn ask<T>(
        &self,
        call: &'static str,
        limit: Duration,
        question: impl Future<Output = Result<T, bollard::errors::Error>>,
    ) -> Result<T, Failure> {
        match timeout(limit, question).await {
            Ok(answer) => answer.map_err(|error| Failure::from_bollard(&self.endpoint, error)),
            Err(_) => Err(Failure::Plain(EngineError::TimedOut { call, limit })),
        }
    }
}

/// Compares `1.41` with [`API_MIN`] by numbers. What is no version is too old.
fn is_new_enough(found: &str) -> bool {
    let numbers = |raw: &str| -> Option<(u32, u32)> {
        let (major, minor) = raw.split_once('.')?;
        Some((major.parse().ok()?, minor.parse().ok()?))
    };
    numbers(found).is_some_and(|found| Some(found) >= numbers(API_MIN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn api_versions_are_compared_as_numbers() {
        for (found, expected) in [
            ("1.41", true),
            ("1.53", true),
            ("2.0", true),
            ("1.40", false),
            ("1.9", false),
            ("", false),
            ("one", false),
        ] {
            assert_eq!(expected, is_new_enough(found), "{found}");
        }
    }

    #[tokio::test]
    async fn a_missing_socket_is_an_error_with_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let engine = Engine::new(Endpoint::Unix(folder.path().join("no.sock")));
        let error = engine.list(None).await.unwrap_err();
        assert!(error.is_engine_away(), "{error}");
        assert!(error.to_string().contains("no.sock"), "{error}");
    }
}
