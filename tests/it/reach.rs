//! Nothing but a permitted action reaches the engine: what the sources say, and what
//! the engine saw. That no other code can make or reuse a permit is shown where
//! `Permit` is described.

use std::{collections::BTreeSet, fs, path::Path};

use crate::{
    fake_engine::FakeEngine,
    program::{Home, eventually},
};

/// What changes something at the engine, and the only file that may call it. The
/// client library's calls that only read are listed below.
const ENGINE_WRITES: [(&str, &str); 1] = [(".restart_container(", "src/world/docker.rs")];

/// The client library's calls that change nothing.
const ENGINE_READS: [&str; 6] = [
    ".version(",
    ".list_containers(",
    ".inspect_container(",
    ".events(",
    ".logs(",
    ".ping(",
];

/// Where a program may be started, and where the call is that changes something.
const PROGRAM_STARTERS: [&str; 2] = ["src/world/compose.rs", "src/world/harness.rs"];

#[test]
fn each_call_that_changes_the_engine_stands_in_one_place() {
    for (call, place) in ENGINE_WRITES {
        let found: Vec<String> = sources()
            .into_iter()
            .filter(|(_, code)| code.contains(call))
            .map(|(path, _)| path)
            .collect();
        assert_eq!([place], found[..], "{call}");
    }
    // The client is the library's; whatever is called on it is on one of the lists.
    let docker = code("src/world/docker.rs") + &code("src/world/docker/events.rs");
    let called: BTreeSet<String> = docker
        .match_indices("docker.")
        .map(|(at, word)| docker[at + word.len() - 1..].chars())
        .map(|rest| rest.take_while(|c| *c != '(').chain(['(']).collect())
        .collect();
    let known = ENGINE_READS
        .iter()
        .chain(ENGINE_WRITES.iter().map(|(call, _)| call));
    let known: BTreeSet<String> = known.map(ToString::to_string).collect();
    let unknown: Vec<&String> = called.difference(&known).collect();
    assert!(unknown.is_empty(), "is this a write? {unknown:?}");
    assert!(called.contains(".restart_container("), "{called:?}");
}

/// The gate's last look gives a `Leave`, from a permit that it takes; both ways to
/// change something ask for one.
#[test]
fn both_ways_to_change_something_ask_for_leave() {
    let docker = code("src/world/docker.rs");
    assert!(docker.contains("pub(super) async fn restart(\n        &self,\n        _: Leave,"));
    let compose = code("src/world/compose.rs");
    assert!(compose.contains("pub(super) async fn run(\n        &self,\n        _: Leave,"));
    let made: Vec<String> = sources()
        .into_iter()
        .filter(|(_, code)| code.contains("Leave {") || code.contains("Leave("))
        .map(|(path, _)| path)
        .collect();
    assert_eq!(["src/world/leave.rs"], made[..]);
    let permits: Vec<String> = sources()
        .into_iter()
        .filter(|(_, code)| code.contains("Permit {") && !code.contains("impl Permit {\n    fn"))
        .map(|(path, _)| path)
        .collect();
    assert_eq!(["src/control/authorize/mod.rs"], permits[..]);
}

#[test]
fn programs_are_started_in_one_place_and_never_by_a_shell() {
    for (path, code) in sources() {
        if PROGRAM_STARTERS.contains(&path.as_str()) {
            for shell in ["\"sh\"", "bash", "/bin/", "\"-c\""] {
                assert!(!code.contains(shell), "{path}: {shell}");
            }
            continue;
        }
        for start in ["Command::new(", ".spawn()", "process::Command", "exec("] {
            assert!(!code.contains(start), "{path}: {start}");
        }
    }
}

#[test]
fn no_other_client_speaks_to_a_socket_by_hand() {
    let by_hand = ["UnixStream", "TcpStream", "hyper::"];
    let others = [".post(", ".put(", ".delete(", ".patch(", ".request("];
    for (path, code) in sources() {
        // The questions of `validate-wicap-env` go to WiCAP, never to the engine: it asks
        // whether a port is open, and whether the UI takes an event.
        if path.ends_with("src/world/reach.rs") {
            continue;
        }
        assert!(!by_hand.iter().any(|word| code.contains(word)), "{path}");
        // The client of the HTTP probes only ever gets.
        let is_client = code.contains("reqwest");
        let is_more = others.iter().any(|call| code.contains(call));
        assert!(!(is_client && is_more), "{path}");
    }
}

#[test]
fn who_only_watches_only_asks() {
    for mode in ["", "--control-mode assist --shadow"] {
        let engine = FakeEngine::default();
        engine.set(|script| {
            script.health("ui", "unhealthy");
            script.state("processor", "exited");
        });
        let home = Home::new(&engine.serve_beside());
        let mut program = home.start(&format!("live --interval 0.1 --plain {mode}"));
        eventually("a refusal", || {
            let is_refused = home.count("action_denied") > 0;
            is_refused.then_some(()).ok_or_else(|| program.said())
        });
        assert!(program.stop().success());
        let asked = engine.set(|script| script.requests.clone());
        assert!(asked.len() > 5, "{asked:?}");
        assert!(asked.iter().all(|asked| asked.method == "GET"), "{asked:?}");
        assert_eq!(0, home.count("action_started"));
    }
}

fn code(path: &str) -> String {
    let (_, code) = sources()
        .into_iter()
        .find(|(found, _)| found == path)
        .unwrap();
    code
}

/// The sources without their tests and comments.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut open = vec![root.join("src")];
    let mut found = Vec::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(
                fs::read_dir(path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let before_tests = text.split("#[cfg(test)]\nmod ").next().unwrap();
        let is_code = |line: &&str| !line.trim_start().starts_with("//");
        let code: Vec<&str> = before_tests.lines().filter(is_code).collect();
        let name = path.strip_prefix(root).unwrap().display().to_string();
        if name.ends_with(".rs") {
            found.push((name, code.join("\n")));
        }
    }
    found
}
