//! Which scripts of the harness touch what a failure touches.

use std::collections::BTreeSet;

use serde::Serialize;

/// A script of the harness, as it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// Its path.
    pub path: String,
    /// What it is for.
    pub role: String,
    /// Commands it runs.
    pub commands: Vec<String>,
    /// Programs it runs.
    pub tools: Vec<String>,
    /// Variables it reads.
    pub variables: Vec<String>,
}

/// What a script is held against.
#[derive(Clone, Debug, Default)]
pub struct Subject<'a> {
    /// The failure's category.
    pub category: &'a str,
    /// Commands of the fix and its checks.
    pub commands: Vec<&'a str>,
    /// What the failure says, and what was said about it.
    pub texts: Vec<&'a str>,
}

/// A script with what it has in common with a failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MatchedScript {
    /// Its path.
    pub script: String,
    /// What it is for.
    pub role: String,
    /// Commands it runs, at most three; those in common first.
    pub commands: Vec<String>,
    /// How much they have in common.
    #[serde(skip)]
    pub score: u32,
}

/// Commands that are shown of a script.
const COMMANDS_MAX: usize = 3;

/// Programs that say nothing about what a script is for.
const COMMON: [&str; 30] = [
    "bash", "break", "cat", "cd", "chmod", "continue", "date", "echo", "env", "exit", "export",
    "false", "grep", "head", "kill", "local", "ls", "mkdir", "printf", "pwd", "python", "python3",
    "return", "sed", "set", "sh", "sleep", "sudo", "test", "true",
];

/// Programs that stand in most commands; named by the failure itself they say something.
const COMMON_IN_COMMANDS: [&str; 4] = ["docker", "docker-compose", "curl", "rg"];

/// The scripts that have something in common with a failure, the most first. What a script is for
/// counts only beside something in common.
#[must_use]
pub fn matching(scripts: &[Script], subject: &Subject<'_>, n_max: usize) -> Vec<MatchedScript> {
    let asked = Asked::of(subject);
    let mut found: Vec<MatchedScript> = scripts
        .iter()
        .filter_map(|script| one(script, &asked))
        .collect();
    found.sort_by(|a, b| b.score.cmp(&a.score).then_with(|| a.script.cmp(&b.script)));
    found.truncate(n_max);
    found
}

struct Asked {
    files: BTreeSet<String>,
    commands: BTreeSet<String>,
    programs: BTreeSet<String>,
    variables: BTreeSet<String>,
    category: Vec<String>,
}

impl Asked {
    fn of(subject: &Subject<'_>) -> Self {
        let commands: BTreeSet<String> = subject.commands.iter().map(|text| plain(text)).collect();
        let mut programs: BTreeSet<String> = commands
            .iter()
            .filter_map(|command| program(command))
            .filter(|name| !COMMON_IN_COMMANDS.contains(&name.as_str()))
            .collect();
        let mut variables = BTreeSet::new();
        for text in subject.texts.iter().chain(&subject.commands) {
            variables.extend(
                names(text)
                    .filter(|name| is_variable(name))
                    .map(str::to_owned),
            );
        }
        for text in &subject.texts {
            programs.extend(names(text).map(str::to_lowercase));
        }
        programs.retain(|name| !COMMON.contains(&name.as_str()));
        let category = subject.category.split('_').map(str::to_owned);
        let all = subject.texts.iter().chain(&subject.commands);
        let files = all.flat_map(|text| {
            text.split(|c: char| c.is_whitespace() || matches!(c, '`' | '"' | '\'' | '(' | ')'))
                .filter_map(|word| word.trim_end_matches(['.', ',', ':']).rsplit('/').next())
                .filter(|name| name.contains('.'))
                .map(str::to_owned)
        });
        Self {
            files: files.collect(),
            commands,
            programs,
            variables,
            category: category.filter(|piece| piece.len() > 3).collect(),
        }
    }
}

fn one(script: &Script, asked: &Asked) -> Option<MatchedScript> {
    let is_same = |command: &&String| asked.commands.contains(&plain(command));
    let has_command = script.commands.iter().any(|command| is_same(&command));
    let has_program = script
        .tools
        .iter()
        .any(|tool| asked.programs.contains(&tool.to_lowercase()));
    let has_variable = script
        .variables
        .iter()
        .any(|name| asked.variables.contains(name));
    let name = script.path.rsplit('/').next().unwrap_or("");
    let is_named = asked.files.contains(name);
    let name = name.to_lowercase();
    let mut score = 2 * u32::from(is_named)
        + 2 * u32::from(has_command)
        + 2 * u32::from(has_program)
        + u32::from(has_variable);
    if score == 0 {
        return None;
    }
    score += u32::from(asked.category.iter().any(|piece| name.contains(piece)));
    score += u32::from(matches!(script.role.as_str(), "runner" | "verifier"));
    let (same, others): (Vec<&String>, Vec<&String>) = script.commands.iter().partition(is_same);
    let commands = same.into_iter().chain(others).take(COMMANDS_MAX);
    Some(MatchedScript {
        script: script.path.clone(),
        role: script.role.clone(),
        commands: commands.cloned().collect(),
        score,
    })
}

/// A command without quotes of Markdown, with single blanks.
fn plain(command: &str) -> String {
    let quotes = |c: char| c.is_whitespace() || matches!(c, '`' | '.');
    let bare = command.trim_end_matches(quotes);
    let words: Vec<&str> = bare
        .trim_start_matches(['`', ' '])
        .split_whitespace()
        .collect();
    words.join(" ")
}

/// The program of a command, without its folder.
fn program(command: &str) -> Option<String> {
    let mut words = command
        .split(' ')
        .skip_while(|word| matches!(*word, "sudo" | "env") || word.contains('='));
    let first = words.next()?;
    first.rsplit('/').next().map(str::to_lowercase)
}

fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '-'))
        .filter(|word| !word.is_empty())
}

/// `WICAP_SQL_HOST`: capitals with an underscore.
fn is_variable(name: &str) -> bool {
    name.len() > 3
        && name.contains('_')
        && name
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(path: &str, role: &str, command: &str) -> Script {
        Script {
            path: path.to_owned(),
            role: role.to_owned(),
            commands: vec!["echo start".to_owned(), command.to_owned()],
            tools: vec!["echo".to_owned(), program(command).unwrap()],
            variables: vec!["WICAP_SQL_HOST".to_owned()],
        }
    }

    #[track_caller]
    fn check(subject: &Subject<'_>, expected: &[(&str, u32)]) {
        let scripts = [
            script("scripts/stop.py", "cleanup", "docker compose down"),
            script("scripts/radio.sh", "setup", "airmon-ng check"),
            script("scripts/soak.py", "runner", "pytest -q tests/e2e"),
        ];
        let found = matching(&scripts, subject, 3);
        let seen: Vec<(&str, u32)> = found
            .iter()
            .map(|one| (one.script.as_str(), one.score))
            .collect();
        assert_eq!(expected, seen);
    }

    #[test]
    fn a_script_needs_something_in_common() {
        check(
            &Subject {
                category: "error",
                texts: vec!["echo of a Redis timeout"],
                ..Subject::default()
            },
            &[],
        );
        check(
            &Subject {
                commands: vec!["`airmon-ng  check`."],
                ..Subject::default()
            },
            &[("scripts/radio.sh", 4)],
        );
        check(
            &Subject {
                texts: vec!["pytest ended with 2"],
                ..Subject::default()
            },
            &[("scripts/soak.py", 3)],
        );
    }

    #[test]
    fn a_variable_counts_and_what_a_script_is_for_breaks_ties() {
        check(
            &Subject {
                texts: vec!["WICAP_SQL_HOST is not set"],
                ..Subject::default()
            },
            &[
                ("scripts/soak.py", 2),
                ("scripts/radio.sh", 1),
                ("scripts/stop.py", 1),
            ],
        );
    }

    #[test]
    fn a_script_that_a_step_names_counts() {
        check(
            &Subject {
                texts: vec!["run `python scripts/stop.py`, then look"],
                ..Subject::default()
            },
            &[("scripts/stop.py", 2)],
        );
    }

    #[test]
    fn commands_in_common_are_shown_first() {
        let scripts = [script("a", "setup", "docker compose ps")];
        let subject = Subject {
            commands: vec!["docker compose ps"],
            ..Subject::default()
        };
        let found = matching(&scripts, &subject, 1);
        assert_eq!(
            ["docker compose ps", "echo start"][..],
            found[0].commands[..]
        );
    }
}
