use crate::model::Action;

/// Leave to run one action. Only `authorize` makes one, and running the action
/// consumes it.
#[derive(Debug)]
pub struct Permit {
    action: Action,
}

impl Permit {
    /// Returns the action that may run.
    pub fn action(&self) -> &Action {
        &self.action
    }
}
