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

#[test]
fn a_stop_by_hand_outlasts_the_reports_of_it() {
    check(
        "ui policy no; ui stop by hand 1; turn; wait 900; turn 4",
        "
        0 ui down stopped code=1
        0 ui held manual_stop exit_code=1",
    );
    check(
        "redis removed by hand; turn; wait 900; turn 4",
        "
        0 redis down stopped
        0 redis held manual_stop",
    );
}

#[test]
fn a_new_process_remembers_a_stop_by_hand() {
    check(
        "ui policy no; ui stop by hand 1; turn; session; turn 6",
        "
        0 ui down stopped code=1
        0 ui held manual_stop exit_code=1
        5 ui down stopped code=1
        5 ui held manual_stop exit_code=1",
    );
}

#[test]
fn a_stop_by_hand_outlasts_a_clock_that_is_set_back() {
    check(
        "mode autonomous; clock -3737; processor loops 5; turn 5; processor stop by hand 139; turn 8; wait 561; turn 4",
        "
        0 clock jumped -3737000 ms
        0 processor down restart_loop restarts=5 code=1
        0 start restart_service:processor restart_loop #1
        0 returned restart_service:processor ok
        0 processor down stopped code=139 attempts=1
        0 unmet restart_service:processor
        0 processor held manual_stop exit_code=139",
    );
}

#[test]
fn a_crash_before_a_stop_by_hand_is_heard_of_later() {
    check(
        "mode autonomous; reports late 78; processor loops 3; wait 74; clock -11; processor stop by hand; turn 8",
        "
        63 processor down stopped code=1
        63 processor held manual_stop exit_code=1",
    );
}

#[test]
fn a_second_stop_by_hand_is_remembered_as_well() {
    check(
        "ui policy no; ui stop by hand 1; turn; ui start by hand; ui stop by hand 1; turn; session; turn 6",
        "
        0 ui down stopped code=1
        0 ui held manual_stop exit_code=1
        5 ui down stopped code=1
        10 ui down stopped code=1
        10 ui held manual_stop exit_code=1",
    );
}

#[test]
fn a_crash_after_a_stop_by_hand_is_a_crash() {
    check(
        "ui policy no; ui stop by hand 1; turn; ui start by hand; wait 30; ui crashes 1; turn 5",
        "
        0 ui down stopped code=1
        0 ui held manual_stop exit_code=1
        35 ui down exited code=1
        35 ui released manual_stop
        45 start restart_service:ui definite_exit #1
        45 returned restart_service:ui ok
        50 met restart_service:ui
        50 ui recovered",
    );
}

#[test]
fn a_stop_by_hand_while_the_host_slept_is_not_ours() {
    check(
        "ui policy no; ui unhealthy 3; turn 6; ui stop by hand 1; clock 300; turn 6",
        "
        0 ui down unhealthy streak=3
        10 start restart_service:ui definite_unhealthy #1
        10 returned restart_service:ui ok
        15 met restart_service:ui
        15 ui recovered
        330 clock jumped 300000 ms
        330 ui down stopped code=1 attempts=1
        330 ui held manual_stop exit_code=1",
    );
}

#[test]
fn what_somebody_removed_is_not_started_with_the_rest() {
    check(
        "processor removed by hand; redis vanishes; turn 8",
        "
        0 processor down stopped
        0 redis down missing
        0 processor held manual_stop
        10 start compose_up_core definite_exit #1
        10 returned compose_up_core ok
        30 met compose_up_core
        30 redis recovered",
    );
}

#[test]
fn a_deploy_during_a_restart_of_ours_is_a_deploy() {
    check(
        "restart hangs; ui unhealthy 3; turn 9; redis deployed; processor policy no; processor crashes 1; turn 8",
        "
        0 ui down unhealthy streak=3
        10 start restart_service:ui definite_unhealthy #1
        45 processor down exited code=1
        45 processor held recent_deploy
        65 unmet restart_service:ui
        65 ui held recent_deploy",
    );
}
