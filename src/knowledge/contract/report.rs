use serde::Serialize;

use super::Scout;
use crate::model::contract::Weight;

/// A contract held against what was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The contract's name.
    pub name: String,
    /// The contract's version.
    pub version: String,
    /// Whether the capture service may be down.
    pub scout: Scout,
    /// One check for each term, in the contract's order.
    pub checks: Vec<Check>,
}

/// One term held against what was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What kind of thing was looked at.
    pub kind: CheckKind,
    /// Which one.
    pub name: String,
    /// Where the contract asks for it, as a JSON pointer.
    pub pointer: String,
    /// What a broken term weighs.
    pub weight: Weight,
    /// How it stands.
    pub state: CheckState,
    /// Whether it is red and may be: the capture service, where it may be down.
    pub is_excused: bool,
}

/// What kind of thing a check looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckKind {
    /// A container's state.
    ServiceState,
    /// A TCP port.
    NetworkPort,
    /// An HTTP answer.
    HttpEndpoint,
    /// A file or folder.
    File,
    /// A key of a `.env` file.
    EnvKey,
}

/// How a check stands, with a sentence fragment that says why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckState {
    /// The term holds.
    Green(String),
    /// The term is broken.
    Red(String),
    /// The check could not be made.
    Unknown(String),
}

impl Report {
    /// Whether the gate is green: every check could be made, and no critical one is
    /// red without an excuse.
    pub fn is_green(&self) -> bool {
        self.checks.iter().all(|check| !check.fails_gate())
    }

    /// Whether the gate would be green without the excuse.
    pub fn is_strictly_green(&self) -> bool {
        self.checks
            .iter()
            .all(|check| !check.fails_gate() && !check.is_excused)
    }

    /// Returns how many checks fail the gate.
    pub fn n_failures(&self) -> usize {
        self.checks
            .iter()
            .filter(|check| check.fails_gate())
            .count()
    }

    /// Returns how many checks are red without failing the gate.
    pub fn n_warnings(&self) -> usize {
        let is_warning = |check: &&Check| check.is_red() && !check.fails_gate();
        self.checks.iter().filter(is_warning).count()
    }

    /// Returns how many checks could not be made.
    pub fn n_unknown(&self) -> usize {
        self.checks
            .iter()
            .filter(|check| check.is_unknown())
            .count()
    }
}

impl Check {
    /// Whether this check alone makes the gate red. One that could not be made does,
    /// whatever it weighs: a gate does not open on what nobody has seen.
    pub fn fails_gate(&self) -> bool {
        match self.state {
            CheckState::Green(_) => false,
            CheckState::Red(_) => self.weight == Weight::Critical && !self.is_excused,
            CheckState::Unknown(_) => true,
        }
    }

    /// Returns why the check stands as it does.
    pub fn detail(&self) -> &str {
        match &self.state {
            CheckState::Green(text) | CheckState::Red(text) | CheckState::Unknown(text) => text,
        }
    }

    /// Returns `green`, `red` or `unknown`.
    pub fn state_word(&self) -> &'static str {
        match self.state {
            CheckState::Green(_) => "green",
            CheckState::Red(_) => "red",
            CheckState::Unknown(_) => "unknown",
        }
    }

    /// Returns what the check does to the gate: `pass`, `warn` or `fail`.
    pub fn severity_word(&self) -> &'static str {
        match (self.fails_gate(), self.is_red()) {
            (true, _) => "fail",
            (false, true) => "warn",
            (false, false) => "pass",
        }
    }

    fn is_red(&self) -> bool {
        matches!(self.state, CheckState::Red(_))
    }

    fn is_unknown(&self) -> bool {
        matches!(self.state, CheckState::Unknown(_))
    }
}

impl CheckKind {
    /// Returns the word of JSON and JUnit.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ServiceState => "service_state",
            Self::NetworkPort => "network_port",
            Self::HttpEndpoint => "http_endpoint",
            Self::File => "file",
            Self::EnvKey => "env_key",
        }
    }
}
