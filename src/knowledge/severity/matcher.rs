//! Finds statements of failure in a message, and hears when they are denied.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::words::{DENIALS, STATEMENTS, Strength, THINGS};

/// How many bytes of a message are read for words; what a line has to say stands before or after its payload.
const WINDOW: usize = 4096;

static WORDS: LazyLock<(AhoCorasick, Vec<Strength>)> = LazyLock::new(|| {
    let words: Vec<&str> = STATEMENTS.iter().flat_map(|family| family.words).copied().collect();
    let strengths = STATEMENTS.iter().flat_map(|family| family.words.iter().map(|_| family.strength));
    let strengths = strengths.collect();
    let automaton = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::LeftmostLongest)
        .kind(Some(AhoCorasickKind::DFA))
        .build(words)
        .expect("a few hundred short words fit any automaton");
    (automaton, strengths)
});

/// The strongest undenied statement of failure in `message`.
pub(super) fn strongest(message: &[u8]) -> Option<Strength> {
    if message.len() <= 2 * WINDOW {
        return strongest_in(message);
    }
    let tail = strongest_in(&message[message.len() - WINDOW..]);
    match strongest_in(&message[..WINDOW]) {
        Some(Strength::Strong) => Some(Strength::Strong),
        head => tail.or(head),
    }
}

fn strongest_in(message: &[u8]) -> Option<Strength> {
    let (automaton, strengths) = &*WORDS;
    let mut found = None;
    for hit in automaton.find_iter(message) {
        let strength = strengths[hit.pattern().as_usize()];
        if !states_failure(message, hit.start(), hit.end(), strength) {
            continue;
        }
        if strength == Strength::Strong {
            return Some(Strength::Strong);
        }
        found = Some(strength);
    }
    found
}

fn states_failure(message: &[u8], start: usize, end: usize, strength: Strength) -> bool {
    is_word(message, start, end)
        && !is_denied_before(&message[..start])
        && !is_denied_after(&message[end..], strength)
}

/// A whole word, or the end of a class name such as `KeyError`.
fn is_word(message: &[u8], start: usize, end: usize) -> bool {
    let after = message.get(end).copied().unwrap_or(b' ');
    let last = message[end - 1];
    if last.is_ascii_alphanumeric() && (after.is_ascii_alphanumeric() || matches!(after, b'_' | b'-')) {
        return false;
    }
    if after == b'.' && message.get(end + 1).is_some_and(u8::is_ascii_alphabetic) {
        return false;
    }
    let Some(before) = start.checked_sub(1).map(|at| message[at]) else { return true };
    if before.is_ascii_alphabetic() || before == b'.' {
        let is_class = message[start].is_ascii_uppercase() && message[start + 1].is_ascii_lowercase();
        return is_class && matches!(after, b':' | b' ' | b',' | b')');
    }
    !(before.is_ascii_alphanumeric() || matches!(before, b'_' | b'-' | b'/' | b'?' | b'&'))
}

fn is_denied_before(before: &[u8]) -> bool {
    let mut words = before.rsplit(|b| b.is_ascii_whitespace()).filter(|word| !word.is_empty());
    for _ in 0..3 {
        let Some(word) = words.next() else { return false };
        if matches!(word.last(), Some(b':' | b';' | b'.' | b',' | b'|')) {
            return false;
        }
        let word = word.trim_ascii();
        if DENIALS.iter().any(|denial| denial.as_bytes().eq_ignore_ascii_case(word)) || word.ends_with(b"n't") {
            return true;
        }
    }
    false
}

fn is_denied_after(after: &[u8], strength: Strength) -> bool {
    let rest = after.trim_ascii_start();
    let value = match rest.first() {
        Some(b'=' | b':' | b'(') => rest[1..].trim_ascii_start(),
        _ => rest,
    };
    let word_length = value.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'.').count();
    let word = &value[..word_length];
    let is_zero = !word.is_empty() && word.iter().all(|b| matches!(b, b'0' | b'.'));
    if strength == Strength::Code {
        return is_zero || !word.first().is_some_and(u8::is_ascii_digit);
    }
    if matches!(rest.first(), Some(b'=' | b':')) {
        let is_no = [&b"none"[..], b"no", b"null", b"false", b"off"]
            .iter()
            .any(|no| no.eq_ignore_ascii_case(word));
        return is_zero || is_no;
    }
    THINGS.iter().any(|thing| thing.as_bytes().eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(message: &str, expected: Option<Strength>) {
        assert_eq!(strongest(message.as_bytes()), expected, "{message}");
    }

    #[test]
    fn every_statement_is_found_in_its_examples() {
        for family in STATEMENTS {
            for example in family.examples {
                let found = strongest(example.as_bytes());
                assert_eq!(found, Some(family.strength), "{}: {example}", family.id);
            }
        }
    }

    #[test]
    fn denied_statements_are_none() {
        for message in [
            "ok=1 exceptions=0 errors=0",
            "errors: 0",
            "0 failed",
            "0 CE error count",
            "no errors",
            "interface check: no error",
            "completed without error",
            "0 alerts failed to deliver",
            "error rate 0.1",
            "exception handler registered",
            "failed=false",
            "tests/test_error_handling.py::test_raises_exception_1",
            "GET /api/errors?limit=3",
            "exceptionBoundary.js",
            "container exited with exit code 0",
            "exited (0) 3 minutes ago",
            "expected error observed",
        ] {
            check(message, None);
        }
    }

    #[test]
    fn class_names_state_failures() {
        check("KeyError: 'bssid'", Some(Strength::Strong));
        check("redis.exceptions.ConnectionError: Error 111", Some(Strength::Strong));
        check("java.io.IOException: x", Some(Strength::Strong));
        check("no error; failed to start", Some(Strength::Strong));
        check("errors=3", Some(Strength::Strong));
    }
}
