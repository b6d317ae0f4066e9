use std::{collections::BTreeSet, time::Duration};

use serde::{Deserialize, Serialize};

use crate::model::{Container, Health, Observation, Policy, ServiceId, ServiceName, Stack};

/// What holds for a whole session: what the stack means, and the numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// The services and what is known about them.
    pub stack: Stack,
    /// The numbers.
    pub policy: Policy,
}

impl Rules {
    /// How long a container may take from its start to being well:
    /// `max(verify_min, start_period + interval × (retries + 1))`, at most `verify_max`.
    pub fn patience(&self, container: &Container) -> Duration {
        let own = container.health_check.map_or(Duration::ZERO, |check| {
            check.start_period
                + check
                    .interval
                    .saturating_mul(check.retries.saturating_add(1))
        });
        own.max(self.policy.verify_min).min(self.policy.verify_max)
    }

    /// Whether a restart of the container has to be confirmed by its health check.
    pub fn needs_health(&self, service: &ServiceId, container: &Container) -> bool {
        container.health != Health::Unchecked && self.stack.is_health_meaningful(service.name())
    }

    /// The services that `service` needs, directly and by way of others.
    pub fn needs(&self, service: &ServiceId, seen: &Observation) -> BTreeSet<ServiceName> {
        let mut found = BTreeSet::new();
        let mut open = vec![service.name().clone()];
        while let Some(name) = open.pop() {
            for needed in self.needs_directly(&name, seen) {
                if needed != *service.name() && found.insert(needed.clone()) {
                    open.push(needed);
                }
            }
        }
        found
    }

    fn needs_directly(&self, name: &ServiceName, seen: &Observation) -> Vec<ServiceName> {
        if let Some(profile) = self.stack.profile(name)
            && !profile.depends_on.is_empty()
        {
            return profile.depends_on.clone();
        }
        seen.services
            .keys()
            .filter(|service| service.name() == name)
            .find_map(|service| seen.container(service))
            .map(|container| container.depends_on.clone())
            .unwrap_or_default()
    }
}
