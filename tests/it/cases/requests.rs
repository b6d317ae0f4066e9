//! What a person asks of the controller that holds the stack.

use crate::scenario::{Scenario, check};

#[test]
fn a_restart_that_a_person_asks_for_goes_through_the_gates_and_is_judged() {
    check(
        "turn 1; operator asks restart_service:ui 30; turn 3",
        "
        5 asked restart_service:ui
        5 answer accepted
        5 start restart_service:ui operator #1
        5 returned restart_service:ui ok
        10 met restart_service:ui",
    );
}

#[test]
fn a_look_that_a_person_asks_for_is_no_change() {
    check(
        "operator asks status_check 30; turn 2",
        "
        0 asked status_check
        0 answer accepted
        0 start status_check operator #0
        0 returned status_check ok
        5 met status_check",
    );
}

#[test]
fn every_gate_holds_for_people_too() {
    for (setting, refusal) in [
        ("mode observe", "observe_mode"),
        ("shadow", "shadow"),
        ("switch pulled", "kill_switch source=KILL file"),
        ("deny restart_service:ui", "denylisted"),
        ("allow status_check", "not_allowed_in_session"),
        ("plane elevated off", "plane_off plane=elevated"),
        ("operator pauses ui 600", "operator_paused"),
        ("set budget_stack 0", "budget_stack"),
    ] {
        let script = format!("{setting}; operator asks restart_service:ui 30; turn 1");
        let mut scenario = Scenario::new();
        scenario.play(&script);
        let log = scenario.log();
        let answer = log.iter().find(|line| line.contains("answer")).unwrap();
        assert!(
            answer.contains(&format!("refused {refusal}")),
            "{setting}: {answer}"
        );
        let started = log.iter().any(|line| line.contains("start "));
        assert!(!started, "{setting}: {log:?}");
    }
}

#[test]
fn one_action_at_a_time_also_for_people() {
    check(
        "operator asks restart_service:ui 30; operator asks restart_service:redis 30; turn 2",
        "
        0 asked restart_service:ui
        0 asked restart_service:redis
        0 answer accepted
        0 start restart_service:ui operator #1
        0 answer refused stack_busy service=ui
        0 returned restart_service:ui ok
        5 met restart_service:ui",
    );
}

#[test]
fn what_cannot_be_done_is_answered_and_never_tried() {
    check(
        "operator asks restart_service:nobody 30; operator asks compose_up_core 30; turn 1",
        "
        0 asked restart_service:nobody
        0 asked compose_up_core
        0 answer impossible because=the stack has no service nobody
        0 answer impossible because=every core service has a container",
    );
}

#[test]
fn the_whole_stack_is_started_or_taken_down_only_where_that_is_granted() {
    check(
        "scout vanishes; operator asks compose_up 30; turn 1; \
         allow compose_up; operator asks compose_up 30; turn 6; operator asks compose_up 30; turn 1",
        "
        0 asked compose_up
        0 answer refused not_allowed_in_session
        5 asked compose_up
        5 answer accepted
        5 start compose_up operator #1
        5 returned compose_up ok
        25 met compose_up
        35 asked compose_up
        35 answer impossible because=every service has a container; restart_service starts one that is stopped",
    );
}

/// What a person took down is left so.
#[test]
fn a_stack_that_a_person_took_down_stays_down() {
    check(
        "allow shutdown compose_up_core; operator asks shutdown 30; turn 6",
        "
        0 asked shutdown
        0 answer accepted
        0 start shutdown operator #0
        0 returned shutdown ok
        5 met shutdown
        5 processor down stopped
        5 redis down stopped
        5 ui down stopped
        5 processor held manual_stop
        5 redis held manual_stop
        5 ui held manual_stop",
    );
}

#[test]
fn a_shutdown_that_takes_nothing_down_did_not_help() {
    check(
        "allow shutdown; restart errors; operator asks shutdown 30; turn 62",
        "
        0 asked shutdown
        0 answer accepted
        0 start shutdown operator #0
        0 returned shutdown failed
        5 unmet shutdown",
    );
}

#[test]
fn an_old_request_and_one_that_was_taken_back_come_to_nothing() {
    check(
        "turn 1; operator asks restart_service:ui 0; operator asks restart_service:ui 30; \
         operator withdraws 3; turn 2",
        "
        5 asked restart_service:ui
        5 asked restart_service:ui
        5 answer withdrawn
        5 answer expired",
    );
}

#[test]
fn a_request_is_for_the_one_who_holds_the_stack() {
    check(
        "lease lost; operator asks restart_service:ui 30; turn 3",
        "
        0 asked restart_service:ui",
    );
}

#[test]
fn the_stack_is_given_up_between_two_actions_and_nothing_is_done_afterwards() {
    check(
        "restart hangs; ui unhealthy 3; turn 3; operator asks yield 600; turn 12; \
         processor policy no; processor crashes 1; turn 2",
        "
        0 ui down unhealthy streak=3
        10 start restart_service:ui definite_unhealthy #1
        15 asked yield
        65 unmet restart_service:ui
        65 answer yielded
        65 lease yielded 1
        70 ui held backoff attempts=1
        75 processor down exited code=1
        75 ui released backoff
        75 denied restart_service:ui not_leader",
    );
}

#[test]
fn a_look_that_a_person_asks_for_leaves_open_steps_alone() {
    check(
        "ui unhealthy 3; restart halves; processor policy no; processor crashes 1; turn 3; operator asks status_check 30; turn 2",
        "
        0 processor down exited code=1
        0 ui down unhealthy streak=3
        10 start restart_service:processor definite_exit #1
        15 asked status_check
        15 answer accepted
        15 start status_check operator #0
        15 ui held stack_busy service=processor",
    );
    check(
        "operator asks status_check 30; operator asks restart_service:processor 30; turn 2",
        "
        0 asked status_check
        0 asked restart_service:processor
        0 answer accepted
        0 start status_check operator #0
        0 answer refused stack_busy service=processor
        0 returned status_check ok
        5 met status_check",
    );
}
