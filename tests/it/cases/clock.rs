//! What a new process knows of a clock that was set back while nobody watched.

use crate::scenario::{Scenario, check};

/// Else the step would be open, and the stack busy, for as long as the clock was set back.
#[test]
fn a_clock_that_was_set_back_between_two_processes_leaves_nothing_open() {
    check(
        "wait 8000; restart hangs; ui unhealthy 3; turn 3; session; clock -7200; turn 12",
        "
        8000 ui down unhealthy streak=3
        8010 start restart_service:ui definite_unhealthy #1
        815 clock jumped -7200000 ms
        815 ui down unhealthy streak=3 attempts=1
        865 unmet restart_service:ui
        865 ui held backoff attempts=1",
    );
}

/// Else a budget would be spent for as long as the clock was set back.
#[test]
fn a_budget_comes_back_after_a_clock_that_was_set_back_between_two_processes() {
    check(
        "wait 8000; set budget_service 1; ui unhealthy 3; turn 5; session; clock -7200; \
         ui unhealthy 3; turn 4; wait 1700; turn; wait 100; turn",
        "
        8000 ui down unhealthy streak=3
        8010 start restart_service:ui definite_unhealthy #1
        8010 returned restart_service:ui ok
        8015 met restart_service:ui
        8015 ui recovered
        825 clock jumped -7200000 ms
        825 ui down unhealthy streak=3 attempts=1
        835 denied restart_service:ui budget_service max=1 spent=1 window_s=1800
        2650 start restart_service:ui definite_unhealthy #2",
    );
}

/// Else what was spent would lie twice as far back, and the budget be there again.
#[test]
fn a_clock_that_two_watchers_saw_set_back_is_set_back_once() {
    check(
        "wait 8000; set budget_service 1; ui unhealthy 3; turn 5; clock -1900; turn; \
         operator sees clock -1900; session; ui unhealthy 3; turn 4",
        "
        8000 ui down unhealthy streak=3
        8010 start restart_service:ui definite_unhealthy #1
        8010 returned restart_service:ui ok
        8015 met restart_service:ui
        8015 ui recovered
        6125 clock jumped -1900000 ms
        6130 clock jumped -1900000 ms
        6130 ui down unhealthy streak=3 attempts=1
        6140 denied restart_service:ui budget_service max=1 spent=1 window_s=1800",
    );
}

/// The next process tells of a jump of its own.
#[test]
fn a_clock_that_was_set_back_twice_moves_the_deadline_along() {
    check(
        "restart fails; ui loops 1; clock -13; turn 2; session; turn 12; clock -35; turn 9",
        "
        0 clock jumped -13000 ms
        0 ui down exited code=1
        0 ui held restart_policy_at_work restart_count=1
        0 ui down exited code=1
        0 ui held restart_policy_at_work restart_count=1
        7 ui down restart_loop restarts=1 code=1
        7 ui released restart_policy_at_work
        7 start restart_service:ui restart_loop #1
        7 returned restart_service:ui ok
        22 clock jumped -35000 ms
        27 unmet restart_service:ui
        27 ui held backoff attempts=1
        37 ui released backoff
        37 start restart_service:ui restart_loop #2
        37 returned restart_service:ui ok",
    );
}

/// The end of a call may be written down after the clock was set back, with its old time.
#[test]
fn a_clock_that_was_set_back_is_told_once() {
    let mut scenario = Scenario::new();
    scenario.play("mode autonomous; restart takes 30; ui probe fails; turn 3; clock -2352; turn 6");
    scenario.play("session; turn 2");
    let jumps = |line: &String| line.contains("clock jumped");
    let log = scenario.log();
    assert_eq!(1, log.iter().filter(|line| jumps(line)).count(), "{log:?}");
    scenario.check_invariants();
}
