//! Heads of plain text: what comes first decides how the rest is read.

use super::after::{after_level, after_time};
use super::scan::{bracketed, is_name, is_number, opens_message, skip_blanks, token};
use super::{LineHead, Span, level};
use crate::knowledge::severity::Level;
use crate::knowledge::signature::time::{Basis, LogTime, read_epoch, read_time};

/// How many tokens may stand before the time of a line.
const TOKENS_BEFORE_TIME_MAX: usize = 6;

/// How many prefixes of launchers are read: compose around a launcher around a child.
const SOURCES_MAX: usize = 3;

/// Reads the head of a line of plain text.
pub(super) fn read(s: &[u8]) -> LineHead {
    let end = s.len()
        - s.iter()
            .rev()
            .take_while(|b| matches!(b, b' ' | b'\t' | 0 | b'\n'))
            .count();
    let s = &s[..end];
    let mut head = LineHead::default();
    let mut at = skip_blanks(s, 0);
    for _ in 0..SOURCES_MAX {
        let next = source(s, at, &mut head);
        if next == at {
            break;
        }
        at = next;
    }
    head.message = marked(s, at, &mut head)
        .or_else(|| timed(s, at, &mut head))
        .or_else(|| levelled(s, at, &mut head))
        .unwrap_or(at)
        .min(end)..end;
    if head.level.is_none() {
        head.level = level::capital(first_word(&s[head.message.clone()]));
    }
    head
}

fn first_word(message: &[u8]) -> &[u8] {
    let length = message
        .iter()
        .take_while(|b| b.is_ascii_alphabetic())
        .count();
    &message[..length]
}

/// One prefix of a launcher: `<30>`, `name   | `, `[SCOUT]    `.
fn source(s: &[u8], mut at: usize, head: &mut LineHead) -> usize {
    if s.get(at)
        .is_none_or(|first| first.is_ascii_digit() || *first == b'{')
    {
        return at;
    }
    if s.get(at) == Some(&b'<') {
        let inside = bracketed(s, at).filter(|inside| is_number(&s[inside.clone()]));
        at = inside.map_or(at, |inside| inside.end + 1);
    }
    let name = token(s, at);
    let bar = skip_blanks(s, name.end);
    let is_bar = s.get(bar) == Some(&b'|') && matches!(s.get(bar + 1), Some(b' ') | None);
    if is_bar && bar > name.end && is_name(&s[name.clone()]) && is_container(&s[name.clone()]) {
        head.source = Some(name);
        return skip_blanks(s, bar + 1);
    }
    if let Some(inside) = bracketed(s, at).filter(|_| s[at] == b'[') {
        let name = &s[inside.clone()];
        let is_child = name.len() >= 3 && name.iter().all(u8::is_ascii_uppercase);
        let rest = skip_blanks(s, inside.end + 1);
        if is_child && Level::from_word(name).is_none() && rest > inside.end + 1 {
            head.source = Some(inside);
            return rest;
        }
    }
    at
}

fn is_container(name: &[u8]) -> bool {
    name[0].is_ascii_alphabetic() && level::capital(name).is_none() && read_time(name).is_none()
}

/// Lines that begin with a time, bare or in brackets, or after a few names and numbers.
fn timed(s: &[u8], at: usize, head: &mut LineHead) -> Option<usize> {
    let open = usize::from(matches!(s.get(at), Some(b'[' | b'(')));
    let start = s.get(at + open..)?;
    if let Some((time, used)) = read_time(start) {
        head.time = Some(time);
        return Some(after_time(s, at + open + used, head));
    }
    if open == 1 {
        return uptime(s, at, head);
    }
    if !start.first()?.is_ascii_digit() && !is_name(&s[token(s, at)]) && start[0] != b'-' {
        return None;
    }
    let first = token(s, at);
    let is_serial = is_number(&s[first.clone()]) || start.starts_with(b"- ") || is_flag(s, &first);
    if is_serial && let Some((time, used)) = read_epoch(start) {
        head.time = Some(time);
        return Some(after_time(s, at + used, head));
    }
    time_after_names(s, at, is_serial, head)
}

/// A word in capitals with an epoch behind it flags the line (`APPREAD 1117869872 …`).
fn is_flag(s: &[u8], first: &Span) -> bool {
    let is_capital = s[first.clone()]
        .iter()
        .all(|b| b.is_ascii_uppercase() || *b == b'_');
    is_capital && !first.is_empty() && read_epoch(&s[skip_blanks(s, first.end)..]).is_some()
}

/// `[12345.678901] ` of the kernel: seconds since boot.
fn uptime(s: &[u8], at: usize, head: &mut LineHead) -> Option<usize> {
    let inside = bracketed(s, at)?;
    let text = s[inside.clone()].trim_ascii_start();
    let dot = text.iter().position(|b| *b == b'.')?;
    if !is_number(&text[..dot]) || !is_number(&text[dot + 1..]) || text.len() > 20 {
        return None;
    }
    let number: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    head.time = Some(LogTime {
        basis: Basis::SinceBoot,
        ms: (number * 1000.0) as i64,
    });
    Some(skip_blanks(s, inside.end + 1))
}

/// `- 1131566461 2005.11.09 dn228 …`, `app.log 2017-05-16 00:00:00.008 …`, `134 node-2 unix.hw … 1077804742 1 …`.
fn time_after_names(s: &[u8], at: usize, is_serial: bool, head: &mut LineHead) -> Option<usize> {
    let mut next = at;
    for _ in 0..TOKENS_BEFORE_TIME_MAX {
        let name = token(s, next);
        let text = &s[name.clone()];
        let is_field = text == b"-"
            || (is_name(text)
                && (is_serial || text.iter().any(|b| b.is_ascii_digit() || *b == b'.')));
        if !is_field {
            return None;
        }
        next = skip_blanks(s, name.end);
        let rest = s.get(next..).filter(|rest| !rest.is_empty())?;
        let found = read_time(rest).filter(|(time, _)| time.basis != Basis::NoDate);
        let found = found.or_else(|| if is_serial { read_epoch(rest) } else { None });
        if let Some((time, used)) = found {
            head.time = Some(time);
            return Some(after_time(s, next + used, head));
        }
    }
    None
}

/// `1:M 11 Feb 2026 08:00:00.001 # `, `1:signal-handler (1770797600) `, `E0102 15:04:05.000 12 file.go:1] `.
fn marked(s: &[u8], at: usize, head: &mut LineHead) -> Option<usize> {
    let name = token(s, at);
    let text = &s[name.clone()];
    if text[..text.len().min(1)].iter().all(u8::is_ascii_digit) && !text.is_empty() {
        let colon = text.iter().position(|b| *b == b':')?;
        let role = &text[colon + 1..];
        let start = skip_blanks(s, name.end);
        if !is_number(&text[..colon]) || !role.first().is_some_and(u8::is_ascii_alphabetic) {
            return None;
        }
        if let Some((time, used)) = read_time(&s[start..]) {
            head.time = Some(time);
            let mark = skip_blanks(s, start + used);
            head.level = s.get(mark).and_then(|mark| level::redis(*mark));
            head.is_marked_only = head.level.is_some();
            return Some(skip_blanks(s, mark + usize::from(head.level.is_some())));
        }
        let inside = bracketed(s, start).filter(|_| role == b"signal-handler")?;
        head.time = read_epoch(&s[inside.clone()]).map(|(time, _)| time);
        return Some(skip_blanks(s, inside.end + 1));
    }
    klog(s, at, head)
}

fn klog(s: &[u8], at: usize, head: &mut LineHead) -> Option<usize> {
    let found = level::letter(s.get(at..at + 1)?)?;
    let (month, day) = (s.get(at + 1..at + 3)?, s.get(at + 3..at + 5)?);
    if !is_number(month) || !is_number(day) || s.get(at + 5) != Some(&b' ') {
        return None;
    }
    let stamp = [month, b"-", day, s.get(at + 5..at + 21)?].concat();
    let (time, used) = read_time(&stamp)?;
    let mut next = at + used;
    let end = s[next..].iter().position(|b| *b == b']')?;
    while is_number(&s[token(s, skip_blanks(s, next))]) {
        next = token(s, skip_blanks(s, next)).end;
    }
    head.time = Some(time);
    head.level = Some(found);
    head.logger = Some(skip_blanks(s, next)..at + used + end);
    Some(skip_blanks(s, at + used + end + 1))
}

/// Lines that begin with a level: `ERROR:scout:msg`, `INFO:     msg`, `[ERROR] msg`, `<error> msg`.
fn levelled(s: &[u8], at: usize, head: &mut LineHead) -> Option<usize> {
    if let Some(inside) = bracketed(s, at) {
        let name = &s[inside.clone()];
        head.level = Some(Level::from_word(name)?);
        return Some(after_level(s, inside.end + 1, head));
    }
    let word = first_word(&s[at..]);
    let end = at + word.len();
    if s.get(end) != Some(&b':') {
        return None;
    }
    head.level = Some(level::capital(word)?);
    let logger = token(s, end + 1);
    let colon = s[logger.clone()].iter().position(|b| *b == b':');
    if let Some(colon) = colon.filter(|colon| is_name(&s[end + 1..end + 1 + colon])) {
        let name = end + 1..end + 1 + colon;
        if !opens_message(&s[name.clone()]) {
            head.logger = Some(name);
            return Some(skip_blanks(s, end + 2 + colon));
        }
    }
    Some(skip_blanks(s, end + 1))
}
