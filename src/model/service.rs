use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The most bytes of a service or project name.
const NAME_BYTES_MAX: usize = 128;

/// The compose key of a service: `ui`, `redis`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ServiceName(String);

/// One container slot of a service: its key and its index.
///
/// Text form: `ui` for the first (index 1), `worker#2` for the others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ServiceId {
    name: ServiceName,
    index: u32,
}

/// The name of a compose project.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Project(String);

/// A text that cannot be a service or project name.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{raw}` is not a {what} (letters, digits, `.`, `_` and `-`, at most 128)")]
pub struct ParseServiceError {
    raw: String,
    what: &'static str,
}

impl ServiceName {
    /// Returns the key as written in the compose file.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl ServiceId {
    /// Names the container slot `index` of a service, counted from 1.
    pub fn new(name: ServiceName, index: u32) -> Self {
        Self {
            name,
            index: index.max(1),
        }
    }

    /// Names the first container of a service.
    pub fn first(name: ServiceName) -> Self {
        Self::new(name, 1)
    }

    /// Returns the compose key.
    pub fn name(&self) -> &ServiceName {
        &self.name
    }

    /// Returns the slot, counted from 1.
    pub fn index(&self) -> u32 {
        self.index
    }
}

impl Project {
    /// Returns the name as compose writes it into labels.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn parse_name(raw: &str, what: &'static str) -> Result<String, ParseServiceError> {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let starts_well = raw.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    if raw.len() > NAME_BYTES_MAX || !starts_well || !raw.chars().all(legal) {
        let raw = raw.chars().take(NAME_BYTES_MAX).collect();
        return Err(ParseServiceError { raw, what });
    }
    Ok(raw.to_owned())
}

impl FromStr for ServiceName {
    type Err = ParseServiceError;

    fn from_str(raw: &str) -> Result<Self, ParseServiceError> {
        parse_name(raw, "service name").map(Self)
    }
}

impl FromStr for Project {
    type Err = ParseServiceError;

    fn from_str(raw: &str) -> Result<Self, ParseServiceError> {
        parse_name(raw, "project name").map(Self)
    }
}

impl FromStr for ServiceId {
    type Err = ParseServiceError;

    fn from_str(raw: &str) -> Result<Self, ParseServiceError> {
        let Some((name, index)) = raw.split_once('#') else {
            return Ok(Self::first(raw.parse()?));
        };
        let error = || ParseServiceError {
            raw: raw.to_owned(),
            what: "service (`ui`, `worker#2`)",
        };
        let index = index
            .parse()
            .ok()
            .filter(|&index| index > 0)
            .ok_or_else(error)?;
        Ok(Self::new(name.parse()?, index))
    }
}

impl TryFrom<String> for ServiceName {
    type Error = ParseServiceError;

    fn try_from(raw: String) -> Result<Self, ParseServiceError> {
        raw.parse()
    }
}

impl TryFrom<String> for ServiceId {
    type Error = ParseServiceError;

    fn try_from(raw: String) -> Result<Self, ParseServiceError> {
        raw.parse()
    }
}

impl TryFrom<String> for Project {
    type Error = ParseServiceError;

    fn try_from(raw: String) -> Result<Self, ParseServiceError> {
        raw.parse()
    }
}

impl From<ServiceName> for String {
    fn from(name: ServiceName) -> Self {
        name.0
    }
}

impl From<ServiceId> for String {
    fn from(service: ServiceId) -> Self {
        service.to_string()
    }
}

impl From<Project> for String {
    fn from(project: Project) -> Self {
        project.0
    }
}

impl fmt::Display for ServiceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Display for ServiceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.index {
            1 => f.pad(&self.name.0),
            index => f.pad(&format!("{}#{index}", self.name.0)),
        }
    }
}

impl fmt::Display for Project {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_slot_is_called_like_its_service() {
        check("ui", "ui");
        check("ui#1", "ui");
        check("worker#2", "worker#2");
    }

    #[test]
    fn names_that_compose_refuses_are_refused() {
        for raw in ["", "a b", "-x", "ui#0", "ui#x", "ui;rm", "../etc", "ü"] {
            assert!(raw.parse::<ServiceId>().is_err(), "{raw}");
        }
    }

    #[track_caller]
    fn check(raw: &str, expected: &str) {
        let parsed: ServiceId = raw.parse().unwrap();
        assert_eq!(expected, parsed.to_string());
    }
}
