//! Everything that keeps the controller from acting, each by its code.

use crate::scenario::check;

#[test]
fn a_stop_by_hand_wins() {
    check("ui stop by hand; turn 4; ui start by hand; turn 2", "");
}

#[test]
fn an_unseen_stop_under_unless_stopped_is_by_hand() {
    check("ui ended 137; turn 4", "");
}

#[test]
fn an_unseen_end_without_policy_is_perhaps_by_hand_and_told_once() {
    check("redis policy no; redis ended 143; turn 4", "");
}

#[test]
fn an_unseen_crash_without_policy_is_a_crash() {
    check("redis policy no; redis ended 1; turn 3", "");
}

#[test]
fn a_pause_is_by_hand_and_an_unpause_is_not_unhealthy() {
    check("ui pause; turn 3; ui unpause; turn 2; ui healthy; turn", "");
}

#[test]
fn a_removed_container_is_by_hand() {
    check("processor removed by hand; turn 4", "");
}

#[test]
fn a_stack_that_is_down_altogether_was_taken_down() {
    check("redis vanishes; processor vanishes; ui vanishes; scout vanishes; turn 4", "");
}

#[test]
fn a_service_that_is_not_restartable_is_told_and_left() {
    check("scout policy no; scout crashes 1; turn 4", "");
}

#[test]
fn a_degraded_answer_is_not_restarted_away() {
    check("ui probe degraded; turn 6", "");
}

#[test]
fn flapping_health_is_one_message_and_no_action() {
    check("ui flips; ui flips; ui flips; ui flips; turn 5; wait 700; turn", "");
}

#[test]
fn a_fresh_deploy_is_left_alone_for_a_minute() {
    check("redis deployed; ui unhealthy 3; turn 16", "");
}

#[test]
fn a_blind_probe_neither_climbs_nor_resets_the_ladder() {
    check("ui unhealthy 3; turn; ui blind; turn 2; ui seen; turn 2", "");
}

#[test]
fn an_engine_that_is_away_is_one_event_and_no_action() {
    check("ui unhealthy 3; turn; engine away; turn 5; engine back; turn 2", "");
}

#[test]
fn a_step_that_nobody_can_judge_is_inconclusive() {
    check("restart hangs; ui unhealthy 3; turn 3; ui blind; turn 15", "");
}

#[test]
fn a_starting_service_is_neither_up_nor_down() {
    check("ui starting; turn 4; ui healthy; turn", "");
}

#[test]
fn a_service_that_never_gets_started_is_unwell_at_last() {
    check("ui starting; turn 14", "");
}

#[test]
fn a_one_shot_that_ended_well_is_done() {
    check("job policy no; job crashes 0; turn 3", "");
}
