//! Numbers and their units.

use super::Masked;

const DURATIONS: [&[u8]; 22] = [
    b"ns", b"us", b"ms", b"s", b"sec", b"secs", b"second", b"seconds", b"m", b"min", b"mins", b"minute",
    b"minutes", b"h", b"hour", b"hours", b"day", b"days", b"msec", b"msecs", b"milliseconds", b"millis",
];
const SIZES: [&[u8]; 24] = [
    b"B", b"byte", b"bytes", b"k", b"K", b"M", b"G", b"T", b"kB", b"KB", b"MB", b"GB", b"TB", b"kb", b"mb",
    b"gb", b"KiB", b"MiB", b"GiB", b"TiB", b"kiB", b"Kb", b"Mb", b"Gb",
];

/// The mask of a number with this unit.
pub(super) fn unit_mask(unit: &[u8]) -> Option<&'static [u8]> {
    if DURATIONS.contains(&unit) {
        Some(b"<dur>")
    } else if SIZES.contains(&unit) {
        Some(b"<size>")
    } else {
        None
    }
}

/// Length of the number at the start of `s`: a sign, digits, a fraction, an exponent, thousands.
pub(super) fn length(s: &[u8]) -> usize {
    let sign = usize::from(matches!(s.first(), Some(b'-' | b'+')));
    let mut at = sign + digits(&s[sign..]);
    if at == sign {
        return 0;
    }
    while s.get(at) == Some(&b'.') && s.get(at + 1).is_some_and(u8::is_ascii_digit) {
        at += 1 + digits(&s[at + 1..]);
    }
    if matches!(s.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(s.get(at + 1), Some(b'-' | b'+')));
        let exponent = s.get(at + 1 + sign..).map_or(0, digits);
        let after = s.get(at + 1 + sign + exponent);
        if exponent > 0 && !after.is_some_and(u8::is_ascii_alphanumeric) {
            at += 1 + sign + exponent;
        }
    }
    at
}

fn digits(s: &[u8]) -> usize {
    s.iter().take_while(|b| b.is_ascii_digit()).count()
}

fn letters(s: &[u8]) -> usize {
    s.iter().take_while(|b| b.is_ascii_alphabetic()).count()
}

/// Masks the number that ends at `end`, with the unit that may stand after a blank; where it ends.
pub(super) fn mask_with_unit(message: &[u8], end: usize, out: &mut Masked) -> usize {
    let Some((mask, end)) = spaced_unit(message, end) else {
        out.value(b"<n>");
        return end;
    };
    out.value(mask);
    if mask == b"<size>" { end + repeated_size(&message[end..]) } else { end }
}

fn spaced_unit(message: &[u8], end: usize) -> Option<(&'static [u8], usize)> {
    let rest = message.get(end..)?.strip_prefix(b" ")?;
    let n = letters(rest);
    if n == 0 || rest.get(n).is_some_and(|b| b.is_ascii_digit() || matches!(b, b'_' | b'-' | b'/' | b'=' | b'.')
        && rest.get(n + 1).is_some_and(u8::is_ascii_alphanumeric))
    {
        return None;
    }
    // A single letter after a blank is more often a name than a unit.
    let is_long = n > 1 || rest[0] == b's';
    unit_mask(&rest[..n]).filter(|_| is_long).map(|mask| (mask, end + 1 + n))
}

/// Length of ` (1.15 KB)` that says a size again.
fn repeated_size(s: &[u8]) -> usize {
    let Some(inside) = s.strip_prefix(b" (") else { return 0 };
    let n = length(inside);
    let Some(close) = inside.iter().take(24).position(|b| *b == b')') else { return 0 };
    let is_size = n > 0 && close > n && unit_mask(inside[n..close].trim_ascii()) == Some(b"<size>");
    if is_size { close + 3 } else { 0 }
}

/// `<1 sec`: a number after `<` that is no bracket group; where it ends.
pub(super) fn less_than(message: &[u8], at: usize, out: &mut Masked) -> Option<usize> {
    let rest = &message[at + 1..];
    if !rest.first()?.is_ascii_digit() {
        return None;
    }
    let n = length(rest);
    let end = at + 1 + n;
    let glued = letters(&rest[n..]);
    if let Some(mask) = unit_mask(&rest[n..n + glued]) {
        out.value(mask);
        return Some(end + glued);
    }
    let (mask, end) = spaced_unit(message, end)?;
    out.value(mask);
    Some(end)
}

/// Masks `12ms`, `64kB`, `1m30s`, `98%`, `12`; how much of `s` that takes, or 0 when it is no such thing.
pub(super) fn mask_quantity(s: &[u8], out: &mut Masked) -> usize {
    let n = length(s);
    if n == 0 {
        return 0;
    }
    let mut at = n;
    let mut mask: &'static [u8] = b"<n>";
    loop {
        let unit = letters(&s[at..]);
        let Some(found) = unit_mask(&s[at..at + unit]) else { break };
        mask = found;
        at += unit;
        let more = length(&s[at..]);
        if more == 0 || mask != b"<dur>" {
            break;
        }
        at += more;
    }
    out.value(mask);
    at
}
