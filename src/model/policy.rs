use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::ControlMode;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

/// The numbers by which the controller decides. All of them can be set in
/// `wicap-assist.toml`, table `[policy]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Time between two turns of the loop.
    pub interval: Duration,
    /// How soon and how often probed and definite evidence lead to an action.
    pub ladder: Ladder,
    /// Least time between two actions on one service.
    pub cooldown: Duration,
    /// Starts within [`Policy::restart_loop_window`] that make a restart loop.
    pub restart_loop_starts: u32,
    /// See [`Policy::restart_loop_starts`]; also how long a loop must be quiet to be over.
    pub restart_loop_window: Duration,
    /// Disruptive actions on one service within [`Policy::budget_window`].
    pub budget_service: u32,
    /// Disruptive actions on one service within 24 hours.
    pub budget_service_day: u32,
    /// Disruptive actions on the stack within [`Policy::budget_window`].
    pub budget_stack: u32,
    /// Disruptive actions on the stack within 24 hours, where that is limited.
    pub budget_stack_day: Option<u32>,
    /// The shorter window of the budgets.
    pub budget_window: Duration,
    /// First waiting time between two attempts; doubles with each.
    pub backoff_first: Duration,
    /// The longest waiting time between two attempts.
    pub backoff_max: Duration,
    /// Health after which the waiting time starts anew.
    pub backoff_reset: Duration,
    /// Health changes without a new start within [`Policy::flap_window`] that make a
    /// service flapping.
    pub flap_changes: u32,
    /// See [`Policy::flap_changes`]; also how long a flapping service must be quiet.
    pub flap_window: Duration,
    /// The least time a restarted service has to show that it is well.
    pub verify_min: Duration,
    /// The most time a restarted service has to show that it is well.
    pub verify_max: Duration,
    /// How long a service without health check and probe has to run to count as well.
    pub settle: Duration,
    /// Down again within this time after a met episode: the attempts count on.
    pub relapse: Duration,
    /// How often an escalation is repeated while its reason lasts.
    pub escalate_every: Duration,
    /// Least time between two bounces of the core.
    pub bounce_every: Duration,
    /// Whether the core is bounced when a core service's attempts are spent.
    pub bounces: bool,
    /// How long nothing is done after others made, removed or renamed a container.
    pub deploy_grace: Duration,
}

/// How soon and how often evidence leads to an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ladder {
    /// Time down, by probed evidence, before a fresh look.
    pub check_after: Duration,
    /// Time down, by probed evidence, before a restart.
    pub recover_after: Duration,
    /// Time down, by definite evidence, before a restart.
    pub definite_after: Duration,
    /// Restarts before a person is called.
    pub attempts_max: u32,
}

impl Policy {
    /// The defaults of a mode at an interval.
    ///
    /// A threshold of N turns means "down for (N − 1) intervals": N = 1 acts at
    /// first sight. Observe decides as assist does, and is then refused.
    pub fn for_mode(mode: ControlMode, interval: Duration) -> Self {
        Self {
            interval,
            ladder: Ladder::for_mode(mode, interval),
            cooldown: Duration::ZERO,
            restart_loop_starts: 3,
            restart_loop_window: MINUTE,
            budget_service: 3,
            budget_service_day: 8,
            budget_stack: 6,
            budget_stack_day: None,
            budget_window: 30 * MINUTE,
            backoff_first: 10 * SECOND,
            backoff_max: 10 * MINUTE,
            backoff_reset: 10 * MINUTE,
            flap_changes: 4,
            flap_window: 10 * MINUTE,
            verify_min: 45 * SECOND,
            verify_max: 5 * MINUTE,
            settle: 20 * SECOND,
            relapse: 30 * MINUTE,
            escalate_every: HOUR,
            bounce_every: 24 * HOUR,
            bounces: mode == ControlMode::Autonomous,
            deploy_grace: MINUTE,
        }
    }
}

impl Ladder {
    fn for_mode(mode: ControlMode, interval: Duration) -> Self {
        match mode {
            ControlMode::Observe | ControlMode::Assist => Self {
                check_after: Self::threshold(3, interval),
                recover_after: Self::threshold(5, interval),
                definite_after: 10 * SECOND,
                attempts_max: 2,
            },
            ControlMode::Autonomous => Self {
                check_after: Self::threshold(2, interval),
                recover_after: Self::threshold(3, interval),
                definite_after: 2 * SECOND,
                attempts_max: 3,
            },
        }
    }

    /// The time that a threshold of `n_turns` turns means at an interval.
    pub fn threshold(n_turns: u32, interval: Duration) -> Duration {
        interval.saturating_mul(n_turns.saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_of_one_acts_at_first_sight() {
        assert_eq!(Duration::ZERO, Ladder::threshold(1, SECOND));
        assert_eq!(40 * SECOND, Ladder::threshold(5, 10 * SECOND));
    }

    #[test]
    fn autonomous_acts_sooner_and_more_often() {
        let assist = Policy::for_mode(ControlMode::Assist, 10 * SECOND).ladder;
        let autonomous = Policy::for_mode(ControlMode::Autonomous, 10 * SECOND).ladder;
        assert_eq!(
            (20 * SECOND, 40 * SECOND),
            (assist.check_after, assist.recover_after)
        );
        assert_eq!(
            (10 * SECOND, 20 * SECOND),
            (autonomous.check_after, autonomous.recover_after)
        );
        assert!(autonomous.definite_after < assist.definite_after);
        assert!(autonomous.attempts_max > assist.attempts_max);
    }
}
