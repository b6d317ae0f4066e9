use std::{ffi::OsString, fs, os::unix::ffi::OsStringExt as _};

use proptest::prelude::*;
use wicap_assist::{config::EngineHost, model::KillSwitch};

use super::Host;

#[track_caller]
fn check(host: Host, expected: &[&str]) {
    assert_eq!(expected, host.mistakes());
}

/// A mistake in the file of the repository.
#[track_caller]
fn check_file(text: &str, expected: &[&str]) {
    let prefix = |line: &&str| format!("repo/wicap-assist.toml:{line}");
    let expected: Vec<String> = expected.iter().map(prefix).collect();
    assert_eq!(expected, Host::new().repo(text).mistakes(), "{text}");
}

#[track_caller]
fn check_flag(flag: &'static str, value: &str, expected: &str) {
    let expected = format!("{flag}: {expected}");
    check(Host::new().flag(flag, value), &[expected.as_str()]);
}

#[track_caller]
fn check_var(name: &str, value: &str, expected: &str) {
    let expected = format!("{name}: {expected}");
    check(Host::new().var(name, value), &[expected.as_str()]);
}

#[test]
fn a_mistake_in_a_file_names_its_line() {
    check_file(
        "[policy]\nsettle = \"soon\"",
        &[
            "2: `policy.settle`: `soon` is not a duration (such as `10s`, `5m` or `1h30m`; a plain number is seconds)",
        ],
    );
    check_file(
        "[policy]\n\n\nsettle = true",
        &[
            "4: `policy.settle`: `true` is not a duration (such as `10s`, `5m` or `1h30m`; a plain number is seconds)",
        ],
    );
    check_file(
        "[policy]\nsettle = [1]",
        &["2: `policy.settle`: a list of anything but texts is not a duration"],
    );
    check_file(
        "[policy]\nsettle = 1979-05-27",
        &["2: `policy.settle`: a date is not a duration"],
    );
    check_file(
        "[policy.settle]\nx = 1",
        &["1: `policy.settle`: a table is not a duration"],
    );
    check_file(
        "[policy]\nsettel = 3",
        &["2: `policy.settel` is not a setting; did you mean `settle`?"],
    );
    check_file(
        "[policy]\nbanana = 3",
        &["2: `policy.banana` is not a setting"],
    );
    check_file(
        "[polcy]\nsettle = 3",
        &["1: `polcy` is not a table of ours; did you mean `policy`?"],
    );
    check_file("policy = 3", &["1: `policy` is a table: write `[policy]`"]);
    check_file(
        "[policy]\nattempts_max = 0",
        &["2: `policy.attempts_max`: `0` is too small; the least is 1"],
    );
    check_file(
        "[policy]\nattempts_max = 1.5",
        &["2: `policy.attempts_max`: `1.5` is not a whole number"],
    );
    check_file(
        "[policy]\nbudget_stack = 5000000000",
        &["2: `policy.budget_stack`: `5000000000` is too large; the most is 4294967295"],
    );
    check_file(
        "[policy]\nflap_window = \"1ms\"",
        &["2: `policy.flap_window`: `1ms` is too short; the least is 1s"],
    );
    check_file(
        "[policy]\nrelapse = \"2000d\"",
        &["2: `policy.relapse`: `2000d` is longer than a year"],
    );
    check_file(
        "[policy]\nverify_min = \"10m\"",
        &["2: `policy.verify_min` (10m) is longer than `policy.verify_max` (5m)"],
    );
    check_file(
        "[policy]\nbackoff_max = \"1s\"",
        &["2: `policy.backoff_first` (10s) is longer than `policy.backoff_max` (1s)"],
    );
    check_file(
        "[policy]\nbudget_window = \"25h\"",
        &["2: `policy.budget_window` is longer than a day"],
    );
    check_file(
        "[policy]\ninterval = 3",
        &["2: `policy.interval` is not a setting"],
    );
    check_file(
        "[control]\nmode = \"god\"",
        &[
            "2: `control.mode`: `god` is not a control mode (observe, assist, autonomous; monitor means observe)",
        ],
    );
    check_file(
        "[control]\ninterval = 0.05",
        &["2: `control.interval`: `0.05` is too short; the least is 100ms"],
    );
    check_file(
        "[control]\nkill_switch = true",
        &["2: `control.kill_switch` is not a setting"],
    );
    check_file(
        "[control]\nshadow = \"maybe\"",
        &[
            "2: `control.shadow`: `maybe` is neither on (1, true, yes, on, enabled) nor off (0, false, no, off, disabled)",
        ],
    );
    check_file(
        "[control]\nallow_actions = [\"rm\"]",
        &[
            "2: `control.allow_actions`: `rm` is not an action (status_check, compose_up_core, compose_up, shutdown, restart_service:SERVICE)",
        ],
    );
    check_file(
        "[control]\ncheck_threshold = 2\n[policy]\ncheck_after = 5",
        &["2: `control.check_threshold` and `policy.check_after` say the same; keep one"],
    );
}

#[test]
fn a_mistake_about_the_engine_or_the_stack_names_its_line() {
    check_file(
        "[engine]\nhost = \"ssh://me@host\"",
        &[
            "2: `engine.host`: this is not an engine address (unix:///PATH or tcp://HOST:PORT, no user)",
        ],
    );
    check_file(
        "[engine]\nhost = \"tcp://host\"",
        &["2: `engine.host`: `tcp://host` needs a host and a port: `tcp://127.0.0.1:2376`"],
    );
    check_file(
        "[engine]\nhost = \"unix://run/docker.sock\"",
        &[
            "2: `engine.host`: `unix://run/docker.sock` needs an absolute path: `unix:///var/run/docker.sock`",
        ],
    );
    check_file(
        "[stack]\nproject = \"a b\"",
        &[
            "2: `stack.project`: `a b` is not a project name (letters, digits, `.`, `_` and `-`, at most 128)",
        ],
    );
    check_file(
        "[stack]\nprofile = \"wicpa\"",
        &["2: `stack.profile`: `wicpa` is none of wicap, none; did you mean `wicap`?"],
    );
    check_file(
        "[stack]\nservice = 3",
        &["2: `stack.service` is not a setting; did you mean `services`?"],
    );
    check_file(
        "[stack]\nservices = 3",
        &["2: `stack.services` is a table: write `[stack.services]`"],
    );
    check_file(
        "[stack.services]\nweb = true",
        &["2: `stack.services.web` is a table: write `[stack.services.web]`"],
    );
    check_file(
        "[stack.services.\"a b\"]\ncore = true",
        &["1: `a b` is not a service name (letters, digits, `.`, `_` and `-`, at most 128)"],
    );
    check_file(
        "[stack.services.web]\nrestartabel = true",
        &["2: `stack.services.web.restartabel` is not a setting; did you mean `restartable`?"],
    );
    check_file(
        "[stack.services.web]\ncriticality = \"high\"",
        &["2: `stack.services.web.criticality`: `high` is none of critical, warn"],
    );
    check_file(
        "[stack.services.web]\nprobe = { timeout = \"1s\" }",
        &["2: `stack.services.web.probe`: a probe needs a `url`"],
    );
    check_file(
        "[stack.services.web]\nprobe = true",
        &["2: `stack.services.web.probe`: `true` is not a table with a `url`, or `false`"],
    );
    check_file(
        "[stack.services.web]\nprobe = { url = \"web:80\", timeout = 1 }",
        &["2: `stack.services.web.probe.url`: `web:80` is not an `http://` or `https://` URL"],
    );
    check_file(
        "[stack.services.web.probe]\nurl = \"http://u:hunter2@h/\"",
        &["2: `stack.services.web.probe.url`: a probe URL cannot carry a user or password"],
    );
    check_file(
        "[stack.services.web.probe]\nurl = \"http://h/\"\nstatus = 99",
        &["3: `stack.services.web.probe.status`: `99` is not an HTTP status (100 to 599)"],
    );
    check_file(
        "[stack.services.web]\naliases = [\"wicap-ui\"]",
        &["2: `stack.services.web.aliases`: `wicap-ui` already means `ui`"],
    );
    check_file(
        "[stack.services.a]\ndepends_on = [\"b\"]\n[stack.services.b]\ndepends_on = [\"a\"]",
        &[
            "2: `stack.services.a.depends_on`: `a` would need itself",
            "4: `stack.services.b.depends_on`: `b` would need itself",
        ],
    );
}

#[test]
fn a_file_that_is_no_toml_is_told_by_line() {
    check_file("[policy\nsettle = 3", &["1: unclosed table, expected `]`"]);
    check_file(
        "[policy]\nsettle = soon",
        &["2: string values must be quoted, expected literal string"],
    );
    check_file("[policy]\nsettle = 3\nsettle = 4", &["3: duplicate key"]);
}

#[test]
fn a_mistake_stays_on_its_line_and_is_told_once() {
    let nested = format!("a = {}", "[".repeat(10_000));
    let expected = "1: cannot recurse further; max recursion depth met";
    check_file(&nested, &[expected]);
    let many = "x\n".repeat(1_000);
    assert_eq!(10, Host::new().repo(&many).mistakes().len());
    let red =
        "`a\\u{1b}[31m\\nb` is not a project name (letters, digits, `.`, `_` and `-`, at most 128)";
    check_flag("--project", "a\u{1b}[31m\nb", red);
    let long = Host::new().flag("--color", &"x".repeat(100_000)).mistakes();
    assert!(long[0].len() < 500 && long[0].ends_with('…'));
}

#[test]
fn a_file_that_cannot_be_read_is_told_by_name() {
    let by_flag = |name: &str| {
        let mut host = Host::new();
        let path = host.at(name);
        host.flags.path("--config", Some(&path));
        host
    };
    let expected = "none.toml: cannot read the file: No such file or directory (os error 2)";
    check(by_flag("none.toml"), &[expected]);
    check(
        by_flag("home"),
        &["home: cannot read the file: Is a directory (os error 21)"],
    );
    let large = by_flag("large.toml").file("large.toml", &"#\n".repeat(1 << 20));
    check(
        large,
        &["large.toml: cannot read the file: it is larger than 1 MiB"],
    );
    let binary = by_flag("binary.toml");
    fs::write(binary.at("binary.toml"), [0xff, 0xfe]).unwrap();
    let expected = "binary.toml: cannot read the file: stream did not contain valid UTF-8";
    check(binary, &[expected]);
}

#[test]
fn a_mistake_in_a_flag_names_the_flag() {
    check_flag("--interval", "0", "`0` is too short; the least is 100ms");
    check_flag(
        "--interval",
        "-1",
        "`-1` is not a duration (such as `10s`, `5m` or `1h30m`; a plain number is seconds)",
    );
    check_flag(
        "--control-mode",
        "",
        "`` is not a control mode (observe, assist, autonomous; monitor means observe)",
    );
    check_flag(
        "--control-check-threshold",
        "0",
        "`0` is too small; the least is 1",
    );
    check_flag(
        "--control-recover-threshold",
        "x",
        "`x` is not a whole number",
    );
    check_flag(
        "--control-max-recover-attempts",
        "0",
        "`0` is too small; the least is 1",
    );
    check_flag(
        "--control-action-cooldown-cycles",
        "-1",
        "`-1` is too small; the least is 0",
    );
    check_flag(
        "--allow-actions",
        "status_check,restart_service:",
        "`restart_service:` is not an action (status_check, compose_up_core, compose_up, shutdown, restart_service:SERVICE)",
    );
    check_flag(
        "--project",
        "../x",
        "`../x` is not a project name (letters, digits, `.`, `_` and `-`, at most 128)",
    );
    check_flag(
        "--color",
        "sometimes",
        "`sometimes` is none of auto, always, never",
    );
    check_flag(
        "--log-format",
        "jsn",
        "`jsn` is none of text, json; did you mean `json`?",
    );
}

#[test]
fn a_mistake_in_a_variable_names_the_variable() {
    let switch = "is neither on (1, true, yes, on, enabled) nor off (0, false, no, off, disabled)";
    check_var(
        "WICAP_ASSIST_RUNTIME_PLANE_ENABLED",
        "perhaps",
        &format!("`perhaps` {switch}"),
    );
    check_var(
        "WICAP_ASSIST_ACTION_BUDGET_MAX",
        "many",
        "`many` is not a whole number",
    );
    check_var(
        "WICAP_ASSIST_DENY_ACTIONS",
        "exec",
        "`exec` is not an action (status_check, compose_up_core, compose_up, shutdown, restart_service:SERVICE)",
    );
    check_var(
        "DOCKER_HOST",
        "localhost:2375",
        "`localhost:2375` is not an engine address (unix:///PATH or tcp://HOST:PORT)",
    );
    check_var(
        "WICAP_ASSIST_PROJECT",
        "-x",
        "`-x` is not a project name (letters, digits, `.`, `_` and `-`, at most 128)",
    );
    check_var(
        "WICAP_ASSIST_LOG_FORMAT",
        "xml",
        "`xml` is none of text, json",
    );
    check_var(
        "RUST_LOG",
        "loud",
        "`loud` is none of off, error, warn, info, debug, trace",
    );
    check_var(
        "RUST_LOG",
        "a b=info",
        "`a b=info` is not LEVEL or TARGET=LEVEL",
    );
    let host = Host::new();
    let nowhere = host.at("nowhere");
    let host = host.var("WICAP_REPO_ROOT", nowhere.to_str().unwrap());
    check(host, &["WICAP_REPO_ROOT: `nowhere` is not a folder"]);
}

#[test]
fn a_kill_switch_that_cannot_be_read_is_pulled() {
    let name = "WICAP_ASSIST_AUTONOMOUS_KILL_SWITCH";
    let is_pulled = |host: &Host| host.resolve().settings.control.kill_switch != KillSwitch::Clear;
    for word in ["1", "true", "YES", "on", "enabled", "banana"] {
        assert!(is_pulled(&Host::new().var(name, word)), "{word}");
    }
    for word in ["0", "false", "No", "off", "disabled", ""] {
        assert!(!is_pulled(&Host::new().var(name, word)), "{word}");
    }
    check_var(
        name,
        "banana",
        "`banana` is neither on (1, true, yes, on, enabled) nor off (0, false, no, off, disabled); the kill switch counts as pulled",
    );
    let mut host = Host::new();
    let bytes = OsString::from_vec(vec![0xff]);
    host.env.vars.insert(name.to_owned(), bytes);
    assert!(is_pulled(&host));
    let expected =
        format!("{name}: text that is not UTF-8 is not a switch; the kill switch counts as pulled");
    check(host, &[&expected]);
}

#[test]
fn a_variable_that_is_almost_ours_is_told() {
    let host = |name: &str| Host::new().var(name, "1");
    let expected = "WICAP_ASSIST_AUTONOMOUS_KILL_SWICH: is not a variable of ours; did you mean `WICAP_ASSIST_AUTONOMOUS_KILL_SWITCH`?";
    check(host("WICAP_ASSIST_AUTONOMOUS_KILL_SWICH"), &[expected]);
    check(host("WICAP_ASSIST_TELEMETRY_PATH"), &[]);
    check(host("WICAP_ASSIST_BLESS"), &[]);
}

#[test]
fn all_mistakes_are_told_together() {
    let host = Host::new()
        .data("[policy]\nsettle = \"x\"")
        .repo("[stack]\nprojct = \"x\"\n[control]\nmode = \"x\"")
        .var("DOCKER_HOST", "x")
        .flag("--interval", "x");
    let at: Vec<String> = host.mistakes();
    let at: Vec<&str> = at
        .iter()
        .map(|text| text.split(": ").next().unwrap())
        .collect();
    let expected = [
        "data/wicap-assist.toml:2",
        "repo/wicap-assist.toml:2",
        "repo/wicap-assist.toml:4",
        "DOCKER_HOST",
        "--interval",
    ];
    assert_eq!(expected, at[..]);
    let error = host.resolve().into_result().unwrap_err().to_string();
    assert!(
        error.starts_with("5 mistakes in the configuration\n  "),
        "{error}"
    );
}

#[test]
fn tls_needs_certificates() {
    let host = || {
        Host::new()
            .var("DOCKER_HOST", "tcp://h:2376")
            .var("DOCKER_TLS_VERIFY", "1")
    };
    let tls = host().settings().engine.host();
    assert!(matches!(&tls, EngineHost::Tls { cert_path, .. } if cert_path.ends_with(".docker")));
    let mut homeless = host();
    homeless.env.vars.remove("HOME");
    check(
        homeless,
        &[
            "DOCKER_TLS_VERIFY: TLS needs a folder with certificates; set DOCKER_CERT_PATH or `engine.cert_path`",
        ],
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_text_makes_it_panic(
        file in "(\\[(policy|control|stack|engine|stack\\.services\\.ui)\\]\n|[a-z_]{1,9} = [^\n]{0,9}\n|\\PC{0,9}\n){0,9}",
        value in "\\PC{0,20}",
    ) {
        let mut host = Host::new().repo(&file).var("DOCKER_HOST", &value).var("RUST_LOG", &value);
        for flag in ["--interval", "--control-mode", "--allow-actions", "--project"] {
            host = host.flag(flag, &value);
        }
        let resolved = host.resolve();
        prop_assert!(!resolved.settings.shown().is_empty());
    }
}
