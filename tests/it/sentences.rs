//! What a person may type at the console, and what it means.

use wicap_assist::{
    knowledge::sentence::{FORMS, SENTENCE_CHARS_MAX, Sentence, Soak, parse},
    model::ControlMode,
};

#[track_caller]
fn means(raw: &str) -> Sentence {
    match parse(raw) {
        Ok(Some(sentence)) => sentence,
        other => panic!("`{raw}`: {other:?}"),
    }
}

/// The command of the program that says the same, in a console in assist.
#[track_caller]
fn command(raw: &str, expected: &str) {
    let words = means(raw).command(ControlMode::Assist).unwrap();
    assert_eq!(expected, words.join(" "), "{raw}");
}

#[track_caller]
fn act(raw: &str, expected: &str) {
    let sentence = means(raw);
    let Sentence::Act(action) = &sentence else {
        panic!("`{raw}`: {sentence:?}");
    };
    assert_eq!(expected, action.to_string(), "{raw}");
}

/// The sentence is refused; the refusal and the best suggestion hold these.
#[track_caller]
fn refused(raw: &str, text: &str, nearest: &str) {
    let unclear = parse(raw).unwrap_err();
    assert!(unclear.to_string().contains(text), "`{raw}`: {unclear}");
    let suggestions = unclear.nearest.join(", ");
    assert!(suggestions.contains(nearest), "`{raw}`: {suggestions}");
}

#[test]
fn what_is_asked_is_a_command() {
    for (raw, expected) in [
        ("status", "status"),
        ("  STATUS  ", "status"),
        ("live", "status"),
        ("health", "status"),
        ("monitor once", "status"),
        ("stats", "agent control-center --control-mode assist"),
        ("dashboard", "agent control-center --control-mode assist"),
        (
            "Command Center",
            "agent control-center --control-mode assist",
        ),
        ("recommend", "recommend"),
        ("Recommend Queue Full", "recommend -- Queue Full"),
        ("what should I do next", "recommend"),
        ("what now", "recommend"),
        ("next step", "recommend"),
        ("incident logs_soak_2026", "incident -- logs_soak_2026"),
        ("explain ui", "explain ui"),
        ("why ui", "explain ui"),
        ("explain 41", "explain 41"),
        (
            "explain policy",
            "agent explain-policy --control-mode assist",
        ),
        (
            "explain restart_service:ui",
            "agent sandbox-explain --action restart_service:ui --control-mode assist",
        ),
        (
            "explain action compose_up",
            "agent sandbox-explain --action compose_up --control-mode assist",
        ),
    ] {
        command(raw, expected);
    }
}

#[test]
fn an_action_has_several_forms_and_one_meaning() {
    for (raw, expected) in [
        ("action status_check", "status_check"),
        ("action compose_up", "compose_up"),
        ("ACTION Compose_Up_Core", "compose_up_core"),
        (
            "action restart_service:wicap-ui",
            "restart_service:wicap-ui",
        ),
        ("action restart wicap-ui", "restart_service:wicap-ui"),
        ("restart ui", "restart_service:ui"),
        ("restart worker#2", "restart_service:worker#2"),
        ("restart_service:redis", "restart_service:redis"),
        ("status_check", "status_check"),
        ("compose_up_core", "compose_up_core"),
        ("shutdown", "shutdown"),
    ] {
        act(raw, expected);
    }
}

#[test]
fn a_mode_is_set_or_asked_for() {
    assert_eq!(Sentence::Mode(None), means("mode"));
    for raw in [
        "mode assist",
        "Mode Assist",
        "MODE ASSIST",
        "set mode assist",
    ] {
        assert_eq!(Sentence::Mode(Some(ControlMode::Assist)), means(raw));
    }
    assert_eq!(
        Sentence::Mode(Some(ControlMode::Observe)),
        means("mode monitor")
    );
    refused("mode asist", "is not a control mode", "mode assist");
    refused("mode assist now", "a mode is one word", "mode assist");
}

#[test]
fn a_soak_says_what_it_knows() {
    command(
        "start soak for 10 minutes assist",
        "soak-run --duration-minutes 10 --control-mode assist",
    );
    command(
        "run soak 2h every 5 minutes in observe mode",
        "soak-run --duration-minutes 120 --playwright-interval-minutes 5 --control-mode observe",
    );
    command(
        "soak-run dry-run",
        "soak-run --control-mode assist --dry-run",
    );
    command(
        "soak run 30m playwright interval 10m autonomous dry run",
        "soak-run --duration-minutes 30 --playwright-interval-minutes 10 \
         --control-mode autonomous --dry-run",
    );
    assert_eq!(Sentence::Soak(Soak::default()), means("start soak"));
    refused("start soak for 10", "`10` of what?", "start soak");
    refused("start soak for 0 minutes", "out of range", "start soak");
    refused("start soak for 99999999999m", "out of range", "start soak");
    refused("start soak 10m 20m", "said twice", "start soak");
    refused("start soak assist observe", "said twice", "start soak");
    refused("start soak every", "needs a time", "start soak");
    refused(
        "start soak quickly",
        "a soak has no `quickly`",
        "start soak",
    );
    refused("start soak 5 weeks", "`5` of what?", "start soak");
}

#[test]
fn what_is_unknown_is_refused_with_the_nearest() {
    for (raw, text, nearest) in [
        ("statsu", "is not understood", "stat"),
        ("stat", "could mean several things", "status, stats"),
        ("recomend x", "is not understood", "recommend"),
        ("please show me the status", "is not understood", "status"),
        ("unhealthy", "is not understood", "status"),
        ("delivery failed", "is not understood", "help"),
        ("rm -rf /", "a sentence has no flags", ""),
        ("status --json", "a sentence has no flags", ""),
        ("; reboot", "is not understood", "help"),
        (
            "status now",
            "`status` stands alone, without `now`",
            "status",
        ),
        ("action", "which action?", "restart_service:SERVICE"),
        ("action compose_pu", "is not an action", "action compose_up"),
        ("action exec:ui", "is not an action", ""),
        (
            "action restart_service ui",
            "behind a colon",
            "action restart_service:ui",
        ),
        ("action shutdown now", "one action at a time", ""),
        ("restart", "restart which service?", ""),
        (
            "restart ui redis",
            "one service at a time",
            "restart ui, restart redis",
        ),
        ("restart $(id)", "is not a service name", ""),
        ("restart_service:../x", "is not an action", ""),
        ("explain", "explain what?", "explain ui"),
        ("incident", "an incident of what?", "incident logs_soak"),
        ("explain ui redis", "one thing at a time", ""),
        ("help nonsense", "there is no help on `nonsense`", "help"),
        ("status\u{1b}[2J", "no control characters", ""),
    ] {
        refused(raw, text, nearest);
    }
    let long = "x".repeat(SENTENCE_CHARS_MAX + 1);
    refused(&long, "at most", "");
}

#[test]
fn an_empty_line_asks_for_nothing() {
    assert_eq!(Ok(None), parse(""));
    assert_eq!(Ok(None), parse("  \t "));
}

#[test]
fn every_form_reads_its_own_examples() {
    for form in FORMS {
        for example in form.examples {
            means(example);
        }
        assert_eq!(
            Sentence::Help(Some(form)),
            means(&format!("help {}", form.word()))
        );
    }
    assert_eq!(Sentence::Help(None), means("help"));
    assert_eq!(Sentence::Help(None), means("?"));
    for raw in ["quit", "exit", "q"] {
        assert_eq!(Sentence::Leave, means(raw));
    }
}
