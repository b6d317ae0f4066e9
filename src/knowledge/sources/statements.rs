//! What a text of past work states: commands, files, errors, outcomes.

use std::borrow::Cow;

use super::{
    paths::paths,
    quote::{self, Block, Naming},
};
use crate::knowledge::{
    outcome::{self, Verdict},
    severity::{Category, Clue, judge},
};

/// Most statements of one text.
const STATEMENTS_MAX: usize = 400;

/// Most characters of one line that are read.
const LINE_CHARS_MAX: usize = 2_000;

/// What a statement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A command line. Somebody's text: never run.
    Command,
    /// A path of a file.
    FilePath,
    /// A line that tells of a failure.
    Error,
    /// A sentence about how something ended.
    Outcome,
}

impl Kind {
    /// The stored name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::FilePath => "file_path",
            Self::Error => "error",
            Self::Outcome => "outcome",
        }
    }
}

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// What it is.
    pub kind: Kind,
    /// The line, the path, or the command.
    pub text: String,
    /// How it ended, for outcomes.
    pub verdict: Option<Verdict>,
    /// What it is named by, for errors that are quoted.
    pub naming: Option<Naming>,
}

impl Statement {
    /// What is the same where a session says it again: its text, and the frames that a quoted
    /// traceback has above it.
    #[must_use]
    pub fn identity(&self) -> Cow<'_, str> {
        let context = self.naming.as_ref().map_or(0, |naming| naming.context);
        let of_text = || quote::naming(&self.text).map_or(0, |naming| naming.context);
        if context == 0 || context == of_text() {
            return Cow::Borrowed(&self.text);
        }
        Cow::Owned(format!("{}\n{context:016x}", self.text))
    }

    /// A line of a log that tells of a failure.
    #[must_use]
    pub fn line(text: &str) -> Self {
        Self {
            kind: Kind::Error,
            text: text.to_owned(),
            verdict: None,
            naming: Some(Naming::of_line(text)),
        }
    }
}

/// Programs whose lines are commands when they stand alone.
const PROGRAMS: [&str; 26] = [
    "sudo",
    "systemctl",
    "journalctl",
    "apt",
    "apt-get",
    "pip",
    "pip3",
    "python",
    "python3",
    "git",
    "docker",
    "docker-compose",
    "ss",
    "ip",
    "nmcli",
    "ls",
    "cd",
    "curl",
    "pytest",
    "redis-cli",
    "iw",
    "make",
    "grep",
    "rg",
    "tail",
    "cat",
];

/// Words that follow a program in prose, not in a command.
const PROSE: [&str; 16] = [
    "is", "was", "are", "has", "have", "or", "and", "the", "a", "can", "will", "should", "address",
    "does", "did", "needs",
];

/// Words of a sentence, wherever they stand near a program's name.
const VERBS: [&str; 6] = ["is", "was", "are", "should", "will", "needs"];

/// Parts of the stack that an outcome may speak of.
const PARTS: [&str; 14] = [
    "wicap",
    "sql",
    "redis",
    "odbc",
    "docker",
    "systemd",
    "coral",
    "otel",
    "ui",
    "scout",
    "processor",
    "soak",
    "tests",
    "push",
];

/// Words of instructions to a tool, which say nothing about the stack.
const INSTRUCTIONS: [&str; 8] = [
    "return only",
    "output format",
    "task:",
    "rules:",
    "constraints:",
    "regex:",
    "step ",
    "for each record",
];

/// Reads what a text states, each line once.
#[must_use]
pub fn read(text: &str) -> Vec<Statement> {
    let mut found: Vec<Statement> = Vec::new();
    let blocks = quote::blocks(text);
    for (at, line) in text.lines().enumerate() {
        let line = cut(line.trim());
        if line.is_empty() || is_instruction(line) || found.len() >= STATEMENTS_MAX {
            continue;
        }
        let mut put = |kind, text: String, verdict, naming| {
            let is_known = found
                .iter()
                .any(|known| known.kind == kind && known.text == text && known.naming == naming);
            if !is_known {
                found.push(Statement {
                    kind,
                    text,
                    verdict,
                    naming,
                });
            }
        };
        let block = block_at(&blocks, at);
        if block.is_none()
            && let Some(command) = command(line)
        {
            put(Kind::Command, command, None, None);
            continue;
        }
        let paths = paths(line);
        let verdict =
            outcome_of(line, !paths.is_empty()).filter(|_| !quote::is_logged_failure(line));
        for path in paths {
            put(Kind::FilePath, path, None, None);
        }
        match (block, verdict) {
            (Some(block), _) if block.line == at => {
                put(
                    Kind::Error,
                    line.to_owned(),
                    None,
                    Some(block.naming.clone()),
                );
            }
            (Some(_), _) => (),
            (None, Some(verdict)) => {
                put(
                    Kind::Outcome,
                    unlisted(line).to_owned(),
                    Some(verdict),
                    None,
                );
            }
            (None, None) if is_error(line) || quote::is_logged_failure(line) => {
                if let Some(naming) = quote::naming(line) {
                    put(Kind::Error, line.to_owned(), None, Some(naming));
                }
            }
            (None, None) => (),
        }
    }
    found
}

/// Lines of a command's output that tell of a failure.
#[must_use]
pub fn errors(text: &str) -> Vec<Statement> {
    let blocks = quote::blocks(text);
    let lines = text
        .lines()
        .enumerate()
        .map(|(at, line)| (at, cut(line.trim())))
        .filter(|(_, line)| !line.is_empty());
    let errors = lines.filter_map(|(at, line)| {
        let naming = match block_at(&blocks, at) {
            Some(block) => (block.line == at).then(|| block.naming.clone()),
            None if is_error(line) || tells_failure(line) || quote::is_logged_failure(line) => {
                quote::naming(line)
            }
            None => None,
        };
        naming.map(|naming| Statement {
            kind: Kind::Error,
            text: line.to_owned(),
            verdict: None,
            naming: Some(naming),
        })
    });
    errors.take(STATEMENTS_MAX).collect()
}

/// The failure of several lines that a line is part of.
fn block_at(blocks: &[Block], at: usize) -> Option<&Block> {
    let next = blocks.partition_point(|block| block.last < at);
    blocks.get(next).filter(|block| block.first <= at)
}

/// A line that is a command and nothing else.
fn command(line: &str) -> Option<String> {
    let bare = unlisted(line);
    let (bare, was_quoted) = match bare
        .strip_prefix('`')
        .and_then(|rest| rest.strip_suffix('`'))
    {
        Some(inside) if !inside.contains('`') => (inside.trim(), true),
        _ => (bare, false),
    };
    if let Some(rest) = bare.strip_prefix("$ ") {
        return Some(rest.trim().to_owned()).filter(|rest| !rest.is_empty());
    }
    let mut words = bare.split_whitespace();
    let first = words.next()?;
    if !PROGRAMS.contains(&first) {
        return None;
    }
    let next: Vec<String> = words.take(3).map(str::to_lowercase).collect();
    let is_prose = next
        .first()
        .is_some_and(|word| PROSE.contains(&word.as_str()))
        || next.iter().any(|word| VERBS.contains(&word.as_str()))
        || bare.split_whitespace().any(|word| word == "or")
        || bare.ends_with('.') && bare.split_whitespace().count() > 3
        || first.ends_with(':')
        || outcome::verdict(bare).is_some() && !bare.contains(" -")
        || bare.contains(": ");
    (was_quoted || !is_prose).then(|| bare.to_owned())
}

fn outcome_of(line: &str, has_path: bool) -> Option<Verdict> {
    let lower = line.to_lowercase();
    let is_about = has_path
        || outcome::test_counts(line).is_some()
        || lower
            .split(|c: char| !c.is_alphanumeric())
            .any(|word| PARTS.contains(&word) || is_commit(word));
    if !is_about || is_error_shape(line) || lower.starts_with("besides the") {
        return None;
    }
    outcome::verdict(line)
}

/// An abbreviated or whole commit hash.
fn is_commit(word: &str) -> bool {
    (7..=40).contains(&word.len())
        && word.bytes().all(|b| b.is_ascii_hexdigit())
        && word.bytes().any(|b| b.is_ascii_digit())
        && word.bytes().any(|b| b.is_ascii_alphabetic())
}

/// `KeyError: …`, `ENOENT`, `permission denied`, a traceback, a level of a log.
fn is_error(line: &str) -> bool {
    if is_error_shape(line) {
        return true;
    }
    let lower = line.to_lowercase();
    let says = [
        "permission denied",
        "no such file or directory",
        "connection refused",
        "cannot connect",
    ];
    let is_stated = says.iter().any(|words| lower.contains(words));
    let has_code = line
        .split(|c: char| !c.is_ascii_alphanumeric())
        .any(|word| matches!(word, "ENOENT" | "EACCES" | "ECONNREFUSED" | "ETIMEDOUT"));
    let has_level = ["ERROR", "CRITICAL", "FATAL"].iter().any(|level| {
        line.split(|c: char| !c.is_ascii_alphabetic())
            .any(|word| word == *level)
    });
    is_stated || has_code || has_level && line.len() > 12
}

/// A class of errors by its name, with a colon or a bracket behind it.
pub(super) fn is_error_shape(line: &str) -> bool {
    let lower = line.get(..10).unwrap_or(line).to_lowercase();
    let opens = [
        "failed to ",
        "could not ",
        "cannot ",
        "unable to ",
        "traceback ",
    ];
    if opens.iter().any(|start| lower.starts_with(start)) {
        return true;
    }
    line.split_whitespace().take(12).any(|word| {
        let name = word.trim_start_matches(['[', '(', '`', '"', '\'']);
        let end = name.find([':', '(']).unwrap_or(0);
        let name = &name[..end];
        let is_class = name.ends_with("Error") || name.ends_with("Exception");
        is_class
            && name.chars().next().is_some_and(char::is_alphabetic)
            && name
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'))
    })
}

fn tells_failure(line: &str) -> bool {
    let clue = Clue {
        level: None,
        is_marked_only: false,
        status: None,
        message: line.as_bytes(),
    };
    let severity = judge(&clue);
    severity.is_failure() && severity.category != Category::PytestPass
}

fn is_instruction(line: &str) -> bool {
    let lower = line.to_lowercase();
    let bare = lower.trim_start_matches(['-', '*', '#', ' ']);
    INSTRUCTIONS.iter().any(|start| bare.starts_with(start)) || bare.starts_with("contains \"")
}

/// Without the mark of a list (`- `, `* `, `2. `).
pub(super) fn unlisted(line: &str) -> &str {
    let digits = line.bytes().take(3).take_while(u8::is_ascii_digit).count();
    let rest = match digits {
        0 => line.strip_prefix("- ").or_else(|| line.strip_prefix("* ")),
        digits => line[digits..]
            .strip_prefix(". ")
            .or_else(|| line[digits..].strip_prefix(") ")),
    };
    rest.unwrap_or(line).trim()
}

fn cut(line: &str) -> &str {
    line.char_indices()
        .nth(LINE_CHARS_MAX)
        .map_or(line, |(end, _)| &line[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let seen: Vec<String> = read(text)
            .into_iter()
            .map(|one| format!("{}={}", one.kind.name(), one.text))
            .collect();
        assert_eq!(expected, seen, "{text}");
    }

    #[test]
    fn commands_are_lines_of_their_own() {
        check(
            "docker compose logs ui",
            &["command=docker compose logs ui"],
        );
        check("- `docker ps`", &["command=docker ps"]);
        check(
            "2. systemctl status wicap",
            &["command=systemctl status wicap"],
        );
        check(
            "$ curl -s http://h/health",
            &["command=curl -s http://h/health"],
        );
        check("docker compose is a nice tool", &[]);
        check("git status or git diff", &[]);
        check("I'm running docker ps", &[]);
        check("the next step is docker ps", &[]);
    }

    #[test]
    fn errors_are_seen_behind_brackets_too() {
        check("[WARN] Error: x", &["error=[WARN] Error: x"]);
        check("RuntimeError: x", &["error=RuntimeError: x"]);
        check("FooException: x", &["error=FooException: x"]);
        check("raise RuntimeError", &[]);
        check(
            "bash: permission denied",
            &["error=bash: permission denied"],
        );
    }

    #[test]
    fn a_failure_of_a_log_is_no_outcome() {
        let line = "2026-03-04 05:06:07,089 ERROR [wicap.scout] redis still not working: 7 lost";
        check(&["> ", line].concat(), &[&["error=> ", line].concat()]);
        check(
            "wicap redis still not working",
            &["outcome=wicap redis still not working"],
        );
    }

    #[test]
    fn a_failed_request_is_an_error() {
        let line = "127.0.0.1 - - [20/Nov/2026:05:08:00 +0000] \"GET /api HTTP/1.1\" 500 12";
        check(line, &[&["error=", line].concat()]);
        assert_eq!(1, errors(line).len());
        assert!(errors(&line.replace("500", "200")).is_empty());
    }

    #[test]
    fn a_traceback_is_one_error_with_its_paths() {
        let trace = "Traceback (most recent call last):\n  File \"src/a.py\", line 3, in run\n    \
                     raise KeyError('x')\nKeyError: 'x'";
        check(trace, &["file_path=src/a.py", "error=KeyError: 'x'"]);
        let texts =
            |text: &str| -> Vec<String> { errors(text).into_iter().map(|one| one.text).collect() };
        assert_eq!(["KeyError: 'x'"], texts(trace).as_slice());
        check("Traceback (most recent call last):", &[]);
        assert!(texts("ok\nTraceback (most recent call last):").is_empty());
        let named: Vec<_> = errors(&format!("{trace}\nKeyError: 'x'"))
            .into_iter()
            .map(|one| one.naming.map(|naming| naming.context != 0))
            .collect();
        assert_eq!(vec![Some(true), Some(false)], named);
    }

    #[test]
    fn outcomes_have_a_verdict_and_are_about_something() {
        let verdict = |text: &str| read(text).pop().and_then(|one| one.verdict);
        assert_eq!(Some(Verdict::Pass), verdict("fixed redis in a.py"));
        assert_eq!(Some(Verdict::Fail), verdict("sql still broken"));
        assert_eq!(Some(Verdict::Pass), verdict("resolved by 0a1b2c3"));
        assert_eq!(None, verdict("fixed it"));
        assert_eq!(None, verdict("we should have resolved sql"));
        check("next we fixed redis", &[]);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text in "(\\PC{0,40}\n?){0,20}") {
            let _ = read(&text);
            let _ = errors(&text);
        }
    }
}
