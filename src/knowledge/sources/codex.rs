//! Sessions of the coding tool, one JSON record a line.

use serde_json::{Map, Value};

use crate::knowledge::signature::{read_epoch, read_time};

/// Most bytes of one text that are read.
const TEXT_BYTES_MAX: usize = 256 << 10;

/// Who said something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// The operator.
    User,
    /// The tool.
    Assistant,
    /// The tool's own instructions.
    Developer,
    /// A command that the tool ran.
    ToolCall,
    /// What came of it.
    ToolOutput,
    /// A document that was written.
    Artifact,
}

impl Role {
    /// The stored name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::Developer => "developer",
            Self::ToolCall => "tool_call",
            Self::ToolOutput => "tool_output",
            Self::Artifact => "artifact",
        }
    }
}

/// What a record says about its session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meta {
    /// The session's id.
    pub id: Option<String>,
    /// The folder it ran in.
    pub cwd: Option<String>,
    /// The repository.
    pub repo_url: Option<String>,
    /// The branch.
    pub branch: Option<String>,
    /// The commit.
    pub commit_hash: Option<String>,
}

/// What a record is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// About the session.
    Meta(Meta),
    /// Something that was said.
    Said(Role, String),
    /// A command that was run.
    Ran(String),
    /// What came of a command: its output, and its exit code when it says so.
    Output(String, Option<i64>),
    /// A message of a session, in the history of all.
    History(String, String),
    /// Of no interest.
    Other,
}

/// One record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodexRecord {
    /// When, in Unix milliseconds.
    pub at_ms: Option<i64>,
    /// What.
    pub body: Body,
}

/// Reads one record.
///
/// # Errors
///
/// Says in one fragment what is wrong with it.
pub fn read(line: &[u8]) -> Result<CodexRecord, String> {
    let value: Value = serde_json::from_slice(line).map_err(|error| {
        let is_cut = error.classify() == serde_json::error::Category::Eof;
        if is_cut {
            "the record is cut off"
        } else {
            "the record is no JSON"
        }
        .to_owned()
    })?;
    let Value::Object(fields) = value else {
        return Err("the record is no JSON object".to_owned());
    };
    let empty = Map::new();
    let payload = fields
        .get("payload")
        .and_then(Value::as_object)
        .unwrap_or(&empty);
    let at_ms = ["timestamp", "ts"]
        .iter()
        .find_map(|name| fields.get(*name).and_then(time))
        .or_else(|| payload.get("timestamp").and_then(time));
    Ok(CodexRecord {
        at_ms,
        body: body(&fields, payload),
    })
}

fn body(fields: &Map<String, Value>, payload: &Map<String, Value>) -> Body {
    if let (Some(session), Some(said)) = (text(fields, "session_id"), text(fields, "text")) {
        return Body::History(session, said);
    }
    match (
        text(fields, "type").as_deref(),
        text(payload, "type").as_deref(),
    ) {
        (Some("session_meta"), _) => Body::Meta(meta(payload)),
        (Some("turn_context"), _) => Body::Meta(Meta {
            cwd: text(payload, "cwd"),
            ..Meta::default()
        }),
        (_, Some("message")) => message(payload),
        (_, Some("function_call" | "local_shell_call" | "custom_tool_call")) => call(payload),
        (_, Some("function_call_output" | "custom_tool_call_output")) => output(payload),
        _ => Body::Other,
    }
}

fn meta(payload: &Map<String, Value>) -> Meta {
    let git = payload.get("git").and_then(Value::as_object);
    let of_git = |name: &str| git.and_then(|git| text(git, name));
    Meta {
        id: text(payload, "id"),
        cwd: text(payload, "cwd"),
        repo_url: of_git("repository_url").or_else(|| of_git("repo_url")),
        branch: of_git("branch"),
        commit_hash: of_git("commit_hash"),
    }
}

fn message(payload: &Map<String, Value>) -> Body {
    let role = match text(payload, "role").as_deref() {
        Some("user") => Role::User,
        Some("assistant") => Role::Assistant,
        _ => Role::Developer,
    };
    let said = match payload.get("content") {
        Some(Value::String(said)) => said.clone(),
        Some(Value::Array(items)) => {
            let texts = items
                .iter()
                .filter_map(|item| item.get("text").and_then(Value::as_str));
            texts.collect::<Vec<_>>().join("\n")
        }
        _ => String::new(),
    };
    Body::Said(role, bounded(said))
}

/// The command of a call: `{"command": ["bash", "-lc", "docker ps"]}`, `{"cmd": "docker ps"}`.
fn call(payload: &Map<String, Value>) -> Body {
    let arguments = match payload.get("arguments").or_else(|| payload.get("input")) {
        Some(Value::String(raw)) => serde_json::from_str(raw).unwrap_or(Value::Null),
        Some(other) => other.clone(),
        None => payload.get("action").cloned().unwrap_or(Value::Null),
    };
    let command = arguments.get("command").or_else(|| arguments.get("cmd"));
    let line = match command {
        Some(Value::String(line)) => line.clone(),
        Some(Value::Array(words)) => {
            let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
            match words.as_slice() {
                ["bash" | "sh" | "zsh" | "/bin/bash" | "/bin/sh", flag, line]
                    if flag.starts_with('-') && flag.ends_with('c') =>
                {
                    (*line).to_owned()
                }
                words => words.join(" "),
            }
        }
        _ => return Body::Other,
    };
    Body::Ran(bounded(line))
}

/// What came of a call: plain text, or a record with an exit code.
fn output(payload: &Map<String, Value>) -> Body {
    let value = match payload.get("output") {
        Some(Value::String(raw)) => match serde_json::from_str::<Value>(raw) {
            Ok(Value::Object(fields)) if fields.contains_key("output") => Value::Object(fields),
            _ => return Body::Output(bounded(raw.clone()), exit_code_in(raw)),
        },
        Some(other) => other.clone(),
        None => return Body::Other,
    };
    let said = match value
        .get("output")
        .or_else(|| value.get("content"))
        .unwrap_or(&value)
    {
        Value::String(said) => said.clone(),
        Value::Array(items) => {
            let texts = items
                .iter()
                .filter_map(|item| item.get("text").and_then(Value::as_str));
            texts.collect::<Vec<_>>().join("\n")
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => String::new(),
    };
    let code = value
        .get("metadata")
        .and_then(|meta| meta.get("exit_code"))
        .and_then(Value::as_i64);
    let code = code.or_else(|| exit_code_in(&said));
    Body::Output(bounded(said), code)
}

/// `Exit code: 1` or `Process exited with code 1` in the first lines.
fn exit_code_in(said: &str) -> Option<i64> {
    said.lines().take(6).find_map(|line| {
        let lower = line.to_ascii_lowercase();
        let rest = lower
            .strip_prefix("exit code: ")
            .or_else(|| lower.strip_prefix("process exited with code "))?;
        rest.trim().parse().ok()
    })
}

fn time(value: &Value) -> Option<i64> {
    match value {
        Value::String(raw) => {
            let raw = raw.trim().as_bytes();
            read_time(raw)
                .or_else(|| read_epoch(raw))
                .map(|(time, _)| time.ms)
        }
        Value::Number(number) => {
            let seconds = number.as_f64()?;
            let ms = if seconds < 1e11 {
                seconds * 1000.0
            } else {
                seconds
            };
            (9e11..4.2e12).contains(&ms).then_some(ms as i64)
        }
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn text(fields: &Map<String, Value>, name: &str) -> Option<String> {
    let text = fields.get(name)?.as_str()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn bounded(mut text: String) -> String {
    if text.len() > TEXT_BYTES_MAX {
        text.truncate(text.floor_char_boundary(TEXT_BYTES_MAX));
    }
    text
}

/// Whether a folder is the checkout of the stack, or lies below it.
#[must_use]
pub fn is_within(cwd: &str, repo: &str) -> bool {
    let (cwd, repo) = (cwd.trim_end_matches('/'), repo.trim_end_matches('/'));
    let name = repo.rsplit('/').next().unwrap_or(repo);
    let is_below = cwd == repo
        || cwd
            .strip_prefix(repo)
            .is_some_and(|rest| rest.starts_with('/'));
    // The session may come from another machine: then the name of the checkout decides.
    is_below || !name.is_empty() && cwd.split('/').any(|part| part == name)
}

/// Whether a repository's URL has one of the hints as its last parts.
#[must_use]
pub fn is_repository(url: &str, hints: &[String]) -> bool {
    let url = url
        .trim()
        .trim_end_matches('/')
        .trim_end_matches(".git")
        .to_lowercase();
    hints.iter().any(|hint| {
        let hint = hint.trim().trim_matches('/').to_lowercase();
        !hint.is_empty() && (url == hint || url.ends_with(&["/", &hint].concat()))
    })
}

/// Whether a text speaks of the stack by its name.
#[must_use]
pub fn speaks_of_stack(text: &str) -> bool {
    let lower = text.to_lowercase();
    lower.match_indices("wicap").any(|(at, _)| {
        let before = lower[..at]
            .chars()
            .next_back()
            .is_none_or(|c| !c.is_alphanumeric());
        let rest = &lower[at + 5..];
        before && !rest.starts_with("-assist") && !rest.starts_with("_assist")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: Body) {
        assert_eq!(expected, read(line.as_bytes()).unwrap().body, "{line}");
    }

    #[test]
    fn commands_that_ran_and_what_came_of_them_are_read() {
        check(
            r#"{"type":"response_item","payload":{"type":"function_call","name":"shell","arguments":"{\"command\":[\"bash\",\"-lc\",\"docker ps\"]}"}}"#,
            Body::Ran("docker ps".to_owned()),
        );
        check(
            r#"{"type":"response_item","payload":{"type":"local_shell_call","action":{"command":["git","status"]}}}"#,
            Body::Ran("git status".to_owned()),
        );
        check(
            r#"{"type":"response_item","payload":{"type":"function_call_output","output":"{\"output\":\"boom\",\"metadata\":{\"exit_code\":1}}"}}"#,
            Body::Output("boom".to_owned(), Some(1)),
        );
        check(
            r#"{"type":"response_item","payload":{"type":"function_call_output","output":"Exit code: 2\nx"}}"#,
            Body::Output("Exit code: 2\nx".to_owned(), Some(2)),
        );
    }

    #[test]
    fn messages_have_roles() {
        check(
            r#"{"type":"response_item","payload":{"type":"message","role":"assistant","content":[{"type":"output_text","text":"a"},{"text":"b"}]}}"#,
            Body::Said(Role::Assistant, "a\nb".to_owned()),
        );
        check(
            r#"{"session_id":"s-1","ts":1772352000,"text":"restart"}"#,
            Body::History("s-1".to_owned(), "restart".to_owned()),
        );
        check(
            r#"{"type":"event_msg","payload":{"type":"token_count"}}"#,
            Body::Other,
        );
    }

    #[test]
    fn hostile_lines_are_refused_by_name() {
        assert_eq!(
            Err("the record is no JSON object".to_owned()),
            read(b"[1,2]")
        );
        assert_eq!(
            Err("the record is cut off".to_owned()),
            read(br#"{"payload": {"trunc"#)
        );
        let deep = "[".repeat(10_000);
        assert!(read(deep.as_bytes()).is_err());
        let far = read(br#"{"timestamp": 1e300, "type": "x"}"#).unwrap();
        assert_eq!(None, far.at_ms);
        assert!(read(b"\xff\xfe").is_err());
    }

    #[test]
    fn a_neighbour_of_the_checkout_is_not_the_checkout() {
        assert!(is_within("/home/a/wicap", "/home/a/wicap"));
        assert!(is_within("/home/a/wicap/src", "/home/a/wicap/"));
        assert!(!is_within("/home/a/wicap-assistant", "/home/a/wicap"));
        assert!(is_within("/opt/wicap", "/home/a/wicap"));
        let hints = ["/wicap".to_owned()];
        assert!(is_repository("https://host/x/wicap.git", &hints));
        assert!(!is_repository("https://host/x/wicap-assistant.git", &hints));
        assert!(speaks_of_stack("the wicap-ui is down"));
        assert!(!speaks_of_stack("wicap-assist triage"));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(line in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
            let _ = read(&line);
        }
    }
}
