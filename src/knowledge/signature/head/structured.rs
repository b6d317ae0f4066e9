//! JSON and logfmt lines, read by their keys.

use super::{LineHead, Span};
use crate::knowledge::severity::Level;
use crate::knowledge::signature::time::{read_epoch, read_time};

/// What the message turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Plain text, or a record without a message.
    Nothing,
    /// A record whose message is now the message.
    Record,
    /// A record that wraps a whole line of another log (`log` of Docker's files).
    InnerLine,
}

const TIME: [&[u8]; 6] = [b"ts", b"time", b"timestamp", b"@timestamp", b"t", b"asctime"];
const LEVEL: [&[u8]; 6] = [b"level", b"lvl", b"severity", b"levelname", b"log.level", b"loglevel"];
const LOGGER: [&[u8]; 6] = [b"logger", b"component", b"name", b"module", b"logger_name", b"target"];
const MESSAGE: [&[u8]; 4] = [b"msg", b"message", b"log", b"event"];

/// Reads the message as a record; a message with escapes is appended to `text`.
pub(super) fn read(text: &mut Vec<u8>, head: &mut LineHead) -> Found {
    let message = &text[head.message.clone()];
    let is_json = message.first() == Some(&b'{') && message.get(1).is_some_and(|b| matches!(b, b'"' | b' '));
    let mut record = Record::default();
    let is_read = if is_json {
        json(text, head.message.start, &mut record)
    } else {
        starts_as_logfmt(message) && logfmt(text, head.message.clone(), &mut record)
    };
    let Some((span, is_inner)) = record.message.clone().filter(|_| is_read) else {
        return Found::Nothing;
    };
    take(text, &record, head);
    head.message = unescaped(text, span);
    if is_inner { Found::InnerLine } else { Found::Record }
}

#[derive(Default)]
struct Record {
    time: Option<Span>,
    level: Option<Span>,
    logger: Option<Span>,
    message: Option<(Span, bool)>,
}

impl Record {
    fn put(&mut self, key: &[u8], value: Span) {
        if TIME.contains(&key) {
            self.time.get_or_insert(value);
        } else if LEVEL.contains(&key) {
            self.level.get_or_insert(value);
        } else if LOGGER.contains(&key) {
            self.logger.get_or_insert(value);
        } else if MESSAGE.contains(&key) {
            self.message.get_or_insert((value, key == b"log"));
        }
    }
}

fn take(text: &[u8], record: &Record, head: &mut LineHead) {
    if let Some(span) = &record.time {
        let value = &text[span.clone()];
        let time = read_time(value).or_else(|| read_epoch(value));
        head.time = time.map(|(time, _)| time).or(head.time);
    }
    if let Some(span) = &record.level {
        let value = &text[span.clone()];
        head.level = Level::from_word(value).or_else(|| Level::from_number(value)).or(head.level);
    }
    head.logger = record.logger.clone().or_else(|| head.logger.clone());
}

/// Reads the members of the object at `at`, one level deep. False when it is no object.
fn json(s: &[u8], at: usize, record: &mut Record) -> bool {
    let mut at = blanks(s, at + 1);
    while s.get(at) == Some(&b'"') {
        let Some(key) = string(s, at) else { return false };
        at = blanks(s, key.end + 1);
        if s.get(at) != Some(&b':') {
            return false;
        }
        at = blanks(s, at + 1);
        let Some((value, next)) = json_value(s, at) else { return false };
        record.put(&s[key], value);
        at = blanks(s, next);
        if s.get(at) == Some(&b',') {
            at = blanks(s, at + 1);
        }
    }
    s.get(at) == Some(&b'}')
}

/// The value at `at` (a string without its quotes) and where it ends.
fn json_value(s: &[u8], at: usize) -> Option<(Span, usize)> {
    match s.get(at)? {
        b'"' => string(s, at).map(|span| (span.clone(), span.end + 1)),
        b'{' | b'[' => {
            let end = nested_end(s, at)?;
            Some((at..end, end))
        }
        _ => {
            let length = s[at..].iter().take_while(|b| !matches!(b, b',' | b'}' | b']')).count();
            let value = at..at + s[at..at + length].trim_ascii_end().len();
            Some((value, at + length)).filter(|_| length > 0)
        }
    }
}

fn nested_end(s: &[u8], start: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = start;
    while let Some(b) = s.get(at) {
        match b {
            b'"' => at = string(s, at)?.end,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => (),
        }
        at += 1;
    }
    None
}

/// The inside of the quoted string at `at`.
fn string(s: &[u8], at: usize) -> Option<Span> {
    let mut from = at + 1;
    loop {
        let found = from + memchr::memchr2(b'"', b'\\', s.get(from..)?)?;
        if s[found] == b'"' {
            return Some(at + 1..found);
        }
        from = found + 2;
    }
}

fn blanks(s: &[u8], at: usize) -> usize {
    let rest = s.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|b| b.is_ascii_whitespace()).count()
}

fn starts_as_logfmt(message: &[u8]) -> bool {
    let Some(length) = message.iter().take(12).position(|b| *b == b'=') else { return false };
    let key = &message[..length];
    TIME.contains(&key) || LEVEL.contains(&key) || key == b"msg"
}

/// Reads `key=value key="quoted value"` pairs. False when something else stands between them.
fn logfmt(s: &[u8], line: Span, record: &mut Record) -> bool {
    let mut at = line.start;
    while at < line.end {
        let length = s[at..line.end].iter().take_while(|b| !matches!(b, b'=' | b' ' | b'"')).count();
        let key = at..at + length;
        at += length;
        if s.get(at) != Some(&b'=') || at >= line.end {
            if length == 0 {
                return record.message.is_some();
            }
            at = blanks(s, at);
            continue;
        }
        at += 1;
        let value = if s.get(at) == Some(&b'"') {
            let Some(inside) = string(s, at).filter(|inside| inside.end < line.end) else { return false };
            at = inside.end + 1;
            inside
        } else {
            let length = s[at..line.end].iter().take_while(|b| **b != b' ').count();
            at += length;
            at - length..at
        };
        record.put(&s[key], value);
        at = blanks(s, at);
    }
    true
}

/// The span itself, or that of its unescaped copy at the end of `text`.
fn unescaped(text: &mut Vec<u8>, span: Span) -> Span {
    let escaped = &text[span.clone()];
    if memchr::memchr(b'\\', escaped).is_none() {
        return span;
    }
    let escaped = escaped.to_vec();
    let start = text.len();
    let mut rest = escaped.as_slice();
    while let Some(at) = memchr::memchr(b'\\', rest) {
        text.extend_from_slice(&rest[..at]);
        let used = unescape_one(&rest[at..], text);
        rest = &rest[at + used..];
    }
    text.extend_from_slice(rest);
    while text.len() > start && text.last().is_some_and(u8::is_ascii_whitespace) {
        text.pop();
    }
    start..text.len()
}

/// Appends what the escape at the start of `s` stands for; its length.
fn unescape_one(s: &[u8], out: &mut Vec<u8>) -> usize {
    match s.get(1) {
        Some(b'n' | b'r' | b't') => out.push(b' '),
        Some(b'u') => {
            let digits = s.get(2..6).and_then(|hex| std::str::from_utf8(hex).ok());
            let code = digits.and_then(|hex| u32::from_str_radix(hex, 16).ok());
            let Some(code) = code else {
                out.push(b'u');
                return 2;
            };
            let letter = char::from_u32(code).filter(|c| *c >= ' ').unwrap_or('\u{fffd}');
            out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
            return 6;
        }
        Some(other) => out.push(*other),
        None => return 1,
    }
    2
}
