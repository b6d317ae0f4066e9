//! Everything that keeps the controller from acting, each by its code.

use crate::scenario::check;

#[test]
fn a_stop_by_hand_wins() {
    check(
        "ui stop by hand; turn 4; ui start by hand; turn 2",
        "
        0 ui down stopped code=0
        0 ui held manual_stop exit_code=0
        20 ui recovered",
    );
}

#[test]
fn an_unseen_stop_under_unless_stopped_is_by_hand() {
    check(
        "ui ended 137; turn 4",
        "
        0 ui down stopped code=137
        0 ui held manual_stop exit_code=137",
    );
}

#[test]
fn an_unseen_end_without_policy_is_perhaps_by_hand_and_told_once() {
    check(
        "redis policy no; redis ended 143; turn 4",
        "
        0 redis down stopped code=143
        0 redis held manual_stop exit_code=143
        0 redis escalated perhaps_by_hand",
    );
}

#[test]
fn an_unseen_crash_without_policy_is_a_crash() {
    check(
        "redis policy no; redis ended 1; turn 3",
        "
        0 redis down exited code=1
        10 start restart_service:redis definite_exit #1",
    );
}

#[test]
fn a_pause_is_by_hand_and_an_unpause_is_not_unhealthy() {
    check(
        "ui pause; turn 3; ui unpause; turn 2; ui healthy; turn",
        "
        0 ui down paused
        0 ui held paused_by_hand
        15 ui held starting
        25 ui recovered",
    );
}

#[test]
fn a_removed_container_is_by_hand() {
    check(
        "processor removed by hand; turn 4",
        "
        0 processor down stopped
        0 processor held manual_stop",
    );
}

#[test]
fn a_stack_that_is_down_altogether_was_taken_down() {
    check(
        "redis vanishes; processor vanishes; ui vanishes; scout vanishes; turn 4",
        "
        0 processor down stopped
        0 redis down stopped
        0 ui down stopped
        0 processor held manual_stop
        0 redis held manual_stop
        0 ui held manual_stop",
    );
}

#[test]
fn a_service_that_is_not_restartable_is_told_and_left() {
    check(
        "scout policy no; scout crashes 1; turn 4",
        "
        0 scout down exited code=1
        0 scout held not_restartable
        0 scout escalated not_restartable",
    );
}

#[test]
fn a_degraded_answer_is_not_restarted_away() {
    check(
        "ui probe degraded; turn 6",
        "
        0 ui down degraded
        0 ui held restart_proof
        0 ui escalated restart_proof",
    );
}

#[test]
fn flapping_health_is_one_message_and_no_action() {
    check(
        "ui flips; ui flips; ui flips; ui flips; turn 5; wait 700; turn",
        "
        0 ui down flapping
        0 ui held flapping changes=4
        0 ui escalated flapping
        725 ui recovered",
    );
}

#[test]
fn a_fresh_deploy_is_left_alone_for_a_minute() {
    check(
        "redis deployed; ui unhealthy 3; turn 16",
        "
        0 ui down unhealthy streak=3
        0 ui held recent_deploy
        60 ui released recent_deploy
        70 start restart_service:ui definite_unhealthy #1
        70 returned restart_service:ui ok
        75 met restart_service:ui
        75 ui recovered",
    );
}

#[test]
fn a_blind_probe_neither_climbs_nor_resets_the_ladder() {
    check(
        "ui unhealthy 3; turn; ui blind; turn 2; ui seen; turn 2",
        "
        0 ui down unhealthy streak=3
        5 ui unseen
        5 ui held unknown_reading
        15 ui seen
        15 ui released unknown_reading
        15 start restart_service:ui definite_unhealthy #1
        15 returned restart_service:ui ok
        20 met restart_service:ui
        20 ui recovered",
    );
}

#[test]
fn an_engine_that_is_away_is_one_event_and_no_action() {
    check(
        "ui unhealthy 3; turn; engine away; turn 5; engine back; turn 2",
        "
        0 ui down unhealthy streak=3
        5 engine unseen
        5 ui held unknown_reading
        30 engine seen
        30 ui released unknown_reading
        30 start restart_service:ui definite_unhealthy #1
        30 returned restart_service:ui ok
        35 met restart_service:ui
        35 ui recovered",
    );
}

#[test]
fn a_step_that_nobody_can_judge_is_inconclusive() {
    check(
        "restart hangs; ui unhealthy 3; turn 3; ui blind; turn 15",
        "
        0 ui down unhealthy streak=3
        10 start restart_service:ui definite_unhealthy #1
        15 ui unseen
        65 inconclusive restart_service:ui
        65 ui held unknown_reading",
    );
}

#[test]
fn a_starting_service_is_neither_up_nor_down() {
    check("ui starting; turn 4; ui healthy; turn", "");
}

#[test]
fn a_service_that_never_gets_started_is_unwell_at_last() {
    check(
        "ui starting; turn 14",
        "
        50 ui down unhealthy
        60 start status_check definite_unhealthy #0
        60 returned status_check ok
        65 met status_check",
    );
}

#[test]
fn a_one_shot_that_ended_well_is_done() {
    check(
        "add job; job policy no; job crashes 0; turn 3; add late; late policy no; late crashes 3; turn",
        "
        15 late down exited code=3",
    );
}
