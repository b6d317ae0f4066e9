//! Where SSIDs and addresses stand in a text, and text without them.

use std::{borrow::Cow, ops::Range};

use crate::model::redact;

/// Hexadecimal digits of the name that a key gives.
const NAME_DIGITS: usize = 8;

/// Longest SSID, in bytes.
const SSID_BYTES_MAX: usize = 32;

/// A message as a signature is named by it: without secrets and identifiers, and so the same in every
/// store; masks know the rest.
#[must_use]
pub fn nameable(message: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(message);
    without_identifiers(&redact(&text))
        .into_owned()
        .into_bytes()
}

/// Replaces SSIDs, hardware addresses and the names that any key gave by the mask of their type:
/// for text that has to read the same in every store.
#[must_use]
pub fn without_identifiers(text: &str) -> Cow<'_, str> {
    let may_be = |bytes: &[u8], at: usize| {
        may_be_ssid(bytes, at) || may_be_hardware(bytes, at) || may_be_given(bytes, at)
    };
    replace(text, may_be, |bytes, at| {
        if let Some(value) = ssid_value(bytes, at) {
            let kept = String::from_utf8_lossy(&bytes[at..value.start]).into_owned();
            return Some((value.end - at, kept + "<ssid>"));
        }
        if at > 0 && is_word(bytes[at - 1]) {
            return None;
        }
        let length = hardware(&bytes[at..]).map(|length| (length, "<mac>".to_owned()));
        length.or_else(|| given(&bytes[at..]))
    })
}

/// Whether an SSID may be named here: most positions are passed over by a glance.
pub(super) fn may_be_ssid(bytes: &[u8], at: usize) -> bool {
    bytes[at] | 0x20 == b's' && bytes.get(at + 1).is_some_and(|b| b | 0x20 == b's')
}

/// Where the value of `ssid=…`, `"ssid": "…"`, `ssid: …`, `SSID '…'` stands, for a key at `at`.
pub(super) fn ssid_value(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let key = bytes.get(at..at + 4)?;
    if !key.eq_ignore_ascii_case(b"ssid") || at > 0 && bytes[at - 1].eq_ignore_ascii_case(&b'b') {
        return None;
    }
    let mut start = at + 4;
    if bytes.get(start) == Some(&b'"') {
        start += 1;
    }
    while bytes.get(start) == Some(&b' ') {
        start += 1;
    }
    let is_pair = matches!(bytes.get(start), Some(b'=' | b':'));
    start += usize::from(is_pair);
    while is_pair && bytes.get(start) == Some(&b' ') {
        start += 1;
    }
    let quote = bytes
        .get(start)
        .copied()
        .filter(|b| matches!(b, b'"' | b'\''));
    if !is_pair && quote.is_none() {
        return None;
    }
    start += usize::from(quote.is_some());
    let length = match quote {
        Some(quote) => bytes[start..].iter().position(|b| *b == quote)?,
        None => bare_length(&bytes[start..]),
    };
    let value = &bytes[start..start + length];
    let is_name = !value.is_empty() && value != b"null" && value != b"<ssid>";
    is_name.then_some(start..start + length)
}

/// Whether a name that a key gave may stand here.
fn may_be_given(bytes: &[u8], at: usize) -> bool {
    let dash = bytes[at..].iter().take(5).position(|b| *b == b'-');
    matches!(bytes[at], b's' | b'm' | b'i') && dash.is_some()
}

/// Length and mask of a name that a key gave, at the start.
fn given(bytes: &[u8]) -> Option<(usize, String)> {
    let kinds: [(&[u8], &str); 3] = [(b"ssid-", "<ssid>"), (b"mac-", "<mac>"), (b"ip-", "<ip>")];
    let (kind, mask) = kinds.iter().find(|(kind, _)| bytes.starts_with(kind))?;
    let end = kind.len() + NAME_DIGITS;
    let is_name = bytes
        .get(kind.len()..end)?
        .iter()
        .all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f'));
    let is_end = !bytes.get(end).is_some_and(|b| is_word(*b));
    (is_name && is_end).then(|| (end, (*mask).to_owned()))
}

fn may_be_hardware(bytes: &[u8], at: usize) -> bool {
    matches!(bytes.get(at + 2), Some(b':' | b'-')) && bytes[at].is_ascii_hexdigit()
}

/// Every address has its first sign of punctuation within five bytes.
pub(super) fn may_be_address(bytes: &[u8], at: usize) -> bool {
    let is_start = bytes[at].is_ascii_hexdigit() || bytes[at] == b':';
    is_start
        && !(at > 0 && is_word(bytes[at - 1]))
        && bytes[at..]
            .iter()
            .take(5)
            .any(|b| matches!(b, b':' | b'.' | b'-'))
}

/// Replaces what `find` finds where `may_be` does not deny it: for a position, the length of what
/// goes and what comes.
pub(super) fn replace(
    text: &str,
    may_be: impl Fn(&[u8], usize) -> bool,
    find: impl Fn(&[u8], usize) -> Option<(usize, String)>,
) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let mut out: Option<String> = None;
    let (mut at, mut kept) = (0, 0);
    while at < bytes.len() {
        if !may_be(bytes, at) {
            at += 1;
            continue;
        }
        match find(bytes, at) {
            Some((length, name)) => {
                let out = out.get_or_insert_with(|| String::with_capacity(text.len()));
                out.push_str(&text[kept..at]);
                out.push_str(&name);
                at += length;
                kept = at;
            }
            None => at += 1,
        }
    }
    match out {
        Some(mut out) => {
            out.push_str(&text[kept..]);
            Cow::Owned(out)
        }
        None => Cow::Borrowed(text),
    }
}

pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

/// An unquoted SSID may have blanks: it ends before the next `key=`, or at a sign of punctuation.
fn bare_length(bytes: &[u8]) -> usize {
    let mut length = 0;
    let mut last = 0;
    for word in bytes[..bytes.len().min(SSID_BYTES_MAX + 1)].split_inclusive(|b| *b == b' ') {
        let trimmed = word.trim_ascii_end();
        if length > 0 && (trimmed.contains(&b'=') || trimmed.is_empty()) {
            break;
        }
        let end = trimmed
            .iter()
            .position(|b| matches!(b, b',' | b';' | b')' | b'"' | b'}' | b'|' | b']'));
        last = length + end.unwrap_or(trimmed.len());
        if end.is_some() || !bytes[length..].contains(&b'=') {
            break;
        }
        length += word.len();
    }
    // Never in the middle of a character.
    while last > 0 && last < bytes.len() && bytes[last] & 0xc0 == 0x80 {
        last -= 1;
    }
    last
}

/// Length of a MAC address at the start.
pub(super) fn hardware(bytes: &[u8]) -> Option<usize> {
    let separator = *bytes.get(2).filter(|b| matches!(b, b':' | b'-'))?;
    let address = bytes.get(..17)?;
    let is_address = address.iter().enumerate().all(|(at, b)| {
        if at % 3 == 2 {
            *b == separator
        } else {
            b.is_ascii_hexdigit()
        }
    });
    let goes_on =
        bytes.get(17) == Some(&separator) && bytes.get(18).is_some_and(u8::is_ascii_hexdigit);
    let is_end = !goes_on && !bytes.get(17).is_some_and(u8::is_ascii_alphanumeric);
    (is_address && is_end).then_some(17)
}

/// Length of an IPv4 address at the start.
pub(super) fn internet4(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    for part in 0..4 {
        let digits = bytes[at..]
            .iter()
            .take(4)
            .take_while(|b| b.is_ascii_digit())
            .count();
        let number = std::str::from_utf8(&bytes[at..at + digits])
            .ok()?
            .parse::<u16>()
            .ok()?;
        if digits > 3 || number > 255 {
            return None;
        }
        at += digits;
        if part < 3 {
            if bytes.get(at) != Some(&b'.') {
                return None;
            }
            at += 1;
        }
    }
    let next = bytes.get(at).copied().unwrap_or(b' ');
    let is_longer = next.is_ascii_alphanumeric()
        || next == b'_'
        || next == b'.' && bytes.get(at + 1).is_some_and(u8::is_ascii_digit);
    (!is_longer).then_some(at)
}

/// Length of an IPv6 address at the start: at least two groups and two colons.
pub(super) fn internet6(bytes: &[u8]) -> Option<usize> {
    let length = bytes
        .iter()
        .take(40)
        .take_while(|b| b.is_ascii_hexdigit() || **b == b':')
        .count();
    let text = std::str::from_utf8(&bytes[..length]).ok()?;
    let is_end = !bytes.get(length).is_some_and(|b| is_word(*b));
    // `face::add` is a path of a program.
    let colons = text.bytes().filter(|b| *b == b':').count();
    let has_digit = text.bytes().any(|b| b.is_ascii_digit());
    (colons >= 2 && has_digit && is_end && text.parse::<std::net::Ipv6Addr>().is_ok())
        .then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::pseudonym::{KEY_BYTES, Pseudonyms};

    #[test]
    fn without_identifiers_text_is_the_same_under_every_key() {
        let raw = "ssid=lab-net bssid=aa:bb:cc:dd:ee:ff sees client AA-BB-CC-DD-EE-01 and ssid \"Cafe 2\"";
        let expected = "ssid=<ssid> bssid=<mac> sees client <mac> and ssid \"<ssid>\"";
        assert_eq!(expected, without_identifiers(raw));
        for key in 0..40 {
            let names = Pseudonyms::new([key; KEY_BYTES], false);
            assert_eq!(expected, without_identifiers(&names.apply(raw)), "{key}");
            let bare = format!("{}|{}", names.ssid("lab"), names.apply("10.1.2.3"));
            assert_eq!("<ssid>|<ip>", without_identifiers(&bare));
        }
        for text in [
            "ip-10-1-2-3",
            "mac-12345678a",
            "x-mac-12345678",
            "ssid-1234567",
        ] {
            assert_eq!(text, without_identifiers(text));
        }
    }
}
