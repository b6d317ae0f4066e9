use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// How much the controller may do by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ControlMode {
    /// Look, decide and report; change nothing.
    #[default]
    Observe,
    /// Act within the allowlist, with a long grace.
    Assist,
    /// Act within the allowlist, sooner and more often.
    Autonomous,
}

/// A text that is no control mode.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a control mode (observe, assist, autonomous; monitor means observe)")]
pub struct ParseModeError(String);

impl ControlMode {
    /// Returns the stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            ControlMode::Observe => "observe",
            ControlMode::Assist => "assist",
            ControlMode::Autonomous => "autonomous",
        }
    }
}

impl FromStr for ControlMode {
    type Err = ParseModeError;

    fn from_str(raw: &str) -> Result<Self, ParseModeError> {
        match raw.trim().to_ascii_lowercase().as_str() {
            "observe" | "monitor" => Ok(Self::Observe),
            "assist" => Ok(Self::Assist),
            "autonomous" => Ok(Self::Autonomous),
            _ => Err(ParseModeError(raw.to_owned())),
        }
    }
}

impl fmt::Display for ControlMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn monitor_is_another_word_for_observe() {
        assert_eq!(Ok(ControlMode::Observe), " Monitor ".parse());
        assert_eq!(Ok(ControlMode::Autonomous), "autonomous".parse());
        assert!("god".parse::<ControlMode>().is_err());
    }
}
