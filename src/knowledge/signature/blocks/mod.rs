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
    Python(python::Phase),
    Stack(stack::Kind),
    /// The section of one failed test.
    Pytest(Vec<u8>),
}

#[derive(Debug)]
struct Open {
    failure: Failure,
    shape: Shape,
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
            Shape::Python(python::Phase::Frames { is_indented: false })
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
        self.open = Some(Open { failure, shape });
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
    let failure = &mut open.failure;
    let outcome = match &mut open.shape {
        Shape::Head if python::is_start(line.message()) => {
            open.shape = Shape::Python(python::Phase::Frames { is_indented: false });
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
        Shape::Python(phase) => match python::step(phase, number, line, failure) {
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

/// The frame tells failures of the same message apart.
fn close(open: &mut Open) {
    if let Some(frame) = &open.failure.frame {
        open.failure.context = hash::mix(1, hash::bytes(frame.as_bytes()));
    }
}
