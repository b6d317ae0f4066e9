use std::time::Duration;

use serde::Deserialize;

use crate::model::Redacted;

/// Why the engine could not be asked, or what is wrong with its answer.
///
/// It never carries the engine's raw answer: that holds the containers'
/// environment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// Nobody listens there, or we may not talk to it.
    #[error("cannot reach the engine at `{endpoint}`: {reason}")]
    Unreachable {
        /// Where.
        endpoint: String,
        /// What the system said.
        reason: Redacted,
    },
    /// The engine speaks an older protocol than we need.
    #[error("the engine's API is {found}, at least {} is needed", super::API_MIN)]
    TooOld {
        /// What it speaks.
        found: Redacted,
    },
    /// No answer within the limit.
    #[error("no answer to {call} within {} s", limit.as_secs_f32())]
    TimedOut {
        /// The question.
        call: &'static str,
        /// The limit.
        limit: Duration,
    },
    /// The engine knows no such container.
    #[error("no such container")]
    NoSuchContainer,
    /// The engine refused.
    #[error("the engine refused with {status}: {message}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Its words.
        message: Redacted,
    },
    /// The engine's answer cannot be understood.
    #[error("cannot understand the engine's answer to {call}: {what}")]
    Odd {
        /// The question.
        call: &'static str,
        /// What is odd, as far as it can be said without quoting the answer.
        what: Redacted,
    },
}

/// An answer of the engine that did not parse, or the reason why there is none.
#[derive(Debug)]
pub(super) enum Failure {
    /// A plain error.
    Plain(EngineError),
    /// The whole raw answer, which may hold secrets.
    Unparsed(String),
}

impl EngineError {
    /// Says whether the engine as a whole did not answer.
    pub fn is_engine_away(&self) -> bool {
        match self {
            EngineError::Unreachable { .. }
            | EngineError::TooOld { .. }
            | EngineError::TimedOut { .. } => true,
            EngineError::NoSuchContainer
            | EngineError::Refused { .. }
            | EngineError::Odd { .. } => false,
        }
    }

    /// Returns the error as text for an event.
    pub fn redacted(&self) -> Redacted {
        Redacted::from_raw(&self.to_string())
    }
}

impl Failure {
    /// Sorts the client library's errors.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the library's long list; all others mean that nobody answered"
    )]
    pub(super) fn from_bollard(endpoint: &super::Endpoint, error: bollard::errors::Error) -> Self {
        use bollard::errors::Error;
        match error {
            Error::JsonDataError { contents, .. } => Self::Unparsed(contents),
            Error::JsonSerdeError { .. } => Self::Unparsed(String::new()),
            Error::DockerResponseServerError {
                status_code: 404, ..
            } => Self::Plain(EngineError::NoSuchContainer),
            Error::DockerResponseServerError {
                status_code,
                message,
            } => Self::Plain(EngineError::Refused {
                status: status_code,
                message: Redacted::from_raw(&message),
            }),
            other => Self::Plain(EngineError::Unreachable {
                endpoint: endpoint.to_string(),
                reason: Redacted::from_raw(&deepest(&other)),
            }),
        }
    }

    /// Gives up on an answer that did not parse.
    pub(super) fn into_error(self, call: &'static str) -> EngineError {
        match self {
            Failure::Plain(error) => error,
            Failure::Unparsed(contents) => EngineError::Odd {
                call,
                what: oddity(&contents),
            },
        }
    }
}

/// The innermost cause: the outer ones say no more than "client error".
fn deepest(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

#[derive(Deserialize)]
struct OddInspect {
    #[serde(rename = "State")]
    state: OddState,
}

#[derive(Deserialize)]
struct OddState {
    #[serde(rename = "Status")]
    status: String,
}

/// Says what is odd. Only the state is quoted, everything else may be secret.
fn oddity(contents: &str) -> Redacted {
    match serde_json::from_str::<OddInspect>(contents) {
        Ok(odd) => Redacted::from_raw(&format!("perhaps its state `{}`", odd.state.status)),
        Err(_) => Redacted::from_raw("it has another shape than expected"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_odd_answer_is_never_quoted() {
        let contents = r#"{"State":{"Status":"hibernating"},"Config":{"Env":["KEY=hunter2"]}}"#;
        let error = Failure::Unparsed(contents.to_owned()).into_error("inspect");
        assert_eq!(
            "cannot understand the engine's answer to inspect: perhaps its state `hibernating`",
            error.to_string()
        );
        assert!(!format!("{error:?}").contains("hunter2"));
    }

    #[test]
    fn one_odd_container_does_not_take_the_engine_away() {
        let odd = Failure::Unparsed("[]".to_owned()).into_error("inspect");
        assert!(!odd.is_engine_away());
        assert!(!EngineError::NoSuchContainer.is_engine_away());
        let silent = EngineError::TimedOut {
            call: "list",
            limit: Duration::from_secs(2),
        };
        assert!(silent.is_engine_away());
        assert_eq!("no answer to list within 2 s", silent.to_string());
    }
}
