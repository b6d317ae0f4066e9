//! How a verification ended, read with its numbers and its negations.

/// How something ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Well.
    Pass,
    /// Badly.
    Fail,
}

impl Verdict {
    /// The stored name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
        }
    }
}

/// A closing count of tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TestCounts {
    /// Tests that passed.
    pub passed: u64,
    /// Tests that failed or could not run.
    pub failed: u64,
}

impl TestCounts {
    /// How the run ended.
    #[must_use]
    pub fn verdict(self) -> Verdict {
        if self.failed > 0 {
            Verdict::Fail
        } else {
            Verdict::Pass
        }
    }
}

/// Words that say that something is well again.
const GOOD: [&str; 17] = [
    "fixed",
    "resolved",
    "works",
    "working",
    "passed",
    "passes",
    "pass",
    "success",
    "successful",
    "successfully",
    "verified",
    "green",
    "clean",
    "succeeded",
    "solved",
    "healthy",
    "ok",
];

/// Words that say that something is bad.
const BAD: [&str; 14] = [
    "failed",
    "fails",
    "failing",
    "fail",
    "failure",
    "failures",
    "broken",
    "broke",
    "regression",
    "regressions",
    "crashes",
    "crashed",
    "errors",
    "error",
];

/// Words that turn the next three around.
const DENIALS: [&str; 13] = [
    "no", "not", "never", "without", "zero", "0", "none", "didn't", "doesn't", "isn't", "won't",
    "cannot", "neither",
];

/// Words that make a sentence about the future, a wish or a plan.
const PLANS: [&str; 12] = [
    "should", "will", "would", "next", "todo", "plan", "planned", "need", "needs", "if",
    "criteria", "must",
];

/// Reads a closing count: `52 passed, 0 failed in 3s`, `2 failed, 9 passed`.
#[must_use]
pub fn test_counts(line: &str) -> Option<TestCounts> {
    let mut counts = TestCounts {
        passed: 0,
        failed: 0,
    };
    let mut is_count = false;
    let mut before: Option<u64> = None;
    for word in line
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
    {
        match (before, word.to_ascii_lowercase().as_str()) {
            (Some(n), "passed") => {
                counts.passed = counts.passed.saturating_add(n);
                is_count = true;
            }
            (Some(n), "failed" | "error" | "errors") => {
                counts.failed = counts.failed.saturating_add(n);
                is_count = true;
            }
            _ => (),
        }
        before = word.parse().ok();
    }
    is_count.then_some(counts)
}

/// Reads a sentence: how it says that something ended, or nothing when it does not say.
#[must_use]
pub fn verdict(sentence: &str) -> Option<Verdict> {
    if let Some(counts) = test_counts(sentence) {
        return Some(counts.verdict());
    }
    let lower = sentence.to_lowercase().replace('’', "'");
    let words: Vec<&str> = lower
        .split(|c: char| !(c.is_alphanumeric() || matches!(c, '\'' | '-' | '_' | '/' | '.')))
        .map(|word| word.trim_matches(['.', '\'', '-', '/']))
        .filter(|word| !word.is_empty())
        .collect();
    if words.iter().any(|word| PLANS.contains(word)) {
        return None;
    }
    let mut found = None;
    for (at, word) in words.iter().enumerate() {
        let is_denied = is_denied(&words, at);
        let says = if GOOD.contains(word) {
            // "Fixed the failing test" ends well, whatever was fixed.
            Some(if is_denied {
                Verdict::Fail
            } else {
                Verdict::Pass
            })
        } else if BAD.contains(word) {
            Some(if is_denied {
                Verdict::Pass
            } else {
                Verdict::Fail
            })
        } else if *word == "still" && words.get(at + 1).is_some_and(|next| BAD.contains(next)) {
            return Some(Verdict::Fail);
        } else if *word == "work" && is_denied {
            Some(Verdict::Fail)
        } else {
            None
        };
        found = match (found, says) {
            (None, says) => says,
            (Some(Verdict::Pass), Some(Verdict::Fail)) if is_object(&words, at) => found,
            (Some(_), Some(says)) => Some(says),
            (found, None) => found,
        };
    }
    found
}

/// Whether one of the three words before `at` denies it. A denied verb in between takes the denial
/// (`client not allowed: resolved`).
fn is_denied(words: &[&str], at: usize) -> bool {
    let start = at.saturating_sub(3);
    let Some(denial) = (start..at)
        .rev()
        .find(|before| DENIALS.contains(&words[*before]))
    else {
        return false;
    };
    let is_about_things = matches!(words[denial], "no" | "without" | "zero" | "0" | "none");
    let between = &words[denial + 1..at];
    is_about_things
        || !between
            .iter()
            .any(|word| word.ends_with("ed") && word.len() > 4)
}

/// Whether the bad word at `at` is what a good verb before it dealt with (`fixed the failed push`).
fn is_object(words: &[&str], at: usize) -> bool {
    let start = at.saturating_sub(4);
    words[start..at]
        .iter()
        .any(|word| matches!(*word, "fixed" | "resolved" | "solved"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sentence: &str, expected: Option<Verdict>) {
        assert_eq!(expected, verdict(sentence), "{sentence}");
    }

    #[test]
    fn counts_are_numbers() {
        check("52 passed, 0 failed", Some(Verdict::Pass));
        check("52 passed, 3 failed", Some(Verdict::Fail));
        check("== 2 failed, 9 passed in 3s ==", Some(Verdict::Fail));
        check("40 passed", Some(Verdict::Pass));
        assert_eq!(
            Some(TestCounts {
                passed: 9,
                failed: 2
            }),
            test_counts("2 failed, 9 passed")
        );
        assert_eq!(None, test_counts("the 3 tests"));
    }

    #[test]
    fn a_denial_turns_a_word_around() {
        check("no regression found", Some(Verdict::Pass));
        check("it did not work", Some(Verdict::Fail));
        check("sql still broken", Some(Verdict::Fail));
        check("still failing on CI", Some(Verdict::Fail));
        check("not fixed yet", Some(Verdict::Fail));
        check("ran without errors", Some(Verdict::Pass));
        check(
            "UI push 403 client not allowed resolved",
            Some(Verdict::Pass),
        );
        check(
            "UI push 403 client not allowed failed again",
            Some(Verdict::Fail),
        );
        check("it is not yet fixed", Some(Verdict::Fail));
    }

    #[test]
    fn what_was_fixed_is_not_what_failed() {
        check("fixed the failing push", Some(Verdict::Pass));
        check(
            "Fixed redis reconnect in src/q.py, verified with a soak",
            Some(Verdict::Pass),
        );
        check("the sql writer failed again", Some(Verdict::Fail));
        check("Soak clean", Some(Verdict::Pass));
        check("All tests passed", Some(Verdict::Pass));
    }

    #[test]
    fn plans_and_other_words_say_nothing() {
        check("we should have resolved sql", None);
        check("Success criteria", None);
        check("bypassed", None);
        check("next we fixed redis", None);
        check("", None);
    }

    proptest::proptest! {
        #[test]
        fn any_sentence_is_read(sentence in "\\PC{0,200}") {
            let _ = verdict(&sentence);
        }
    }
}
