use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

use super::{Action, Project, ServiceId, ServiceName};

/// What the operator says about the watched stack: the compose project and what
/// its services mean.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stack {
    /// The compose project, once it is known.
    pub project: Option<Project>,
    /// What is said about each service. Services of the project that are not
    /// named here are watched with [`ServiceProfile::default`].
    pub services: BTreeMap<ServiceName, ServiceProfile>,
}

/// What is known about one service beyond what the engine says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceProfile {
    /// Other names under which people know it, such as its container name.
    pub aliases: Vec<String>,
    /// How much its absence matters.
    pub criticality: Criticality,
    /// Whether `compose_up_core` may start it when its container is missing.
    pub is_core: bool,
    /// Whether the controller may restart it.
    pub is_restartable: bool,
    /// Whether it is meant to end with code 0, such as a migration.
    pub is_one_shot: bool,
    /// Whether its own health check says anything about its work.
    pub is_health_meaningful: bool,
    /// Services that it needs; empty means "as the compose file says".
    pub depends_on: Vec<ServiceName>,
    /// How to ask it over HTTP, if it can be asked.
    pub probe: Option<HttpProbe>,
}

/// How much the absence of a service matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Criticality {
    /// The stack does not do its work without it.
    Critical,
    /// The stack works, with less.
    Warn,
}

/// One HTTP question to a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpProbe {
    /// Where to ask, `http` or `https`.
    pub url: String,
    /// The status that is expected.
    pub status: u16,
    /// Time after which there is no answer.
    pub timeout: Duration,
    /// A text that names trouble with something the service needs. An answer with
    /// the right status that contains it counts as degraded, not as failed.
    pub degraded_if: Option<String>,
}

impl Default for ServiceProfile {
    /// A service that nobody has described: watched, restartable, not core.
    fn default() -> Self {
        Self {
            aliases: Vec::new(),
            criticality: Criticality::Critical,
            is_core: false,
            is_restartable: true,
            is_one_shot: false,
            is_health_meaningful: true,
            depends_on: Vec::new(),
            probe: None,
        }
    }
}

impl Stack {
    /// Returns the profile of a service, if somebody wrote one.
    pub fn profile(&self, name: &ServiceName) -> Option<&ServiceProfile> {
        self.services.get(name)
    }

    /// Says whether the controller may restart a service.
    pub fn is_restartable(&self, name: &ServiceName) -> bool {
        self.profile(name)
            .is_none_or(|profile| profile.is_restartable)
    }

    /// Says whether the own health check of a service means anything.
    pub fn is_health_meaningful(&self, name: &ServiceName) -> bool {
        self.profile(name)
            .is_none_or(|profile| profile.is_health_meaningful)
    }

    /// Returns the core services in the order of their names.
    pub fn core(&self) -> impl Iterator<Item = &ServiceName> {
        self.services
            .iter()
            .filter(|(_, profile)| profile.is_core)
            .map(|(name, _)| name)
    }

    /// Returns the services that are not meant to end, in the order of their names.
    pub fn lasting(&self) -> impl Iterator<Item = &ServiceName> {
        self.services
            .iter()
            .filter(|(_, profile)| !profile.is_one_shot)
            .map(|(name, _)| name)
    }

    /// Finds the service that `raw` means: its compose key, one of its aliases,
    /// or a key with an index (`worker#2`).
    pub fn resolve(&self, raw: &str) -> Option<ServiceId> {
        let by_alias = self
            .services
            .iter()
            .find(|(_, profile)| profile.aliases.iter().any(|alias| alias == raw));
        match by_alias {
            Some((name, _)) => Some(ServiceId::first(name.clone())),
            None => raw.parse().ok(),
        }
    }

    /// Turns an action's target from an alias into its compose key.
    pub fn canonical(&self, action: Action) -> Action {
        match action {
            Action::Restart(service) => {
                Action::Restart(self.resolve(&service.to_string()).unwrap_or(service))
            }
            Action::StatusCheck | Action::ComposeUpCore | Action::ComposeUp | Action::Shutdown => {
                action
            }
        }
    }
}
