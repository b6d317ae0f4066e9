//! A contract held against facts, without a world.

use wicap_assist::{
    knowledge::contract::{Report, Scout, evaluate, junit, parse},
    model::{
        Health, Lifecycle, Reading, Redacted, Timestamp,
        contract::{Facts, FileFact, HttpAnswer, HttpFact, PortAddress, ServiceFact, ServiceState},
    },
};

const NOW: Timestamp = Timestamp::from_millis(1_772_600_767_000);

fn unknown<T>(why: &str) -> Reading<T> {
    Reading::Unknown(Redacted::from_raw(why))
}

fn container(key: &str, name: &str, lifecycle: Lifecycle, health: Health) -> ServiceFact {
    ServiceFact {
        service: key.parse().unwrap(),
        container: name.to_owned(),
        state: Reading::Known(ServiceState { lifecycle, health }),
    }
}

fn services(list: Vec<ServiceFact>) -> Facts {
    let mut facts = Facts::unseen(NOW);
    facts.services = Reading::Known(list);
    facts
}

#[track_caller]
fn judged(contract: &str, facts: &Facts) -> Report {
    evaluate(&parse(contract).unwrap(), facts, Scout::Required)
}

/// The first check of a contract: its state, its detail, and whether the gate is green.
#[track_caller]
fn check(contract: &str, facts: &Facts, expected: (&str, &str, bool)) {
    let report = judged(contract, facts);
    let first = &report.checks[0];
    let found = (first.state_word(), first.detail(), report.is_green());
    assert_eq!(expected, found, "{contract}");
}

const UI_UP: &str = r#"{"services":[{"name":"wicap-ui"}]}"#;

#[test]
fn a_service_is_up_if_it_runs_and_its_health_check_passes() {
    let ui = |lifecycle, health| services(vec![container("ui", "wicap-ui", lifecycle, health)]);
    let unhealthy = Health::Unhealthy { streak: 2 };
    for (lifecycle, health, expected) in [
        (
            Lifecycle::Running,
            Health::Healthy,
            ("green", "running and healthy", true),
        ),
        (
            Lifecycle::Running,
            Health::Unchecked,
            ("green", "running, without a health check", true),
        ),
        (
            Lifecycle::Running,
            Health::Starting,
            (
                "red",
                "running, its health check has no verdict yet, must be up",
                false,
            ),
        ),
        (
            Lifecycle::Running,
            unhealthy,
            ("red", "running but unhealthy, must be up", false),
        ),
        (
            Lifecycle::Paused,
            Health::Healthy,
            ("red", "paused, must be up", false),
        ),
        (
            Lifecycle::Restarting,
            Health::Unchecked,
            ("red", "restarting, must be up", false),
        ),
        (
            Lifecycle::Exited,
            Health::Unchecked,
            ("red", "exited, must be up", false),
        ),
        (
            Lifecycle::Created,
            Health::Unchecked,
            ("red", "created, must be up", false),
        ),
        (
            Lifecycle::Dead,
            Health::Unchecked,
            ("red", "dead, must be up", false),
        ),
        (
            Lifecycle::Removing,
            Health::Unchecked,
            ("red", "being removed, must be up", false),
        ),
    ] {
        check(UI_UP, &ui(lifecycle, health), expected);
    }
    check(
        UI_UP,
        &services(Vec::new()),
        ("red", "there is no container", false),
    );
}

#[test]
fn the_other_states_mean_what_they_say() {
    let of =
        |state: &str| format!(r#"{{"services":[{{"name":"ui","required_state":"{state}"}}]}}"#);
    let ui = |lifecycle, health| services(vec![container("ui", "wicap-ui", lifecycle, health)]);
    let unhealthy = ui(Lifecycle::Running, Health::Unhealthy { streak: 1 });
    let unchecked = ui(Lifecycle::Running, Health::Unchecked);
    let exited = ui(Lifecycle::Exited, Health::Unchecked);
    let absent = services(Vec::new());
    for (state, facts, is_green) in [
        ("running", &unhealthy, true),
        ("healthy", &unhealthy, false),
        ("healthy", &unchecked, false),
        ("stopped", &exited, true),
        ("stopped", &absent, true),
        ("stopped", &unchecked, false),
        ("missing", &absent, true),
        ("missing", &exited, false),
        ("running", &absent, false),
        ("healthy", &absent, false),
    ] {
        assert_eq!(is_green, judged(&of(state), facts).is_green(), "{state}");
    }
}

#[test]
fn a_container_is_known_by_key_by_name_and_by_number() {
    let facts = services(vec![
        container(
            "processor",
            "wicap-processor-1",
            Lifecycle::Running,
            Health::Unchecked,
        ),
        container(
            "staging",
            "staging-wicap-ui",
            Lifecycle::Running,
            Health::Unchecked,
        ),
    ]);
    let of = |name: &str| judged(&format!(r#"{{"services":[{{"name":"{name}"}}]}}"#), &facts);
    for name in ["processor", "wicap-processor-1", "wicap-processor"] {
        assert!(of(name).is_green(), "{name}");
    }
    for name in ["wicap-ui", "ui", "wicap"] {
        assert!(!of(name).is_green(), "{name}");
    }
}

#[test]
fn a_scaled_service_is_as_good_as_its_worst_container() {
    let facts = services(vec![
        container("worker", "p-worker-1", Lifecycle::Running, Health::Healthy),
        container(
            "worker#2",
            "p-worker-2",
            Lifecycle::Exited,
            Health::Unchecked,
        ),
    ]);
    check(
        r#"{"services":[{"name":"worker"}]}"#,
        &facts,
        ("red", "exited, must be up", false),
    );
}

#[test]
fn what_cannot_be_seen_is_unknown_and_fails_the_gate_whatever_it_weighs() {
    let mut facts = services(vec![ServiceFact {
        state: unknown("no answer within 2 s"),
        ..container("ui", "wicap-ui", Lifecycle::Running, Health::Healthy)
    }]);
    check(
        UI_UP,
        &facts,
        ("unknown", "ui: no answer within 2 s", false),
    );
    let warn = r#"{"services":[{"name":"ui","severity":"warn"}]}"#;
    check(warn, &facts, ("unknown", "ui: no answer within 2 s", false));
    facts.services = unknown("no engine");
    check(UI_UP, &facts, ("unknown", "no engine", false));
    for contract in [
        r#"{"ports":[{"port":80}]}"#,
        r#"{"http_endpoints":[{"url":"http://h/"}]}"#,
        r#"{"files":[{"path":"x"}]}"#,
        r#"{"env_keys":[{"key":"A"}]}"#,
    ] {
        check(
            contract,
            &Facts::unseen(NOW),
            ("unknown", "not looked at", false),
        );
    }
}

#[test]
fn a_warning_is_told_and_opens_the_gate() {
    let warn = r#"{"services":[{"name":"ui","critical":false},{"name":"redis"}]}"#;
    let facts = services(vec![container(
        "redis",
        "r",
        Lifecycle::Running,
        Health::Unchecked,
    )]);
    let report = judged(warn, &facts);
    assert!(report.is_green());
    assert_eq!(
        (0, 1, 0),
        (report.n_failures(), report.n_warnings(), report.n_unknown())
    );
    assert_eq!("warn", report.checks[0].severity_word());
}

#[test]
fn only_a_red_scout_is_excused() {
    let contract = parse(r#"{"services":[{"name":"wicap-scout"},{"name":"wicap-ui"}]}"#).unwrap();
    let ui = || container("ui", "wicap-ui", Lifecycle::Running, Health::Healthy);
    let scout_down = services(vec![ui()]);
    let excused = evaluate(&contract, &scout_down, Scout::MayBeDown);
    assert!(excused.is_green() && !excused.is_strictly_green());
    assert!(excused.checks[0].is_excused);
    assert!(!evaluate(&contract, &scout_down, Scout::Required).is_green());
    let both_down = services(Vec::new());
    assert!(!evaluate(&contract, &both_down, Scout::MayBeDown).is_green());
    let blind = Facts::unseen(NOW);
    let report = evaluate(&contract, &blind, Scout::MayBeDown);
    assert!(!report.is_green() && !report.checks[0].is_excused);
}

#[test]
fn a_port_is_open_or_closed() {
    let mut facts = Facts::unseen(NOW);
    let address = |port| PortAddress {
        host: "127.0.0.1".to_owned(),
        port,
    };
    facts.ports.insert(address(1), Reading::Known(true));
    facts.ports.insert(address(2), Reading::Known(false));
    let of = |port: u16, state: &str| {
        format!(r#"{{"ports":[{{"port":{port},"required_state":"{state}"}}]}}"#)
    };
    check(&of(1, "open"), &facts, ("green", "open", true));
    check(
        &of(2, "open"),
        &facts,
        ("red", "closed, must be open", false),
    );
    check(
        &of(1, "closed"),
        &facts,
        ("red", "open, must be closed", false),
    );
    check(&of(2, "closed"), &facts, ("green", "closed", true));
}

#[test]
fn an_endpoint_is_judged_by_status_body_and_latency() {
    let of = |more: &str| format!(r#"{{"http_endpoints":[{{"url":"http://h/"{more}}}]}}"#);
    let answered = |status, body: &str| {
        let mut facts = Facts::unseen(NOW);
        let answer = HttpAnswer::Answered {
            status,
            body: body.to_owned(),
        };
        let fact = HttpFact {
            latency_ms: 40,
            answer,
        };
        facts
            .http
            .insert("http://h/".to_owned(), Reading::Known(fact));
        facts
    };
    let healthy = answered(200, r#"{"status":"healthy","database":"connected"}"#);
    let degraded = answered(200, r#"{"status":"degraded","database":"disconnected"}"#);
    check(
        &of(""),
        &healthy,
        ("green", "answered 200 after 40 ms", true),
    );
    check(
        &of(""),
        &answered(302, ""),
        ("red", "answered 302, must be 200 or 204", false),
    );
    check(
        &of(r#","ok_status":[302]"#),
        &answered(302, ""),
        ("green", "answered 302 after 40 ms", true),
    );
    let wants = of(r#","body_contains":["\"database\":\"connected\""]"#);
    check(
        &wants,
        &healthy,
        ("green", "answered 200 after 40 ms", true),
    );
    let lacks = r#"answered 200, the body lacks `"database":"connected"`"#;
    check(&wants, &degraded, ("red", lacks, false));
    let excludes = of(r#","body_excludes":["degraded"]"#);
    check(
        &excludes,
        &degraded,
        ("red", "answered 200, the body contains `degraded`", false),
    );
    let quick = of(r#","max_latency_ms":39"#);
    check(
        &quick,
        &healthy,
        ("red", "answered 200 after 40 ms, 39 ms are allowed", false),
    );
    check(
        &of(r#","max_latency_ms":40"#),
        &healthy,
        ("green", "answered 200 after 40 ms", true),
    );
    let mut refused = Facts::unseen(NOW);
    let fact = HttpFact {
        latency_ms: 1,
        answer: HttpAnswer::Failed(Redacted::from_raw("connection refused")),
    };
    refused
        .http
        .insert("http://h/".to_owned(), Reading::Known(fact));
    check(
        &of(""),
        &refused,
        ("red", "no answer: connection refused", false),
    );
}

#[test]
fn a_file_is_judged_by_presence_size_and_age() {
    let of = |more: &str| format!(r#"{{"files":[{{"path":"x"{more}}}]}}"#);
    let mut there = Facts::unseen(NOW);
    let fact = FileFact {
        bytes: 10,
        written_at: NOW.before(std::time::Duration::from_secs(60)),
    };
    there
        .files
        .insert("x".to_owned(), Reading::Known(Some(fact)));
    let mut absent = Facts::unseen(NOW);
    absent.files.insert("x".to_owned(), Reading::Known(None));
    check(&of(""), &there, ("green", "10 bytes", true));
    check(&of(""), &absent, ("red", "not there", false));
    check(
        &of(r#","required":false"#),
        &absent,
        ("red", "not there", true),
    );
    let missing = of(r#","required_state":"missing""#);
    check(&missing, &absent, ("green", "not there", true));
    check(&missing, &there, ("red", "there, must be missing", false));
    let large = of(r#","min_bytes":11"#);
    check(
        &large,
        &there,
        ("red", "10 bytes, at least 11 are needed", false),
    );
    let fresh = of(r#","max_age_seconds":59"#);
    check(
        &fresh,
        &there,
        ("red", "written 60 s ago, 59 s are allowed", false),
    );
    let young = of(r#","max_age_seconds":60"#);
    check(
        &young,
        &there,
        ("green", "10 bytes, written 60 s ago", true),
    );
}

#[test]
fn a_key_is_judged_without_its_value_being_shown() {
    let of = |more: &str| format!(r#"{{"env_keys":[{{"key":"A"{more}}}]}}"#);
    let with = |values: Option<&[(&str, &str)]>| {
        let mut facts = Facts::unseen(NOW);
        let pair = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        let values = values.map(|values| values.iter().map(pair).collect());
        facts.env.insert(".env".to_owned(), Reading::Known(values));
        facts
    };
    let set = with(Some(&[("A", "hunter2")]));
    let empty = with(Some(&[("A", "")]));
    let other = with(Some(&[("B", "x")]));
    check(&of(""), &set, ("green", "set", true));
    check(&of(""), &empty, ("red", "set to nothing", false));
    check(
        &of(r#","allow_empty":true"#),
        &empty,
        ("green", "set", true),
    );
    check(&of(""), &other, ("red", "not set", false));
    check(
        &of(""),
        &with(None),
        ("red", "the file is not there", false),
    );
    let missing = of(r#","required_state":"missing""#);
    check(&missing, &other, ("green", "not set", true));
    check(&missing, &set, ("red", "set, must not be", false));
    check(
        &missing,
        &with(None),
        ("green", "the file is not there", true),
    );
    check(
        &of(r#","min_length":8"#),
        &set,
        ("red", "shorter than 8 characters", false),
    );
    let one_of = of(r#","one_of":["a","b"]"#);
    check(
        &one_of,
        &set,
        ("red", "set to none of the allowed values", false),
    );
}

#[test]
fn junit_escapes_what_it_is_told() {
    let facts = services(Vec::new());
    let contract = r#"{"name":"a <b> & \"c\"","services":[{"name":"ui"},{"name":"x","severity":"warn"}],"ports":[{"port":9}]}"#;
    let xml = junit(&judged(contract, &facts), 0.25);
    assert!(xml.contains(r#"<testsuite name="a &lt;b&gt; &amp; &quot;c&quot;" tests="3" failures="1" errors="1" skipped="1" time="0.250">"#), "{xml}");
    assert!(
        xml.contains(
            r#"<failure type="red" message="there is no container">/services/0</failure>"#
        ),
        "{xml}"
    );
    assert!(
        xml.contains(r#"<skipped message="warning: there is no container"/>"#),
        "{xml}"
    );
    assert!(
        xml.contains(r#"<error type="unknown" message="not looked at">/ports/0</error>"#),
        "{xml}"
    );
}

#[test]
fn the_contract_that_wicap_ships_is_one() {
    let text = r#"{
        "name": "wicap-default-runtime", "version": "1.0.1", "schema": "runtime-contract.v1",
        "services": [
            {"name": "wicap-ui", "required_state": "up", "critical": true},
            {"name": "wicap-processor", "required_state": "up", "critical": true},
            {"name": "wicap-scout", "required_state": "up", "critical": true},
            {"name": "wicap-redis", "required_state": "up", "critical": true}
        ],
        "ports": [{"port": 8080, "required": true}, {"port": 6380, "required": true}],
        "http_endpoints": [{
            "name": "ui-health", "url": "http://127.0.0.1:8080/health", "required": true,
            "ok_status": [200, 204]
        }],
        "soak_gate": {"policy": "all-critical-services-up", "max_failures": 0}
    }"#;
    let contract = parse(text).unwrap();
    assert_eq!(7, contract.n_terms());
    assert_eq!(0, contract.soak_gate.failures_max);
    assert_eq!(2000, contract.http_endpoints[0].timeout_ms);
}
