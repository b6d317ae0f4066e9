use std::time::Duration;

use super::{Phase, Row, row};
use crate::config::slot::{Slot, Turns};

const INTERVAL_MIN: Duration = Duration::from_millis(100);

/// Table `[control]`.
pub(super) const CONTROL: &[Row] = &[
    row(
        "control.mode",
        "How much the controller may do: `observe` (alias `monitor`), `assist` or `autonomous`",
        |s| Slot::Mode(&mut s.control.mode),
    )
    .by(&["--control-mode"])
    .during(Phase::First),
    row(
        "control.interval",
        "Time between two turns, at least 100 ms",
        |s| Slot::Time(&mut s.policy.interval, INTERVAL_MIN),
    )
    .by(&["--interval"])
    .during(Phase::First),
    row(
        "control.shadow",
        "Decide and record everything, and do nothing",
        |s| Slot::Switch(&mut s.control.is_shadow),
    )
    .by(&["--shadow"]),
    row(
        "control.stop_on_escalation",
        "End the session with exit code 3 when a person is called",
        |s| Slot::Switch(&mut s.control.stops_on_escalation),
    )
    .by(&["--stop-on-escalation"]),
    row(
        "control.allow_actions",
        "The actions of a session, by kind (`restart_service`) or one by one (`restart_service:ui`)",
        |s| Slot::Actions(&mut s.control.allow),
    )
    .by(&["--allow-actions"]),
    row(
        "control.deny_actions",
        "Actions that are refused in spite of that",
        |s| Slot::Actions(&mut s.control.deny),
    ),
    row(
        "control.runtime_plane_enabled",
        "Whether anything may run",
        |s| Slot::Switch(&mut s.control.planes.runtime),
    ),
    row(
        "control.tool_policy_plane_enabled",
        "Whether the policy of actions lets any through",
        |s| Slot::Switch(&mut s.control.planes.tool_policy),
    ),
    row(
        "control.elevated_plane_enabled",
        "Whether anything may change the world",
        |s| Slot::Switch(&mut s.control.planes.elevated),
    ),
    row(
        "control.action_budget_max",
        "The most actions of any kind within 24 hours, on top of the budgets of `[policy]`; 0 means no such limit",
        |s| Slot::Budget(&mut s.control.action_budget_max),
    ),
    row(
        "control.elevated_action_budget_max",
        "The most actions that change the world within 24 hours, on top of the budgets of `[policy]`; 0 means no such limit",
        |s| Slot::Budget(&mut s.control.elevated_action_budget_max),
    ),
    row(
        "control.kill_switch",
        "Stops every action in every mode. What cannot be read counts as pulled. The files `.wicap_assist_autonomous.kill` in the repository and `KILL` in the data folder do the same at any time",
        |s| Slot::Kill(&mut s.control.kill_switch),
    )
    .during(Phase::Process),
    row(
        "control.check_threshold",
        "Turns before a fresh look: N sets `policy.check_after` to (N - 1) intervals",
        |s| Slot::Turns(&mut s.policy, Turns::Check),
    )
    .by(&["--control-check-threshold"])
    .standing_for(Turns::Check),
    row(
        "control.recover_threshold",
        "Turns before a restart: N sets `policy.recover_after` and `policy.definite_after` to (N - 1) intervals",
        |s| Slot::Turns(&mut s.policy, Turns::Recover),
    )
    .by(&["--control-recover-threshold"])
    .standing_for(Turns::Recover),
    row(
        "control.action_cooldown_cycles",
        "Turns between two actions on one service: N sets `policy.cooldown` to N intervals",
        |s| Slot::Turns(&mut s.policy, Turns::Cooldown),
    )
    .by(&["--control-action-cooldown-cycles"])
    .standing_for(Turns::Cooldown),
];
