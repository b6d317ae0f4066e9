use super::{clock, files::KillSwitches};
use crate::{
    control::Permit,
    model::{Denial, KillSwitch},
};

/// Leave to touch the world at this moment, for one call. It is made of a permit,
/// which is used up by that, and of nothing else.
#[derive(Debug)]
pub(super) struct Leave(());

impl Leave {
    /// Looks at our hold on the stack and at the kill switch at the last moment before
    /// the world is touched: a process that stood still may have lost its hold.
    ///
    /// # Errors
    ///
    /// Fails with the refusal and its words.
    pub(super) fn take(permit: Permit, switches: &KillSwitches) -> Result<Self, (Denial, String)> {
        if permit.is_expired(clock::now()) {
            let words = "not_leader: our hold on the stack has run out".to_owned();
            return Err((Denial::NotLeader, words));
        }
        match switches.look() {
            KillSwitch::Clear => Ok(Self(())),
            KillSwitch::Pulled { source } => {
                let words = format!("kill_switch: pulled by {source}");
                Err((Denial::KillSwitch, words))
            }
        }
    }

    /// Leave for a test of a call itself.
    #[cfg(test)]
    pub(super) fn of_test() -> Self {
        Self(())
    }
}
