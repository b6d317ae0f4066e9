//! The real world: the container engine, HTTP, files and the clock.

mod act;
mod clock;
mod compose;
mod compose_facts;
mod compose_file;
mod docker;
mod files;
mod http;
mod leave;
mod listen;
mod live;
mod past;
mod process;
mod projects;
mod refresh;
mod shared;
mod show;
mod slot;
mod tails;
mod view;

pub mod compose_ui;
pub mod contract_facts;
pub mod env_probes;
pub mod env_store;
pub mod harness;
pub mod host;
pub mod reach;

pub use clock::now;
pub use compose::installed_compose;
pub use docker::{
    API_MIN, Endpoint, Engine, EngineError, EngineFacts, Member, READ_MAX, RESTART_EXTRA, Running,
};
pub use files::{KillSwitches, disk_free, is_writable};
pub use http::{Prober, ProberError};
pub use live::{LiveWorld, WorldSettings};
pub use process::{HostLock, actor, is_gone, zone};
pub use projects::{FoundProject, ProjectError, choose_project, find_projects};

/// Installs the one crypto provider of the process. `main` calls it first; a second
/// call changes nothing.
pub fn install_crypto() {
    // An error means that one is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
