//! Python tracebacks.

use super::Failure;
use crate::knowledge::signature::prepared::Prepared;

/// Where in a traceback we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Among the frames.
    Frames {
        /// The frames are indented: a line that is not ends them.
        is_indented: bool,
    },
    /// Just after a `File` line: its code comes next.
    Code { is_indented: bool },
    /// The exception was named.
    Named,
    /// A blank line or a sentence about another traceback came after it.
    Chained,
}

/// Whether a message opens a traceback.
pub(super) fn is_start(message: &[u8]) -> bool {
    message.starts_with(b"Traceback (most recent call last)")
}

/// A traceback that is being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Trace {
    phase: Phase,
    /// Blanks before its first line: a launcher pads what stands before every line.
    margin: usize,
}

impl Trace {
    /// A traceback of which only the first line is known.
    pub(super) fn opened(line: &Prepared) -> Self {
        Self {
            phase: Phase::Frames { is_indented: false },
            margin: line.indent(),
        }
    }
}

/// Takes the next line. False when it belongs to something else.
pub(super) fn step(trace: &mut Trace, number: u64, line: &Prepared, failure: &mut Failure) -> bool {
    let message = line.message();
    if is_start(message) {
        return restart(trace, line, failure);
    }
    let phase = &mut trace.phase;
    let is_indented = line.indent() > trace.margin;
    match *phase {
        Phase::Frames { .. } | Phase::Code { .. } => {
            frames(phase, is_indented, (number, line), failure)
        }
        Phase::Named => after_name(phase, is_indented, line),
        Phase::Chained => is_chain(message) || message.is_empty(),
    }
}

fn restart(trace: &mut Trace, line: &Prepared, failure: &mut Failure) -> bool {
    if trace.phase != Phase::Chained && !matches!(trace.phase, Phase::Frames { .. }) {
        return false;
    }
    if trace.phase == Phase::Chained {
        failure.cause = Some(String::from_utf8_lossy(&failure.message).into_owned());
    }
    *trace = Trace::opened(line);
    true
}

fn frames(
    phase: &mut Phase,
    is_indented: bool,
    (number, line): (u64, &Prepared),
    failure: &mut Failure,
) -> bool {
    let message = line.message();
    if let Some(frame) = frame(message) {
        failure.frame = Some(frame);
        *phase = Phase::Code { is_indented };
        return true;
    }
    let are_indented = matches!(
        phase,
        Phase::Frames { is_indented: true } | Phase::Code { is_indented: true }
    );
    let is_inside = match are_indented {
        true => is_indented,
        false => matches!(phase, Phase::Code { .. }) && !is_exception(message),
    };
    if is_inside || is_marker(message) {
        *phase = Phase::Frames {
            is_indented: are_indented,
        };
        return true;
    }
    if line.head().time.is_some() || message.is_empty() {
        return false;
    }
    failure.line = number;
    failure.message = message.to_vec();
    *phase = Phase::Named;
    true
}

fn after_name(phase: &mut Phase, is_indented: bool, line: &Prepared) -> bool {
    let message = line.message();
    if message.is_empty() && !line.has_head() || is_chain(message) {
        *phase = Phase::Chained;
        return true;
    }
    is_indented && !line.has_head() && !message.is_empty()
}

fn is_chain(message: &[u8]) -> bool {
    message.starts_with(b"During handling of the above exception")
        || message.starts_with(b"The above exception was the direct cause")
}

/// `^^^^`, `~~~~`, `[Previous line repeated 12 more times]`.
fn is_marker(message: &[u8]) -> bool {
    let is_underline =
        !message.is_empty() && message.iter().all(|b| matches!(b, b'^' | b'~' | b' '));
    is_underline || message.starts_with(b"[Previous line repeated")
}

/// `file:function` of a `File "…", line 3, in function` line.
fn frame(message: &[u8]) -> Option<String> {
    let rest = message.strip_prefix(b"File \"")?;
    let quote = rest.iter().position(|b| *b == b'"')?;
    let path = &rest[..quote];
    let name = path
        .iter()
        .rposition(|b| *b == b'/')
        .map_or(path, |slash| &path[slash + 1..]);
    let after = String::from_utf8_lossy(&rest[quote..]).into_owned();
    let function = after.split(", in ").nth(1).unwrap_or("?");
    Some(format!(
        "{}:{}",
        String::from_utf8_lossy(name),
        function.trim()
    ))
}

/// `package.Name: text` or `package.NameError`.
fn is_exception(message: &[u8]) -> bool {
    let length = message
        .iter()
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.'))
        .count();
    let name = &message[..length];
    let last = name.rsplit(|b| *b == b'.').next().unwrap_or(name);
    let is_class = last.first().is_some_and(u8::is_ascii_uppercase);
    let ends = matches!(message.get(length), None | Some(b':'));
    let is_known = [
        &b"Error"[..],
        b"Exception",
        b"Warning",
        b"Exit",
        b"Interrupt",
        b"Timeout",
        b"Expired",
    ]
    .iter()
    .any(|ending| last.ends_with(ending));
    is_class && ends && (is_known || message.get(length) == Some(&b':') && name.contains(&b'.'))
}
