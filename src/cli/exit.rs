use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use super::ClosedPipe;
use crate::{
    config::{ConfigError, DataFolderError},
    store::StoreError,
};

/// How a run ended. The numbers are fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// Something failed.
    Error = 1,
    /// Usage, or input that cannot be accepted.
    Usage = 2,
    /// It ran, and the answer is no.
    No = 3,
}

/// An error with its exit code and what to do next.
#[derive(Debug, thiserror::Error)]
#[error("{error:#}")]
pub struct Failure {
    exit: Exit,
    error: anyhow::Error,
    hint: Option<String>,
}

impl Failure {
    /// Makes a failure that ends with this code.
    pub fn new(exit: Exit, error: impl Into<anyhow::Error>) -> Self {
        Self {
            exit,
            error: error.into(),
            hint: None,
        }
    }

    /// Adds what to do next, as a fragment without `hint:`.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl Failure {
    /// What to do next, where that is known.
    pub fn next_step(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        let hint = "`wicap-assist config init --stdout` shows every setting with its default";
        Self::new(Exit::Usage, error).hint(hint)
    }
}

impl From<DataFolderError> for Failure {
    fn from(error: DataFolderError) -> Self {
        let hint = error.hint();
        Self::new(Exit::Error, error).hint(hint)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let hint = error.hint().map(str::to_owned);
        let exit = Exit::Error;
        let error = error.into();
        Self { exit, error, hint }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// Tells the end of a run on stderr, and returns its code.
///
/// A reader that went away has what it wanted: a closed pipe is success.
pub fn report(result: anyhow::Result<Exit>) -> ExitCode {
    tell(result).0.into()
}

/// The same, for one who goes on unless nobody reads any more, which is the second.
pub(super) fn tell(result: anyhow::Result<Exit>) -> (Exit, bool) {
    let error = match result {
        Ok(exit) => return (exit, false),
        Err(error) if error.is::<ClosedPipe>() => return (Exit::Done, true),
        Err(error) => error,
    };
    // What a ledger says next holds wherever in a command it failed.
    let error = match error.downcast::<StoreError>() {
        Ok(error) => Failure::from(error).into(),
        Err(error) => error,
    };
    let failure = error.downcast_ref::<Failure>();
    let mut text = format!("wicap-assist: {error:#}\n");
    if let Some(hint) = failure.and_then(|failure| failure.hint.as_ref()) {
        text.push_str(&format!("hint: {hint}\n"));
    }
    // If stderr is gone as well, the code still tells.
    io::stderr().write_all(text.as_bytes()).unwrap_or_default();
    (failure.map_or(Exit::Error, |failure| failure.exit), false)
}
