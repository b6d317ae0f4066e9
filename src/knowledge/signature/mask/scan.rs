//! One pass over a message.

use super::class::{BLANK, DIGIT, SLASH, STOP, class};
use super::address::is_value_name;
use super::{JSON_BYTES_MIN, Masked, TOKENS_MAX, number, run};
use crate::knowledge::signature::time::read_time;

/// Masks `message` into `out`, whose earlier content is forgotten.
pub fn mask(message: &[u8], out: &mut Masked) {
    out.clear();
    let mut at = 0;
    while at < message.len() {
        if out.tokens().len() >= TOKENS_MAX {
            out.end_token();
            out.value(b"<rest>");
            break;
        }
        let kind = class(message[at]);
        at = if kind == BLANK {
            out.space();
            at + 1
        } else if kind == STOP {
            stop(message, at, out)
        } else {
            word(message, at, out)
        };
    }
    out.end_token();
}

/// A run of bytes up to the next blank or stop.
fn word(message: &[u8], start: usize, out: &mut Masked) -> usize {
    let mut flags = 0;
    let mut end = start;
    while end < message.len() {
        let kind = class(message[end]);
        if kind & (BLANK | STOP) != 0 {
            break;
        }
        flags |= kind;
        end += 1;
    }
    if flags & (DIGIT | SLASH) == 0 {
        return plain_word(message, start..end, out);
    }
    run::mask_run(message, start..end, out)
}

fn plain_word(message: &[u8], span: std::ops::Range<usize>, out: &mut Masked) -> usize {
    let text = &message[span.clone()];
    let first = text[0];
    if first.is_ascii_uppercase()
        && (3..=4).contains(&text.len())
        && let Some((_, used)) = read_time(&message[span.start..])
    {
        out.value(b"<time>");
        return span.start + used;
    }
    let is_hex = text.len() >= 8 && out.last_byte() != Some(b'>') && text.iter().all(u8::is_ascii_hexdigit);
    if is_hex {
        out.value(b"<hex>");
    } else if first >= 0x80 && text.windows(3).any(|three| three == "\u{fffd}".as_bytes()) {
        out.value(b"<raw>");
    } else if memchr::memchr(b'.', text).is_some() {
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
    let stops = text.iter().rev().take_while(|b| matches!(b, b'.' | b'!' | b'?')).count();
    let (bare, rest) = text.split_at(text.len() - stops);
    if is_value_name(bare) {
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
            out.word(&message[at..=at]);
            if glued(message, at + 1) {
                out.end_token();
            }
            return at + 1;
        }
        _ => (),
    }
    out.word(&message[at..=at]);
    at + 1
}

fn glued(message: &[u8], at: usize) -> bool {
    message.get(at).is_some_and(|b| class(*b) != BLANK)
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
