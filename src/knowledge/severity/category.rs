//! The names under which evidence is kept.

use serde::{Deserialize, Serialize};

/// What kind of evidence a line is. The names are those of the predecessor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// A failure of a program.
    Error,
    /// A failure that containers or their engine report.
    DockerFail,
    /// A failed test.
    PytestFail,
    /// A passed test.
    PytestPass,
    /// A warning.
    Warning,
    /// Anything else.
    Info,
    /// A record of the network event stream that is an anomaly or an alert.
    NetworkAnomaly,
    /// An operator's answer to a network anomaly.
    NetworkAnomalyFeedback,
    /// A flow of the network event stream.
    NetworkFlow,
    /// A prediction of the network event stream.
    NetworkPrediction,
    /// Any other record of the network event stream.
    NetworkEvent,
}

impl Category {
    /// The stored name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::DockerFail => "docker_fail",
            Self::PytestFail => "pytest_fail",
            Self::PytestPass => "pytest_pass",
            Self::Warning => "warning",
            Self::Info => "info",
            Self::NetworkAnomaly => "network_anomaly",
            Self::NetworkAnomalyFeedback => "network_anomaly_feedback",
            Self::NetworkFlow => "network_flow",
            Self::NetworkPrediction => "network_prediction",
            Self::NetworkEvent => "network_event",
        }
    }

    /// Whether evidence of this kind is a failure of the stack.
    #[must_use]
    pub fn is_failure(self) -> bool {
        matches!(self, Self::Error | Self::DockerFail | Self::PytestFail)
    }
}
