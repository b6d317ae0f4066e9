use std::{collections::BTreeSet, time::Duration};

use wicap_assist::{
    config::{ActionList, ColorChoice, EngineHost, LogFormat, LogLevel},
    model::{Action, ActionKind, ControlMode, KillSwitch, Ladder, Policy},
};

use super::{Host, check_shown};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn without_anything_the_defaults_hold() {
    let settings = Host::new().settings();
    assert_eq!(ControlMode::Observe, settings.control.mode);
    assert_eq!(
        Policy::for_mode(ControlMode::Observe, 10 * SECOND),
        settings.policy
    );
    assert_eq!(
        EngineHost::Unix("/var/run/docker.sock".into()),
        settings.engine.host()
    );
    assert_eq!(None, settings.project());
    assert_eq!(KillSwitch::Clear, settings.control.kill_switch);
    assert_eq!(ActionList::usual(), settings.control.allow);
    assert_eq!(4, settings.stack.services.len());
}

#[test]
fn the_nearest_layer_wins() {
    let none = Host::new;
    let data = || none().data("[stack]\nproject = \"a\"");
    let repo = || data().repo("\n[stack]\n\nproject = \"b\"");
    let var = || repo().var("WICAP_ASSIST_PROJECT", "c");
    let flag = || var().flag("--project", "d");
    check_shown(none(), "stack.project", ("-", "default"));
    check_shown(data(), "stack.project", ("a", "data/wicap-assist.toml:2"));
    check_shown(repo(), "stack.project", ("b", "repo/wicap-assist.toml:4"));
    check_shown(var(), "stack.project", ("c", "WICAP_ASSIST_PROJECT"));
    check_shown(flag(), "stack.project", ("d", "--project"));
}

#[test]
fn each_variable_sets_its_setting() {
    let check = |name: &str, value: &str, setting: &str, expected: &str| {
        check_shown(Host::new().var(name, value), setting, (expected, name));
    };
    check("WICAP_ASSIST_PROJECT", " shop ", "stack.project", "shop");
    check("DOCKER_HOST", "tcp://h:2375", "engine.host", "tcp://h:2375");
    check("DOCKER_TLS_VERIFY", "0", "engine.tls_verify", "true");
    check("DOCKER_CERT_PATH", "/certs", "engine.cert_path", "/certs");
    check(
        "WICAP_ASSIST_DENY_ACTIONS",
        "shutdown, restart_service:wicap-ui",
        "control.deny_actions",
        "shutdown,restart_service:ui",
    );
    let plane = "control.runtime_plane_enabled";
    check("WICAP_ASSIST_RUNTIME_PLANE_ENABLED", "no", plane, "false");
    let plane = "control.tool_policy_plane_enabled";
    check(
        "WICAP_ASSIST_TOOL_POLICY_PLANE_ENABLED",
        "Disabled",
        plane,
        "false",
    );
    let plane = "control.elevated_plane_enabled";
    check("WICAP_ASSIST_ELEVATED_PLANE_ENABLED", "ON", plane, "true");
    check(
        "WICAP_ASSIST_ACTION_BUDGET_MAX",
        "7",
        "control.action_budget_max",
        "7",
    );
    let budget = "control.elevated_action_budget_max";
    check("WICAP_ASSIST_ELEVATED_ACTION_BUDGET_MAX", "-1", budget, "-");
    check(
        "WICAP_ASSIST_AUTONOMOUS_KILL_SWITCH",
        "yes",
        "control.kill_switch",
        "pulled",
    );
    check("WICAP_ASSIST_LOG_FORMAT", "json", "log.format", "json");
    check(
        "RUST_LOG",
        "info,wicap_assist=debug",
        "log.filter",
        "info,wicap_assist=debug",
    );
    check("NO_COLOR", "1", "color", "never");
}

#[test]
fn an_empty_variable_says_nothing() {
    for name in [
        "WICAP_ASSIST_AUTONOMOUS_KILL_SWITCH",
        "DOCKER_HOST",
        "NO_COLOR",
        "RUST_LOG",
    ] {
        let settings = Host::new().var(name, " ").settings();
        assert_eq!(Host::new().settings().policy, settings.policy);
        assert_eq!(ColorChoice::Auto, settings.color);
        assert_eq!(KillSwitch::Clear, settings.control.kill_switch);
    }
}

#[test]
fn each_flag_of_live_sets_its_setting() {
    let check = |flag: &'static str, value: &str, setting: &str, expected: &str| {
        check_shown(Host::new().flag(flag, value), setting, (expected, flag));
    };
    check("--interval", "0.5", "control.interval", "500ms");
    check("--control-mode", "monitor", "control.mode", "observe");
    check(
        "--control-check-threshold",
        "2",
        "policy.check_after",
        "10s",
    );
    check(
        "--control-recover-threshold",
        "1",
        "policy.recover_after",
        "0s",
    );
    check(
        "--control-recover-threshold",
        "4",
        "policy.definite_after",
        "30s",
    );
    check(
        "--control-max-recover-attempts",
        "5",
        "policy.attempts_max",
        "5",
    );
    check(
        "--control-action-cooldown-cycles",
        "6",
        "policy.cooldown",
        "1m",
    );
    check(
        "--stop-on-escalation",
        "true",
        "control.stop_on_escalation",
        "true",
    );
    check("--shadow", "true", "control.shadow", "true");
    let allow = "control.allow_actions";
    check(
        "--allow-actions",
        "restart_service:wicap-ui",
        allow,
        "restart_service:ui",
    );
    check("--color", "always", "color", "always");
    check("--log-format", "json", "log.format", "json");
    check("-vv", "debug", "log.filter", "debug");
}

#[test]
fn a_threshold_counts_turns_of_the_interval_that_holds() {
    let settings = Host::new()
        .data("[control]\nrecover_threshold = 3\n[policy]\ndefinite_after = \"1s\"")
        .flag("--interval", "2")
        .flag("--control-mode", "autonomous")
        .settings();
    let ladder = Ladder {
        check_after: 2 * SECOND,
        recover_after: 4 * SECOND,
        definite_after: SECOND,
        attempts_max: 3,
    };
    assert_eq!(ladder, settings.policy.ladder);
}

#[test]
fn a_threshold_on_the_command_line_beats_a_duration_in_a_file() {
    let host = || {
        Host::new()
            .repo("[policy]\nrecover_after = \"9m\"\ndefinite_after = \"9m\"")
            .flag("--control-recover-threshold", "2")
    };
    let flag = "--control-recover-threshold";
    check_shown(host(), "policy.recover_after", ("10s", flag));
    check_shown(host(), "policy.definite_after", ("10s", flag));
}

#[test]
fn a_list_of_actions_covers_kinds_and_single_actions() {
    let allow = Host::new()
        .flag("--allow-actions", "status_check,restart_service:wicap-ui")
        .settings()
        .control
        .allow;
    let covers = |text: &str| allow.covers(&text.parse::<Action>().unwrap());
    assert!(covers("status_check") && covers("restart_service:ui"));
    assert!(!covers("restart_service:redis") && !covers("shutdown"));
    assert_eq!(BTreeSet::from([ActionKind::StatusCheck]), allow.kinds);
}

#[test]
fn the_log_follows_its_flags() {
    let log = Host::new()
        .var("RUST_LOG", "trace")
        .flag("-q", "error")
        .settings()
        .log;
    assert_eq!(
        (LogLevel::Error, LogFormat::Text),
        (log.filter.default, log.format)
    );
}

#[test]
fn the_compose_program_is_told_the_engine_that_was_resolved() {
    let env = Host::new()
        .var("PATH", "/usr/bin")
        .var("SECRET", "hunter2")
        .repo("[engine]\nhost = \"tcp://h:2376\"\ntls_verify = true\ncert_path = \"/certs\"")
        .settings()
        .engine
        .compose_env();
    let text = |name: &str| env.get(name).and_then(|value| value.to_str());
    assert_eq!(Some("tcp://h:2376"), text("DOCKER_HOST"));
    assert_eq!(Some("1"), text("DOCKER_TLS_VERIFY"));
    assert_eq!(Some("/certs"), text("DOCKER_CERT_PATH"));
    assert_eq!(Some("/usr/bin"), text("PATH"));
    assert_eq!(None, text("SECRET"));
}
