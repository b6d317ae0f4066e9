//! Sections of failed tests.

use super::{Continued, Failure};
use crate::knowledge::signature::prepared::Prepared;

/// The test of a `_____ test_name _____` line.
pub(super) fn section(message: &[u8]) -> Option<&[u8]> {
    let inside = message.strip_prefix(b"___")?.strip_suffix(b"___")?;
    let start = inside.iter().position(|b| *b != b'_')?;
    let end = inside.iter().rposition(|b| *b != b'_')? + 1;
    let name = inside[start..end].trim_ascii();
    (!name.is_empty()).then_some(name)
}

/// Takes the next line of the section of `test`.
pub(super) fn step(test: &[u8], number: u64, line: &Prepared, failure: &mut Failure) -> Continued {
    let message = line.message();
    if message.starts_with(b"FAILED ") || message.starts_with(b"ERROR ") {
        let is_own = message.windows(test.len().max(1)).any(|part| part == test);
        if !is_own {
            return Continued::No;
        }
        failure.line = number;
        failure.message = message.to_vec();
        return Continued::Last;
    }
    if message.starts_with(b"====") || section(message).is_some() {
        return Continued::No;
    }
    if message.starts_with(b"E   ") && failure.line == failure.first_line {
        failure.line = number;
        failure.message = [test, b" ", message[1..].trim_ascii()].concat();
    }
    Continued::Yes
}
