//! The ground truth: what the stand-in did to itself, and what was done to it.

use serde::Deserialize;

/// One line of the stand-in's log.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Truth {
    /// Milliseconds since 1970.
    pub(crate) at_ms: u64,
    pub(crate) service: String,
    /// Absent for `started`.
    pub(crate) fault: Option<String>,
    /// `started`, `set`, `hit` or `cleared`.
    pub(crate) event: String,
    /// Who: `service`, `ctl`, or the cure (`restart`, `unpause`, `hit`).
    pub(crate) by: String,
}

/// Reads the log. A line that is no entry is an error: nothing else writes there.
pub(super) fn parse(text: &str) -> Result<Vec<Truth>, serde_json::Error> {
    text.lines().map(serde_json::from_str).collect()
}
