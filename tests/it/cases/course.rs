//! What goes beyond one service: the clock, the bounce of the core, shared networks.

use crate::scenario::check;

#[test]
fn nothing_expires_by_a_jump_of_the_clock() {
    check(
        "restart hangs; ui unhealthy 3; turn 3; clock 3600; turn 3; turn 10",
        "
        0 ui down unhealthy streak=3
        10 start restart_service:ui definite_unhealthy #1
        3615 clock jumped 3600000 ms
        3665 unmet restart_service:ui
        3665 ui held backoff attempts=1
        3675 ui released backoff
        3675 start restart_service:ui definite_unhealthy #2",
    );
}

#[test]
fn a_clock_set_back_is_told_and_nothing_hangs() {
    check(
        "restart fails; ui unhealthy 3; turn 3; clock -3600; turn 14",
        "
        0 ui down unhealthy streak=3
        10 start restart_service:ui definite_unhealthy #1
        10 returned restart_service:ui ok
        0 clock jumped -3600000 ms
        0 unmet restart_service:ui
        0 ui held backoff attempts=1
        0 ui released backoff
        0 start restart_service:ui definite_unhealthy #2
        0 returned restart_service:ui ok",
    );
}

#[test]
fn a_process_that_stood_still_keeps_its_budget() {
    check(
        "set budget_service 1; set backoff 1; ui unhealthy 3; turn 5; clock 1900; turn; ui unhealthy 3; turn 4",
        "
        0 ui down unhealthy streak=3
        10 start restart_service:ui definite_unhealthy #1
        10 returned restart_service:ui ok
        15 met restart_service:ui
        15 ui recovered
        1925 clock jumped 1900000 ms
        1930 ui down unhealthy streak=3 attempts=1
        1940 denied restart_service:ui budget_service max=1 spent=1 window_s=1800",
    );
}

#[test]
fn the_last_rung_of_autonomous_is_a_bounce_of_the_core() {
    check(
        "mode autonomous; set attempts 1; set settle 5; restart fails; ui unhealthy 3; turn 14; restart heals; turn 16",
        "
        0 ui down unhealthy streak=3
        5 start restart_service:ui definite_unhealthy #1
        5 returned restart_service:ui ok
        60 unmet restart_service:ui
        60 bounce redis processor ui
        60 start restart_service:redis bounce #0
        60 returned restart_service:redis ok
        65 met restart_service:redis
        65 ui held stack_busy
        65 start restart_service:processor bounce #0
        65 returned restart_service:processor ok
        70 met restart_service:processor
        70 start restart_service:ui bounce #0
        70 returned restart_service:ui ok
        75 met restart_service:ui
        75 ui recovered
        75 bounce ended met",
    );
}

#[test]
fn a_bounce_that_does_not_help_ends_with_a_person() {
    check(
        "mode autonomous; set attempts 1; set settle 5; restart fails; ui unhealthy 3; turn 40",
        "
        0 ui down unhealthy streak=3
        5 start restart_service:ui definite_unhealthy #1
        5 returned restart_service:ui ok
        60 unmet restart_service:ui
        60 bounce redis processor ui
        60 start restart_service:redis bounce #0
        60 returned restart_service:redis ok
        65 met restart_service:redis
        65 ui held stack_busy
        65 start restart_service:processor bounce #0
        65 returned restart_service:processor ok
        70 met restart_service:processor
        70 start restart_service:ui bounce #0
        70 returned restart_service:ui ok
        125 unmet restart_service:ui
        125 ui held stack_busy
        125 bounce ended unmet
        130 ui held attempts_spent attempts=1 max=1
        130 ui escalated attempts_spent",
    );
}

#[test]
fn there_is_one_bounce_a_day() {
    check(
        "mode autonomous; set attempts 1; set settle 5; restart fails; ui unhealthy 3; turn 14; restart heals; turn 16; wait 2000; turn; restart fails; ui unhealthy 3; turn 16",
        "
        0 ui down unhealthy streak=3
        5 start restart_service:ui definite_unhealthy #1
        5 returned restart_service:ui ok
        60 unmet restart_service:ui
        60 bounce redis processor ui
        60 start restart_service:redis bounce #0
        60 returned restart_service:redis ok
        65 met restart_service:redis
        65 ui held stack_busy
        65 start restart_service:processor bounce #0
        65 returned restart_service:processor ok
        70 met restart_service:processor
        70 start restart_service:ui bounce #0
        70 returned restart_service:ui ok
        75 met restart_service:ui
        75 ui recovered
        75 bounce ended met
        2155 ui down unhealthy streak=3
        2160 start restart_service:ui definite_unhealthy #1
        2160 returned restart_service:ui ok
        2215 unmet restart_service:ui
        2215 ui held attempts_spent attempts=1 max=1
        2215 ui escalated attempts_spent",
    );
}

#[test]
fn a_bounce_leaves_what_somebody_stopped() {
    check(
        "mode autonomous; set attempts 1; set settle 5; processor stop by hand; restart fails; ui unhealthy 3; turn 14; restart heals; turn 10",
        "
        0 processor down stopped code=0
        0 ui down unhealthy streak=3
        0 processor held manual_stop exit_code=0
        5 start restart_service:ui definite_unhealthy #1
        5 returned restart_service:ui ok
        60 unmet restart_service:ui
        60 bounce redis ui
        60 start restart_service:redis bounce #0
        60 returned restart_service:redis ok
        65 met restart_service:redis
        65 ui held stack_busy
        65 start restart_service:ui bounce #0
        65 returned restart_service:ui ok",
    );
}

#[test]
fn assist_never_bounces() {
    check(
        "set attempts 1; restart fails; ui unhealthy 3; turn 20",
        "
        0 ui down unhealthy streak=3
        10 start restart_service:ui definite_unhealthy #1
        10 returned restart_service:ui ok
        65 unmet restart_service:ui
        65 ui held attempts_spent attempts=1 max=1
        65 ui escalated attempts_spent",
    );
}

#[test]
fn members_of_a_replaced_network_are_restarted() {
    check(
        "processor joins ui; turn; ui unhealthy 3; turn 12",
        "
        5 ui down unhealthy streak=3
        15 start restart_service:ui definite_unhealthy #1
        15 returned restart_service:ui ok
        20 met restart_service:ui
        20 processor down namespace_lost
        20 ui recovered
        30 start restart_service:processor namespace_lost #1
        30 returned restart_service:processor ok
        50 met restart_service:processor
        50 processor recovered",
    );
}

#[test]
fn a_bounce_waits_while_others_change_the_stack() {
    check(
        "mode autonomous; set attempts 1; restart fails; ui unhealthy 3; turn 14; restart heals; turn 1; redis deployed; turn 20",
        "
        0 ui down unhealthy streak=3
        5 start restart_service:ui definite_unhealthy #1
        5 returned restart_service:ui ok
        60 unmet restart_service:ui
        60 bounce redis processor ui
        60 start restart_service:redis bounce #0
        60 returned restart_service:redis ok
        65 ui held waits_for_dependency dependency=redis
        75 ui held recent_deploy
        80 met restart_service:redis
        135 ui held stack_busy
        135 start restart_service:processor bounce #0
        135 returned restart_service:processor ok
        155 met restart_service:processor
        155 start restart_service:ui bounce #0
        155 returned restart_service:ui ok
        160 met restart_service:ui
        160 ui recovered
        160 bounce ended met",
    );
}

#[test]
fn a_pause_outlasts_a_long_sleep_and_a_new_process() {
    check(
        "operator pauses 600; turn; clock 100000; turn; session; ui unhealthy 3; turn 5",
        "
        0 actions paused
        100005 clock jumped 100000000 ms
        100010 ui down unhealthy streak=3
        100020 denied restart_service:ui operator_paused",
    );
}

#[test]
fn a_budget_outlasts_a_long_sleep_and_a_new_process() {
    check(
        "set budget_service 1; ui unhealthy 3; turn 6; clock 100000; turn; session; ui unhealthy 3; turn 5",
        "
        0 ui down unhealthy streak=3
        10 start restart_service:ui definite_unhealthy #1
        10 returned restart_service:ui ok
        15 met restart_service:ui
        15 ui recovered
        100030 clock jumped 100000000 ms
        100035 ui down unhealthy streak=3 attempts=1
        100045 denied restart_service:ui budget_service max=1 spent=1 window_s=1800",
    );
}
