use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{Action, Denial, Facts, Gate, ParseActionError, ServiceId, Timestamp};

/// What a person asks of the controller that holds the stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Wish {
    /// This action, through all gates.
    Act(Action),
    /// The stack, for as long as the one who asks holds it.
    Yield,
}

/// A request, as it was written down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorRequest {
    /// What is asked for.
    pub wish: Wish,
    /// Until when it may be answered; later nothing is done.
    pub until: Timestamp,
}

/// What the controller says to a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorAnswer {
    /// The row of the request.
    pub request: u64,
    /// The answer.
    pub reply: Reply,
    /// The gate that refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<Gate>,
    /// Its reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Denial>,
    /// The numbers and words behind it.
    #[serde(default, skip_serializing_if = "Facts::is_empty")]
    pub detail: Facts,
    /// When the answer may change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_at: Option<Timestamp>,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// Every gate let it through; the next row starts the action.
    Accepted,
    /// A gate refused it.
    Refused,
    /// There is nothing that could be done.
    Impossible,
    /// The stack is given up for the one who asked.
    Yielded,
    /// Nobody answered in time.
    Expired,
    /// The one who asked took it back.
    Withdrawn,
}

impl Wish {
    /// The service that it is about, if it is about one.
    pub fn service(&self) -> Option<&ServiceId> {
        match self {
            Wish::Act(Action::Restart(service)) => Some(service),
            Wish::Act(
                Action::StatusCheck | Action::ComposeUpCore | Action::ComposeUp | Action::Shutdown,
            )
            | Wish::Yield => None,
        }
    }
}

impl OperatorAnswer {
    /// An answer without numbers.
    pub fn plain(request: u64, reply: Reply) -> Self {
        Self {
            request,
            reply,
            gate: None,
            code: None,
            detail: Facts::new(),
            next_at: None,
        }
    }
}

impl fmt::Display for Wish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Wish::Act(action) => action.fmt(f),
            Wish::Yield => f.pad("yield"),
        }
    }
}

impl FromStr for Wish {
    type Err = ParseActionError;

    fn from_str(raw: &str) -> Result<Self, ParseActionError> {
        match raw {
            "yield" => Ok(Wish::Yield),
            action => action.parse().map(Wish::Act),
        }
    }
}

impl TryFrom<String> for Wish {
    type Error = ParseActionError;

    fn try_from(raw: String) -> Result<Self, ParseActionError> {
        raw.parse()
    }
}

impl From<Wish> for String {
    fn from(wish: Wish) -> Self {
        wish.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_has_one_text() {
        for raw in ["yield", "status_check", "restart_service:worker#2"] {
            assert_eq!(raw, raw.parse::<Wish>().unwrap().to_string());
        }
        assert!("reboot".parse::<Wish>().is_err());
    }
}
