//! Words that mean the same where people speak of a failure of the stack.

use std::{collections::BTreeMap, sync::LazyLock};

use regex::Regex;

use crate::knowledge::relevance::stems;

/// Several words that are one, or that are too short to count: what is written, what is read.
const PHRASES: [(&str, &str); 24] = [
    (r"(?i)\bwi-fi\b", "wifi"),
    (r"(?i)\b(?:dashboard|web[ -]?ui|uvicorn)\b", "ui"),
    (r"(?i)\ballow[ -]lists?\b", "allowlist"),
    (r"(?i)\bwhite[ -]lists?\b", "allowlist"),
    (r"(?i)\blogs?[ -]in\b", "login"),
    (r"(?i)\btim(?:e|es|ed)[ -]out\b", "timeout"),
    (r"(?i)\bout[ -]of[ -]memory\b", "memory full"),
    (r"(?i)\boom\b", "memory full"),
    (r"(?i)\bleft over\b", "leftover"),
    (r"(?i)\b(?:come|comes|came) up\b", "start"),
    (r"(?i)\b(?:nothing|nobody) (?:listens|answers)\b", "down"),
    (
        r"(?i)\b(?:no|lacks?|without|missing)(?: the)? (?:permissions?|rights)\b",
        "permission denied",
    ),
    (r"(?i)\bhard[ -](?:drive|disk)\b", "disk"),
    (r"(?i)\bno (?:free |more |disk )*space\b", "disk full"),
    (r"(?i)\b(?:throws?|throwing|thrown) away\b", "drop"),
    (r"(?i)\bin use\b", "taken"),
    (r"(?i)\bdbs?\b", "database"),
    (
        r"(?i)\b(?:not|never)(?: \w+)? (?:set|configured|found|installed|plugged in)\b",
        "missing",
    ),
    (
        r"(?i)\b(?:there is|has|have|with|see|sees|finds?) no\b",
        "missing",
    ),
    (r"(?i)^no\b", "missing"),
    (r"(?i)\bnot there\b", "missing"),
    (r"(?i)\bnot running\b", "down"),
    (
        r"(?i)\b(?:not|never) (?:the )?(?:same|equal)\b",
        "different",
    ),
    (
        r"(?i)\b(?:cannot|can't|not|doesn't|won't|does not|do not) (?:be )?(?:reach|reached|answer|respond)\b",
        "down",
    ),
];

/// Words of one meaning; the first stands for all.
const GROUPS: [&[&str]; 26] = [
    &[
        "down",
        "dead",
        "died",
        "dies",
        "gone",
        "away",
        "crash",
        "unreachable",
        "offline",
        "stopped",
        "lost",
        "lose",
        "disconnected",
        "unavailable",
        "vanished",
        "disappeared",
        "unplugged",
    ],
    &[
        "missing", "absent", "lack", "unset", "empty", "without", "nowhere",
    ],
    &["refuse", "reject", "deny", "denied", "forbid", "forbidden"],
    &["permission", "permitted", "allow", "rights", "privilege"],
    &["differ", "different", "mismatch", "unequal", "disagree"],
    &["folder", "directory", "dir"],
    &["adapter", "card", "dongle", "stick", "interface", "nic"],
    &["wifi", "wireless", "wlan"],
    &["bluetooth", "ble"],
    &["sql", "database", "mssql", "odbc"],
    &["allowlist", "whitelist"],
    &["disk", "drive", "partition", "filesystem", "storage"],
    &["memory", "ram"],
    &["write", "writable", "written", "wrote"],
    &["corrupt", "damage", "bad"],
    &["taken", "occupied", "held"],
    &["leftover", "remains", "orphan", "stale"],
    &["drop", "discard", "throw", "thrown"],
    &["grow", "grew", "grown"],
    &["otlp", "otel", "telemetry", "opentelemetry"],
    &["engine", "daemon", "dockerd"],
    &["process", "program"],
    &["listen", "bind"],
    &["own", "belong", "owner"],
    &["disable", "deactivated", "switched"],
    &["start", "startup", "boot", "reboot"],
];

/// Words of a question that say nothing of what failed.
const FILLERS: [&str; 70] = [
    "say", "says", "said", "tell", "got", "gets", "getting", "never", "nothing", "every", "some",
    "another", "too", "very", "only", "then", "there", "here", "them", "they", "their", "our",
    "your", "his", "who", "which", "where", "just", "also", "even", "new", "one", "come", "goes",
    "going", "use", "using", "make", "made", "take", "want", "need", "let", "way", "thing",
    "since", "until", "always", "ever", "out", "off", "over", "ran", "runs", "than", "through",
    "won", "doesn", "isn", "don", "didn", "wasn", "problem", "issue", "trouble", "broken", "went",
    "server", "being", "between",
];

static PATTERNS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let pattern = |text| Regex::new(text).expect("a test builds every phrase");
    PHRASES
        .iter()
        .map(|(text, meaning)| (pattern(text), *meaning))
        .collect()
});

/// Every stem that means another one.
static MEANINGS: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    let one = |word: &str| stems(word).into_iter().next();
    let mut meanings = BTreeMap::new();
    for group in GROUPS {
        let Some(meaning) = group.first().and_then(|word| one(word)) else {
            continue;
        };
        for stem in group.iter().filter_map(|word| one(word)) {
            meanings.insert(stem, meaning.clone());
        }
    }
    meanings
});

static SAYS_NOTHING: LazyLock<Vec<String>> =
    LazyLock::new(|| FILLERS.iter().flat_map(|word| stems(word)).collect());

/// What a text speaks of: its stems, each as the one that stands for its meaning, each once.
pub(super) fn meanings(text: &str) -> Vec<String> {
    let mut text = text.to_owned();
    for (pattern, meaning) in PATTERNS.iter() {
        text = pattern.replace_all(&text, *meaning).into_owned();
    }
    let mut found: Vec<String> = Vec::new();
    for stem in stems(&text) {
        let meaning = MEANINGS.get(&stem).unwrap_or(&stem);
        if !SAYS_NOTHING.contains(&stem) && !found.contains(meaning) {
            found.push(meaning.clone());
        }
    }
    found
}

/// Every stem that has a meaning here.
pub(super) fn known() -> impl Iterator<Item = &'static str> {
    MEANINGS.keys().map(String::as_str)
}

/// The stem that stands for a known one.
pub(super) fn meaning_of(stem: &str) -> &str {
    MEANINGS.get(stem).map_or(stem, String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(one: &str, other: &str) {
        assert_eq!(meanings(one), meanings(other));
    }

    #[test]
    fn words_of_one_meaning_are_one() {
        check("redis is dead", "redis went down");
        check("db offline", "the SQL database is gone");
        check("Wi-Fi card", "a wireless adapter");
        check("not on the allow list", "not on the allowlist");
        check("the secret was never set", "secret missing");
        check("page times out", "page timeout");
        check("no more space", "the disk is full");
    }

    #[test]
    fn a_word_belongs_to_one_group() {
        let n_words: usize = GROUPS.iter().map(|group| group.len()).sum();
        assert_eq!(n_words, MEANINGS.len());
    }
}
