//! Failures that take several lines: one event each, named by the line that says what happened.

mod pytest;
mod python;
mod stack;

use super::hash;
use super::prepared::Prepared;
use super::time::LogTime;
use crate::knowledge::severity::{Category, Level};

/// How many lines a block may have; a longer one is closed.
pub const BLOCK_LINES_MAX: u64 = 2_000;

/// One failure: a line, or a block of lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Number of the line that names it.
    pub line: u64,
    /// Number of its first line.
    pub first_line: u64,
    /// How many lines it has.
    pub n_lines: u64,
    /// The message of the naming line.
    pub message: Vec<u8>,
    /// What tells it apart from failures of the same message: [`Prepared::name_as`] takes it.
    pub context: u64,
    /// Where it is kept.
    pub category: Category,
    /// How bad it is.
    pub level: Level,
    /// When it was written, as far as any of its lines says.
    pub time: Option<LogTime>,
    /// The innermost frame, `file:function`.
    pub frame: Option<String>,
    /// The exception that caused the naming one.
    pub cause: Option<String>,
}

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It stands alone and is no failure.
    Alone,
    /// It is part of a failure that is still open.
    Held,
}

#[derive(Debug)]
enum Shape {
    /// A failure of one line so far.
    Head,
    Python(python::Trace),
    Stack(stack::Kind),
    /// The section of one failed test.
    Pytest(Vec<u8>),
}

#[derive(Debug)]
struct Open {
    failure: Failure,
    shape: Shape,
    /// The container or process that wrote its first line.
    source: Option<Vec<u8>>,
}

/// Gathers the lines of one stream into failures.
#[derive(Debug, Default)]
pub struct Assembler {
    open: Option<Open>,
    has_failed_tests: bool,
}

impl Assembler {
    /// An assembler at the start of a stream.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next line, number `number`; a failure that it ends is handed to `each`.
    pub fn push(&mut self, number: u64, line: &Prepared, mut each: impl FnMut(Failure)) -> Taken {
        if let Some(open) = &mut self.open {
            match continued(open, number, line) {
                Continued::Yes => return Taken::Held,
                Continued::Last => {
                    self.finish(each);
                    return Taken::Held;
                }
                Continued::No => self.finish(&mut each),
            }
        }
        self.start(number, line)
    }

    /// Ends the stream: the failure that is still open is handed to `each`.
    pub fn finish(&mut self, mut each: impl FnMut(Failure)) {
        if let Some(mut open) = self.open.take() {
            close(&mut open);
            self.has_failed_tests |= open.failure.category == Category::PytestFail;
            each(open.failure);
        }
    }

    fn start(&mut self, number: u64, line: &Prepared) -> Taken {
        let message = line.message();
        let severity = line.severity();
        let shape = if python::is_start(message) {
            Shape::Python(python::Trace::opened(line))
        } else if let Some(test) = pytest::section(message) {
            Shape::Pytest(test.to_vec())
        } else if severity.is_failure() && !(severity.is_summary && self.has_failed_tests) {
            Shape::Head
        } else {
            return Taken::Alone;
        };
        let mut failure = Failure {
            line: number,
            first_line: number,
            n_lines: 1,
            message: message.to_vec(),
            context: line.context(),
            category: severity.category,
            level: severity.level,
            time: line.head().time,
            frame: None,
            cause: None,
        };
        match shape {
            Shape::Python(_) => {
                failure.category = Category::Error;
                failure.level = Level::Error;
            }
            Shape::Pytest(_) => {
                failure.category = Category::PytestFail;
                failure.level = Level::Error;
            }
            Shape::Head | Shape::Stack(_) => (),
        }
        let source = source(line).map(<[u8]>::to_vec);
        self.open = Some(Open {
            failure,
            shape,
            source,
        });
        Taken::Held
    }
}

enum Continued {
    Yes,
    Last,
    No,
}

fn continued(open: &mut Open, number: u64, line: &Prepared) -> Continued {
    if open.failure.n_lines >= BLOCK_LINES_MAX {
        return Continued::No;
    }
    let is_of_another = source(line).is_some_and(|name| open.source.as_deref() != Some(name));
    let failure = &mut open.failure;
    let outcome = match &mut open.shape {
        Shape::Head if is_of_another => Continued::No,
        Shape::Head if python::is_start(line.message()) => {
            open.shape = Shape::Python(python::Trace::opened(line));
            Continued::Yes
        }
        Shape::Head => match stack::begins(&failure.message, line) {
            Some(kind) => {
                stack::note(kind, line, failure);
                open.shape = Shape::Stack(kind);
                Continued::Yes
            }
            None => Continued::No,
        },
        Shape::Python(trace) => match python::step(trace, number, line, failure) {
            true => Continued::Yes,
            false => Continued::No,
        },
        Shape::Stack(kind) => {
            if stack::continues(*kind, line) {
                stack::note(*kind, line, failure);
                Continued::Yes
            } else {
                Continued::No
            }
        }
        Shape::Pytest(test) => pytest::step(test, number, line, failure),
    };
    if !matches!(outcome, Continued::No) {
        open.failure.n_lines += 1;
        open.failure.time = open.failure.time.or(line.head().time);
    }
    outcome
}

/// Who wrote a line, where a launcher says so.
fn source(line: &Prepared) -> Option<&[u8]> {
    let span = line.head().source.clone()?;
    Some(&line.text()[span])
}

/// The frame tells failures of the same message apart.
fn close(open: &mut Open) {
    if let Some(frame) = &open.failure.frame {
        open.failure.context = hash::mix(1, hash::bytes(frame.as_bytes()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `first-last@naming message [frame] <cause>` for each failure.
    fn failures(text: &str) -> Vec<String> {
        let mut assembler = Assembler::new();
        let mut line = Prepared::default();
        let mut found = Vec::new();
        let mut show = |failure: Failure| {
            let frame = failure
                .frame
                .map(|frame| format!(" [{frame}]"))
                .unwrap_or_default();
            let cause = failure
                .cause
                .map(|cause| format!(" <{cause}>"))
                .unwrap_or_default();
            let last = failure.first_line + failure.n_lines - 1;
            let message = String::from_utf8_lossy(&failure.message).into_owned();
            let (first, named, category) =
                (failure.first_line, failure.line, failure.category.name());
            found.push(format!(
                "{first}-{last}@{named} {category} {message}{frame}{cause}"
            ));
        };
        for (number, text) in text.lines().enumerate() {
            line.read(text.as_bytes());
            assembler.push(number as u64 + 1, &line, &mut show);
        }
        assembler.finish(show);
        found
    }

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(failures(text), expected);
    }

    #[test]
    fn a_traceback_is_one_failure_named_by_its_exception() {
        check(
            "2026-03-04 05:06:07,089 ERROR [p] worker 3 crashed\n\
             Traceback (most recent call last):\n  File \"/a/b.py\", line 3, in run\n    step()\n  \
             File \"/a/c.py\", line 9, in step\n    raise KeyError('x')\nKeyError: 'x'\n\
             2026-03-04 05:06:08,000 INFO [p] next",
            &["1-7@7 error KeyError: 'x' [c.py:step]"],
        );
    }

    #[test]
    fn the_cause_of_a_chained_traceback_is_kept() {
        let frames = "Traceback (most recent call last):\n  File \"a.py\", line 3, in f\n    g()\n";
        check(
            &format!(
                "{frames}OSError: disk\n\nDuring handling of the above exception, another exception occurred:\n\n\
                 {frames}RuntimeError: gone\nnext"
            ),
            &["1-11@11 error RuntimeError: gone [a.py:f] <OSError: disk>"],
        );
    }

    #[test]
    fn a_traceback_without_indent_is_read() {
        check(
            "[PROCESSOR] Traceback (most recent call last):\n[PROCESSOR] File \"a.py\", line 3, in f\n\
             [PROCESSOR] g()\n[PROCESSOR] RuntimeError: gone\n08:00:01 | INFO    | next",
            &["1-4@4 error RuntimeError: gone [a.py:f]"],
        );
    }

    #[test]
    fn a_traceback_behind_a_padded_name_is_read() {
        let trace = [
            "Traceback (most recent call last):",
            "  File \"a.py\", line 3, in f",
            "    g()",
            "RuntimeError: gone",
            "next",
        ];
        for name in ["[SCOUT]    ", "  ", "wicap-ui  |   "] {
            let text = trace.map(|line| [name, line].concat()).join("\n");
            check(&text, &["1-4@4 error RuntimeError: gone [a.py:f]"]);
        }
    }

    #[test]
    fn a_traceback_of_another_process_is_a_failure_of_its_own() {
        let frames = [
            "Traceback (most recent call last):",
            "  File \"a.py\", line 3, in f",
            "    g()",
            "RuntimeError: gone",
        ];
        let trace = frames.map(|line| ["[SCOUT]    ", line].concat()).join("\n");
        let named = "error RuntimeError: gone [a.py:f]";
        for other in ["ERROR: export failed", "[PROCESSOR] ERROR: export failed"] {
            check(
                &format!("{other}\n{trace}"),
                &["1-1@1 error export failed", &format!("2-5@5 {named}")],
            );
        }
        let own = format!("[SCOUT]    ERROR: hop failed\n{trace}");
        check(&own, &[&format!("1-5@5 {named}")]);
    }

    #[test]
    fn one_failure_after_the_other_is_two() {
        let go = "panic: boom\n[signal SIGSEGV: x]\ngoroutine 7 [running]:\nmain.(*R).pump(0x1)\n\t/src/p.go:3 +0x1";
        check(
            &format!("{go}\n{go}"),
            &[
                "1-5@1 error panic: boom [main.(*R).pump]",
                "6-10@6 error panic: boom [main.(*R).pump]",
            ],
        );
        check("ERROR: a\nERROR: b", &["1-1@1 error a", "2-2@2 error b"]);
    }

    #[test]
    fn stacks_of_other_languages_follow_their_name() {
        check(
            "TypeError: x is undefined\n    at f (/a.js:1:2)\n    at g (/a.js:3:4)\n  errno: -111",
            &["1-4@1 error TypeError: x is undefined [f]"],
        );
        check(
            "java.lang.IllegalStateException: no node\n\tat a.B.c(B.java:3)\nCaused by: java.io.IOException: io\n\t... 3 more\nok",
            &[
                "1-4@1 error java.lang.IllegalStateException: no node [a.B.c] <java.io.IOException: io>",
            ],
        );
        check(
            "thread 'main' panicked at src/a.rs:1:2:\nindex out of bounds\nnote: run with `RUST_BACKTRACE=1`",
            &["1-3@1 error thread 'main' panicked at src/a.rs:1:2: index out of bounds"],
        );
    }

    #[test]
    fn a_section_of_pytest_is_named_by_its_summary_line() {
        check(
            "___ test_x ___\n    def test_x():\n>       f()\nE       assert 1 == 2\nt.py:3: AssertionError\n\
             FAILED t.py::test_x - assert 1 == 2\n=== 1 failed, 3 passed in 1s ===",
            &["1-6@6 pytest_fail FAILED t.py::test_x - assert 1 == 2"],
        );
        check(
            "=== 1 failed, 3 passed in 1s ===",
            &["1-1@1 pytest_fail === 1 failed, 3 passed in 1s ==="],
        );
    }
}
