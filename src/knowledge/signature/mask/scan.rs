//! One pass over a message.

use super::class::{COLON, DIGIT, DOT, END, HEX, SLASH, class, is_blank};
use std::ops::Range;

use super::address::{is_short_name, is_value_name};
use super::{JSON_BYTES_MIN, Masked, TOKENS_MAX, number, run};
use crate::knowledge::signature::time::read_time;

/// A word of this many hex letters is a number even without a digit.
const HEX_LETTERS_MIN: usize = 8;

/// Masks `message` into `out`, whose earlier content is forgotten.
pub fn mask(message: &[u8], out: &mut Masked) {
    out.clear();
    // What lies between `from` and `at` is copied as it is, in one piece.
    let (mut from, mut at) = (0, 0);
    while at < message.len() {
        if out.tokens().len() >= TOKENS_MAX {
            out.end_token();
            out.value(b"<rest>");
            return out.end_token();
        }
        let b = message[at];
        if is_blank(b) {
            keep(&message[from..at], out);
            out.space();
            at += 1;
            from = at;
        } else if class(b) == END {
            if is_plain_stop(b) {
                at += 1;
                continue;
            }
            keep(&message[from..at], out);
            at = stop(message, at, out);
            from = at;
        } else {
            let (end, flags) = word_end(message, at);
            if is_plain_word(&message[at..end], flags) {
                at = end;
                continue;
            }
            keep(&message[from..at], out);
            at = word(message, at..end, flags, out);
            from = at;
        }
    }
    keep(&message[from..], out);
    out.end_token();
}

#[inline]
fn keep(text: &[u8], out: &mut Masked) {
    if !text.is_empty() {
        out.word(text);
    }
}

/// Where the run of word bytes at `start` ends, and the classes of its bytes.
#[inline]
fn word_end(message: &[u8], start: usize) -> (usize, u8) {
    let mut flags = 0;
    let mut end = start;
    for b in &message[start..] {
        let kind = class(*b);
        if kind == END {
            break;
        }
        flags |= kind;
        end += 1;
    }
    (end, flags)
}

/// A word that no rule can take for a value: most words of most messages.
#[inline]
fn is_plain_word(text: &[u8], flags: u8) -> bool {
    let first = text[0];
    let may_be_hex = flags == HEX && text.len() >= HEX_LETTERS_MIN;
    let may_be_time = first.is_ascii_uppercase() && matches!(text.len(), 3 | 4);
    flags & (DIGIT | SLASH | DOT | COLON) == 0 && first < 0x80 && !may_be_hex && !may_be_time
}

/// Punctuation that neither ends a token nor begins a value.
#[inline]
fn is_plain_stop(b: u8) -> bool {
    !matches!(b, b'{' | b'<' | b'=' | b',' | b';' | b'|')
}

/// A run of bytes that may be a value.
fn word(message: &[u8], span: Range<usize>, flags: u8, out: &mut Masked) -> usize {
    if flags & DIGIT == 0 && is_beside_mask(message, span.end, out) {
        out.word(&message[span.clone()]);
        return span.end;
    }
    if flags & (DIGIT | SLASH) == 0 {
        return plain_word(message, span, flags, out);
    }
    run::mask_run(message, span, flags, out)
}

/// What is left of a word beside a mask stays as it is: masking a masked text changes nothing.
fn is_beside_mask(message: &[u8], end: usize, out: &Masked) -> bool {
    message.get(end) == Some(&b'<') || out.last_byte() == Some(b'>')
}

fn plain_word(message: &[u8], span: Range<usize>, flags: u8, out: &mut Masked) -> usize {
    let text = &message[span.clone()];
    let first = text[0];
    if first.is_ascii_uppercase()
        && (3..=4).contains(&text.len())
        && let Some((_, used)) = read_time(&message[span.start..])
    {
        out.value(b"<time>");
        return span.start + used;
    }
    let is_hex = text.len() >= HEX_LETTERS_MIN && text.iter().all(u8::is_ascii_hexdigit);
    if is_hex {
        out.value(b"<hex>");
    } else if first >= 0x80 && text.windows(3).any(|three| three == "\u{fffd}".as_bytes()) {
        out.value(b"<raw>");
    } else if flags & DOT != 0 {
        dotted(text, out);
    } else {
        out.word(text);
    }
    if text.len() > 1 && text.ends_with(b":") && glued(message, span.end) {
        out.end_token();
    }
    span.end
}

/// A word with dots: a value when it is a name of three labels or more, unless a colon ends it.
fn dotted(text: &[u8], out: &mut Masked) {
    let stops = text
        .iter()
        .rev()
        .take_while(|b| matches!(b, b'.' | b'!' | b'?'))
        .count();
    let (bare, rest) = text.split_at(text.len() - stops);
    if is_value_name(bare) || (out.follows_equals() && is_short_name(bare)) {
        out.value(b"<name>");
        out.word(rest);
    } else {
        out.word(text);
    }
}

/// Punctuation: most of it is copied; `=`, `,`, `;` and `|` end a token when a value is glued to them.
fn stop(message: &[u8], at: usize, out: &mut Masked) -> usize {
    match message[at] {
        b'{' => {
            if let Some(end) = long_object(message, at) {
                out.value(b"<json>");
                return end;
            }
        }
        b'<' => {
            if let Some(end) = number::less_than(message, at, out) {
                return end;
            }
        }
        b'=' | b',' | b';' | b'|' => {
            out.byte(message[at]);
            if glued(message, at + 1) {
                out.end_token();
            }
            return at + 1;
        }
        _ => (),
    }
    out.byte(message[at]);
    at + 1
}

fn glued(message: &[u8], at: usize) -> bool {
    message.get(at).is_some_and(|b| !is_blank(*b))
}

/// Where the JSON object at `at` ends, if it is a long one.
fn long_object(message: &[u8], at: usize) -> Option<usize> {
    let rest = &message[at..];
    if rest.len() < JSON_BYTES_MIN || !matches!(rest[1], b'"' | b'\'') {
        return None;
    }
    let mut depth = 0_usize;
    let mut in_string = false;
    let mut escaped = false;
    for (offset, b) in rest.iter().enumerate() {
        match b {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => in_string = !in_string,
            b'{' if !in_string => depth += 1,
            b'}' if !in_string => {
                depth -= 1;
                if depth == 0 {
                    return (offset >= JSON_BYTES_MIN).then_some(at + offset + 1);
                }
            }
            _ => (),
        }
    }
    None
}
