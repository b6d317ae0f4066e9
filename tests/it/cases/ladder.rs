//! Every arm of the ladder: when it acts, what it does, and how that ends.

use crate::scenario::check;

#[test]
fn a_crash_that_the_engine_cures_is_left_to_it() {
    check(
        "ui crashes 1; turn; ui restarts; turn",
        "
        0 ui down exited code=1
        0 ui held restart_policy_at_work restart_count=0
        5 ui recovered",
    );
}

#[test]
fn a_crash_between_two_turns_is_still_told() {
    check(
        "turn; ui crashes 1; wait 1; ui restarts; wait 1; turn",
        "
        7 ui down exited code=1
        7 ui recovered",
    );
}

#[test]
fn a_crash_without_a_restart_policy_is_restarted_once() {
    check(
        "redis policy no; redis crashes 1; turn 9",
        "
        0 redis down exited code=1
        10 start restart_service:redis definite_exit #1
        10 returned restart_service:redis ok
        30 met restart_service:redis
        30 redis recovered",
    );
}

#[test]
fn a_clean_exit_that_was_seen_is_a_crash_too() {
    check(
        "redis policy no; redis crashes 0; turn 3",
        "
        0 redis down exited code=0
        10 start restart_service:redis definite_exit #1",
    );
}

#[test]
fn an_unhealthy_service_is_restarted_after_its_grace() {
    check(
        "ui unhealthy 2; turn 5",
        "
        0 ui down unhealthy streak=2
        10 start restart_service:ui definite_unhealthy #1
        10 returned restart_service:ui ok
        15 met restart_service:ui
        15 ui recovered",
    );
}

#[test]
fn a_memory_kill_is_restarted_where_the_engine_does_not() {
    check(
        "redis policy no; redis oom; turn 3",
        "
        0 redis down oom_killed code=137
        10 start restart_service:redis definite_oom #1",
    );
}

#[test]
fn a_dead_container_is_restarted() {
    check(
        "redis dead; turn 3",
        "
        0 redis down dead code=0
        10 start restart_service:redis definite_exit #1",
    );
}

#[test]
fn a_start_that_the_engine_could_not_make_counts_as_failed() {
    check(
        "redis ended 128; redis error driver failed programming external connectivity; turn 3",
        "
        0 redis down exited code=128
        0 redis held restart_policy_at_work restart_count=0
        5 redis released restart_policy_at_work
        10 start restart_service:redis definite_exit #1",
    );
}

#[test]
fn restarts_that_do_not_help_end_with_a_person() {
    check(
        "set attempts 2; restart fails; ui unhealthy 3; turn 30",
        "
        0 ui down unhealthy streak=3
        10 start restart_service:ui definite_unhealthy #1
        10 returned restart_service:ui ok
        65 unmet restart_service:ui
        65 ui held backoff attempts=1
        75 ui released backoff
        75 start restart_service:ui definite_unhealthy #2
        75 returned restart_service:ui ok
        130 unmet restart_service:ui
        130 ui held attempts_spent attempts=2 max=2
        130 ui escalated attempts_spent",
    );
}

#[test]
fn the_waiting_time_doubles_between_attempts() {
    check(
        "set attempts 3; set backoff 60; restart fails; ui unhealthy 3; turn 50",
        "
        0 ui down unhealthy streak=3
        10 start restart_service:ui definite_unhealthy #1
        10 returned restart_service:ui ok
        65 unmet restart_service:ui
        65 ui held backoff attempts=1
        120 ui released backoff
        120 start restart_service:ui definite_unhealthy #2
        120 returned restart_service:ui ok
        175 unmet restart_service:ui
        175 ui held backoff attempts=2",
    );
}

#[test]
fn a_call_for_a_person_is_repeated_every_hour() {
    check(
        "restart fails; ui unhealthy 3; turn 25; wait 3600; turn 2; wait 3600; turn",
        "
        0 ui down unhealthy streak=3
        10 start restart_service:ui definite_unhealthy #1
        10 returned restart_service:ui ok
        65 unmet restart_service:ui
        65 ui held backoff attempts=1
        75 ui released backoff
        75 start restart_service:ui definite_unhealthy #2
        75 returned restart_service:ui ok
        3725 unmet restart_service:ui
        3725 ui held attempts_spent attempts=2 max=2
        3725 ui escalated attempts_spent
        7335 ui escalated attempts_spent again",
    );
}

#[test]
fn a_restart_loop_that_a_restart_cures_ends_met() {
    check(
        "ui loops 3; turn 8",
        "
        0 ui down restart_loop restarts=3 code=1
        10 start restart_service:ui restart_loop #1
        10 returned restart_service:ui ok
        30 met restart_service:ui
        30 ui recovered",
    );
}

#[test]
fn a_permanent_restart_loop_ends_with_a_person() {
    check(
        "restart fails; ui loops 3; turn 35",
        "
        0 ui down restart_loop restarts=3 code=1
        10 start restart_service:ui restart_loop #1
        10 returned restart_service:ui ok
        65 unmet restart_service:ui
        65 ui held backoff attempts=1
        75 ui released backoff
        75 start restart_service:ui restart_loop #2
        75 returned restart_service:ui ok
        130 unmet restart_service:ui
        130 ui held attempts_spent attempts=2 max=2
        130 ui escalated attempts_spent",
    );
}

#[test]
fn two_crashes_are_no_loop() {
    check(
        "ui loops 1; wait 1; turn; ui restarts; turn",
        "
        1 ui down exited code=1
        1 ui held restart_policy_at_work restart_count=1
        6 ui recovered",
    );
}

#[test]
fn an_old_loop_is_recognised_by_the_engines_patience() {
    check(
        "ui loops 1; ui policy always; wait 6; turn 1",
        "
        6 ui down restart_loop restarts=1 code=1",
    );
}

#[test]
fn a_failing_probe_is_looked_at_before_it_is_acted_on() {
    check(
        "ui probe ok; turn; ui probe fails; turn 7",
        "
        5 ui down probe_failed
        15 start status_check probe_http #0
        15 returned status_check ok
        20 met status_check
        25 start restart_service:ui probe_http #1
        25 returned restart_service:ui ok
        30 met restart_service:ui
        30 ui recovered",
    );
}

#[test]
fn a_probe_that_recovers_in_time_leads_to_nothing() {
    check(
        "ui probe fails; turn 2; ui probe ok; turn 2",
        "
        0 ui down probe_failed
        10 ui recovered",
    );
}

#[test]
fn a_failing_probe_of_a_fresh_start_means_nothing_yet() {
    check("redis probe fails; redis start by hand; turn 4", "");
}

#[test]
fn a_missing_core_service_is_started_without_touching_others() {
    check(
        "processor vanishes; turn 8",
        "
        0 processor down missing
        10 start compose_up_core definite_exit #1
        10 returned compose_up_core ok
        30 met compose_up_core
        30 processor recovered",
    );
}

#[test]
fn a_missing_service_outside_the_core_is_no_finding() {
    check("scout vanishes; turn 3", "");
}

#[test]
fn the_first_mover_is_repaired_and_its_dependants_wait() {
    check(
        "redis policy no; redis crashes 1; ui unhealthy 2; turn 9",
        "
        0 redis down exited code=1
        0 ui down unhealthy streak=2
        0 ui held waits_for_dependency dependency=redis
        10 start restart_service:redis definite_exit #1
        10 returned restart_service:redis ok
        30 met restart_service:redis
        30 redis recovered
        30 ui released waits_for_dependency
        40 start restart_service:ui definite_unhealthy #1",
    );
}

#[test]
fn only_one_service_is_repaired_at_a_time() {
    check(
        "processor policy no; processor crashes 1; ui unhealthy 3; restart fails; turn 4",
        "
        0 processor down exited code=1
        0 ui down unhealthy streak=3
        10 start restart_service:processor definite_exit #1
        10 returned restart_service:processor ok
        15 ui held stack_busy service=processor",
    );
}

#[test]
fn an_error_of_the_call_is_no_verdict() {
    check(
        "restart errors; ui unhealthy 3; turn 4; ui healthy; turn",
        "
        0 ui down unhealthy streak=3
        10 start restart_service:ui definite_unhealthy #1
        10 returned restart_service:ui failed
        20 ui recovered",
    );
}

#[test]
fn a_call_that_never_returns_is_judged_by_the_world() {
    check(
        "restart hangs; ui unhealthy 3; turn 15",
        "
        0 ui down unhealthy streak=3
        10 start restart_service:ui definite_unhealthy #1
        65 unmet restart_service:ui
        65 ui held backoff attempts=1",
    );
}

#[test]
fn a_relapse_counts_on() {
    check(
        "ui unhealthy 3; turn 5; ui unhealthy 3; turn 8; ui unhealthy 3; turn 4",
        "
        0 ui down unhealthy streak=3
        10 start restart_service:ui definite_unhealthy #1
        10 returned restart_service:ui ok
        15 met restart_service:ui
        15 ui recovered
        25 ui down unhealthy streak=3 attempts=1
        35 start restart_service:ui definite_unhealthy #2
        35 returned restart_service:ui ok
        40 met restart_service:ui
        40 ui recovered
        65 ui down unhealthy streak=3 attempts=2
        75 ui held attempts_spent attempts=2 max=2
        75 ui escalated attempts_spent",
    );
}

#[test]
fn after_half_an_hour_of_health_the_attempts_start_anew() {
    check(
        "ui unhealthy 3; turn 5; wait 1900; turn; ui unhealthy 3; turn 4",
        "
        0 ui down unhealthy streak=3
        10 start restart_service:ui definite_unhealthy #1
        10 returned restart_service:ui ok
        15 met restart_service:ui
        15 ui recovered
        1930 ui down unhealthy streak=3
        1940 start restart_service:ui definite_unhealthy #1
        1940 returned restart_service:ui ok
        1945 met restart_service:ui
        1945 ui recovered",
    );
}

#[test]
fn the_cooldown_is_the_least_time_between_two_actions() {
    check(
        "set cooldown 120; set backoff 1; ui unhealthy 3; turn 5; ui unhealthy 3; turn 30",
        "
        0 ui down unhealthy streak=3
        10 start restart_service:ui definite_unhealthy #1
        10 returned restart_service:ui ok
        15 met restart_service:ui
        15 ui recovered
        25 ui down unhealthy streak=3 attempts=1
        35 ui held settling
        135 ui released settling
        135 start restart_service:ui definite_unhealthy #2
        135 returned restart_service:ui ok
        140 met restart_service:ui
        140 ui recovered",
    );
}

#[test]
fn a_verdict_waits_for_the_call_to_come_back() {
    check(
        "restart lingers; ui unhealthy 3; turn 15",
        "
        0 ui down unhealthy streak=3
        10 start restart_service:ui definite_unhealthy #1
        65 met restart_service:ui
        65 ui recovered",
    );
}

#[test]
fn a_call_of_a_session_that_is_gone_is_judged_at_once() {
    check(
        "restart lingers; ui unhealthy 3; turn 3; session; turn",
        "
        0 ui down unhealthy streak=3
        10 start restart_service:ui definite_unhealthy #1
        15 met restart_service:ui
        15 ui recovered",
    );
}

#[test]
fn started_core_services_have_to_be_well() {
    check(
        "ui vanishes; processor vanishes; turn 8",
        "
        0 processor down missing
        0 ui down missing
        10 start compose_up_core definite_exit #1
        10 returned compose_up_core ok
        15 ui recovered
        30 met compose_up_core
        30 processor recovered",
    );
}

#[test]
fn compose_is_asked_before_it_is_judged() {
    check(
        "compose is silent; processor vanishes; turn 5; compose answers; turn 2",
        "
        0 processor down missing
        25 start compose_up_core definite_exit #1
        25 returned compose_up_core ok",
    );
}

#[test]
fn a_crashed_service_that_cannot_be_asked_has_to_stay_up() {
    check(
        "redis crashes 1; turn; redis restarts; turn; redis crashes 1; turn; redis restarts; turn 6",
        "
        0 redis down exited code=1
        0 redis held restart_policy_at_work restart_count=0
        35 redis recovered",
    );
}

#[test]
fn a_failing_probe_after_a_passing_check_is_waited_for_anew() {
    check(
        "mode observe; ui unhealthy 3; turn 6; ui healthy; ui probe fails; turn 6",
        "
        0 ui down unhealthy streak=3
        10 denied restart_service:ui observe_mode
        30 ui down probe_failed
        40 denied status_check observe_mode
        50 denied restart_service:ui observe_mode",
    );
}
