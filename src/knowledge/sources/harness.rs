//! What a harness script is for.

use super::{python, shell};

/// What a script is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Runs something for a while.
    Runner,
    /// Looks whether something is right.
    Verifier,
    /// Stops and removes.
    Cleanup,
    /// Watches.
    Monitor,
    /// Prepares.
    Setup,
}

impl Role {
    /// The stored name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Runner => "runner",
            Self::Verifier => "verifier",
            Self::Cleanup => "cleanup",
            Self::Monitor => "monitor",
            Self::Setup => "setup",
        }
    }
}

/// A harness script, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Harness {
    /// What it is for.
    pub role: Role,
    /// The commands it runs.
    pub commands: Vec<String>,
    /// The programs of these commands.
    pub tools: Vec<String>,
    /// The variables it reads.
    pub variables: Vec<String>,
}

/// Options of `sudo` that take a value.
const SUDO_VALUES: [&str; 6] = ["-u", "-g", "-h", "-p", "-C", "-U"];

/// Reads a script by the ending of its name.
#[must_use]
pub fn read(name: &str, text: &str) -> Harness {
    let mut facts = Facts::default();
    if name.ends_with(".py") {
        let script = python::read(text);
        facts.has_loop = script.has_loop;
        facts.has_assert = script.has_assert;
        facts.has_sleep = script.has_sleep;
        facts.variables = script.variables;
        for command in script.commands {
            facts
                .words
                .push(shell::words(&command).unwrap_or_else(|| vec![command.clone()]));
            facts.commands.push(command);
        }
    } else {
        let script = shell::read(text);
        facts.has_loop = script.has_loop;
        facts.has_sleep = script.commands.iter().any(|words| words[0] == "sleep");
        facts.variables = script.variables;
        facts.commands = script
            .commands
            .iter()
            .map(|words| words.join(" "))
            .collect();
        facts.words = script.commands;
    }
    let mut tools: Vec<String> = facts.words.iter().filter_map(|words| tool(words)).collect();
    tools.sort();
    tools.dedup();
    let role = role(name.rsplit('/').next().unwrap_or(name), text, &facts);
    Harness {
        role,
        commands: facts.commands,
        tools,
        variables: facts.variables,
    }
}

#[derive(Debug, Default)]
struct Facts {
    commands: Vec<String>,
    words: Vec<Vec<String>>,
    variables: Vec<String>,
    has_loop: bool,
    has_assert: bool,
    has_sleep: bool,
}

/// The program of a command, behind `sudo`, `env` and assignments.
fn tool(words: &[String]) -> Option<String> {
    let mut words = words.iter().peekable();
    while let Some(word) = words.next() {
        if word == "sudo" {
            while let Some(option) = words.next_if(|word| word.starts_with('-')) {
                if SUDO_VALUES.contains(&option.as_str()) {
                    words.next();
                }
            }
        } else if word != "env" && !word.contains('=') {
            return Some(word.rsplit('/').next().unwrap_or(word).to_owned());
        }
    }
    None
}

fn role(name: &str, text: &str, facts: &Facts) -> Role {
    let lower = text.to_lowercase();
    let says = |words: &[&str]| {
        lower
            .split(|c: char| !(c.is_alphanumeric() || c == '_'))
            .any(|word| words.contains(&word))
    };
    let runs = |words: &[&str]| {
        facts
            .words
            .iter()
            .flatten()
            .any(|word| words.contains(&word.as_str()))
    };
    let named = |parts: &[&str]| i32::from(parts.iter().any(|part| name.contains(part)));
    let point = |is_so: bool, points: i32| if is_so { points } else { 0 };
    let has_commands = !facts.commands.is_empty();
    let scores = [
        (
            Role::Runner,
            point(facts.has_loop && has_commands, 3)
                + point(facts.has_sleep, 1)
                + point(has_commands, 1)
                + named(&["runner", "soak", "harness"]),
        ),
        (
            Role::Verifier,
            point(facts.has_assert, 3)
                + point(runs(&["pytest"]), 3)
                + point(says(&["pytest", "status", "health", "check"]), 1)
                + 2 * named(&["verify", "verifier", "verification", "test", "check"]),
        ),
        (
            Role::Cleanup,
            point(says(&["cleanup", "unlink", "rmtree"]), 2)
                + point(runs(&["rm", "kill", "pkill", "stop", "down"]), 2)
                + 2 * named(&["cleanup", "stop"]),
        ),
        (
            Role::Monitor,
            point(says(&["monitor", "watch", "poll"]), 1)
                + point(runs(&["tail", "watch", "journalctl", "logs", "status"]), 2)
                + 3 * named(&["monitor", "watch"]),
        ),
        (
            Role::Setup,
            point(says(&["setup", "install", "migrate", "initialize"]), 1)
                + point(runs(&["install", "migrate", "mkdir"]), 1)
                + 2 * named(&["setup", "init", "start"]),
        ),
    ];
    // The first of equals wins.
    scores
        .iter()
        .fold((Role::Runner, -1), |best, next| {
            if next.1 > best.1 { *next } else { best }
        })
        .0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, text: &str, role: Role, tools: &[&str]) {
        let harness = read(name, text);
        assert_eq!(role, harness.role, "{name}");
        assert_eq!(tools, harness.tools, "{name}");
    }

    #[test]
    fn scripts_are_told_by_what_they_do() {
        check(
            "night_soak.py",
            "import subprocess,time,os\nfor i in range(3):\n    subprocess.run([\"docker\",\"ps\"])\n    time.sleep(1)\n",
            Role::Runner,
            &["docker"],
        );
        check(
            "check_runner.py",
            "import subprocess\nassert subprocess.run(\"pytest -q\",shell=True)\n",
            Role::Verifier,
            &["pytest"],
        );
        check(
            "stop_wicap.py",
            "import os\nos.system(\"docker compose down\")\n",
            Role::Cleanup,
            &["docker"],
        );
        check(
            "run_soak.sh",
            "B=2 python3 x.py\nsudo -u root docker ps\n",
            Role::Runner,
            &["docker", "python3"],
        );
        check(
            "monitor.sh",
            "while true; do journalctl -n 20; tail -n 5 x.log; done",
            Role::Monitor,
            &["journalctl", "tail"],
        );
        check("x_harness.py", "def broken(:\n", Role::Runner, &[]);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text in "\\PC{0,300}", is_python in proptest::bool::ANY) {
            let _ = read(if is_python { "a_soak.py" } else { "a_soak.sh" }, &text);
        }
    }
}
