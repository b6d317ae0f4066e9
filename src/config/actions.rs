use std::{collections::BTreeSet, fmt};

use crate::model::{Action, ActionKind, ParseActionError, Stack};

/// Actions by kind (`restart_service`) or with their target (`restart_service:ui`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ActionList {
    /// Kinds, whatever their target.
    pub kinds: BTreeSet<ActionKind>,
    /// Single actions.
    pub actions: BTreeSet<Action>,
}

impl ActionList {
    /// What a session may do unless the operator says otherwise: everything that
    /// the controller chooses by itself.
    pub fn usual() -> Self {
        Self {
            kinds: BTreeSet::from([
                ActionKind::StatusCheck,
                ActionKind::ComposeUpCore,
                ActionKind::RestartService,
            ]),
            actions: BTreeSet::new(),
        }
    }

    /// Says whether the list names an action, by its kind or exactly.
    pub fn covers(&self, action: &Action) -> bool {
        self.kinds.contains(&action.kind()) || self.actions.contains(action)
    }

    /// Reads entries such as `restart_service` and `restart_service:ui`.
    pub(super) fn parse<'a>(
        entries: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, ParseActionError> {
        let mut list = Self::default();
        for entry in entries {
            match entry.parse::<ActionKind>() {
                Ok(kind) => {
                    list.kinds.insert(kind);
                }
                Err(_) => {
                    list.actions.insert(entry.parse()?);
                }
            }
        }
        Ok(list)
    }

    /// Turns targets from aliases into compose keys.
    pub(super) fn canonical(self, stack: &Stack) -> Self {
        let actions = self.actions.into_iter();
        Self {
            kinds: self.kinds,
            actions: actions.map(|action| stack.canonical(action)).collect(),
        }
    }

    /// Returns the entries as text, kinds first.
    pub(super) fn entries(&self) -> Vec<String> {
        let kinds = self.kinds.iter().map(ToString::to_string);
        kinds
            .chain(self.actions.iter().map(ToString::to_string))
            .collect()
    }
}

impl fmt::Display for ActionList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.entries().join(","))
    }
}
