//! Contracts that are none: each mistake is told, with its place.

use std::fs;

use serde_json::Value;
use wicap_assist::knowledge::contract::parse;

use crate::run::run;

/// A document, and every mistake in it: pointer and message.
type Case = (&'static str, &'static [(&'static str, &'static str)]);

const BROKEN: &[Case] = &[
    (
        "",
        &[(
            "",
            "this is no JSON: EOF while parsing a value at line 1 column 0",
        )],
    ),
    (
        "{",
        &[(
            "",
            "this is no JSON: EOF while parsing an object at line 1 column 1",
        )],
    ),
    (
        r#"{"ports":[{"port":8080},]}"#,
        &[("", "this is no JSON: trailing comma at line 1 column 25")],
    ),
    (
        r#"{"ports":[{"port":1}]} {}"#,
        &[(
            "",
            "this is no JSON: trailing characters at line 1 column 24",
        )],
    ),
    ("[]", &[("", "must be an object, is a list")]),
    ("null", &[("", "must be an object, is null")]),
    ("\"contract\"", &[("", "must be an object, is a text")]),
    (
        "{}",
        &[(
            "",
            "the contract checks nothing; name at least one of services, ports, http_endpoints, \
             files or env_keys",
        )],
    ),
    (
        r#"{"name":"x","version":"1","services":[],"ports":[]}"#,
        &[(
            "",
            "the contract checks nothing; name at least one of services, ports, http_endpoints, \
             files or env_keys",
        )],
    ),
    (
        r#"{"sevices":[{"name":"ui"}]}"#,
        &[(
            "/sevices",
            "unknown key `sevices`; did you mean `services`?",
        )],
    ),
    (
        r#"{"ports":[{"port":1}],"certificates":[]}"#,
        &[(
            "/certificates",
            "unknown key `certificates`; known are $schema, name, version, schema, description, \
             services, ports, http_endpoints, files, env_keys, soak_gate",
        )],
    ),
    (
        r#"{"schema":"runtime-contract.v2","ports":[{"port":1}]}"#,
        &[(
            "/schema",
            "`runtime-contract.v2` is not `runtime-contract.v1`",
        )],
    ),
    (
        r#"{"name":7,"version":1.0,"ports":[{"port":1}]}"#,
        &[
            ("/name", "must be a text, is a number"),
            ("/version", "must be a text, is a number"),
        ],
    ),
    (
        r#"{"name":"  ","ports":[{"port":1}]}"#,
        &[("/name", "the text is blank")],
    ),
    (
        r#"{"services":{"name":"ui"}}"#,
        &[("/services", "must be a list, is an object")],
    ),
    (
        r#"{"services":["ui"]}"#,
        &[("/services/0", "must be an object, is a text")],
    ),
    (
        r#"{"services":[{}]}"#,
        &[("/services/0", "`name` is missing")],
    ),
    (
        r#"{"services":[{"name":"ui; rm"}]}"#,
        &[(
            "/services/0/name",
            "`ui; rm` is no service name (letters, digits, `.`, `_` and `-`)",
        )],
    ),
    (
        r#"{"services":[{"name":"ui","required_state":"upp"}]}"#,
        &[(
            "/services/0/required_state",
            "`upp` is none of `up`, `healthy`, `running`, `stopped`, `missing`; did you mean `up`?",
        )],
    ),
    (
        r#"{"services":[{"name":"ui","critical":"yes"}]}"#,
        &[("/services/0/critical", "must be true or false, is a text")],
    ),
    (
        r#"{"services":[{"name":"ui","severity":"fatal"}]}"#,
        &[(
            "/services/0/severity",
            "`fatal` is none of `critical`, `warn`",
        )],
    ),
    (
        r#"{"services":[{"name":"ui","severity":"critical","critical":false}]}"#,
        &[(
            "/services/0",
            "`critical` and `severity` contradict each other",
        )],
    ),
    (
        r#"{"services":[{"name":"ui"},{"name":"redis"},{"name":"ui"}]}"#,
        &[("/services/2", "`ui` is already checked by /services/0")],
    ),
    (
        r#"{"ports":[{"port":0}]}"#,
        &[("/ports/0/port", "0 is no whole number from 1 to 65535")],
    ),
    (
        r#"{"ports":[{"port":65536},{"port":-1},{"port":80.5},{"port":"8080"}]}"#,
        &[
            ("/ports/0/port", "65536 is no whole number from 1 to 65535"),
            ("/ports/1/port", "-1 is no whole number from 1 to 65535"),
            ("/ports/2/port", "80.5 is no whole number from 1 to 65535"),
            ("/ports/3/port", "must be a whole number, is a text"),
        ],
    ),
    (
        r#"{"ports":[{"port":80,"host":"300.1.1.1"}]}"#,
        &[("/ports/0/host", "`300.1.1.1` is no host name or address")],
    ),
    (
        r#"{"ports":[{"port":80},{"port":80,"host":"127.0.0.1"}]}"#,
        &[("/ports/1", "`127.0.0.1:80` is already checked by /ports/0")],
    ),
    (
        r#"{"ports":[{"port":80,"required":false,"severity":"critical"}]}"#,
        &[(
            "/ports/0",
            "`required` and `severity` contradict each other",
        )],
    ),
    (
        r#"{"ports":[{"port":1}],"ports":[]}"#,
        &[("/ports", "this key stands here twice")],
    ),
    (
        r#"{"http_endpoints":[{"name":"x"}]}"#,
        &[("/http_endpoints/0", "`url` is missing")],
    ),
    (
        r#"{"http_endpoints":[{"url":"localhost:8080/health"}]}"#,
        &[(
            "/http_endpoints/0/url",
            "the scheme is `localhost`, only http and https are asked",
        )],
    ),
    (
        r#"{"http_endpoints":[{"url":"/health"}]}"#,
        &[(
            "/http_endpoints/0/url",
            "this is no address: relative URL without a base",
        )],
    ),
    (
        r#"{"http_endpoints":[{"url":"file:///etc/passwd"}]}"#,
        &[(
            "/http_endpoints/0/url",
            "the scheme is `file`, only http and https are asked",
        )],
    ),
    (
        r#"{"http_endpoints":[{"url":"http://h:70000/"}]}"#,
        &[(
            "/http_endpoints/0/url",
            "this is no address: invalid port number",
        )],
    ),
    (
        r#"{"http_endpoints":[{"url":"http://[::1"}]}"#,
        &[(
            "/http_endpoints/0/url",
            "this is no address: invalid IPv6 address",
        )],
    ),
    (
        r#"{"http_endpoints":[{"url":"http://u:secret@h/"}]}"#,
        &[(
            "/http_endpoints/0/url",
            "the address carries a user or password; a contract is no place for them",
        )],
    ),
    (
        r#"{"http_endpoints":[{"url":"http://h:0/"}]}"#,
        &[("/http_endpoints/0/url", "port 0 is no port")],
    ),
    (
        r#"{"http_endpoints":[{"url":"http://h/","ok_status":[]}]}"#,
        &[("/http_endpoints/0/ok_status", "the list is empty")],
    ),
    (
        r#"{"http_endpoints":[{"url":"http://h/","ok_status":[200,99,"204"]}]}"#,
        &[
            (
                "/http_endpoints/0/ok_status/1",
                "99 is no whole number from 100 to 599",
            ),
            (
                "/http_endpoints/0/ok_status/2",
                "must be a whole number, is a text",
            ),
        ],
    ),
    (
        r#"{"http_endpoints":[{"url":"http://h/","ok_status":200}]}"#,
        &[("/http_endpoints/0/ok_status", "must be a list, is a number")],
    ),
    (
        r#"{"http_endpoints":[{"url":"http://h/","max_latency_ms":3000}]}"#,
        &[(
            "/http_endpoints/0",
            "`max_latency_ms` is longer than `timeout_ms` lets anybody wait",
        )],
    ),
    (
        r#"{"http_endpoints":[{"url":"http://h/","body_contains":["ok"],"body_excludes":["ok"]}]}"#,
        &[(
            "/http_endpoints/0",
            "the same text is both asked for and excluded",
        )],
    ),
    (
        r#"{"http_endpoints":[{"name":"a","url":"http://h/"},{"name":"a","url":"http://h/2"}]}"#,
        &[(
            "/http_endpoints/1",
            "`a` is already checked by /http_endpoints/0",
        )],
    ),
    (
        r#"{"ports":[{"port":8080,"required_state":"closed"}],
            "http_endpoints":[{"url":"http://127.0.0.1:8080/health"}]}"#,
        &[(
            "/ports/0",
            "the port must be closed, and /http_endpoints/0 needs it",
        )],
    ),
    (
        r#"{"files":[{"path":"/etc/passwd"}]}"#,
        &[(
            "/files/0/path",
            "the path is absolute; it must be relative to the repository",
        )],
    ),
    (
        r#"{"files":[{"path":"~/.ssh/id"}]}"#,
        &[(
            "/files/0/path",
            "the path is absolute; it must be relative to the repository",
        )],
    ),
    (
        r#"{"files":[{"path":"captures/../../x"}]}"#,
        &[("/files/0/path", "`..` leads out of the repository")],
    ),
    (
        r#"{"files":[{"path":""}]}"#,
        &[("/files/0/path", "the path is empty")],
    ),
    (
        r#"{"files":[{"path":"./"}]}"#,
        &[("/files/0/path", "the path names the repository itself")],
    ),
    (
        r#"{"files":[{"path":"captures\\x"}]}"#,
        &[("/files/0/path", "paths are written with `/`")],
    ),
    (
        r#"{"files":[{"path":"a/b"},{"path":"./a//b"}]}"#,
        &[("/files/1", "`a/b` is already checked by /files/0")],
    ),
    (
        r#"{"files":[{"path":"x","required_state":"missing","min_bytes":1}]}"#,
        &[("/files/0", "a missing file has no size and no age")],
    ),
    (
        r#"{"files":[{"path":"x","max_age_seconds":0}]}"#,
        &[(
            "/files/0/max_age_seconds",
            "0 is no whole number from 1 to 31536000",
        )],
    ),
    (
        r#"{"env_keys":[{"key":"1BAD"}]}"#,
        &[(
            "/env_keys/0/key",
            "`1BAD` is no key (letters, digits and `_`, no digit first)",
        )],
    ),
    (
        r#"{"env_keys":[{"key":"A","file":"../.env"}]}"#,
        &[("/env_keys/0/file", "`..` leads out of the repository")],
    ),
    (
        r#"{"env_keys":[{"key":"A"},{"key":"A","file":"./.env"}]}"#,
        &[(
            "/env_keys/1",
            "`A in .env` is already checked by /env_keys/0",
        )],
    ),
    (
        r#"{"env_keys":[{"key":"A","required_state":"missing","one_of":["x"]}]}"#,
        &[("/env_keys/0", "a missing key has no value")],
    ),
    (
        r#"{"env_keys":[{"key":"A","allow_empty":true,"min_length":3}]}"#,
        &[(
            "/env_keys/0",
            "`allow_empty` and `min_length` contradict each other",
        )],
    ),
    (
        r#"{"env_keys":[{"key":"A","value":"x"}]}"#,
        &[(
            "/env_keys/0/value",
            "unknown key `value`; known are key, file, required_state, allow_empty, min_length, \
             one_of, required, severity, description",
        )],
    ),
    (
        r#"{"ports":[{"port":1}],"soak_gate":{"policy":"any","max_failures":-1}}"#,
        &[
            (
                "/soak_gate/max_failures",
                "-1 is no whole number from 0 to 1000",
            ),
            (
                "/soak_gate/policy",
                "`any` is not `all-critical-services-up`",
            ),
        ],
    ),
    (
        r#"{"a/b":1,"m~n":2,"ports":[{"port":0}],"files":[{"path":"/x","sice":1}]}"#,
        &[
            (
                "/a~1b",
                "unknown key `a/b`; known are $schema, name, version, schema, description, \
                 services, ports, http_endpoints, files, env_keys, soak_gate",
            ),
            (
                "/files/0/path",
                "the path is absolute; it must be relative to the repository",
            ),
            (
                "/files/0/sice",
                "unknown key `sice`; known are path, required_state, min_bytes, max_age_seconds, \
                 required, severity, description",
            ),
            (
                "/m~0n",
                "unknown key `m~n`; known are $schema, name, version, schema, description, \
                 services, ports, http_endpoints, files, env_keys, soak_gate",
            ),
            ("/ports/0/port", "0 is no whole number from 1 to 65535"),
        ],
    ),
];

#[test]
fn every_mistake_is_told_with_its_pointer() {
    assert!(BROKEN.len() >= 30, "{} broken contracts", BROKEN.len());
    for (text, expected) in BROKEN {
        let found = parse(text).expect_err(text);
        let found: Vec<_> = found
            .iter()
            .map(|one| (&*one.pointer, &*one.message))
            .collect();
        assert_eq!(*expected, found, "{text}");
    }
}

#[test]
fn the_command_refuses_each_with_code_2_and_all_its_messages() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("contract.json");
    for (text, expected) in BROKEN {
        fs::write(&path, text).unwrap();
        let args = ["contract-check", "--contract-path", "contract.json"];
        let ran = run(folder.path(), &args);
        assert_eq!(Some(2), ran.code, "{text}: {}", ran.both());
        assert_eq!("", ran.stdout, "{text}");
        let ran_json = run(
            folder.path(),
            &[&args[..], &["--json", "--no-enforce"]].concat(),
        );
        assert_eq!(Some(2), ran_json.code, "{text}");
        let report: Value = serde_json::from_str(&ran_json.stdout).unwrap();
        for (at, (pointer, message)) in expected.iter().enumerate() {
            assert!(ran.stderr.contains(message), "{text}: {}", ran.stderr);
            assert_eq!(*pointer, report["mistakes"][at]["pointer"], "{text}");
            assert_eq!(*message, report["mistakes"][at]["message"], "{text}");
        }
    }
}

#[test]
fn a_contract_of_two_hundred_and_one_ports_is_too_long() {
    let ports: Vec<String> = (1..=201)
        .map(|port| format!(r#"{{"port":{port}}}"#))
        .collect();
    let text = format!(r#"{{"ports":[{}]}}"#, ports.join(","));
    let found = parse(&text).unwrap_err();
    assert_eq!(
        "/ports: 201 entries, at most 200 are allowed",
        found[0].to_string()
    );
}

#[test]
fn mistakes_come_in_the_order_of_the_document() {
    let ports: Vec<&str> = (0..12).map(|_| r#"{"port":0}"#).collect();
    let found = parse(&format!(r#"{{"ports":[{}]}}"#, ports.join(","))).unwrap_err();
    assert_eq!("/ports/2/port", found[2].pointer);
    assert_eq!("/ports/10/port", found[10].pointer);
}
