use serde::{Deserialize, Serialize};

use crate::{
    control::{Grants, Rules},
    model::{EventKind, Policy, Stack, redact},
};

/// What holds for a whole session. Its first row rests on it, so that every decision
/// can be made again from the ledger alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charter {
    /// What the operator says about the stack.
    pub stack: Stack,
    /// The numbers.
    pub policy: Policy,
    /// What the operator granted.
    pub grants: Grants,
}

impl Charter {
    /// Puts down what holds. The address of a probe may carry a password; no decision
    /// looks at it, so it is kept redacted.
    pub fn new(rules: &Rules, grants: &Grants) -> Self {
        let mut stack = rules.stack.clone();
        let probes = stack
            .services
            .values_mut()
            .filter_map(|profile| profile.probe.as_mut());
        for probe in probes {
            probe.url = redact(&probe.url).into_owned();
        }
        Self {
            stack,
            policy: rules.policy.clone(),
            grants: grants.clone(),
        }
    }

    /// The rules in it.
    pub fn rules(&self) -> Rules {
        Rules {
            stack: self.stack.clone(),
            policy: self.policy.clone(),
        }
    }

    /// The first row of a session under it.
    pub fn session_started(&self, version: &str) -> EventKind {
        EventKind::SessionStarted {
            mode: self.grants.mode,
            actions: self.grants.actions.iter().cloned().collect(),
            shadow: self.grants.is_shadow,
            version: version.to_owned(),
        }
    }
}
