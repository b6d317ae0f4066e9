use std::{collections::BTreeMap, fmt};

use crate::model::{Health, Lifecycle, Reading, Redacted, ServiceId, Timestamp};

/// What was seen of the things that a contract speaks of.
///
/// What is not in here was not looked at, and counts as unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// When this was seen, by the host's clock.
    pub at: Timestamp,
    /// Every container of the project; unknown if the engine did not answer.
    pub services: Reading<Vec<ServiceFact>>,
    /// Whether a connection to the port was accepted.
    pub ports: BTreeMap<PortAddress, Reading<bool>>,
    /// What the address answered, by its URL as written in the contract.
    pub http: BTreeMap<String, Reading<HttpFact>>,
    /// The file, by its path as written in the contract; `None` if it is not there.
    pub files: BTreeMap<String, Reading<Option<FileFact>>>,
    /// The resolved values of a `.env` file, by its path as written in the contract;
    /// `None` if it is not there.
    pub env: BTreeMap<String, Reading<Option<BTreeMap<String, String>>>>,
}

/// One container of the project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceFact {
    /// Its compose key and index.
    pub service: ServiceId,
    /// The container's name without the leading slash.
    pub container: String,
    /// Its state; unknown if it could not be inspected.
    pub state: Reading<ServiceState>,
}

/// The state of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceState {
    /// Where it is in its life.
    pub lifecycle: Lifecycle,
    /// The engine's health verdict.
    pub health: Health,
}

/// Where to connect.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PortAddress {
    /// A host name or address.
    pub host: String,
    /// 1 to 65535.
    pub port: u16,
}

/// How one GET went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpFact {
    /// Milliseconds until the body was read, or until it failed.
    pub latency_ms: u64,
    /// What came back.
    pub answer: HttpAnswer,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HttpAnswer {
    /// A status and the first 64 kB of the body.
    Answered {
        /// The status code.
        status: u16,
        /// The body.
        body: String,
    },
    /// The endpoint did not answer: refused, timed out, cut off.
    Failed(Redacted),
}

/// A file or folder inside the repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileFact {
    /// Its size; of a folder, what the file system says.
    pub bytes: u64,
    /// When it was last written.
    pub written_at: Timestamp,
}

impl Facts {
    /// Makes facts of somebody who has not looked at anything yet.
    pub fn unseen(at: Timestamp) -> Self {
        Self {
            at,
            services: Reading::Unknown(Redacted::from_raw("not looked at")),
            ports: BTreeMap::new(),
            http: BTreeMap::new(),
            files: BTreeMap::new(),
            env: BTreeMap::new(),
        }
    }
}

impl fmt::Display for PortAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}
