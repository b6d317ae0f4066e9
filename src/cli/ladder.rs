//! The flags of every command that runs the loop: how far each step of the ladder is away.

use crate::config::Flags;

/// Numbers of the ladder, as they were typed.
#[derive(Debug, clap::Args)]
pub(super) struct LadderFlags {
    /// Turns before a fresh look at a service that fails its probe [default: by mode]
    #[arg(long, value_name = "N")]
    control_check_threshold: Option<String>,
    /// Turns before a restart, on any evidence [default: by mode]
    #[arg(long, value_name = "N")]
    control_recover_threshold: Option<String>,
    /// Restarts before a person is called [default: by mode]
    #[arg(long, value_name = "N")]
    control_max_recover_attempts: Option<String>,
    /// Turns between two actions on one service [default: 0]
    #[arg(long, value_name = "N")]
    control_action_cooldown_cycles: Option<String>,
}

impl LadderFlags {
    /// Adds what was typed.
    pub(super) fn add_to(&self, flags: &mut Flags) {
        let check = self.control_check_threshold.as_deref();
        flags.text("--control-check-threshold", check);
        let recover = self.control_recover_threshold.as_deref();
        flags.text("--control-recover-threshold", recover);
        let attempts = self.control_max_recover_attempts.as_deref();
        flags.text("--control-max-recover-attempts", attempts);
        let cooldown = self.control_action_cooldown_cycles.as_deref();
        flags.text("--control-action-cooldown-cycles", cooldown);
    }
}
