//! Every refusal of `authorize`, each by its code and as an edge.

use crate::scenario::check;

#[test]
fn observe_says_once_what_it_would_have_done() {
    check("mode observe; ui unhealthy 3; turn 10", "");
}

#[test]
fn observe_climbs_the_ladder_of_probed_evidence_in_words_only() {
    check("mode observe; ui probe fails; turn 10", "");
}

#[test]
fn shadow_refuses_in_every_mode() {
    check("shadow; ui unhealthy 3; turn 6", "");
}

#[test]
fn the_kill_switch_holds_in_assist() {
    check("switch pulled; ui unhealthy 3; turn 5; switch clear; turn 2", "");
}

#[test]
fn the_kill_switch_holds_in_autonomous() {
    check("mode autonomous; switch pulled; ui unhealthy 3; turn 5", "");
}

#[test]
fn a_switch_pulled_between_intent_and_call_spends_nothing() {
    check("restart refused; ui unhealthy 3; turn 4; restart heals; turn 3", "");
}

#[test]
fn an_action_outside_the_grant_is_refused() {
    check("allow status_check; ui unhealthy 3; turn 5", "");
}

#[test]
fn the_budget_of_a_service_is_kept() {
    check("set budget_service 1; set backoff 1; restart fails; ui unhealthy 3; turn 20", "");
}

#[test]
fn the_budget_of_a_day_is_kept() {
    check("set budget_service_day 1; ui unhealthy 3; turn 5; wait 4000; turn; ui unhealthy 3; turn 4", "");
}

#[test]
fn the_budget_of_the_stack_is_kept() {
    check("set budget_stack 1; redis policy no; redis crashes 1; turn 9; ui unhealthy 3; turn 5", "");
}

#[test]
fn a_spent_budget_comes_back_when_its_window_has_passed() {
    check("set budget_service 1; ui unhealthy 3; turn 5; ui unhealthy 3; turn 8; wait 1800; turn 2", "");
}

#[test]
fn a_new_session_announces_what_it_finds() {
    check("mode observe; ui unhealthy 3; turn 4; mode assist; turn 4", "");
}

#[test]
fn a_crash_after_the_restart_does_not_restart_again() {
    check("restart fails; ui unhealthy 3; turn 3; session; turn 3", "");
}

#[test]
fn attempts_outlive_the_controller() {
    check("set attempts 1; restart fails; ui unhealthy 3; turn 20; session; turn 4", "");
}
