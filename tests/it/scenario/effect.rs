//! What comes of a restart.

use std::str::FromStr;

/// What a restart does to a service that is unwell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum RestartEffect {
    /// It is well afterwards.
    #[default]
    Heals,
    /// It is well afterwards, and stopped for this many seconds before.
    Takes(u64),
    /// It is as unwell as before.
    Fails,
    /// The call reports an error and nothing changes.
    Errors,
    /// The call never comes back and nothing changes.
    Hangs,
    /// It is well afterwards, and the call never comes back.
    Lingers,
    /// The container is stopped and not started again: the engine gives up when its
    /// client is gone. The call never comes back.
    Halves,
    /// The switch is pulled between the ledger row and the call.
    Refused,
}

impl FromStr for RestartEffect {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Ok(match word {
            "heals" => Self::Heals,
            "fails" => Self::Fails,
            "errors" => Self::Errors,
            "hangs" => Self::Hangs,
            "lingers" => Self::Lingers,
            "halves" => Self::Halves,
            "refused" => Self::Refused,
            other => return Err(format!("unknown effect {other}")),
        })
    }
}
