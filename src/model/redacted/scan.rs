//! Byte walking that the recognisers share. Every look-around here has a named bound.

/// What stands in the place of a secret.
pub(super) const MARKER: &str = "<redacted>";

/// Bytes that a look to the left or right of a hit may cover.
pub(super) const LOOK_MAX: usize = 512;

/// A half-open byte range of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Span {
    pub(super) fn of(self, text: &[u8]) -> &[u8] {
        &text[self.start..self.end]
    }
}

/// The end of the run of accepted bytes that starts at `from`.
pub(super) fn run(text: &[u8], from: usize, accept: fn(u8) -> bool) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    from + rest
        .iter()
        .position(|&byte| !accept(byte))
        .unwrap_or(rest.len())
}

/// The start of the run of accepted bytes that ends before `to`, at most `most` bytes back.
pub(super) fn run_back(text: &[u8], to: usize, most: usize, accept: fn(u8) -> bool) -> usize {
    let floor = to.saturating_sub(most);
    let mut start = to;
    while start > floor && accept(text[start - 1]) {
        start -= 1;
    }
    start
}

pub(super) fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

pub(super) fn is_line_end(byte: u8) -> bool {
    byte == b'\n' || byte == b'\r'
}

pub(super) fn is_space(byte: u8) -> bool {
    byte <= b' ' || byte == 0x7f
}

pub(super) fn is_alnum(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

/// Bytes that a key is made of: `db.password`, `X-Api-Key`, `WICAP_SQL_PASSWORD`.
pub(super) fn is_key(byte: u8) -> bool {
    is_alnum(byte) || matches!(byte, b'_' | b'-' | b'.')
}

pub(super) fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`')
}

/// The bytes of base64 in both alphabets, with padding.
pub(super) fn is_base64(byte: u8) -> bool {
    is_alnum(byte) || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_')
}

/// The position after blanks and ANSI colour sequences, which log formatters put between
/// a field, its separator and its value.
pub(super) fn skip_blank(text: &[u8], from: usize) -> usize {
    let mut at = run(text, from, is_blank);
    while let Some(after) = ansi_end(text, at) {
        at = run(text, after, is_blank);
    }
    at
}

/// The position after the ANSI sequence that starts at `at`, if one does.
pub(super) fn ansi_end(text: &[u8], at: usize) -> Option<usize> {
    if text.get(at) != Some(&0x1b) {
        return None;
    }
    match text.get(at + 1) {
        Some(b'[') => {
            let last = run(text, at + 2, |byte| (0x20..0x40).contains(&byte));
            let is_final = text.get(last).is_some_and(|b| (0x40..0x7f).contains(b));
            Some(if is_final { last + 1 } else { last })
        }
        Some(b']') => {
            let last = run(text, at + 2, |byte| {
                byte != 0x07 && byte != 0x1b && byte != b'\n'
            });
            let skip = match text.get(last) {
                Some(0x07) => 1,
                Some(0x1b) if text.get(last + 1) == Some(&b'\\') => 2,
                _ => 0,
            };
            Some(last + skip)
        }
        Some(0x20..=0x7e) => Some(at + 2),
        _ => Some(at + 1),
    }
}

/// The end of the line that `from` is on, at most `most` bytes ahead.
pub(super) fn line_end(text: &[u8], from: usize, most: usize) -> usize {
    let ceiling = from.saturating_add(most).min(text.len());
    run(&text[..ceiling], from, |byte| !is_line_end(byte))
}

/// The start of the line that `at` is on, at most [`LOOK_MAX`] bytes back.
pub(super) fn line_start(text: &[u8], at: usize) -> usize {
    run_back(text, at, LOOK_MAX, |byte| !is_line_end(byte))
}

pub(super) fn byte_before(text: &[u8], at: usize) -> Option<u8> {
    at.checked_sub(1).map(|before| text[before])
}

pub(super) fn starts_with(text: &[u8], at: usize, prefix: &str) -> bool {
    text.get(at..)
        .is_some_and(|rest| rest.starts_with(prefix.as_bytes()))
}

pub(super) fn starts_with_folded(text: &[u8], at: usize, prefix: &str) -> bool {
    text.get(at..at.saturating_add(prefix.len()))
        .is_some_and(|rest| rest.eq_ignore_ascii_case(prefix.as_bytes()))
}

/// Whether `word` is one of `words`, which are lower case.
pub(super) fn is_one_of(word: &[u8], words: &[&str]) -> bool {
    words
        .iter()
        .any(|known| word.eq_ignore_ascii_case(known.as_bytes()))
}

/// The bytes behind a base64 text of either alphabet; `None` when it is not one.
///
/// Reads at most 256 characters: enough to recognise what is inside.
pub(super) fn base64_decoded(text: &[u8]) -> Option<Vec<u8>> {
    let digits = text
        .strip_suffix(b"==")
        .or(text.strip_suffix(b"="))
        .unwrap_or(text);
    let mut decoded = Vec::new();
    let (mut bits, mut held) = (0_u32, 0_u32);
    for &byte in digits.iter().take(256) {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            decoded.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    Some(decoded)
}

/// Whether `text` is base64 of readable text with a colon in it, as in HTTP Basic and
/// the `auth` of a registry login.
pub(super) fn is_encoded_login(text: &[u8]) -> bool {
    text.len() >= 4
        && base64_decoded(text).is_some_and(|plain| {
            plain.contains(&b':') && plain.iter().all(|byte| !byte.is_ascii_control())
        })
}
