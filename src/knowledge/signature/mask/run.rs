//! Words that hold digits or slashes.

use std::ops::Range;

use super::address::{
    colons, dashed_mac, ipv4, is_bare_hex, is_host_port, is_path, is_prefixed_hex, is_uuid,
    is_value_name,
};
use super::class::{BLANK, class};
use super::{Masked, number};
use crate::knowledge::signature::time::read_time;

/// A name with at least this many digits in it is one id, not a name with numbers.
const ID_DIGITS_MIN: usize = 6;

/// Masks the run `span` of `message`; where reading goes on.
pub(super) fn mask_run(message: &[u8], span: Range<usize>, out: &mut Masked) -> usize {
    let text = &message[span.clone()];
    let kept = text.len() - text.iter().rev().take_while(|b| matches!(b, b'.' | b':' | b'!' | b'?')).count();
    let bare = &text[..kept];
    if bare.is_empty() {
        out.word(text);
        return span.end;
    }
    let end = span.start + kept;
    if bare.iter().all(u8::is_ascii_digit) {
        return whole_number(message, span.start..end, out);
    }
    if bare[0].is_ascii_digit()
        && let Some(used) = time_length(&message[span.start..])
    {
        out.value(b"<time>");
        return span.start + used;
    }
    if memchr::memchr2(b'/', b'\\', bare).is_some()
        && let Some(end) = slashed(message, span.start..end, out)
    {
        return end;
    }
    if let Some(used) = ipv4(bare) {
        out.value(b"<ip>");
        return span.start + used;
    }
    if number::length(bare) == bare.len() {
        return number::mask_with_unit(message, end, out);
    }
    if is_host_port(bare) {
        out.value(b"<host>");
        return end;
    }
    if let Some(mask) = colons(bare).or_else(|| dashed_mac(bare)) {
        out.value(mask);
        return end;
    }
    if is_value_name(bare) {
        out.value(b"<name>");
        return end;
    }
    pieces(bare, out);
    end
}

/// Digits only: the status of an access line stays, a clock without seconds is a time.
fn whole_number(message: &[u8], span: Range<usize>, out: &mut Masked) -> usize {
    let text = &message[span.clone()];
    if text.len() == 3 && out.status.is_none() && out.ends_with(b"HTTP/<n>\"") {
        out.status = std::str::from_utf8(text).ok().and_then(|digits| digits.parse().ok());
        out.word(text);
        return span.end;
    }
    if let Some(used) = time_length(&message[span.start..]) {
        out.value(b"<time>");
        return span.start + used;
    }
    number::mask_with_unit(message, span.end, out)
}

fn time_length(s: &[u8]) -> Option<usize> {
    let is_near = matches!(s.get(2), Some(b':' | b'/' | b'-' | b' ' | b'.')) || matches!(s.get(4), Some(b'-' | b'/' | b'.'))
        || matches!(s.get(8), Some(b'-' | b'T'));
    if !is_near {
        return None;
    }
    if let Some((_, used)) = read_time(s) {
        return Some(used);
    }
    let is_short = s.len() >= 5
        && s[2] == b':'
        && [0, 1, 3, 4].iter().all(|at| s[*at].is_ascii_digit())
        && !s.get(5).is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b':' | b'.'));
    is_short.then_some(5)
}

/// URLs, paths, and addresses behind a slash. None when the slash is one of a name.
fn slashed(message: &[u8], span: Range<usize>, out: &mut Masked) -> Option<usize> {
    let text = &message[span.clone()];
    if let Some(at) = text.windows(3).position(|three| three == b"://")
        && at > 0
    {
        out.value(b"<url>");
        return Some(extended(message, span));
    }
    if out.last_byte() == Some(b'>') {
        return None;
    }
    if text[0] == b'/' && let Some(used) = ipv4(&text[1..]) && used + 1 == text.len() {
        out.value(b"<ip>");
        return Some(span.end);
    }
    if !is_path(text) {
        return None;
    }
    out.value(b"<path>");
    Some(extended(message, span))
}

/// Where a path or URL ends when its query runs on behind `=` and `,`.
fn extended(message: &[u8], span: Range<usize>) -> usize {
    if !message[span.clone()].contains(&b'?') {
        return span.end;
    }
    let rest = &message[span.end..];
    let more = rest
        .iter()
        .take_while(|b| class(**b) & BLANK == 0 && !matches!(b, b'"' | b'\'' | b'<' | b'>' | b')' | b']'))
        .count();
    let end = span.end + more;
    end - message[span.end..end].iter().rev().take_while(|b| matches!(b, b'.' | b',' | b';')).count()
}

/// Parts at `:` and `@`, each masked for itself.
fn pieces(bare: &[u8], out: &mut Masked) {
    let mut start = 0;
    for at in 0..=bare.len() {
        if at < bare.len() && !matches!(bare[at], b':' | b'@') {
            continue;
        }
        if at > start {
            piece(&bare[start..at], out);
        }
        if at < bare.len() {
            out.word(&bare[at..=at]);
            if bare[at] == b':' && at > 0 && bare.get(at + 1).is_some_and(|b| *b != b':') && bare[at - 1] != b':' {
                out.end_token();
            }
        }
        start = at + 1;
    }
}

fn piece(text: &[u8], out: &mut Masked) {
    if !text.iter().any(u8::is_ascii_digit) {
        out.word(text);
    } else if let Some(used) = ipv4(text).filter(|used| *used == text.len()) {
        debug_assert!(used > 0);
        out.value(b"<ip>");
    } else if is_prefixed_hex(text) || is_bare_hex(text) {
        out.value(b"<hex>");
    } else if !quantity(text, out) {
        name(text, out);
    }
}

fn quantity(text: &[u8], out: &mut Masked) -> bool {
    let n = number::length(text);
    if n == 0 {
        return false;
    }
    let unit = &text[n..];
    let is_whole = unit.is_empty() || unit == b"%" || number::unit_mask(unit).is_some();
    let is_span = unit.iter().all(u8::is_ascii_alphanumeric) && unit.last().is_some_and(|b| matches!(b, b's' | b'm' | b'h'));
    if !is_whole && !(is_span && is_duration(text)) {
        return false;
    }
    let used = number::mask_quantity(text, out);
    if used < text.len() {
        out.word(&text[used..]);
    }
    true
}

/// `1m30s`, `1s0ms`.
fn is_duration(text: &[u8]) -> bool {
    let mut rest = text;
    while !rest.is_empty() {
        let n = number::length(rest);
        let unit = rest[n..].iter().take_while(|b| b.is_ascii_alphabetic()).count();
        if n == 0 || number::unit_mask(&rest[n..n + unit]) != Some(b"<dur>") {
            return false;
        }
        rest = &rest[n + unit..];
    }
    true
}

/// A name with numbers in it: `node-<n>`, or `cap_<id>.pcap` when the numbers are most of it.
fn name(text: &[u8], out: &mut Masked) {
    let n_digits = text.iter().filter(|b| b.is_ascii_digit()).count();
    let has_joints = text.iter().any(|b| is_joint(*b));
    if n_digits >= ID_DIGITS_MIN && has_joints && !contains_uuid(text) {
        return id(text, out);
    }
    let mut start = 0;
    while start < text.len() {
        if is_joint(text[start]) {
            out.word(&text[start..=start]);
            start += 1;
            continue;
        }
        if is_uuid(&text[start..]) {
            out.value(b"<uuid>");
            start += 36;
            continue;
        }
        let number = number::length(&text[start..]);
        if number > 0 && text.get(start + number).is_none_or(|b| is_joint(*b)) {
            out.value(b"<n>");
            start += number;
            continue;
        }
        let length = text[start..].iter().take_while(|b| !is_joint(**b)).count();
        segment(&text[start..start + length], out);
        start += length;
    }
}

fn is_joint(b: u8) -> bool {
    !b.is_ascii_alphanumeric() && b < 0x80
}

fn contains_uuid(text: &[u8]) -> bool {
    (0..text.len().saturating_sub(35)).any(|at| is_uuid(&text[at..]))
}

/// Keeps the letters before the first digit and the letters after the last; one mask between them.
fn id(text: &[u8], out: &mut Masked) {
    let joint_before = |at: usize| text[..at].iter().rposition(|b| is_joint(*b)).map_or(0, |joint| joint + 1);
    let first = text.iter().position(u8::is_ascii_digit).unwrap_or(0);
    let mut from = joint_before(first);
    if text[from..first].iter().any(|b| !b.is_ascii_hexdigit()) {
        from = first;
    }
    while from > 0 && text[from - 1] == b'-' && from > 1 && is_joint(text[from - 2]) {
        from -= 1;
    }
    let tail = text.iter().rposition(|b| *b == b'.').filter(|dot| {
        let extension = &text[dot + 1..];
        *dot > from && (1..=8).contains(&extension.len()) && extension.iter().all(u8::is_ascii_alphabetic)
    });
    out.word(&text[..from]);
    out.value(b"<id>");
    out.word(&text[tail.unwrap_or(text.len())..]);
}

/// Letters and digits without a joint: hex, a mixed token, or letters with numbers.
fn segment(text: &[u8], out: &mut Masked) {
    if is_bare_hex(text) || is_prefixed_hex(text) {
        out.value(b"<hex>");
        return;
    }
    let mut start = 0;
    let n_groups = text.split(u8::is_ascii_digit).filter(|part| !part.is_empty()).count();
    if n_groups >= 3 && text.len() >= 8 {
        out.value(b"<id>");
        return;
    }
    while start < text.len() {
        let n = text[start..].iter().take_while(|b| b.is_ascii_digit()).count();
        if n > 0 {
            out.value(b"<n>");
            start += n;
        } else {
            let n = text[start..].iter().take_while(|b| !b.is_ascii_digit()).count();
            out.word(&text[start..start + n]);
            start += n;
        }
    }
}
