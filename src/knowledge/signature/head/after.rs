//! What stands between the time of a line and its message.

use super::scan::{bracketed, is_name, is_number, opens_message, skip_blanks, skip_separators, token};
use super::{LineHead, Span, level};
use crate::knowledge::severity::Level;
use crate::knowledge::signature::time::{Basis, read_time};

/// How many fields may stand between the time and the level.
const FIELDS_BEFORE_LEVEL_MAX: usize = 7;

/// Reads on after the time that ends at `at`; where the message begins.
pub(super) fn after_time(s: &[u8], at: usize, head: &mut LineHead) -> usize {
    let is_piped = s.get(at) == Some(&b'|');
    let start = skip_separators(s, at);
    if let Some(next) = level_ahead(s, start, head) {
        return next;
    }
    if is_piped {
        return piped(s, start, head);
    }
    if let Some(next) = another_time(s, start, head) {
        return next;
    }
    if head.time.is_some_and(|time| time.basis == Basis::NoYear)
        && let Some(next) = syslog(s, start, head)
    {
        return next;
    }
    if let Some(next) = dashed(s, start, head) {
        return next;
    }
    let number = token(s, start);
    let is_flag = head.time.is_some_and(|time| time.basis == Basis::Stated);
    if is_flag && number.len() <= 2 && is_number(&s[number.clone()]) {
        return skip_blanks(s, number.end);
    }
    start
}

/// A level within the next fields, when all before it are fields as well.
fn level_ahead(s: &[u8], start: usize, head: &mut LineHead) -> Option<usize> {
    let mut at = start;
    let mut logger = None;
    let mut was_number = false;
    for _ in 0..FIELDS_BEFORE_LEVEL_MAX {
        if at >= s.len() {
            return None;
        }
        let field = bracketed(s, at).unwrap_or_else(|| token(s, at));
        let in_brackets = field.start > at;
        let text = trim_comma(&s[field.clone()]);
        let end = field.end + usize::from(in_brackets);
        let found = level_of(text, in_brackets, was_number)
            .or_else(|| Level::from_word(text).filter(|_| s[end.min(s.len())..].starts_with(b"  ")));
        if found.is_some() {
            head.level = found;
            head.logger = logger;
            return Some(after_level(s, end, head));
        }
        let time = if in_brackets { None } else { read_time(&s[at..]) };
        if let Some((_, used)) = time.filter(|(time, _)| time.basis != Basis::NoDate) {
            at = skip_separators(s, at + used);
            was_number = false;
            continue;
        }
        was_number = is_number(text);
        if !was_number && !in_brackets && !is_name(text) {
            return None;
        }
        if !was_number && is_name(text) {
            logger = Some(field.start..field.start + text.len());
        }
        at = skip_separators(s, end);
    }
    None
}

fn level_of(text: &[u8], in_brackets: bool, was_number: bool) -> Option<Level> {
    if in_brackets {
        return Level::from_word(text);
    }
    level::capital(text).or_else(|| level::letter(text).filter(|_| was_number))
}

fn trim_comma(text: &[u8]) -> &[u8] {
    text.strip_suffix(b",").or_else(|| text.strip_suffix(b":")).unwrap_or(text)
}

/// Reads on after the level that ends at `at`; where the message begins.
pub(super) fn after_level(s: &[u8], at: usize, head: &mut LineHead) -> usize {
    let mut start = skip_separators(s, at);
    if let Some(inside) = bracketed(s, start).filter(|inside| is_context(s, inside)) {
        let next = skip_blanks(s, inside.end + 1);
        let is_final = s[next..].starts_with(b"- ");
        start = skip_separators(s, next);
        if head.logger.is_none() {
            head.logger = Some(inside.clone());
        }
        if is_final || !has_dotted_logger(s, start) {
            return start;
        }
        head.logger = None;
    }
    if head.logger.is_some() {
        return start;
    }
    logger(s, start, head).unwrap_or(start)
}

fn is_context(s: &[u8], inside: &Span) -> bool {
    let text = &s[inside.clone()];
    let is_square = s[inside.start - 1] == b'[';
    let is_field = !text.is_empty() && !text.starts_with(b"Errno") && !text.windows(2).any(|two| two == b": ");
    is_square && (is_field || s[inside.end + 1..].starts_with(b" - "))
}

fn has_dotted_logger(s: &[u8], at: usize) -> bool {
    let text = &s[token(s, at)];
    text.ends_with(b":") && text.contains(&b'.') && is_name(&text[..text.len() - 1])
}

/// `logger: `, `dotted.logger [request] `, and a logger in a padded column.
fn logger(s: &[u8], at: usize, head: &mut LineHead) -> Option<usize> {
    let name = token(s, at);
    let text = &s[name.clone()];
    if let Some(bare) = text.strip_suffix(b":") {
        if !is_name(bare) || opens_message(bare) || is_number(bare) {
            return None;
        }
        head.logger = Some(name.start..name.end - 1);
        return Some(skip_blanks(s, name.end));
    }
    let next = skip_blanks(s, name.end);
    let is_column = next >= name.end + 3 && is_name(text) && text[0].is_ascii_uppercase();
    if is_column {
        head.logger = Some(name);
        return Some(next);
    }
    if is_name(text) && text.contains(&b'.') && s.get(next) == Some(&b'[') {
        let inside = bracketed(s, next)?;
        head.logger = Some(name);
        return Some(skip_blanks(s, inside.end + 1));
    }
    None
}

/// `|Step_LSC|30002312|message`.
fn piped(s: &[u8], start: usize, head: &mut LineHead) -> usize {
    let mut at = start;
    while let Some(bar) = s[at..].iter().position(|b| *b == b'|') {
        let field = s[at..at + bar].trim_ascii();
        if !is_name(field) {
            break;
        }
        if !is_number(field) && head.logger.is_none() {
            head.logger = Some(at..at + bar);
        }
        at = skip_blanks(s, at + bar + 1);
    }
    at
}

/// A second time within the next fields (`1131566461 2005.11.09 dn228 Nov 9 12:01:01 host tag: `).
fn another_time(s: &[u8], start: usize, head: &mut LineHead) -> Option<usize> {
    let mut at = start;
    for _ in 0..3 {
        let rest = s.get(at..).filter(|rest| !rest.is_empty())?;
        if let Some((time, used)) = read_time(rest).filter(|(time, _)| time.basis != Basis::NoDate) {
            let known = head.time;
            head.time = Some(time);
            let next = after_time(s, at + used, head);
            head.time = known.or(head.time);
            return Some(next);
        }
        let field = token(s, at);
        if !is_name(&s[field.clone()]) {
            return None;
        }
        at = skip_blanks(s, field.end);
    }
    None
}

/// `host tag[pid]: `.
fn syslog(s: &[u8], start: usize, head: &mut LineHead) -> Option<usize> {
    let host = token(s, start);
    if !is_name(&s[host.clone()]) {
        return None;
    }
    let at = skip_blanks(s, host.end);
    let length = s[at..].iter().take(100).position(|b| *b == b':')?;
    let tag = &s[at..at + length];
    let is_end = matches!(s.get(at + length + 1), Some(b' ') | None);
    let name_length = tag.iter().position(|b| *b == b'[').unwrap_or(tag.len());
    let is_tag = !tag.is_empty()
        && !tag[..name_length].contains(&b' ')
        && !opens_message(&tag[..name_length]);
    if !is_end || !is_tag {
        return Some(at).filter(|_| s[at..].starts_with(b"--- "));
    }
    head.logger = Some(at..at + name_length);
    Some(skip_blanks(s, at + length + 1))
}

/// `program.exe *64 - message`, `logger - message`.
fn dashed(s: &[u8], start: usize, head: &mut LineHead) -> Option<usize> {
    let name = token(s, start);
    if !is_name(&s[name.clone()]) {
        return None;
    }
    let mut at = skip_blanks(s, name.end);
    for _ in 0..2 {
        if s.get(at..)?.starts_with(b"- ") {
            head.logger = Some(name);
            return Some(skip_blanks(s, at + 1));
        }
        let field = token(s, at);
        if !s[field.clone()].starts_with(b"*") && !is_number(&s[field.clone()]) {
            return None;
        }
        at = skip_blanks(s, field.end);
    }
    None
}
