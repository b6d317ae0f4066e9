//! Small steps over the bytes of a head.

use super::Span;

/// Index of the first byte at or after `at` that is no blank.
pub(super) fn skip_blanks(s: &[u8], at: usize) -> usize {
    at + s[at..].iter().take_while(|b| matches!(b, b' ' | b'\t' | 0xa0 | 0)).count()
}

/// The token at `at`: everything up to the next blank.
pub(super) fn token(s: &[u8], at: usize) -> Span {
    let length = s[at..].iter().take_while(|b| !matches!(b, b' ' | b'\t')).count();
    at..at + length
}

/// The inside of the bracket group at `at` (brackets may nest), if it closes within 200 bytes.
pub(super) fn bracketed(s: &[u8], at: usize) -> Option<Span> {
    let close = match s.get(at)? {
        b'[' => b']',
        b'(' => b')',
        b'<' => b'>',
        _ => return None,
    };
    let open = s[at];
    let mut depth = 0;
    for (offset, b) in s[at..].iter().take(200).enumerate() {
        if *b == open {
            depth += 1;
        } else if *b == close {
            depth -= 1;
            if depth == 0 {
                return Some(at + 1..at + offset);
            }
        }
    }
    None
}

/// Steps over blanks and the marks that separate fields of a head.
pub(super) fn skip_separators(s: &[u8], mut at: usize) -> usize {
    loop {
        at = skip_blanks(s, at);
        let is_alone = !s.get(at + 1).is_some_and(|b| !matches!(b, b' ' | b'\t'));
        match s.get(at) {
            Some(b']' | b'|' | b',') => at += 1,
            Some(b'-' | b':') if is_alone => at += 1,
            _ => return at,
        }
    }
}

/// Whether a token could be the name of a logger, host, file or component.
pub(super) fn is_name(token: &[u8]) -> bool {
    !token.is_empty()
        && token.len() <= 100
        && token.iter().all(|b| {
            b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'$' | b'/' | b':' | b'@' | b'#' | b'*')
        })
        && token.iter().any(u8::is_ascii_alphanumeric)
        && !matches!(token.last(), Some(b':' | b'.'))
}

/// Whether a token is only digits.
pub(super) fn is_number(token: &[u8]) -> bool {
    !token.is_empty() && token.iter().all(u8::is_ascii_digit)
}

/// Whether a name is the kind of word that opens a message rather than names a logger.
pub(super) fn opens_message(name: &[u8]) -> bool {
    const ENDINGS: [&[u8]; 6] =
        [b"error", b"exception", b"warning", b"traceback", b"failed", b"failure"];
    let lower = name.to_ascii_lowercase();
    ENDINGS.iter().any(|ending| lower.ends_with(ending))
        || crate::knowledge::severity::Level::from_word(&lower).is_some()
}
