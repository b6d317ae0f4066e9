use std::{collections::BTreeSet, sync::LazyLock};

use super::{
    rule::{KnownIssue, all},
    thesaurus::{known, meaning_of, meanings},
};
use crate::knowledge::{relevance::Rarity, signature::Prepared, spelling};

/// The least share of a question's words that a known issue must have.
const SHARE_MIN: f64 = 0.60;

/// The same for a line of a log: its pattern should have known it, and other programs log as well.
const LINE_SHARE_MIN: f64 = 0.75;

/// The least weight of the words that are shared.
const WEIGHT_MIN: f64 = 0.65;

/// The fewest words that are shared: `slow` alone is no question about anything.
const SHARED_MIN: usize = 2;

/// Issues that are told.
const FOUND_MAX: usize = 3;

/// Most characters of a question that are read.
const QUESTION_CHARS_MAX: usize = 2_000;

/// Fewest letters of a word that is read with one letter wrong.
const TYPO_CHARS_MIN: usize = 6;

/// Parts of the stack.
const PARTS: &str = "processor scout redis watcher intel worker docker compose database container \
    service wifi bluetooth host stack soak";

/// Things that they have or do in good days as well.
const THINGS: &str = "port address secret password queue event file page folder adapter memory disk \
    telemetry collector sensor hub socket image restart start internal capture";

/// The words of the table, read once.
struct Index {
    issues: Vec<Known>,
    rarity: Rarity,
    vocabulary: BTreeSet<String>,
    parts: Vec<String>,
    things: Vec<String>,
}

struct Known {
    issue: &'static KnownIssue,
    /// What it is called.
    names: Vec<String>,
    /// Everything it says.
    all: Vec<String>,
}

static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let issues: Vec<Known> = all()
        .map(|issue| {
            let names = meanings(&[issue.title, " ", issue.words].concat());
            let mut all = names.clone();
            let said = [issue.cause]
                .into_iter()
                .chain(issue.examples.iter().copied());
            for stem in said.flat_map(meanings) {
                if !all.contains(&stem) {
                    all.push(stem);
                }
            }
            Known { issue, names, all }
        })
        .collect();
    let texts: Vec<Vec<String>> = issues.iter().map(|one| one.all.clone()).collect();
    let said = texts.iter().flatten().cloned();
    let vocabulary = said.chain(known().map(str::to_owned)).collect();
    Index {
        rarity: Rarity::of_texts(&texts),
        issues,
        vocabulary,
        parts: meanings(PARTS),
        things: meanings(THINGS),
    }
});

/// The rules that have most of the words of a question, the best first, each with its share of them.
#[must_use]
pub fn in_words(question: &str) -> Vec<(&'static KnownIssue, f64)> {
    let index = &*INDEX;
    let question: String = question.chars().take(QUESTION_CHARS_MAX).collect();
    let asked: Vec<String> = meanings(&question)
        .into_iter()
        .map(|stem| index.spelled(stem))
        .collect();
    let part_min = if is_line(&question) {
        LINE_SHARE_MIN
    } else {
        SHARE_MIN
    };
    let mut found: Vec<(&KnownIssue, Share)> = index
        .issues
        .iter()
        .filter_map(|known| Some((known.issue, index.share(known, &asked)?)))
        .filter(|(_, share)| share.part >= part_min)
        .collect();
    found.sort_by(|(_, a), (_, b)| {
        let by_part = b.part.total_cmp(&a.part);
        by_part.then_with(|| b.weight.total_cmp(&a.weight))
    });
    found.truncate(FOUND_MAX);
    found
        .into_iter()
        .map(|(issue, share)| (issue, share.part))
        .collect()
}

/// Whether a program wrote it: it opens with a time, a level or the name of the program.
fn is_line(question: &str) -> bool {
    let mut prepared = Prepared::default();
    prepared.read_head(question.as_bytes());
    let head = prepared.head();
    let first = question.split_whitespace().next();
    head.time.is_some() || head.level.is_some() || first.is_some_and(|word| word.ends_with(':'))
}

/// What an issue has of a question.
struct Share {
    /// Which part of its weight, from 0 to 1.
    part: f64,
    /// The weight of the shared words.
    weight: f64,
}

impl Index {
    /// What an issue has of what was asked; `None` where it is not about that.
    fn share(&self, known: &Known, asked: &[String]) -> Option<Share> {
        // What can happen to every service does not depend on which one is named.
        let is_asked = |stem: &&String| {
            !known.issue.services.is_empty()
                || known.all.contains(stem)
                || !self.parts.contains(stem)
        };
        let asked: Vec<String> = asked.iter().filter(is_asked).cloned().collect();
        let shared: Vec<&String> = asked
            .iter()
            .filter(|stem| known.all.contains(stem))
            .collect();
        let weight: f64 = shared.iter().map(|stem| self.rarity.weight(stem)).sum();
        // Whoever names only parts and things tells of no failure.
        let is_failure = shared
            .iter()
            .any(|stem| !self.parts.contains(stem) && !self.things.contains(stem));
        // What an issue is called tells more than what its lines happen to hold.
        let part = 0.5 * self.rarity.coverage(&asked, &known.all)
            + 0.5 * self.rarity.coverage(&asked, &known.names);
        let is_enough = shared.len() >= SHARED_MIN && weight >= WEIGHT_MIN;
        (is_failure && is_enough).then_some(Share { part, weight })
    }

    /// A word that nobody knows, as the known one that it is but for one letter.
    fn spelled(&self, stem: String) -> String {
        if self.vocabulary.contains(&stem) || stem.chars().count() < TYPO_CHARS_MIN {
            return stem;
        }
        let long = self.vocabulary.iter().map(String::as_str);
        let alike = long.filter(|word| word.chars().count() >= TYPO_CHARS_MIN);
        spelling::within(&stem, alike, 1).map_or(stem, |word| meaning_of(word).to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(question: &str, expected: Option<&str>) {
        let found = in_words(question);
        assert_eq!(
            expected,
            found.first().map(|(issue, _)| issue.id),
            "{question}"
        );
    }

    #[test]
    fn a_question_in_words_finds_its_issue() {
        check("disk full", Some("disk_full"));
        check("redis is dead", Some("redis_down"));
        check("the disk of the processor is full", Some("disk_full"));
        check("monitr mode failed", Some("wifi_monitor_mode_failed"));
        check(
            "captures directry not writable",
            Some("captures_directory_permission_denied"),
        );
    }

    #[test]
    fn parts_alone_and_words_that_are_everywhere_are_no_failure() {
        for question in [
            "processor",
            "what does the processor do",
            "server down",
            "redis and docker",
            "",
        ] {
            check(question, None);
        }
    }

    #[test]
    fn lines_of_other_programs_share_words_with_failures_of_the_stack() {
        check(
            "ssh: connect to host build7 port 22: Connection refused",
            None,
        );
        check("2026-03-04 05:06:07 ERROR the shop's queue grows", None);
    }

    #[test]
    fn every_issue_is_found_by_its_own_words() {
        for issue in all() {
            let found = in_words(issue.words);
            assert_eq!(
                Some(issue.id),
                found.first().map(|(issue, _)| issue.id),
                "{}",
                issue.words
            );
        }
    }
}
