//! Values that own more than a word: phrases, YAML blocks and lists, lines below a key.

use super::judge::kept;
use super::keys::KeyKind;
use super::pairs::Key;
use super::plain::{is_plain, is_prose};
use super::scan::{
    Span, is_alnum, is_blank, is_line_end, is_one_of, is_quote, is_space, line_end, line_start,
    run, skip_blank, starts_with,
};
use super::value::{Place, Value, closing, quote_at, value_at};

/// The longest list or object under a key whose strings are looked for.
pub(super) const CONTAINER_BYTES_MAX: usize = 8 * 1024;

/// The rest of a passphrase of words.
const PHRASE_BYTES_MAX: usize = 128;

/// Blanks between a key and its separator: aligned columns.
pub(super) const ALIGN_MAX: usize = 64;

/// Whether a line ends at `at`, also one that is escaped in a string.
pub(super) fn is_break(text: &[u8], at: usize) -> bool {
    text.get(at).copied().is_none_or(is_line_end) || starts_with(text, at, "\\n")
}

/// The position after blanks and line breaks, escaped ones as well; bounded.
pub(super) fn skip_space(text: &[u8], from: usize) -> usize {
    let text = &text[..text.len().min(from + ALIGN_MAX)];
    let mut at = run(text, from, is_space);
    while starts_with(text, at, "\\n") || starts_with(text, at, "\\t") {
        at = run(text, at + 2, is_space);
    }
    at
}

/// `password: |` and the deeper lines below it.
pub(super) fn block_scalar(text: &[u8], key: Key, at: usize) -> Option<Vec<Span>> {
    let sign = text.get(at).filter(|byte| matches!(byte, b'|' | b'>'))?;
    let end = run(text, at + 1, |b| {
        matches!(b, b'-' | b'+') || b.is_ascii_digit()
    });
    let end = skip_blank(text, end);
    let is_secret = !matches!(key.kind, KeyKind::Auth | KeyKind::Parameter);
    if !text.get(end).copied().is_some_and(is_line_end) || *sign == 0 || !is_secret {
        return None;
    }
    let start = line_start(text, key.span.start);
    let indent = run(text, start, is_blank) - start;
    let ceiling = text.len().min(end + CONTAINER_BYTES_MAX);
    let (mut spans, mut line) = (Vec::new(), run(text, end, is_line_end));
    while line < ceiling {
        let first = run(text, line, is_blank);
        let last = line_end(text, first, CONTAINER_BYTES_MAX);
        let span = Span {
            start: first,
            end: last,
        };
        if first - line <= indent && last > first {
            break;
        }
        if !is_plain(span.of(text)) {
            spans.push(span);
        }
        line = run(text, last, is_line_end);
    }
    Some(spans)
}

/// A value without quotes that holds blanks: a passphrase of words in YAML, in an env file
/// or in `"NAME=…"`.
///
/// Only when the key opens its line or its quotes, its first word is of letters alone and
/// nothing but words follows: a password with digits and signs is one word.
pub(super) fn whole_line(text: &[u8], key: Key, (sign, value): (u8, Value)) -> Value {
    let start = line_start(text, key.span.start);
    let lead = &text[start..key.span.start];
    let in_quotes = lead.last().copied().is_some_and(is_quote);
    let opens = in_quotes || is_one_of(lead.trim_ascii(), &["", "-", "export", "set", "env"]);
    let name = key.span.of(text);
    let is_env = name.iter().all(|&byte| !byte.is_ascii_lowercase()) || name.contains(&b'.');
    let has_form = if sign == b':' { !in_quotes } else { is_env };
    let word = value.span.of(text);
    let is_phrase = word
        .iter()
        .all(|byte| byte.is_ascii_alphabetic() || *byte >= 0x80);
    if !(opens && has_form && is_phrase) || is_plain(word) || is_prose(word) {
        return value;
    }
    let end = line_end(text, value.span.end, PHRASE_BYTES_MAX);
    let rest = &text[value.span.end..end];
    let words = run(rest, 0, |byte| {
        is_alnum(byte) || byte >= 0x80 || b" !?.-".contains(&byte)
    });
    let is_closed = rest
        .get(words)
        .is_none_or(|&byte| byte == b'#' || (in_quotes && is_quote(byte)));
    let rest = rest[..words].trim_ascii_end();
    if !is_closed || rest.windows(2).any(|pair| pair == b" -") {
        return value;
    }
    let end = value.span.end + rest.len();
    Value {
        span: Span { end, ..value.span },
        after: end,
        ..value
    }
}

/// A value on the lines below its key: a YAML list, or JSON broken after the colon.
pub(super) fn below(text: &[u8], key: Key, from: usize) -> Vec<Span> {
    let ceiling = text.len().min(from + CONTAINER_BYTES_MAX);
    let start = skip_space(&text[..ceiling], from);
    if key.span.end < from
        && quote_at(text, key.span.end).is_some()
        && quote_at(text, start).is_some()
    {
        return value_at(text, start, Place::Text)
            .map_or_else(Vec::new, |value| kept(text, key, value));
    }
    let mut spans = Vec::new();
    let mut at = start;
    while text.get(at) == Some(&b'-') && text.get(at + 1) == Some(&b' ') {
        let end = line_end(text, at, CONTAINER_BYTES_MAX);
        let span = Span {
            start: skip_blank(text, at + 2).min(end),
            end,
        };
        let item = trimmed_quotes(text, span);
        if item.of(text).ends_with(b":") {
            break;
        }
        if !is_plain(item.of(text)) {
            spans.push(item);
        }
        at = run(&text[..ceiling], end, is_space);
    }
    spans
}

fn trimmed_quotes(text: &[u8], span: Span) -> Span {
    match quote_at(text, span.start) {
        Some((quote, start)) => Span {
            start,
            end: closing(text, start, quote).0,
        },
        None => span,
    }
}
