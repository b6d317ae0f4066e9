//! Lines of pytest's own report.

use super::category::Category;

/// What a line of a pytest report says, if it is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Report {
    /// One test passed, was skipped, or failed as expected.
    Passed,
    /// One test failed or could not run.
    Failed,
    /// The closing count of a run without failures.
    SummaryPassed,
    /// The closing count of a run with failures.
    SummaryFailed,
    /// A line between two rows of `=`.
    Banner,
}

impl Report {
    /// Where it is kept.
    pub(super) fn category(self) -> Category {
        match self {
            Self::Banner => Category::Info,
            Self::Passed | Self::SummaryPassed => Category::PytestPass,
            Self::Failed | Self::SummaryFailed => Category::PytestFail,
        }
    }
}

/// Reads a line of a pytest report.
pub(super) fn read(message: &[u8]) -> Option<Report> {
    if message.starts_with(b"==") {
        return summary(message).or_else(|| message.ends_with(b"==").then_some(Report::Banner));
    }
    if message.starts_with(b"E   ") {
        return Some(Report::Failed);
    }
    if let Some(rest) = strip_outcome(message, &[b"FAILED ", b"ERROR "]) {
        return is_test(rest).then_some(Report::Failed);
    }
    if let Some(rest) = strip_outcome(message, &[b"PASSED ", b"SKIPPED ", b"XFAIL ", b"XPASS "]) {
        return (is_test(rest) || rest.starts_with(b"[")).then_some(Report::Passed);
    }
    if !is_test(message) {
        return None;
    }
    let after = &message[message.iter().position(|b| *b == b' ')?..];
    let outcome = after.trim_ascii_start();
    if outcome.starts_with(b"FAILED") || outcome.starts_with(b"ERROR") {
        return Some(Report::Failed);
    }
    let is_good = [&b"PASSED"[..], b"SKIPPED", b"XFAIL", b"XPASS"].iter().any(|w| outcome.starts_with(w));
    is_good.then_some(Report::Passed)
}

fn strip_outcome<'a>(message: &'a [u8], words: &[&[u8]]) -> Option<&'a [u8]> {
    words.iter().find_map(|word| message.strip_prefix(*word))
}

/// `tests/test_a.py::test_b …`, or a test file alone (`ERROR tests/test_a.py`).
fn is_test(text: &[u8]) -> bool {
    let length = text.iter().position(|b| *b == b' ').unwrap_or(text.len());
    let name = &text[..length];
    name.windows(5).any(|five| five == b".py::") || name.ends_with(b".py")
}

/// `==== 3 failed, 200 passed in 1.2s ====`.
fn summary(message: &[u8]) -> Option<Report> {
    let words = message.split(|b| b.is_ascii_whitespace() || *b == b',').filter(|w| !w.is_empty());
    let mut before: &[u8] = b"";
    let mut is_summary = false;
    for word in words {
        let counted = before.iter().all(u8::is_ascii_digit) && !before.is_empty();
        if counted && before != b"0" && matches!(word, b"failed" | b"error" | b"errors") {
            return Some(Report::SummaryFailed);
        }
        is_summary |= counted && word == b"passed";
        before = word;
    }
    is_summary.then_some(Report::SummaryPassed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(message: &str, expected: Option<Report>) {
        assert_eq!(read(message.as_bytes()), expected, "{message}");
    }

    #[test]
    fn outcomes_are_read() {
        check("tests/t.py::test_raises_exception PASSED [ 3%]", Some(Report::Passed));
        check("tests/t.py::test_x FAILED", Some(Report::Failed));
        check("FAILED tests/t.py::test_x - KeyError: 'a'", Some(Report::Failed));
        check("ERROR tests/t.py", Some(Report::Failed));
        check("E   AssertionError: 1 != 2", Some(Report::Failed));
        check("=== 2 failed, 9 passed in 3s ===", Some(Report::SummaryFailed));
        check("=== 9 passed, 0 failed in 3s ===", Some(Report::SummaryPassed));
        check("=== FAILURES ===", Some(Report::Banner));
        check("ERROR IN CONTACTING RM.", None);
        check("FAILED to start", None);
    }
}
