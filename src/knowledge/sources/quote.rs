//! Failures that a text of past work quotes: named as the log names them that they come from.
//!
//! Only what stands around a quotation is taken off: the marks of quotes, lists and code, and the
//! place that a search prints in front. What is left must be the line itself, so that the same head
//! is cut and the same masks are laid on it.

use super::statements::is_error_shape;
use crate::knowledge::{
    severity::Category,
    signature::{
        Basis, Prepared,
        blocks::{Assembler, Failure},
    },
};

/// Marks around one quotation.
const MARKS_MAX: usize = 4;

/// Parts of the place in front of a line, as a search prints it: the path, the number.
const PLACES_MAX: usize = 3;

/// What opens a traceback.
const TRACEBACK: &str = "Traceback (most recent call last)";

/// What a failure of several lines has somewhere; without any there is none.
const BLOCK_SIGNS: [&str; 5] = [TRACEBACK, "  at ", "\tat ", "goroutine ", "thread '"];

/// What tells a failure from others: [`Prepared::name_as`] takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Naming {
    /// The message without its head.
    pub message: Vec<u8>,
    /// The route of a request, the frame of a traceback.
    pub context: u64,
}

impl Naming {
    /// What a line of a log is named by, where it stands alone.
    #[must_use]
    pub fn of_line(line: &str) -> Self {
        let mut prepared = Prepared::default();
        prepared.read(line.as_bytes());
        Self {
            message: prepared.message().to_vec(),
            context: prepared.context(),
        }
    }
}

/// A failure of several lines; lines count from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) first: usize,
    pub(super) last: usize,
    /// The line that names it.
    pub(super) line: usize,
    pub(super) naming: Naming,
}

/// What a line names; nothing when it only opens a traceback.
#[must_use]
pub fn naming(line: &str) -> Option<Naming> {
    let quoted = quoted(line);
    (!opens_traceback(quoted)).then(|| Naming::of_line(quoted))
}

/// Whether a line of a log is quoted that tells a failure and its time, or how a request ended.
pub(super) fn is_logged_failure(line: &str) -> bool {
    // Most lines of a chat have no time anywhere; to look for it costs little.
    let is_clock = |part: &[u8]| {
        matches!(
            part,
            [b'0'..=b'9', b'0'..=b'9', b':', b'0'..=b'9', b'0'..=b'9']
        )
    };
    if !line.as_bytes().windows(5).any(is_clock) {
        return false;
    }
    let mut prepared = Prepared::default();
    prepared.judge(quoted(line).as_bytes());
    let is_logged = prepared.head().time.is_some() || prepared.masked().status().is_some();
    is_logged && prepared.severity().is_failure()
}

/// Finds the failures of several lines, in order.
pub(super) fn blocks(text: &str) -> Vec<Block> {
    if !BLOCK_SIGNS.iter().any(|sign| text.contains(sign)) {
        return Vec::new();
    }
    let lines = inner_lines(text);
    let mut assembler = Assembler::new();
    let mut line = Prepared::default();
    let mut found = Vec::new();
    for (text, number) in lines.iter().zip(1..) {
        // What one piece of code holds does not go on in the next.
        if text.trim_start().starts_with("```") {
            assembler.finish(|failure| found.push(failure));
            continue;
        }
        line.judge(text.as_bytes());
        assembler.push(number, &line, |failure| found.push(failure));
    }
    assembler.finish(|failure| found.push(failure));
    let blocks = found
        .into_iter()
        .filter_map(|failure| block(failure, &lines));
    blocks.collect()
}

fn block(failure: Failure, lines: &[&str]) -> Option<Block> {
    let index = |number: u64| usize::try_from(number).unwrap_or(usize::MAX) - 1;
    let (first, line) = (index(failure.first_line), index(failure.line));
    let naming = Naming {
        message: failure.message,
        context: failure.context,
    };
    let is_block = failure.category != Category::PytestFail
        && (line != first || Naming::of_line(lines[line].trim()) != naming);
    let is_named = line == first || names_exception(&naming, failure.frame.is_some());
    (is_block && is_named && !naming.message.starts_with(TRACEBACK.as_bytes())).then(|| Block {
        first,
        last: first + usize::try_from(failure.n_lines).unwrap_or(1) - 1,
        line,
        naming,
    })
}

/// Whether this can be the last line of a traceback: a class, alone or with a text. Without a frame
/// before it, prose may look like one.
fn names_exception(naming: &Naming, has_frame: bool) -> bool {
    let message = String::from_utf8_lossy(&naming.message);
    let name = message.split(':').next().unwrap_or_default();
    let is_class = !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'));
    is_class && (has_frame || is_error_shape(&message))
}

/// The lines without the marks of a quote, and without the blanks before a whole traceback.
fn inner_lines(text: &str) -> Vec<&str> {
    let mut blanks_before = 0;
    let inner = text.lines().map(|line| {
        let line = unquoted(line);
        let blanks = line.len() - line.trim_start_matches([' ', '\t']).len();
        if line[blanks..].starts_with(TRACEBACK) {
            blanks_before = blanks;
        }
        &line[blanks.min(blanks_before)..]
    });
    inner.collect()
}

/// Without the `>` of a quote; blanks behind it tell code from frames.
fn unquoted(line: &str) -> &str {
    let Some(rest) = line.trim_start().strip_prefix('>') else {
        return line;
    };
    rest.strip_prefix(' ').unwrap_or(rest)
}

/// The line that is quoted.
fn quoted(line: &str) -> &str {
    let mut bare = line.trim();
    for _ in 0..MARKS_MAX {
        if has_head(bare) {
            break;
        }
        let next = unmarked(bare);
        if next == bare {
            break;
        }
        bare = next;
    }
    located(bare).or_else(|| code(bare)).unwrap_or(bare)
}

fn unmarked(line: &str) -> &str {
    if let Some(rest) = line.strip_prefix('>') {
        return rest.trim();
    }
    let is_code = |inside: &&str| !inside.contains('`');
    let inside = line
        .strip_prefix('`')
        .and_then(|rest| rest.strip_suffix('`'));
    match inside.filter(is_code) {
        Some(inside) => inside.trim(),
        None => super::statements::unlisted(line),
    }
}

/// Behind the place that a search prints: `logs/scout.log:12:2026-03-04 05:06:07 ERROR …`.
fn located(line: &str) -> Option<&str> {
    let mut rest = line;
    for _ in 0..PLACES_MAX {
        let (place, behind) = rest.split_once(':')?;
        if place.is_empty() || place.contains(char::is_whitespace) {
            return None;
        }
        if is_dated(behind) {
            return Some(behind);
        }
        rest = behind;
    }
    None
}

/// Whether a line begins with its date, or is a record that tells it.
fn is_dated(line: &str) -> bool {
    let mut prepared = Prepared::default();
    prepared.read_head(line.as_bytes());
    let time = prepared.head().time;
    line.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '[' | '{'))
        && time.is_some_and(|time| matches!(time.basis, Basis::Stated | Basis::NoZone))
}

/// The one piece of code in a sentence, where it is a line of a log or an exception.
fn code(line: &str) -> Option<&str> {
    let mut parts = line.split('`');
    let (_, inside, _) = (parts.next()?, parts.next()?.trim(), parts.next()?);
    let is_line = has_head(inside) && !Naming::of_line(inside).message.is_empty();
    let is_quote = is_line || is_exception(inside);
    (is_quote && parts.next().is_none()).then_some(inside)
}

fn is_exception(text: &str) -> bool {
    let (name, said) = text.split_once(": ").unwrap_or((text, ""));
    !said.trim().is_empty() && !name.contains(' ') && is_error_shape(text)
}

fn has_head(line: &str) -> bool {
    let mut prepared = Prepared::default();
    prepared.read_head(line.as_bytes());
    prepared.has_head()
}

fn opens_traceback(line: &str) -> bool {
    let line = line.strip_suffix(':').unwrap_or(line);
    let before = line.strip_suffix(TRACEBACK);
    before.is_some_and(|before| !before.ends_with(char::is_alphanumeric))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "2026-03-04 05:06:07,089 ERROR [wicap.scout] queue overflow: 7 frames lost";

    #[track_caller]
    fn check(line: &str, message: &str) {
        let found = naming(line).map(|naming| String::from_utf8(naming.message).unwrap());
        assert_eq!(message, found.unwrap_or_default(), "{line}");
    }

    #[test]
    fn what_stands_around_a_quotation_is_taken_off() {
        let message = "queue overflow: 7 frames lost";
        for line in [
            LINE.to_owned(),
            format!("> {LINE}"),
            format!("- `{LINE}`"),
            format!("  2. {LINE}"),
            format!("> - {LINE}"),
            format!("logs/scout.log:12:{LINE}"),
            format!("12:{LINE}"),
            format!(
                "scout.log:8:{{\"ts\":\"2026-03-04T05:06:07Z\",\"level\":\"error\",\"msg\":\"{message}\"}}"
            ),
            format!("It says `{LINE}` again."),
            format!("wicap-scout  | {LINE}"),
            message.to_owned(),
        ] {
            check(&line, message);
        }
        check("Got `KeyError: 'x'` from it", "KeyError: 'x'");
        check("* KeyError: 'x'", "KeyError: 'x'");
    }

    #[test]
    fn a_sentence_is_no_quotation() {
        for line in [
            "cannot open it: `permission denied`",
            "`KeyError: 'x'` and `ValueError: y`",
            "KeyError: 'x' is raised by `run`",
            "see a:b: KeyError: 'x'",
        ] {
            check(line, line);
        }
        check(
            "- 1131566461 2005.11.09 dn228 Nov 9 12:01:01 dn228/dn228 crond[2915]: closed",
            "closed",
        );
    }

    #[test]
    fn the_first_line_of_a_traceback_names_nothing() {
        check("Traceback (most recent call last):", "");
        check("> `Traceback (most recent call last):`", "");
        check("[SCOUT]    Traceback (most recent call last):", "");
        check("logs/scout.log:3:Traceback (most recent call last):", "");
        check(
            "Traceback is long: KeyError: 'x'",
            "Traceback is long: KeyError: 'x'",
        );
    }

    /// `first-last@line message` for each block.
    #[track_caller]
    fn check_blocks(text: &str, expected: &[&str]) {
        let found: Vec<String> = blocks(text)
            .iter()
            .map(|block| {
                let message = String::from_utf8_lossy(&block.naming.message);
                format!("{}-{}@{} {message}", block.first, block.last, block.line)
            })
            .collect();
        assert_eq!(expected, found, "{text}");
    }

    const TRACE: [&str; 4] = [
        "Traceback (most recent call last):",
        "  File \"/opt/a.py\", line 3, in run",
        "    go()",
        "KeyError: 'x'",
    ];

    #[test]
    fn a_quoted_traceback_is_one_failure() {
        let quoted = |mark: &str| TRACE.map(|line| [mark, line].concat()).join("\n");
        for mark in ["", "> ", ">", "    ", "\t", "[SCOUT]    "] {
            check_blocks(
                &format!("so:\n{}\nnext", quoted(mark)),
                &["1-4@4 KeyError: 'x'"],
            );
        }
        check_blocks(
            &format!("```\n{0}\n```\n```\n{0}\n```", quoted("")),
            &["1-4@4 KeyError: 'x'", "7-10@10 KeyError: 'x'"],
        );
        check_blocks(&format!("{LINE}\n{}", quoted("")), &["0-4@4 KeyError: 'x'"]);
    }

    #[test]
    fn a_traceback_without_an_end_is_none() {
        check_blocks("Traceback (most recent call last):", &[]);
        check_blocks("Traceback (most recent call last):\nI saw it twice", &[]);
        check_blocks(&format!("{}\n```\nso it is", TRACE[..3].join("\n")), &[]);
        check_blocks("ERROR: gone\n    $ docker ps at home", &[]);
    }

    #[test]
    fn stacks_of_other_languages_are_one_failure() {
        check_blocks(
            "TypeError: x is undefined\n    at f (/a.js:1:2)\n    at g (/a.js:3:4)",
            &["0-2@0 TypeError: x is undefined"],
        );
        check_blocks(
            "thread 'main' panicked at src/a.rs:1:2:\nindex out of bounds",
            &["0-1@0 thread 'main' panicked at src/a.rs:1:2: index out of bounds"],
        );
    }
}
