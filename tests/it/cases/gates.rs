//! Every refusal of `authorize`, each by its code and as an edge.

use crate::scenario::check;

#[test]
fn observe_says_once_what_it_would_have_done() {
    check(
        "mode observe; ui unhealthy 3; turn 10",
        "
        0 ui down unhealthy streak=3
        10 denied restart_service:ui observe_mode",
    );
}

#[test]
fn observe_climbs_the_ladder_of_probed_evidence_in_words_only() {
    check(
        "mode observe; ui probe fails; turn 10",
        "
        0 ui down probe_failed
        10 denied status_check observe_mode
        20 denied restart_service:ui observe_mode",
    );
}

#[test]
fn shadow_refuses_in_every_mode() {
    check(
        "shadow; ui unhealthy 3; turn 6",
        "
        0 ui down unhealthy streak=3
        10 denied restart_service:ui shadow",
    );
}

#[test]
fn the_kill_switch_holds_in_assist() {
    check(
        "switch pulled; ui unhealthy 3; turn 5; switch clear; turn 2",
        "
        0 kill switch pulled
        0 ui down unhealthy streak=3
        10 denied restart_service:ui kill_switch source=KILL file
        25 kill switch cleared
        25 start restart_service:ui definite_unhealthy #1
        25 returned restart_service:ui ok
        30 met restart_service:ui
        30 ui recovered",
    );
}

#[test]
fn the_kill_switch_holds_in_autonomous() {
    check(
        "mode autonomous; switch pulled; ui unhealthy 3; turn 5",
        "
        0 kill switch pulled
        0 ui down unhealthy streak=3
        5 denied restart_service:ui kill_switch source=KILL file",
    );
}

#[test]
fn a_switch_pulled_between_intent_and_call_spends_nothing() {
    check(
        "restart refused; ui unhealthy 3; turn 4; restart heals; turn 3",
        "
        0 ui down unhealthy streak=3
        10 start restart_service:ui definite_unhealthy #1
        10 returned restart_service:ui not_run
        15 inconclusive restart_service:ui
        15 start restart_service:ui definite_unhealthy #1
        15 returned restart_service:ui not_run
        20 inconclusive restart_service:ui
        20 start restart_service:ui definite_unhealthy #1
        20 returned restart_service:ui ok
        25 met restart_service:ui
        25 ui recovered",
    );
}

#[test]
fn an_action_outside_the_grant_is_refused() {
    check(
        "allow status_check; ui unhealthy 3; turn 5",
        "
        0 ui down unhealthy streak=3
        10 denied restart_service:ui not_allowed_in_session",
    );
}

#[test]
fn the_budget_of_a_service_is_kept() {
    check(
        "set budget_service 1; set backoff 1; restart fails; ui unhealthy 3; turn 20",
        "
        0 ui down unhealthy streak=3
        10 start restart_service:ui definite_unhealthy #1
        10 returned restart_service:ui ok
        65 unmet restart_service:ui
        65 ui held backoff attempts=1
        70 ui released backoff
        70 denied restart_service:ui budget_service max=1 spent=1 window_s=1800",
    );
}

#[test]
fn the_budget_of_a_day_is_kept() {
    check(
        "set budget_service_day 1; ui unhealthy 3; turn 5; wait 4000; turn; ui unhealthy 3; turn 4",
        "
        0 ui down unhealthy streak=3
        10 start restart_service:ui definite_unhealthy #1
        10 returned restart_service:ui ok
        15 met restart_service:ui
        15 ui recovered
        4030 ui down unhealthy streak=3
        4040 denied restart_service:ui budget_service max=1 spent=1 window_s=86400",
    );
}

#[test]
fn the_budget_of_the_stack_is_kept() {
    check(
        "set budget_stack 1; redis policy no; redis crashes 1; turn 9; ui unhealthy 3; turn 5",
        "
        0 redis down exited code=1
        10 start restart_service:redis definite_exit #1
        10 returned restart_service:redis ok
        30 met restart_service:redis
        30 redis recovered
        45 ui down unhealthy streak=3
        55 denied restart_service:ui budget_stack max=1 spent=1 window_s=1800",
    );
}

#[test]
fn a_spent_budget_comes_back_when_its_window_has_passed() {
    check(
        "set budget_service 1; ui unhealthy 3; turn 5; ui unhealthy 3; turn 8; wait 1800; turn 2",
        "
        0 ui down unhealthy streak=3
        10 start restart_service:ui definite_unhealthy #1
        10 returned restart_service:ui ok
        15 met restart_service:ui
        15 ui recovered
        25 ui down unhealthy streak=3 attempts=1
        35 denied restart_service:ui budget_service max=1 spent=1 window_s=1800
        1865 start restart_service:ui definite_unhealthy #2
        1865 returned restart_service:ui ok
        1870 met restart_service:ui
        1870 ui recovered",
    );
}

#[test]
fn a_new_session_announces_what_it_finds() {
    check(
        "mode observe; ui unhealthy 3; turn 4; mode assist; turn 4",
        "
        0 ui down unhealthy streak=3
        10 denied restart_service:ui observe_mode
        20 ui down unhealthy streak=3
        30 start restart_service:ui definite_unhealthy #1
        30 returned restart_service:ui ok
        35 met restart_service:ui
        35 ui recovered",
    );
}

#[test]
fn a_crash_after_the_restart_does_not_restart_again() {
    check(
        "restart fails; ui unhealthy 3; turn 3; session; turn 3",
        "
        0 ui down unhealthy streak=3
        10 start restart_service:ui definite_unhealthy #1
        15 ui down unhealthy streak=3 attempts=1",
    );
}

#[test]
fn attempts_outlive_the_controller() {
    check(
        "set attempts 1; restart fails; ui unhealthy 3; turn 20; session; turn 4",
        "
        0 ui down unhealthy streak=3
        10 start restart_service:ui definite_unhealthy #1
        10 returned restart_service:ui ok
        65 unmet restart_service:ui
        65 ui held attempts_spent attempts=1 max=1
        65 ui escalated attempts_spent
        100 ui down unhealthy streak=3 attempts=1
        110 ui held attempts_spent attempts=1 max=1",
    );
}

#[test]
fn a_denylist_wins_over_the_grant() {
    check(
        "deny restart_service; ui unhealthy 3; turn 4",
        "
        0 ui down unhealthy streak=3
        10 denied restart_service:ui denylisted",
    );
}

#[test]
fn a_denylist_can_name_one_service() {
    check(
        "deny restart_service:ui; ui unhealthy 3; processor policy no; processor crashes 1; turn 4",
        "
        0 processor down exited code=1
        0 ui down unhealthy streak=3
        10 start restart_service:processor definite_exit #1
        10 returned restart_service:processor ok
        15 ui held stack_busy service=processor",
    );
}

#[test]
fn a_runtime_plane_that_is_off_refuses_even_a_look() {
    check(
        "plane runtime off; ui probe fails; turn 4",
        "
        0 ui down probe_failed
        10 denied status_check plane_off plane=runtime",
    );
}

#[test]
fn a_tool_policy_plane_that_is_off_refuses_all() {
    check(
        "plane tool_policy off; ui probe fails; turn 4",
        "
        0 ui down probe_failed
        10 denied status_check plane_off plane=tool_policy",
    );
}

#[test]
fn an_elevated_plane_that_is_off_lets_only_looks_through() {
    check(
        "plane elevated off; ui probe fails; turn 7",
        "
        0 ui down probe_failed
        10 start status_check probe_http #0
        10 returned status_check ok
        15 met status_check
        20 denied restart_service:ui plane_off plane=elevated",
    );
}

#[test]
fn who_does_not_lead_does_nothing() {
    check(
        "lease lost; ui unhealthy 3; turn 4",
        "
        0 ui down unhealthy streak=3
        10 denied restart_service:ui not_leader",
    );
}

#[test]
fn an_operators_pause_holds_for_its_time() {
    check(
        "operator pauses 60; ui unhealthy 3; turn 15",
        "
        0 actions paused
        0 ui down unhealthy streak=3
        10 denied restart_service:ui operator_paused
        60 start restart_service:ui definite_unhealthy #1
        60 returned restart_service:ui ok
        65 met restart_service:ui
        65 ui recovered",
    );
}

#[test]
fn a_pause_of_one_service_leaves_the_others() {
    check(
        "operator pauses ui 600; ui unhealthy 3; processor policy no; processor crashes 1; turn 4",
        "
        0 actions paused for ui
        0 processor down exited code=1
        0 ui down unhealthy streak=3
        10 start restart_service:processor definite_exit #1
        10 returned restart_service:processor ok
        15 ui held stack_busy service=processor",
    );
}

#[test]
fn a_pause_can_be_ended() {
    check(
        "operator pauses 600; ui unhealthy 3; turn 4; operator resumes; turn 2",
        "
        0 actions paused
        0 ui down unhealthy streak=3
        10 denied restart_service:ui operator_paused
        20 actions resumed
        20 start restart_service:ui definite_unhealthy #1
        20 returned restart_service:ui ok
        25 met restart_service:ui
        25 ui recovered",
    );
}

#[test]
fn a_call_that_was_noted_is_not_repeated() {
    check(
        "set attempts 1; restart fails; ui unhealthy 3; turn 15; operator acks ui; wait 3700; turn 2",
        "
        0 ui down unhealthy streak=3
        10 start restart_service:ui definite_unhealthy #1
        10 returned restart_service:ui ok
        65 unmet restart_service:ui
        65 ui held attempts_spent attempts=1 max=1
        65 ui escalated attempts_spent
        75 ui acknowledged",
    );
}

#[test]
fn a_changed_compose_file_refuses_compose() {
    check(
        "compose drifted; processor vanishes; turn 4",
        "
        0 processor down missing
        10 denied compose_up_core compose_drift service=ui",
    );
}

#[test]
fn a_compose_of_another_generation_is_refused() {
    check(
        "compose is old; processor vanishes; turn 4",
        "
        0 processor down missing
        10 denied compose_up_core compose_version installed_major=1 project_major=2",
    );
}

#[test]
fn a_compose_that_cannot_be_asked_is_refused() {
    check(
        "compose is unreadable; processor vanishes; turn 4",
        "
        0 processor down missing
        10 denied compose_up_core compose_drift reason=no such file",
    );
}

#[test]
fn the_day_cap_of_the_stack_is_kept() {
    check(
        "set budget_stack_day 1; ui unhealthy 3; turn 5; wait 4000; turn; redis policy no; redis crashes 1; turn 4",
        "
        0 ui down unhealthy streak=3
        10 start restart_service:ui definite_unhealthy #1
        10 returned restart_service:ui ok
        15 met restart_service:ui
        15 ui recovered
        4030 redis down exited code=1
        4040 denied restart_service:redis budget_stack max=1 spent=1 window_s=86400",
    );
}

#[test]
fn what_an_earlier_half_restart_left_is_not_taken_for_a_stop_by_hand() {
    check(
        "set attempts 3; restart halves; ui unhealthy 3; turn 3; session; turn 11; \
         restart hangs; turn 3; session; turn 10; restart heals; turn 6",
        "
        0 ui down unhealthy streak=3
        10 start restart_service:ui definite_unhealthy #1
        15 ui down exited code=143 attempts=1
        65 unmet restart_service:ui
        65 ui held backoff attempts=1
        75 ui released backoff
        75 start restart_service:ui definite_exit #2
        85 ui down exited code=143 attempts=2
        130 unmet restart_service:ui
        130 ui held backoff attempts=2
        150 ui released backoff
        150 start restart_service:ui definite_exit #3
        150 returned restart_service:ui ok
        155 met restart_service:ui
        155 ui recovered",
    );
}
