//! The verdict over one line.

use super::words::Strength;
use super::{Category, Level, matcher, pytest};

/// What is known about a line before its words are read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clue<'a> {
    /// The level that the line names.
    pub level: Option<Level>,
    /// The level is only an engine's mark (`#` of Redis), not a word.
    pub is_marked_only: bool,
    /// The status code of an access line.
    pub status: Option<u16>,
    /// The line without its head.
    pub message: &'a [u8],
}

/// How bad a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Severity {
    /// The level that the line names, or the one that its status and words amount to.
    pub level: Level,
    /// Where it is kept.
    pub category: Category,
    /// A count over lines that stand for themselves (`== 2 failed, 9 passed ==`).
    pub is_summary: bool,
}

impl Severity {
    /// Whether the line tells of a failure.
    #[must_use]
    pub fn is_failure(self) -> bool {
        self.category.is_failure()
    }

    fn of(level: Level, category: Category) -> Self {
        Self { level, category, is_summary: false }
    }
}

/// Lowest status code that is a failure.
const STATUS_FAILURE_MIN: u16 = 400;
/// Lowest status code that is the server's failure.
const STATUS_SERVER_MIN: u16 = 500;

/// Marked lines that start with one of these tell of normal life (Redis marks its start and stop `#`).
const MARKED_NORMAL: [&[u8]; 9] = [
    b"WARNING", b"Warning", b"oO0", b"Redis version", b"Redis is now ready", b"User requested",
    b"Configuration loaded", b"Server initialized", b"Received SIG",
];

/// Judges one line.
#[must_use]
pub fn judge(clue: &Clue<'_>) -> Severity {
    if let Some(report) = pytest::read(clue.message) {
        let level = if report.category().is_failure() { Level::Error } else { Level::Info };
        let is_summary = report == pytest::Report::SummaryFailed;
        return Severity { is_summary, ..Severity::of(level, report.category()) };
    }
    let level = clue.level.filter(|_| !clue.is_marked_only);
    match (level, clue.status) {
        (Some(Level::Error | Level::Critical), _) => failure(level.unwrap_or(Level::Error), clue),
        (_, Some(status)) => by_status(status, level, clue),
        (Some(Level::Warning), None) => by_words(Level::Warning, Strength::Strong, clue),
        (Some(Level::Trace | Level::Debug | Level::Info | Level::Notice), None) => {
            Severity::of(level.unwrap_or(Level::Info), Category::Info)
        }
        (None, None) if clue.level == Some(Level::Warning) => marked(clue),
        (None, None) if clue.level.is_some() => {
            Severity::of(clue.level.unwrap_or(Level::Info), Category::Info)
        }
        (None, None) => by_words(Level::Info, Strength::Plain, clue),
    }
}

fn failure(level: Level, clue: &Clue<'_>) -> Severity {
    let category = if names_container(clue.message) { Category::DockerFail } else { Category::Error };
    Severity::of(level, category)
}

fn by_status(status: u16, level: Option<Level>, clue: &Clue<'_>) -> Severity {
    if status >= STATUS_SERVER_MIN {
        return failure(Level::Error, clue);
    }
    if status >= STATUS_FAILURE_MIN {
        return Severity::of(Level::Warning, Category::Error);
    }
    Severity::of(level.unwrap_or(Level::Info), Category::Info)
}

fn marked(clue: &Clue<'_>) -> Severity {
    if MARKED_NORMAL.iter().any(|start| clue.message.starts_with(start)) {
        return by_words(Level::Warning, Strength::Strong, clue);
    }
    failure(Level::Error, clue)
}

fn by_words(level: Level, weakest: Strength, clue: &Clue<'_>) -> Severity {
    let found = matcher::strongest(clue.message);
    let counts = match found {
        Some(Strength::Strong) => true,
        Some(Strength::Plain | Strength::Code) => weakest == Strength::Plain,
        None => false,
    };
    if counts {
        return failure(level.max(Level::Error), clue);
    }
    if level == Level::Warning || says_warning(clue.message) {
        return Severity::of(Level::Warning, Category::Warning);
    }
    Severity::of(level, Category::Info)
}

fn says_warning(message: &[u8]) -> bool {
    let start = &message[..message.len().min(200)];
    start.windows(8).any(|eight| eight.eq_ignore_ascii_case(b"warning:") || eight.eq_ignore_ascii_case(b"warning "))
}

/// Whether a failure is one of containers: it names them, or their images.
fn names_container(message: &[u8]) -> bool {
    let start = &message[..message.len().min(400)];
    [&b"container"[..], b"docker", b"exited with code", b"daemon:", b"restarting ("].iter().any(|word| {
        start.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(level: Option<Level>, status: Option<u16>, message: &str, expected: Category) {
        let clue = Clue { level, is_marked_only: false, status, message: message.as_bytes() };
        assert_eq!(judge(&clue).category, expected, "{message}");
    }

    #[test]
    fn the_level_decides_without_any_word() {
        check(Some(Level::Error), None, "circuit breaker OPEN", Category::Error);
        check(Some(Level::Critical), None, "disk usage 98%", Category::Error);
        check(Some(Level::Info), None, "previous attempt failed", Category::Info);
        check(Some(Level::Debug), None, "Traceback", Category::Info);
    }

    #[test]
    fn the_status_decides_over_words() {
        check(None, Some(200), "GET /api/container/failed", Category::Info);
        check(None, Some(503), "GET /health", Category::Error);
        check(Some(Level::Info), Some(403), "POST /emit", Category::Error);
        check(None, Some(304), "GET /error", Category::Info);
    }

    #[test]
    fn a_warning_fails_only_by_strong_words() {
        check(Some(Level::Warning), None, "UI push failed: 403", Category::Error);
        check(Some(Level::Warning), None, "slow batch, timeout near", Category::Warning);
        check(None, None, "x.py:3: DeprecationWarning: utcnow() is deprecated", Category::Warning);
    }

    #[test]
    fn words_decide_lines_without_level() {
        check(None, None, "Container wicap-processor is unhealthy", Category::DockerFail);
        check(None, None, "brcmfmac: firmware halted", Category::Error);
        check(None, None, "entered promiscuous mode", Category::Info);
        check(None, None, "tests/t.py::test_raises_exception PASSED", Category::PytestPass);
    }

    #[test]
    fn a_mark_is_weaker_than_a_level() {
        let clue = |message: &'static str| Clue {
            level: Some(Level::Warning),
            is_marked_only: true,
            status: None,
            message: message.as_bytes(),
        };
        assert!(judge(&clue("Connection with replica lost.")).is_failure());
        assert!(!judge(&clue("WARNING Memory overcommit must be enabled!")).is_failure());
        assert!(!judge(&clue("User requested shutdown...")).is_failure());
    }
}
