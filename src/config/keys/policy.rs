use std::time::Duration;

use super::{Row, row};
use crate::config::slot::Slot;

const INSTANT: Duration = Duration::ZERO;
const SECOND: Duration = Duration::from_secs(1);

/// Table `[policy]`: every number of the policy.
pub(super) const POLICY: &[Row] = &[
    row(
        "policy.check_after",
        "Time down, by probed evidence, before a fresh look",
        |s| Slot::Time(&mut s.policy.ladder.check_after, INSTANT),
    ),
    row(
        "policy.recover_after",
        "Time down, by probed evidence, before a restart",
        |s| Slot::Time(&mut s.policy.ladder.recover_after, INSTANT),
    ),
    row(
        "policy.definite_after",
        "Time down, by definite evidence (exited, out of memory, unhealthy), before a restart",
        |s| Slot::Time(&mut s.policy.ladder.definite_after, INSTANT),
    ),
    row(
        "policy.attempts_max",
        "Restarts before a person is called",
        |s| Slot::Count(&mut s.policy.ladder.attempts_max, 1),
    )
    .by(&["--control-max-recover-attempts"]),
    row(
        "policy.cooldown",
        "Least time between two actions on one service",
        |s| Slot::Time(&mut s.policy.cooldown, INSTANT),
    ),
    row(
        "policy.restart_loop_starts",
        "Starts within `restart_loop_window` that make a restart loop",
        |s| Slot::Count(&mut s.policy.restart_loop_starts, 2),
    ),
    row(
        "policy.restart_loop_window",
        "See `restart_loop_starts`; also how long a loop must be quiet to be over",
        |s| Slot::Time(&mut s.policy.restart_loop_window, SECOND),
    ),
    row(
        "policy.budget_service",
        "Disruptive actions on one service within `budget_window`",
        |s| Slot::Count(&mut s.policy.budget_service, 0),
    ),
    row(
        "policy.budget_service_day",
        "Disruptive actions on one service within 24 hours",
        |s| Slot::Count(&mut s.policy.budget_service_day, 0),
    ),
    row(
        "policy.budget_stack",
        "Disruptive actions on the stack within `budget_window`",
        |s| Slot::Count(&mut s.policy.budget_stack, 0),
    ),
    row(
        "policy.budget_window",
        "The shorter window of the budgets, at most 24 hours",
        |s| Slot::Time(&mut s.policy.budget_window, SECOND),
    ),
    row(
        "policy.backoff_first",
        "First waiting time between two attempts; doubles with each",
        |s| Slot::Time(&mut s.policy.backoff_first, INSTANT),
    ),
    row(
        "policy.backoff_max",
        "The longest waiting time between two attempts",
        |s| Slot::Time(&mut s.policy.backoff_max, INSTANT),
    ),
    row(
        "policy.backoff_reset",
        "Health after which the waiting time starts anew",
        |s| Slot::Time(&mut s.policy.backoff_reset, SECOND),
    ),
    row(
        "policy.flap_changes",
        "Health changes without a new start within `flap_window` that make a service flapping",
        |s| Slot::Count(&mut s.policy.flap_changes, 2),
    ),
    row(
        "policy.flap_window",
        "See `flap_changes`; also how long a flapping service must be quiet",
        |s| Slot::Time(&mut s.policy.flap_window, SECOND),
    ),
    row(
        "policy.verify_min",
        "The least time a restarted service has to show that it is well",
        |s| Slot::Time(&mut s.policy.verify_min, SECOND),
    ),
    row(
        "policy.verify_max",
        "The most time a restarted service has to show that it is well",
        |s| Slot::Time(&mut s.policy.verify_max, SECOND),
    ),
    row(
        "policy.settle",
        "How long a service without health check and probe has to run to count as well",
        |s| Slot::Time(&mut s.policy.settle, INSTANT),
    ),
    row(
        "policy.relapse",
        "Down again within this time after a success: the attempts count on",
        |s| Slot::Time(&mut s.policy.relapse, INSTANT),
    ),
    row(
        "policy.escalate_every",
        "How often a call for a person is repeated while its reason lasts",
        |s| Slot::Time(&mut s.policy.escalate_every, SECOND),
    ),
    row(
        "policy.deploy_grace",
        "How long nothing is done after others made, removed or renamed a container",
        |s| Slot::Time(&mut s.policy.deploy_grace, INSTANT),
    ),
];
