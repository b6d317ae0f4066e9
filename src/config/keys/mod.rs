//! The tables of everything that can be set. Files, flags, variables, `config show`,
//! the reference and the template are all made from them.

mod control;
mod policy;
mod program;
mod service;
mod target;

use std::time::Duration;

pub(super) use service::SERVICE_ROWS;

use super::{
    Settings,
    slot::{Slot, Turns},
};
use crate::model::ServiceProfile;

/// The time between two turns unless it is set.
pub(super) const INTERVAL: Duration = Duration::from_secs(10);

/// What stands before the name of a service in a dotted name.
pub(super) const SERVICES: &str = "stack.services.";

/// One setting.
pub(super) struct Row {
    /// Its dotted name, which is also its place in a file.
    pub(super) name: &'static str,
    /// The flags that set it.
    pub(super) flags: &'static [&'static str],
    /// When it is read.
    pub(super) phase: Phase,
    /// The durations that it stands for, if it is a threshold in turns.
    pub(super) turns: Option<Turns>,
    /// What it means.
    pub(super) help: &'static str,
    /// Its place.
    pub(super) slot: fn(&mut Settings) -> Slot<'_>,
}

/// When a setting is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Before any file is open; it cannot stand in one.
    Place,
    /// With the others, but not from a file, as it is about this one process.
    Process,
    /// Before the others, whose defaults hang on it.
    First,
    /// With the others.
    Second,
}

/// One setting of a service.
pub(super) struct ServiceRow {
    /// Its name below `stack.services.NAME`.
    pub(super) name: &'static str,
    /// What it means.
    pub(super) help: &'static str,
    /// Its place.
    pub(super) slot: fn(&mut ServiceProfile) -> Slot<'_>,
}

impl Row {
    const fn by(mut self, flags: &'static [&'static str]) -> Self {
        self.flags = flags;
        self
    }

    const fn during(mut self, phase: Phase) -> Self {
        self.phase = phase;
        self
    }

    const fn standing_for(mut self, turns: Turns) -> Self {
        self.turns = Some(turns);
        self
    }

    /// Says whether it may stand in a file.
    pub(super) fn is_in_file(&self) -> bool {
        matches!(self.phase, Phase::First | Phase::Second)
    }
}

/// Returns every setting but those of services, in the order of the reference.
pub(super) fn rows() -> impl Iterator<Item = &'static Row> {
    [
        program::PROGRAM,
        control::CONTROL,
        policy::POLICY,
        target::TARGET,
    ]
    .into_iter()
    .flatten()
}

/// Returns the row of a dotted name.
pub(super) fn row_of(name: &str) -> Option<&'static Row> {
    rows().find(|row| row.name == name)
}

/// Returns the row that a flag sets.
pub(super) fn row_of_flag(flag: &str) -> Option<&'static Row> {
    rows().find(|row| row.flags.contains(&flag))
}

/// Returns the row of a name below a service.
pub(super) fn service_row_of(name: &str) -> Option<&'static ServiceRow> {
    SERVICE_ROWS.iter().find(|row| row.name == name)
}

const fn row(name: &'static str, help: &'static str, slot: fn(&mut Settings) -> Slot<'_>) -> Row {
    Row {
        name,
        flags: &[],
        phase: Phase::Second,
        turns: None,
        help,
        slot,
    }
}
