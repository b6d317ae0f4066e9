//! What the controller leaves to the harness of a soak.

use crate::scenario::{Scenario, check};

#[test]
fn what_a_harness_takes_down_is_left_alone_until_the_stack_is_up() {
    // From then on it gets its grace.
    check(
        "operator soak holds; redis policy no; redis ended 1; turn 4; operator soak lets go; turn 4",
        "
        0 soak execute noted holds
        0 redis down exited code=1
        0 redis held soak_running run=a
        20 soak execute noted
        20 redis released soak_running
        30 start restart_service:redis definite_exit #1
        30 returned restart_service:redis ok",
    );
}

#[test]
fn a_soak_outranks_the_guess_that_a_hand_stopped_it() {
    check(
        "operator soak holds; redis policy no; redis ended 143; turn 2",
        "
        0 soak execute noted holds
        0 redis down stopped code=143
        0 redis held soak_running run=a",
    );
}

#[test]
fn a_soak_that_is_over_holds_nothing() {
    check(
        "operator soak holds; operator soak is over; redis policy no; redis ended 1; turn 3",
        "
        0 soak execute noted holds
        0 soak passed
        0 redis down exited code=1
        10 start restart_service:redis definite_exit #1",
    );
}

#[test]
fn a_person_is_refused_as_well() {
    let mut scenario = Scenario::new();
    scenario.play("operator soak holds; operator asks restart_service:ui 30; turn 1");
    let log = scenario.log();
    let answer = log.iter().find(|line| line.contains("answer")).unwrap();
    assert!(answer.contains("refused soak_running run=a"), "{answer}");
}
