//! What one layer (a file, the environment, the command line) says.

use std::path::{Path, PathBuf};

use super::{
    Origin,
    keys::{self, Phase, Row, SERVICES, ServiceRow},
    slot::Raw,
};
use crate::model::ServiceName;

/// What the command line says, as text: it is read with everything else, so that
/// all mistakes are told together.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    texts: Vec<(&'static str, String)>,
    paths: Vec<(&'static str, PathBuf)>,
}

/// One value that a layer gives.
pub(super) struct Entry {
    /// What it sets.
    pub(super) target: Target,
    /// To what.
    pub(super) raw: Raw,
    /// Where it stands.
    pub(super) origin: Origin,
}

/// What an entry sets.
pub(super) enum Target {
    /// A setting of the program.
    Row(&'static Row),
    /// A setting of a service.
    Service(ServiceName, &'static ServiceRow),
    /// The service is named, and nothing else is said.
    Named(ServiceName),
}

impl Flags {
    /// Adds the value of a flag, if it was given.
    pub fn text(&mut self, flag: &'static str, value: Option<&str>) {
        self.texts.extend(value.map(|text| (flag, text.to_owned())));
    }

    /// Adds a flag without a value, if it was given.
    pub fn switch(&mut self, flag: &'static str, is_given: bool) {
        self.text(flag, is_given.then_some("true"));
    }

    /// Adds a flag whose value is a path, if it was given.
    pub fn path(&mut self, flag: &'static str, value: Option<&Path>) {
        self.paths.extend(value.map(|path| (flag, path.to_owned())));
    }

    pub(super) fn path_of(&self, flag: &str) -> Option<PathBuf> {
        let found = self.paths.iter().find(|(name, _)| *name == flag);
        found.map(|(_, path)| path.clone())
    }

    pub(super) fn entries(&self) -> Vec<Entry> {
        let entry = |(flag, text): &(&'static str, String)| {
            let row = keys::row_of_flag(flag).expect("every flag of a setting is in its row");
            Entry::row(row, Raw::Text(text.clone()), Origin::Flag(flag))
        };
        self.texts.iter().map(entry).collect()
    }
}

impl Entry {
    pub(super) fn row(row: &'static Row, raw: Raw, origin: Origin) -> Self {
        Self {
            target: Target::Row(row),
            raw,
            origin,
        }
    }

    pub(super) fn service(
        name: ServiceName,
        row: &'static ServiceRow,
        raw: Raw,
        origin: Origin,
    ) -> Self {
        Self {
            target: Target::Service(name, row),
            raw,
            origin,
        }
    }

    pub(super) fn named(name: ServiceName, origin: Origin) -> Self {
        Self {
            target: Target::Named(name),
            raw: Raw::Text(String::new()),
            origin,
        }
    }

    /// Returns the row, unless it is about a service.
    pub(super) fn row_set(&self) -> Option<&'static Row> {
        match self.target {
            Target::Row(row) => Some(row),
            Target::Service(..) | Target::Named(_) => None,
        }
    }

    /// Says whether it is read in this phase.
    pub(super) fn is_during(&self, phase: Phase) -> bool {
        self.row_set().is_some_and(|row| row.phase == phase)
    }

    /// Says whether it sets the row of this name.
    pub(super) fn sets(&self, name: &str) -> bool {
        self.row_set().is_some_and(|row| row.name == name)
    }

    /// Returns the dotted name; that of a service alone ends in a dot.
    pub(super) fn name(&self) -> String {
        match &self.target {
            Target::Row(row) => row.name.to_owned(),
            Target::Service(name, row) => format!("{SERVICES}{name}.{}", row.name),
            Target::Named(name) => format!("{SERVICES}{name}."),
        }
    }
}
