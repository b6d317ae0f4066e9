//! Stacks that follow the line that names the failure: JavaScript, Java, Go, Rust.

use super::Failure;
use crate::knowledge::signature::prepared::Prepared;

/// Which kind of lines may follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Indented frames.
    Indented,
    /// Goroutines: functions without indent, their places with.
    Go,
    /// The sentence of a Rust panic stands below its place.
    Rust,
}

/// Whether a line continues the failure named `message`.
pub(super) fn begins(message: &[u8], line: &Prepared) -> Option<Kind> {
    if line.head().time.is_some() {
        return None;
    }
    let next = line.message();
    if is_go(message) && (is_go_trace(next) || next.is_empty()) {
        return Some(Kind::Go);
    }
    if message.starts_with(b"thread '") && !line.has_head() && (message.ends_with(b":") || is_rust_note(next)) {
        return Some(Kind::Rust);
    }
    (is_frame(next) || is_indented(line)).then_some(Kind::Indented)
}

/// Whether a line goes on a stack of this kind.
pub(super) fn continues(kind: Kind, line: &Prepared) -> bool {
    let next = line.message();
    if line.head().time.is_some() {
        return false;
    }
    match kind {
        Kind::Indented => is_frame(next) || is_indented(line),
        Kind::Go => is_go_trace(next) || is_indented(line) || is_go_function(next) || next.is_empty(),
        Kind::Rust => is_rust_note(next) || is_indented(line),
    }
}

/// Keeps what a line of the stack tells: the innermost frame, the cause, a panic's sentence.
pub(super) fn note(kind: Kind, line: &Prepared, failure: &mut Failure) {
    let text = line.message();
    let shown = || String::from_utf8_lossy(text).into_owned();
    if text.starts_with(b"Caused by: ") {
        failure.cause = Some(shown().replacen("Caused by: ", "", 1));
    }
    if failure.frame.is_none() {
        failure.frame = match kind {
            Kind::Indented => text.strip_prefix(b"at ").map(function),
            Kind::Go => is_go_function(text).then(|| function(text)),
            Kind::Rust => None,
        };
    }
    if kind == Kind::Rust && failure.n_lines == 1 && !is_rust_note(text) {
        failure.message.push(b' ');
        failure.message.extend_from_slice(text);
    }
}

/// The name of the function of a frame, without its place and arguments.
fn function(frame: &[u8]) -> String {
    let end = match frame.iter().rposition(|b| *b == b'(') {
        Some(open) if open > 0 => open,
        Some(_) | None => frame.len(),
    };
    String::from_utf8_lossy(frame[..end].trim_ascii()).into_owned()
}

fn is_indented(line: &Prepared) -> bool {
    line.indent() >= 1 && !line.has_head() && !line.message().is_empty() && !line.severity().is_summary
}

fn is_frame(text: &[u8]) -> bool {
    let is_more = text.starts_with(b"... ") && text.ends_with(b" more");
    (text.starts_with(b"at ") && text.contains(&b'(')) || text.starts_with(b"Caused by: ") || is_more
}

fn is_go(message: &[u8]) -> bool {
    message.starts_with(b"panic: ") || message.starts_with(b"fatal error: ")
}

fn is_go_trace(text: &[u8]) -> bool {
    text.starts_with(b"goroutine ")
        || text.starts_with(b"[signal ")
        || text.starts_with(b"created by ")
        || text.starts_with(b"exit status ")
        || text.starts_with(b"panic: ")
}

fn is_go_function(text: &[u8]) -> bool {
    let is_call = text.ends_with(b")") && text.contains(&b'.') && !text.starts_with(b"(");
    is_call && !text[..text.iter().position(|b| *b == b'(').unwrap_or(0)].contains(&b' ')
}

fn is_rust_note(text: &[u8]) -> bool {
    text.starts_with(b"note: ") || text.starts_with(b"stack backtrace:")
}
