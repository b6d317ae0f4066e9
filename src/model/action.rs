use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::ServiceId;

/// Everything the controller can do to the world.
///
/// The enum is the allowlist: an action that has no variant cannot be planned,
/// permitted or executed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Action {
    /// Take our own fresh look at the stack; changes nothing.
    StatusCheck,
    /// Start the core services that are missing, and nothing else.
    ComposeUpCore,
    /// Start the whole stack. Never chosen by the controller.
    ComposeUp,
    /// Take the whole stack down. Never chosen by the controller.
    Shutdown,
    /// Restart one container of a service.
    Restart(ServiceId),
}

/// An action without its target, for grants and denylists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionKind {
    /// See [`Action::StatusCheck`].
    StatusCheck,
    /// See [`Action::ComposeUpCore`].
    ComposeUpCore,
    /// See [`Action::ComposeUp`].
    ComposeUp,
    /// See [`Action::Shutdown`].
    Shutdown,
    /// See [`Action::Restart`].
    RestartService,
}

/// One entry of a grant or a denylist: a kind of action, or one action on one
/// service.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum ActionRule {
    /// Every action of a kind: `restart_service`.
    Kind(ActionKind),
    /// One action: `restart_service:redis`.
    Exactly(Action),
}

/// A text that names no action of the allowlist.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not an action (status_check, compose_up_core, compose_up, shutdown, \
     restart_service:SERVICE)"
)]
pub struct ParseActionError(String);

impl Action {
    /// Returns the action without its target.
    pub fn kind(&self) -> ActionKind {
        match self {
            Action::StatusCheck => ActionKind::StatusCheck,
            Action::ComposeUpCore => ActionKind::ComposeUpCore,
            Action::ComposeUp => ActionKind::ComposeUp,
            Action::Shutdown => ActionKind::Shutdown,
            Action::Restart(_) => ActionKind::RestartService,
        }
    }

    /// Says whether the action changes the world.
    pub fn is_disruptive(&self) -> bool {
        self.kind() != ActionKind::StatusCheck
    }
}

impl ActionKind {
    /// All kinds, in the order in which help texts name them.
    pub const ALL: [ActionKind; 5] = [
        ActionKind::StatusCheck,
        ActionKind::ComposeUpCore,
        ActionKind::ComposeUp,
        ActionKind::Shutdown,
        ActionKind::RestartService,
    ];

    /// Returns the stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            ActionKind::StatusCheck => "status_check",
            ActionKind::ComposeUpCore => "compose_up_core",
            ActionKind::ComposeUp => "compose_up",
            ActionKind::Shutdown => "shutdown",
            ActionKind::RestartService => "restart_service",
        }
    }
}

impl fmt::Display for ActionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Action::Restart(service) => write!(f, "restart_service:{service}"),
            Action::StatusCheck | Action::ComposeUpCore | Action::ComposeUp | Action::Shutdown => {
                f.pad(self.kind().as_str())
            }
        }
    }
}

impl FromStr for ActionKind {
    type Err = ParseActionError;

    fn from_str(raw: &str) -> Result<Self, ParseActionError> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == raw)
            .ok_or_else(|| ParseActionError(raw.to_owned()))
    }
}

impl FromStr for Action {
    type Err = ParseActionError;

    fn from_str(raw: &str) -> Result<Self, ParseActionError> {
        let error = || ParseActionError(raw.to_owned());
        if let Some(service) = raw.strip_prefix("restart_service:") {
            return service.parse().map(Action::Restart).map_err(|_| error());
        }
        match raw.parse()? {
            ActionKind::StatusCheck => Ok(Action::StatusCheck),
            ActionKind::ComposeUpCore => Ok(Action::ComposeUpCore),
            ActionKind::ComposeUp => Ok(Action::ComposeUp),
            ActionKind::Shutdown => Ok(Action::Shutdown),
            ActionKind::RestartService => Err(error()),
        }
    }
}

impl TryFrom<String> for Action {
    type Error = ParseActionError;

    fn try_from(raw: String) -> Result<Self, ParseActionError> {
        raw.parse()
    }
}

impl From<Action> for String {
    fn from(action: Action) -> Self {
        action.to_string()
    }
}

impl ActionRule {
    /// Says whether the rule is about an action.
    pub fn covers(&self, action: &Action) -> bool {
        match self {
            ActionRule::Kind(kind) => *kind == action.kind(),
            ActionRule::Exactly(exactly) => exactly == action,
        }
    }
}

impl FromStr for ActionRule {
    type Err = ParseActionError;

    fn from_str(raw: &str) -> Result<Self, ParseActionError> {
        match raw.parse() {
            Ok(kind) => Ok(ActionRule::Kind(kind)),
            Err(ParseActionError(_)) => raw.parse().map(ActionRule::Exactly),
        }
    }
}

impl fmt::Display for ActionRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ActionRule::Kind(kind) => kind.fmt(f),
            ActionRule::Exactly(action) => action.fmt(f),
        }
    }
}

impl TryFrom<String> for ActionRule {
    type Error = ParseActionError;

    fn try_from(raw: String) -> Result<Self, ParseActionError> {
        raw.parse()
    }
}

impl From<ActionRule> for String {
    fn from(rule: ActionRule) -> Self {
        rule.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_has_one_text() {
        for raw in [
            "status_check",
            "compose_up_core",
            "compose_up",
            "shutdown",
            "restart_service:ui",
            "restart_service:worker#2",
        ] {
            assert_eq!(raw, raw.parse::<Action>().unwrap().to_string());
        }
    }

    #[test]
    fn what_has_no_variant_is_no_action() {
        for raw in [
            "",
            "restart_service",
            "restart_service:a b",
            "rm -rf /",
            "exec:ui",
        ] {
            assert!(raw.parse::<Action>().is_err(), "{raw}");
        }
    }
}
