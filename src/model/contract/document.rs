use super::PortAddress;

/// A runtime contract, version 1.
///
/// Made by the parser only from a document without a mistake: it checks at least one
/// thing, no two terms ask for the same, and every path stays inside the repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contract {
    /// What the contract is called.
    pub name: String,
    /// Its own version, free text.
    pub version: String,
    /// What must be true of services.
    pub services: Vec<ServiceTerm>,
    /// What must be true of TCP ports.
    pub ports: Vec<PortTerm>,
    /// What HTTP endpoints must answer.
    pub http_endpoints: Vec<EndpointTerm>,
    /// What files must be there.
    pub files: Vec<FileTerm>,
    /// What keys `.env` files must set.
    pub env_keys: Vec<EnvTerm>,
    /// What a soak asks before it starts.
    pub soak_gate: SoakGate,
}

/// How much a broken term weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// It fails the gate.
    Critical,
    /// It is reported.
    Warn,
}

/// A service and the state it must be in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceTerm {
    /// The compose key or the container's name.
    pub name: String,
    /// The state.
    pub wanted: WantedState,
    /// What a broken term weighs.
    pub weight: Weight,
}

/// A state that a service can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WantedState {
    /// Running, not paused, not in a restart loop, and its health check, if it has one,
    /// passes.
    Up,
    /// Up, with a health check that says so.
    Healthy,
    /// Running and not paused; the health check is not asked.
    Running,
    /// Not running, or not there.
    Stopped,
    /// Not there.
    Missing,
}

/// A TCP port and whether somebody must listen on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortTerm {
    /// Where.
    pub address: PortAddress,
    /// Open or closed.
    pub wanted: PortState,
    /// What a broken term weighs.
    pub weight: Weight,
}

/// Whether somebody listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortState {
    /// A connection is accepted.
    Open,
    /// A connection is refused or not answered.
    Closed,
}

/// An HTTP endpoint and what it must answer to GET.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointTerm {
    /// What the report calls it.
    pub name: String,
    /// An `http` or `https` address.
    pub url: String,
    /// Acceptable statuses. Redirects are not followed.
    pub ok_status: Vec<u16>,
    /// Texts that the first 64 kB of the body must contain.
    pub body_contains: Vec<String>,
    /// Texts that they must not contain.
    pub body_excludes: Vec<String>,
    /// The most milliseconds until the body is read.
    pub latency_ms_max: Option<u64>,
    /// Milliseconds after which it counts as not answering.
    pub timeout_ms: u64,
    /// What a broken term weighs.
    pub weight: Weight,
}

/// A file or folder, and what must be true of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileTerm {
    /// The path, relative to the repository.
    pub path: String,
    /// Whether it must be there.
    pub wanted: Presence,
    /// The least size in bytes.
    pub bytes_min: Option<u64>,
    /// The most seconds since it was written.
    pub age_seconds_max: Option<u64>,
    /// What a broken term weighs.
    pub weight: Weight,
}

/// Whether something must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It must.
    Present,
    /// It must not.
    Missing,
}

/// A key of a `.env` file, and what must be true of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvTerm {
    /// The key.
    pub key: String,
    /// The file, relative to the repository.
    pub file: String,
    /// Whether it must be set.
    pub wanted: Presence,
    /// Whether an empty value will do.
    pub may_be_empty: bool,
    /// The least length of the value in characters.
    pub length_min: Option<u64>,
    /// The values that are allowed; empty if all are.
    pub one_of: Vec<String>,
    /// What a broken term weighs.
    pub weight: Weight,
}

/// What a soak asks before it starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SoakGate {
    /// How many broken critical terms it tolerates.
    pub failures_max: u64,
}

impl Contract {
    /// Returns how many things the contract checks.
    pub fn n_terms(&self) -> usize {
        let n_world = self.services.len() + self.ports.len() + self.http_endpoints.len();
        n_world + self.files.len() + self.env_keys.len()
    }
}
