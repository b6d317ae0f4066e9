use std::{collections::BTreeMap, path::PathBuf};

use super::Output;
use crate::model::Timestamp;

/// Where a command about the watched repository runs.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// The repository unless the command line names another.
    pub(super) repo: PathBuf,
    /// The environment, which outranks a `.env` file.
    pub(super) environment: BTreeMap<String, String>,
    /// Stdout.
    pub(super) output: Output,
    /// The host's clock.
    pub(super) clock: fn() -> Timestamp,
}
