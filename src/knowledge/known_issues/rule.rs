use std::sync::LazyLock;

use regex::bytes::{RegexSet, RegexSetBuilder};

use super::table;
use crate::knowledge::signature::Prepared;

/// What of the allowed actions can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// None: a person has to change something first.
    Person,
    /// It passes by itself.
    Wait,
    /// A restart of this service, once.
    Restart(&'static str),
    /// Everything down and up again.
    Bounce,
}

/// A failure whose cause is known.
#[derive(Debug)]
pub struct KnownIssue {
    /// Its name; never changed.
    pub id: &'static str,
    /// What it is, in one line.
    pub title: &'static str,
    /// How people call it: what a question in words is held against, with the title.
    pub words: &'static str,
    /// The services whose logs show it; empty: any.
    pub services: &'static [&'static str],
    /// How its messages begin: a regular expression, anchored at the start of the message.
    pub pattern: &'static str,
    /// Why it happens.
    pub cause: &'static str,
    /// What to do, step by step.
    pub fix: &'static [&'static str],
    /// What not to do.
    pub avoid: &'static [&'static str],
    /// Commands that show whether it is over.
    pub check: &'static [&'static str],
    /// What the controller may do about it.
    pub remedy: Remedy,
    /// How sure the rule is when it matches, in percent.
    pub percent: u8,
    /// Lines that it matches.
    pub examples: &'static [&'static str],
}

/// What may stand between the head of a line and its message: a logger or a class of errors.
const LEAD: &str = r"(?i)^(?:[a-z_][a-z0-9_.\-]*: )?(?:";

/// The most that is read of a message, in bytes.
const MESSAGE_BYTES_MAX: usize = 2_000;

static RULES: LazyLock<RegexSet> = LazyLock::new(|| {
    let patterns = all().map(|issue| [LEAD, issue.pattern, ")"].concat());
    RegexSetBuilder::new(patterns)
        .unicode(false)
        .build()
        .expect("a test builds every rule")
});

/// All rules.
pub fn all() -> impl Iterator<Item = &'static KnownIssue> {
    table::TABLES.into_iter().flatten()
}

/// The rules that a log line matches, the surest first.
#[must_use]
pub fn in_line(line: &str) -> Vec<&'static KnownIssue> {
    let mut prepared = Prepared::default();
    prepared.read(line.as_bytes());
    let message = prepared.message();
    let message = message.trim_ascii_start();
    let message = &message[..message.len().min(MESSAGE_BYTES_MAX)];
    let mut found: Vec<&KnownIssue> = RULES
        .matches(message)
        .iter()
        .filter_map(|at| all().nth(at))
        .collect();
    found.sort_by_key(|issue| std::cmp::Reverse(issue.percent));
    found
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_example_matches_its_own_rule_and_no_other() {
        let mut wrong = Vec::new();
        for issue in all() {
            assert!(!issue.examples.is_empty(), "{}", issue.id);
            for example in issue.examples {
                let ids: Vec<&str> = in_line(example).iter().map(|found| found.id).collect();
                if ids != [issue.id] {
                    wrong.push(format!("{}: {example} -> {ids:?}", issue.id));
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn rules_are_complete_and_have_names_of_their_own() {
        let mut ids = BTreeSet::new();
        for issue in all() {
            assert!(ids.insert(issue.id), "{} twice", issue.id);
            assert!(
                !issue.fix.is_empty() && !issue.avoid.is_empty(),
                "{}",
                issue.id
            );
            assert!((50..=94).contains(&issue.percent), "{}", issue.id);
            assert!(!issue.pattern.starts_with(".*"), "{}", issue.id);
        }
        for id in [
            "ui_internal_allowlist_block",
            "ui_startup_unreachable",
            "assistant_compose_no_services_to_build",
            "captures_directory_permission_denied",
            "wifi_management_interface_conflict",
        ] {
            assert!(ids.contains(id), "{id}");
        }
    }

    #[test]
    fn the_same_words_later_in_a_line_are_no_issue() {
        for line in [
            "2026-03-04 05:06:07,089 INFO [wicap.ui] a client wrote: UI push failed: 403 Client not allowed",
            "2026-03-04 05:06:07,089 INFO [wicap.ui] retry helps against [Errno 28] No space left on device",
            "all good",
            "",
        ] {
            assert!(in_line(line).is_empty(), "{line}");
        }
    }
}
