//! Validation of a `.env` file, alone and against what it points at.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpListener,
    os::unix::fs::PermissionsExt as _,
    sync::mpsc::{Receiver, channel},
    thread,
};

use serde_json::Value;

use crate::{
    contract_gate::closed_port,
    run::{Ran, run},
};

const GOOD: &str = "WICAP_SQL_HOST=127.0.0.1,1433\nWICAP_SQL_DATABASE=wicap\nWICAP_SQL_USER=wicap\n\
                    WICAP_SQL_PASSWORD='correct horse battery'\n\
                    WICAP_INTERNAL_SECRET=0123456789abcdef\n\
                    WICAP_INTERNAL_ALLOWLIST=127.0.0.1,::1\n\
                    WICAP_REDIS_URL=redis://127.0.0.1:6380/0\n\
                    WICAP_UI_URL=http://127.0.0.1:8080\nWICAP_INTERFACE=auto\n\
                    WICAP_INTERFACE_EXCLUDE_REGEX=.\n";

fn validate(env: &str, args: &[&str]) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(".env");
    fs::write(&path, env).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    run(
        folder.path(),
        &[&["validate-wicap-env", "--json"], args].concat(),
    )
}

/// The codes of errors and warnings, each with its key.
fn found(ran: &Ran) -> (Vec<String>, Vec<String>) {
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    let of = |grade: &str| -> Vec<String> {
        let list = report[grade].as_array().unwrap().iter();
        list.map(|one| {
            format!(
                "{} {}",
                one["code"].as_str().unwrap(),
                one["key"].as_str().unwrap()
            )
        })
        .collect()
    };
    (of("errors"), of("warnings"))
}

/// Changes the good file by one line and expects one finding.
#[track_caller]
fn check(line: &str, expected: &str, is_error: bool) {
    let key = line.split('=').next().unwrap();
    let kept: Vec<&str> = GOOD
        .lines()
        .filter(|one| !one.starts_with(&format!("{key}=")))
        .collect();
    let ran = validate(
        &format!("{}\n{line}\n", kept.join("\n")),
        &["--no-live-probe"],
    );
    let (errors, warnings) = found(&ran);
    let list = if is_error { &errors } else { &warnings };
    assert!(
        list.iter().any(|one| one == expected),
        "{line}: {}",
        ran.stdout
    );
    assert_eq!(
        if is_error { Some(3) } else { Some(0) },
        ran.code,
        "{line}: {}",
        ran.stdout
    );
    assert_eq!(
        usize::from(is_error),
        errors.len(),
        "{line}: {}",
        ran.stdout
    );
}

#[test]
fn a_good_file_is_good() {
    let ran = validate(GOOD, &["--no-live-probe"]);
    assert_eq!(Some(0), ran.code, "{}", ran.stdout);
    assert_eq!((Vec::new(), Vec::new()), found(&ran));
}

#[test]
fn each_wrong_value_is_found_by_its_rule() {
    for line in [
        "WICAP_SQL_HOST=db,x",
        "WICAP_SQL_DATABASE=a;b",
        "WICAP_SQL_PASSWORD=short",
        "WICAP_SQL_PASSWORD=your_sql_password_here",
        "WICAP_INTERNAL_SECRET=elevenchars",
        "WICAP_INTERNAL_ALLOWLIST=300.1.1.1",
        "WICAP_REDIS_URL=localhost:6380",
        "WICAP_UI_URL=ftp://h",
        "WICAP_UI_DB_POOL_SIZE=0",
        "WICAP_INTERFACE_MAC=zz",
        "WICAP_INTERFACE_REGEX=(",
        "WICAP_BANDS=3ghz",
        "WICAP_CAPTURE_BACKEND=tcpdump",
        "WICAP_BT_ENABLED=perhaps",
        "WICAP_BT_INTERFACE=COM3",
        "WICAP_DWELL_DURATION=30s",
        "WICAP_QUEUE_MAX_BYTES=50M",
        "WICAP_QUEUE_BACKPRESSURE_ACTION=block",
        "WICAP_OTLP_TIMEOUT_SECONDS=1,5",
        "WICAP_LOG_LEVEL=loud",
        "WICAP_SENSOR_PORT=65536",
        "WICAP_SOAK_DURATION_MINUTES=0",
    ] {
        let key = line.split('=').next().unwrap();
        check(line, &format!("invalid_value {key}"), true);
    }
}

#[test]
fn what_is_missing_doubled_or_unreadable_is_an_error() {
    check(
        "WICAP_SQL_PASSWORD=",
        "missing_key WICAP_SQL_PASSWORD",
        true,
    );
    check("WICAP_UI_URL=  ", "missing_key WICAP_UI_URL", true);
    check("X=1\nX=2", "duplicate_key X", true);
    check("1X=2", "unreadable_line ", true);
    check("X='open", "unreadable_line ", true);
    check("X=${A:?set A}", "unresolvable X", true);
    check(
        "WICAP_INTERNAL_ALLOWLIST=",
        "empty_allowlist WICAP_INTERNAL_ALLOWLIST",
        true,
    );
    check(
        "WICAP_SQL_SERVER=other",
        "alias_differs WICAP_SQL_HOST",
        true,
    );
}

#[test]
fn values_that_do_not_go_together_are_errors() {
    let list = "WICAP_INTERNAL_ALLOWLIST";
    check(
        "WICAP_INTERNAL_ALLOWLIST=10.0.0.0/8",
        &format!("loopback_not_allowed {list}"),
        true,
    );
    let endpoint = "WICAP_OTLP_HTTP_ENDPOINT";
    check(
        "WICAP_OTLP_PROFILE=self_hosted",
        &format!("missing_endpoint {endpoint}"),
        true,
    );
    check(
        "WICAP_OTLP_PROFILE=self_hosted\nWICAP_OTLP_API_KEY=k\nWICAP_OTLP_HTTP_ENDPOINT=http://h/",
        &format!("plain_endpoint {endpoint}"),
        true,
    );
    check(
        "WICAP_OTLP_PROFILE=vendor\nWICAP_OTLP_HTTP_ENDPOINT=https://h/",
        "missing_authorization WICAP_OTLP_PROFILE",
        true,
    );
    check(
        "WICAP_INTERFACE=wlan7",
        "excluded_interface WICAP_INTERFACE_EXCLUDE_REGEX",
        true,
    );
}

#[test]
fn a_secret_that_compose_would_change_is_told_without_being_shown() {
    for value in [
        "correct$horse-battery",
        "correct${horse-battery",
        "correct${horse/battery}",
    ] {
        let env = GOOD.replace("'correct horse battery'", value);
        let ran = validate(&env, &["--no-live-probe"]);
        assert_eq!(Some(3), ran.code, "{}", ran.stdout);
        assert!(ran.stdout.contains("single quotes"), "{}", ran.stdout);
        assert!(!ran.both().contains("horse"), "{}", ran.both());
    }
    let env = GOOD.replace("'correct horse battery'", "'correct$horse-battery'");
    assert_eq!(Some(0), validate(&env, &["--no-live-probe"]).code);
}

#[test]
fn what_looks_odd_is_a_warning() {
    check(
        "WICAP_INTERNAL_ALLOWLIST=127.0.0.1,ui.local",
        "allowlist_name WICAP_INTERNAL_ALLOWLIST",
        false,
    );
    check(
        "WICAP_INTERNAL_ALLOWLIST=0.0.0.0/0",
        "open_allowlist WICAP_INTERNAL_ALLOWLIST",
        false,
    );
    check(
        "WICAP_CAPTURES_DIR=nowhere",
        "missing_folder WICAP_CAPTURES_DIR",
        false,
    );
    check(
        "WICAP_CAPTURES_DIR=.env",
        "no_folder WICAP_CAPTURES_DIR",
        false,
    );
    check(
        "WICAP_BT_ENABLED=true\nWICAP_BT_INTERFACE=/dev/ttyACM7",
        "unstable_device WICAP_BT_INTERFACE",
        false,
    );
    check(
        "WICAP_BT_ENABLED=true\nWICAP_BT_INTERFACE=/dev/serial/by-id/none-1",
        "no_such_device WICAP_BT_INTERFACE",
        false,
    );
    check("X=${NOBODY_SET_THIS}", "unset_variable X", false);
    check(
        "WICAP_CAPTURE_BACKENDS=auto",
        "unknown_key WICAP_CAPTURE_BACKENDS",
        false,
    );
}

#[test]
fn a_missing_file_an_open_one_and_one_that_is_no_text() {
    let folder = tempfile::tempdir().unwrap();
    let validate = || {
        run(
            folder.path(),
            &["validate-wicap-env", "--json", "--no-live-probe"],
        )
    };
    assert_eq!(vec!["missing_file "], found(&validate()).0);
    assert_eq!(Some(3), validate().code);
    let path = folder.path().join(".env");
    fs::write(&path, GOOD).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(
        (Vec::new(), vec!["open_file ".to_owned()]),
        found(&validate())
    );
    fs::write(&path, b"A=\xff").unwrap();
    assert_eq!(vec!["unreadable_file "], found(&validate()).0);
}

#[test]
fn usage_is_code_2() {
    let folder = tempfile::tempdir().unwrap();
    for args in [
        &["--no-live-probe", "--require-live"][..],
        &["--repo-root", "nowhere"],
        &["--frobnicate"],
    ] {
        let ran = run(folder.path(), &[&["validate-wicap-env"], args].concat());
        assert_eq!(Some(2), ran.code, "{args:?}: {}", ran.both());
    }
}

/// A dashboard that tells the requests it got.
fn dashboard(answer: &'static str) -> (u16, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, requests) = channel();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut head = [0; 4096];
            let n = stream.read(&mut head).unwrap_or(0);
            if n == 0 {
                continue;
            }
            let _ = sender.send(String::from_utf8_lossy(&head[..n]).into_owned());
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    (port, requests)
}

/// A Redis that answers every command with the same line.
fn redis(answer: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut bytes = [0; 4096];
            while let Ok(n) = stream.read(&mut bytes)
                && n > 0
            {
                // One reply for each command of a pipeline.
                let text = String::from_utf8_lossy(&bytes[..n]);
                let n_commands = text.matches('*').count();
                let reply = match text.contains("PING") {
                    true => "+OK\r\n".repeat(n_commands - 1) + answer,
                    false => "+OK\r\n".repeat(n_commands),
                };
                let _ = stream.write_all(reply.as_bytes());
            }
        }
    });
    port
}

fn live(ui: &str, redis: u16, sql: u16) -> String {
    GOOD.replace("http://127.0.0.1:8080", ui)
        .replace("127.0.0.1:6380", &format!("127.0.0.1:{redis}"))
        .replace("127.0.0.1,1433", &format!("127.0.0.1,{sql}"))
}

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 22\r\nconnection: close\r\n\r\n\
                  {\"database\":\"connected\"}";
const DENIED: &str = "HTTP/1.1 401 Unauthorized\r\ncontent-length: 25\r\nconnection: close\r\n\r\n\
                      {\"detail\":\"Unauthorized\"}";
const ELSEWHERE: &str = "HTTP/1.1 307 Temporary Redirect\r\nlocation: http://127.0.0.1:1/\r\n\
                         content-length: 0\r\nconnection: close\r\n\r\n";

#[test]
fn everything_that_answers_is_asked_once_and_the_secret_goes_to_this_host() {
    let (port, requests) = dashboard(OK);
    let sql = TcpListener::bind("127.0.0.1:0").unwrap();
    let sql_port = sql.local_addr().unwrap().port();
    let env = live(
        &format!("http://127.0.0.1:{port}"),
        redis("+PONG\r\n"),
        sql_port,
    );
    let ran = validate(&env, &["--require-live"]);
    assert_eq!(Some(0), ran.code, "{}", ran.stdout);
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    for check in [
        "sql_reachable",
        "redis_ok",
        "ui_reachable",
        "ui_health_ok",
        "internal_emit_ok",
    ] {
        assert_eq!(true, report["checks"][check], "{check}: {}", ran.stdout);
    }
    let requests: Vec<String> = requests.try_iter().collect();
    assert_eq!(2, requests.len(), "{requests:?}");
    assert!(
        requests[0].starts_with("GET /health HTTP/1.1\r\n"),
        "{}",
        requests[0]
    );
    assert!(!requests[0].contains("0123456789abcdef"), "{}", requests[0]);
    assert!(
        requests[1].starts_with("POST /api/internal/emit HTTP/1.1\r\n"),
        "{}",
        requests[1]
    );
    assert!(
        requests[1]
            .to_lowercase()
            .contains("x-wicap-secret: 0123456789abcdef"),
        "{}",
        requests[1]
    );
}

#[test]
fn what_does_not_answer_is_a_warning_or_with_require_live_an_error() {
    let env = live(
        &format!("http://127.0.0.1:{}", closed_port()),
        closed_port(),
        closed_port(),
    );
    let expected: Vec<String> = [
        "redis_ok WICAP_REDIS_URL",
        "sql_reachable WICAP_SQL_HOST",
        "ui_reachable WICAP_UI_URL",
    ]
    .map(str::to_owned)
    .to_vec();
    let ran = validate(&env, &[]);
    assert_eq!(
        (Some(0), (Vec::new(), expected.clone())),
        (ran.code, found(&ran))
    );
    let ran = validate(&env, &["--require-live"]);
    assert_eq!((Some(3), (expected, Vec::new())), (ran.code, found(&ran)));
}

#[test]
fn a_refused_secret_and_a_redirect_are_told() {
    for (answer, reason) in [
        (DENIED, "HTTP 401: {\"detail\":\"Unauthorized\"}"),
        (ELSEWHERE, "HTTP 307: "),
    ] {
        let (port, _requests) = dashboard(answer);
        let env = live(
            &format!("http://127.0.0.1:{port}"),
            closed_port(),
            closed_port(),
        );
        let ran = validate(&env, &[]);
        let report: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(
            reason, report["checks"]["internal_emit_reason"],
            "{}",
            ran.stdout
        );
    }
}

#[test]
fn a_redis_that_refuses_ping_is_not_ok() {
    let env = live(
        &format!("http://127.0.0.1:{}", closed_port()),
        redis("-NOAUTH Authentication required.\r\n"),
        closed_port(),
    );
    let ran = validate(&env, &[]);
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(false, report["checks"]["redis_ok"]);
    let reason = report["checks"]["redis_reason"].as_str().unwrap();
    assert!(reason.contains("Authentication"), "{reason}");
}

#[test]
fn redis_over_tls_is_asked_over_tls() {
    let ui = format!("http://127.0.0.1:{}", closed_port());
    let plain = redis("+PONG\r\n");
    let env = live(&ui, plain, closed_port()).replace("redis://", "rediss://");
    let ran = validate(&env, &[]);
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(false, report["checks"]["redis_ok"], "{}", ran.stdout);
}
