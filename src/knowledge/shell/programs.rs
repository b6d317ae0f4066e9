//! Programs whose arguments decide.

use super::policy::{Judgement, Risk};

/// The first words that are no options.
fn verbs<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    arguments
        .iter()
        .filter(|word| !word.starts_with('-'))
        .copied()
        .collect()
}

pub(super) fn looker(program: &str, arguments: &[&str]) -> Judgement {
    let is_harmful = match program {
        "dmesg" => arguments
            .iter()
            .any(|word| matches!(*word, "-c" | "-C" | "--clear" | "--read-clear")),
        "date" => arguments
            .iter()
            .any(|word| word.starts_with("-s") || word.starts_with("--set")),
        "rg" => arguments.iter().any(|word| word.starts_with("--pre")),
        "ss" => arguments
            .iter()
            .any(|word| matches!(*word, "-K" | "--kill")),
        _ => false,
    };
    match is_harmful {
        true => Judgement::new(
            Risk::Caution,
            format!("`{program}` changes something with these arguments"),
        ),
        false => Judgement::new(Risk::Safe, format!("`{program}` only looks")),
    }
}

pub(super) fn verb(program: &str, arguments: &[&str], safe: &[&str], bad: &[&str]) -> Judgement {
    let verb = verbs(arguments).first().copied().unwrap_or("");
    let has_file = arguments
        .iter()
        .any(|word| word.starts_with("--output") || word.starts_with("-c"));
    if bad.contains(&verb) {
        Judgement::new(
            Risk::Destructive,
            format!("`{program} {verb}` can lose work or stop the host"),
        )
    } else if safe.contains(&verb) && !has_file && (program != "iw" || !arguments.contains(&"set"))
    {
        Judgement::new(Risk::Safe, format!("`{program} {verb}` only looks"))
    } else {
        Judgement::new(
            Risk::Caution,
            format!("`{program} {verb}` may change something"),
        )
    }
}

pub(super) fn flagged(program: &str, arguments: &[&str], bad: &[&str]) -> Judgement {
    match arguments
        .iter()
        .find(|word| bad.iter().any(|flag| word.starts_with(flag)))
    {
        Some(flag) => Judgement::new(
            Risk::Destructive,
            format!("`{program} {flag}` removes or runs something"),
        ),
        None => Judgement::new(Risk::Safe, format!("`{program}` only looks")),
    }
}

pub(super) fn docker(arguments: &[&str]) -> Judgement {
    let words = verbs(arguments);
    let two = (
        words.first().copied().unwrap_or(""),
        words.get(1).copied().unwrap_or(""),
    );
    match two {
        ("compose", _) => {
            let at = arguments
                .iter()
                .position(|word| *word == "compose")
                .unwrap_or(0);
            compose(&arguments[at + 1..])
        }
        (
            "ps" | "logs" | "inspect" | "version" | "info" | "images" | "stats" | "top" | "port"
            | "events" | "diff",
            _,
        ) => Judgement::new(Risk::Safe, format!("`docker {}` only looks", two.0)),
        (_, "ls" | "inspect" | "df") => Judgement::new(Risk::Safe, "it only lists"),
        ("rm" | "rmi" | "kill" | "run" | "exec" | "cp", _) | (_, "prune" | "rm") => Judgement::new(
            Risk::Destructive,
            format!("`docker {}` removes or runs something", two.0),
        ),
        _ => Judgement::new(
            Risk::Caution,
            format!("`docker {}` changes the stack", two.0),
        ),
    }
}

/// Options of compose that take a value.
const COMPOSE_VALUES: [&str; 6] = [
    "-f",
    "--file",
    "-p",
    "--project-name",
    "--profile",
    "--env-file",
];

pub(super) fn compose(arguments: &[&str]) -> Judgement {
    let mut rest = arguments;
    while let Some((first, after)) = rest
        .split_first()
        .filter(|(first, _)| first.starts_with('-'))
    {
        rest = if COMPOSE_VALUES.contains(first) {
            after.get(1..).unwrap_or(&[])
        } else {
            after
        };
    }
    let verb = rest.first().copied().unwrap_or("");
    let takes_volumes = rest
        .iter()
        .any(|word| matches!(*word, "-v" | "--volumes" | "--rmi"));
    match verb {
        "ps" | "logs" | "config" | "images" | "top" | "version" | "ls" | "port" | "events"
        | "stats" => Judgement::new(Risk::Safe, format!("`docker compose {verb}` only looks")),
        "rm" | "kill" | "run" | "exec" | "cp" => Judgement::new(
            Risk::Destructive,
            format!("`docker compose {verb}` removes or runs something"),
        ),
        "down" if takes_volumes => Judgement::new(Risk::Destructive, "it removes volumes"),
        _ => Judgement::new(
            Risk::Caution,
            format!("`docker compose {verb}` changes the stack"),
        ),
    }
}

pub(super) fn ip(arguments: &[&str]) -> Judgement {
    let words = verbs(arguments);
    let is_look = words.iter().all(|word| {
        !matches!(
            *word,
            "set" | "add" | "del" | "delete" | "flush" | "replace" | "change" | "append" | "exec"
        )
    }) && !arguments.iter().any(|word| word.starts_with("-b"));
    match is_look {
        true => Judgement::new(Risk::Safe, "`ip` only looks"),
        false => Judgement::new(Risk::Caution, "`ip` changes the network"),
    }
}

pub(super) fn redis(arguments: &[&str]) -> Judgement {
    let words: Vec<String> = verbs(arguments)
        .iter()
        .map(|word| word.to_lowercase())
        .collect();
    let looks = [
        "ping", "info", "llen", "xlen", "dbsize", "type", "ttl", "exists",
    ];
    let erases = [
        "flushall", "flushdb", "del", "unlink", "shutdown", "eval", "config", "debug", "script",
    ];
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    if has(&erases) {
        Judgement::new(Risk::Destructive, "it erases or changes data in Redis")
    } else if has(&looks) {
        Judgement::new(Risk::Safe, "it only asks Redis")
    } else {
        Judgement::new(Risk::Caution, "it may change data in Redis")
    }
}

pub(super) fn curl(arguments: &[&str]) -> Judgement {
    let writes = |word: &&str| {
        let long = [
            "--data",
            "--request",
            "--upload",
            "--output",
            "--form",
            "--json",
            "--config",
            "--remote-name",
            "--post",
        ];
        let is_long = long.iter().any(|flag| word.starts_with(flag));
        let is_short = word.starts_with('-')
            && !word.starts_with("--")
            && word.contains(['d', 'X', 'T', 'o', 'O', 'F', 'K']);
        is_long || is_short
    };
    let urls = arguments.iter().filter(|word| !word.starts_with('-'));
    let hosts = [
        "http://127.0.0.1",
        "http://localhost",
        "https://127.0.0.1",
        "https://localhost",
    ];
    let is_local = |url: &&&str| {
        hosts.iter().any(|host| {
            url.strip_prefix(host)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
                && !url.contains('@')
        })
    };
    if arguments.iter().any(writes) {
        Judgement::new(Risk::Caution, "`curl` sends or stores something")
    } else if urls.clone().count() > 0 && urls.clone().all(|url| is_local(&url)) {
        Judgement::new(Risk::Safe, "`curl` only asks this host")
    } else {
        Judgement::new(Risk::Caution, "`curl` asks another host")
    }
}

pub(super) fn python(arguments: &[&str]) -> Judgement {
    let script = arguments.first().copied().unwrap_or("");
    match script {
        "scripts/check_wicap_status.py" | "./scripts/check_wicap_status.py" => {
            Judgement::new(Risk::Safe, "the status check only looks")
        }
        "-c" | "-" => Judgement::new(Risk::Destructive, "`python` runs text of the line"),
        _ => Judgement::new(Risk::Caution, "`python` runs a script that may do anything"),
    }
}
