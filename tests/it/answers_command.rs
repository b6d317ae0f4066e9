//! `recommend`, `incident`, `playbooks`, `bundle` and `triage`, as a person runs them.

use std::{fs, path::Path, process::Command};

use tempfile::TempDir;

/// The predecessor's keys of `recommend`, in their order.
const KEYS: [&str; 15] = [
    "input",
    "recommended_action",
    "confidence",
    "based_on_sessions",
    "related_playbooks",
    "harness_tests",
    "git_context",
    "confidence_breakdown",
    "verification_priority",
    "verification_step_safety",
    "risk_notes",
    "verification_steps",
    "memory_episodes",
    "memory_episode_count",
    "memory_citation_trace",
];

const LOG: &str = "2026-03-04 05:00:00,001 ERROR [wicap.processor] Redis queue error: Error 111 connecting to localhost:6380. Connection refused.
2026-03-04 05:01:00,001 ERROR [wicap.processor] Redis queue error: Error 111 connecting to localhost:6380. Connection refused.
2026-03-04 05:02:00,001 ERROR [wicap.ui] <script>alert(1)</script> widget lost
";

struct Place(TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(TempDir::new().unwrap());
        let soak = place.0.path().join("wicap/logs_soak_20260304_020000");
        fs::create_dir_all(&soak).unwrap();
        fs::write(soak.join("compose.log"), LOG).unwrap();
        place
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    /// The code and what stands on stdout and stderr.
    fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_wicap-assist"))
            .args(arguments)
            .env_clear()
            .env("HOME", self.0.path())
            .env("WICAP_REPO_ROOT", self.path("wicap"))
            .env("WICAP_ASSIST_DATA_DIR", self.path("data"))
            .current_dir(self.0.path())
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_owned()).unwrap();
        (
            output.status.code().unwrap(),
            text(&output.stdout),
            text(&output.stderr),
        )
    }

    fn ingest(self) -> Self {
        let (code, _, stderr) = self.run(&["ingest", "--scan-soaks", "--zone", "UTC"]);
        assert_eq!(0, code, "{stderr}");
        self
    }
}

/// The keys of a printed document, in the order in which they were printed.
fn keys(document: &str) -> Vec<&str> {
    let lines = document
        .lines()
        .filter_map(|line| line.strip_prefix("  \""));
    lines.filter_map(|line| line.split('"').next()).collect()
}

#[test]
fn an_empty_store_names_the_next_command() {
    let place = Place::new();
    let (code, stdout, _) = place.run(&["recommend", "redis"]);
    assert_eq!(0, code);
    assert!(stdout.contains("next: `wicap-assist ingest"), "{stdout}");
    let (code, stdout, _) = place.run(&["recommend", "--json"]);
    assert_eq!((0, &KEYS[..]), (code, &keys(&stdout)[..15]));
    let (code, _, stderr) = place.run(&["incident", "redis"]);
    assert_eq!(1, code);
    assert!(stderr.contains("hint: "), "{stderr}");
    assert!(!place.path("data/evidence.db").exists());
}

#[test]
fn the_documents_keys_keep_their_order() {
    let place = Place::new().ingest();
    let (code, stdout, _) = place.run(&["recommend", "processor", "--json"]);
    assert_eq!((0, &KEYS[..]), (code, &keys(&stdout)[..15]));
    let document: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!("redis_down", document["answer_id"]);
    assert_eq!("log", document["evidence"][0]["kind"]);
    let now = [
        "recommend",
        "processor",
        "--json",
        "--now",
        "2026-03-05T00:00:00Z",
    ];
    assert_eq!(place.run(&now), place.run(&now));
}

#[test]
fn no_answer_is_an_answer() {
    let place = Place::new().ingest();
    let (code, stdout, _) = place.run(&["recommend", "quantum", "flux"]);
    assert_eq!(0, code);
    assert!(stdout.starts_with("no answer\n  - "), "{stdout}");
    assert_eq!(3, place.run(&["incident", "quantum flux"]).0);
    assert_eq!(3, place.run(&["bundle", "quantum flux"]).0);
}

#[test]
fn an_incident_is_a_page_that_loads_nothing() {
    let place = Place::new().ingest();
    let target = "logs_soak_20260304_020000";
    let (code, stdout, stderr) = place.run(&["incident", target]);
    assert_eq!(0, code, "{stderr}");
    let paths: Vec<&Path> = stdout.lines().map(Path::new).collect();
    let (text, page) = (
        fs::read_to_string(paths[0]).unwrap(),
        fs::read_to_string(paths[1]).unwrap(),
    );
    assert!(paths[0].ends_with("incidents/2026-03-04-logs-soak-20260304-020000.md"));
    for section in [
        "## Summary",
        "## Git Context",
        "## Failure Signatures",
        "## Related Fix Sessions",
        "## Nearby Commits",
        "## Harness References",
    ] {
        assert!(text.contains(section), "{section}");
    }
    assert!(text.contains("- error: 3\n"), "{text}");
    assert!(page.contains("<svg") && page.contains("&lt;script&gt;"));
    for loaded in ["<script", "http://", "https://", "src=", "url("] {
        assert!(!page.contains(loaded), "{loaded}");
    }
    let index = fs::read_to_string(place.path("data/incidents/INDEX.md")).unwrap();
    assert!(
        index.contains("error=3 docker_fail=0 pytest_fail=0"),
        "{index}"
    );
    let (code, _, stderr) = place.run(&["incident", target]);
    assert_eq!(1, code);
    assert!(stderr.contains("`--overwrite` replaces it"), "{stderr}");
    assert_eq!(0, place.run(&["incident", target, "--overwrite"]).0);
}

#[test]
fn documents_go_into_the_repository_only_when_asked() {
    let place = Place::new().ingest();
    assert_eq!(0, place.run(&["playbooks"]).0);
    assert!(!place.path("wicap/docs").exists());
    assert_eq!(0, place.run(&["playbooks", "--into-repo"]).0);
    let folder = place.path("wicap/docs/playbooks");
    let names: Vec<String> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "INDEX.md")
        .collect();
    assert_eq!(1, names.len(), "{names:?}");
    let text = fs::read_to_string(folder.join(&names[0])).unwrap();
    assert!(
        text.contains("- Category: error\n- Signature: Redis queue error"),
        "{text}"
    );
    assert!(text.contains("\n1. start Redis again\n"), "{text}");
}

#[test]
fn a_bundle_alone_makes_an_incident_without_a_store() {
    let place = Place::new();
    let bundle = r#"{"target": "redis at night", "log_summary": {"error": [{"count": "4",
        "snippet": "Redis queue error: Error 111 connecting to localhost:6380. Connection refused.",
        "file": "wicap.log", "line": 9, "last": "2026-03-04T05:00:00Z"}]}, "git_commits": 7}"#;
    fs::write(place.path("bundle.json"), bundle).unwrap();
    let arguments = ["incident", "x", "--json-input", "bundle.json", "--json"];
    let (code, stdout, stderr) = place.run(&arguments);
    assert_eq!(0, code, "{stderr}");
    let told: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    let path = told["markdown"].as_str().unwrap();
    assert!(path.ends_with("2026-03-04-redis-at-night.md"), "{path}");
    let text = fs::read_to_string(path).unwrap();
    assert!(
        text.contains("- error: 4") && text.contains("start Redis again"),
        "{text}"
    );
    assert!(!place.path("data/evidence.db").exists());
}

#[test]
fn a_walk_through_folders_is_no_command_worth_telling() {
    let place = Place::new();
    let said = [
        "cd /opt/wicap",
        "ls -la",
        "docker compose ps redis",
        "cat README.md",
    ];
    let calls: Vec<String> = said
        .iter()
        .map(|command| format!(
            r#"{{"type":"response_item","timestamp":"2026-03-05T08:00:02Z","payload":{{"type":"function_call","name":"shell","arguments":"{{\"command\":[\"bash\",\"-lc\",\"{command}\"]}}"}}}}"#
        ))
        .collect();
    let text = [
        r#"{"type":"session_meta","timestamp":"2026-03-05T08:00:00Z","payload":{"id":"s1","cwd":"/opt/wicap"}}"#,
        r#"{"type":"response_item","timestamp":"2026-03-05T08:00:01Z","payload":{"type":"message","role":"assistant","content":[{"type":"output_text","text":"alert(1) widget lost"}]}}"#,
        &calls.join("\n"),
        r#"{"type":"response_item","timestamp":"2026-03-05T08:00:09Z","payload":{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Fixed the lost alert widget in wicap-ui/app.py"}]}}"#,
        "",
    ]
    .join("\n");
    fs::create_dir_all(place.path("codex/sessions/2026/03/05")).unwrap();
    fs::write(
        place.path("codex/sessions/2026/03/05/rollout-a.jsonl"),
        text,
    )
    .unwrap();
    fs::create_dir_all(place.path("wicap/scripts")).unwrap();
    fs::write(
        place.path("wicap/scripts/widget_soak.sh"),
        "docker compose ps redis\n",
    )
    .unwrap();
    let codex = place.path("codex");
    let ran = Command::new(env!("CARGO_BIN_EXE_wicap-assist"))
        .args(["ingest", "--scan-soaks", "--scan-codex", "--scan-harness"])
        .env_clear()
        .env("CODEX_HOME", codex)
        .env("WICAP_REPO_ROOT", place.path("wicap"))
        .env("WICAP_ASSIST_DATA_DIR", place.path("data"))
        .output()
        .unwrap();
    assert!(ran.status.success(), "{ran:?}");
    let (_, stdout, _) = place.run(&["recommend", "alert widget lost", "--json"]);
    let told: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!("past_fix", told["answer"], "{stdout}");
    let commands = &told["verification_steps"];
    assert_eq!(&serde_json::json!(["docker compose ps redis"]), commands);
    assert_eq!("untrusted", told["verification_step_safety"][0]["origin"]);
    // The script that runs the same command is named.
    assert_eq!(
        "scripts/widget_soak.sh", told["harness_tests"][0]["script"],
        "{stdout}"
    );
}

#[test]
fn a_playbook_about_the_failure_is_named() {
    let place = Place::new().ingest();
    assert_eq!(0, place.run(&["playbooks"]).0);
    let (_, stdout, _) = place.run(&["recommend", "processor", "--json"]);
    let told: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    let names = told["related_playbooks"].as_array().unwrap();
    assert_eq!(1, names.len(), "{stdout}");
    assert!(
        names[0]
            .as_str()
            .unwrap()
            .starts_with("error-redis-queue-error")
    );
}

#[test]
fn a_bundle_is_input_of_an_incident() {
    let place = Place::new().ingest();
    let (_, bundle, _) = place.run(&["bundle", "processor", "--json"]);
    fs::write(place.path("bundle.json"), &bundle).unwrap();
    let arguments = ["incident", "processor", "--json-input", "bundle.json"];
    assert_eq!(0, place.run(&arguments).0);
    fs::write(place.path("bundle.json"), "[1]").unwrap();
    let (code, _, stderr) = place.run(&arguments);
    assert_eq!(2, code);
    assert!(stderr.contains("`bundle.json` is no bundle"), "{stderr}");
}
