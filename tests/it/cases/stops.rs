//! What somebody stopped between two runs of a loop. The engine says little of it then.

use crate::scenario::check;

/// Only the stop itself is told, long after the end of the last run.
#[test]
fn a_stop_between_two_runs_of_a_loop_is_by_hand() {
    check(
        "redis crashes 1; wait 40; redis stop by hand; turn 6",
        "
        40 redis down stopped code=1
        40 redis held manual_stop exit_code=1",
    );
    check(
        "redis policy on-failure; redis crashes 1; wait 40; redis stop by hand; turn 6",
        "
        40 redis down stopped code=1
        40 redis held manual_stop exit_code=1",
    );
}

/// Nothing at all is told, but the engine would have started it again.
#[test]
fn a_kill_between_two_runs_of_a_loop_is_by_hand() {
    check(
        "redis crashes 1; turn 1; redis kill by hand; turn 6; session; turn 4",
        "
        0 redis down exited code=1
        0 redis held restart_policy_at_work restart_count=0
        5 redis down stopped code=1
        5 redis held manual_stop exit_code=1
        35 redis down stopped code=1
        35 redis held manual_stop exit_code=1",
    );
}

/// The last run ended under our own restart; the stop came later.
#[test]
fn a_stop_after_a_restart_that_did_not_help_is_by_hand() {
    check(
        "restart fails; redis loops 1; turn 9; redis stop by hand; turn 7",
        "
        0 redis down exited code=1
        0 redis held restart_policy_at_work restart_count=1
        5 redis down restart_loop restarts=1 code=1
        5 redis released restart_policy_at_work
        10 start restart_service:redis restart_loop #1
        10 returned restart_service:redis ok
        65 unmet restart_service:redis
        65 redis down stopped code=1 attempts=1
        65 redis held manual_stop exit_code=1",
    );
}

/// Started again by hand, it is anybody's to repair.
#[test]
fn a_crash_after_a_stop_between_two_runs_is_a_crash() {
    check(
        "redis policy on-failure; redis crashes 1; wait 40; redis stop by hand; turn 2; \
         redis start by hand; wait 90; redis policy no; redis crashes 1; turn 4",
        "
        40 redis down stopped code=1
        40 redis held manual_stop exit_code=1
        140 redis down exited code=1
        140 redis released manual_stop
        150 start restart_service:redis definite_exit #1
        150 returned restart_service:redis ok",
    );
}

/// The run that ended began, by the engine, in what is now the future.
#[test]
fn a_stop_between_two_runs_is_by_hand_also_after_a_clock_that_was_set_back() {
    check(
        "mode autonomous; ui policy on-failure; ui loops 6; redis probe degraded; turn 11; \
         wait 280; clock -3944; ui stop by hand; turn 3; wait 3463; turn 6; redis probe ok; turn 7",
        "
        0 redis down degraded
        0 ui down restart_loop restarts=6 code=1
        0 redis held restart_proof
        0 ui held waits_for_dependency dependency=redis
        0 redis escalated restart_proof
        0 clock jumped -3944000 ms
        0 ui down stopped code=1
        0 ui held manual_stop exit_code=1
        0 redis escalated restart_proof again
        0 redis recovered",
    );
}
