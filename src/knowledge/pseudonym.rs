//! Keyed names in the place of MAC addresses, SSIDs and IP addresses.
//!
//! The same address gets the same name everywhere in one store, so that what belongs together stays
//! together; without the key nobody can tell which address it was.

use std::borrow::Cow;

use sha2::{Digest, Sha256};

use crate::model::redact;

/// Bytes of a key.
pub const KEY_BYTES: usize = 32;

/// Hexadecimal digits of a name.
const NAME_DIGITS: usize = 8;

/// Longest SSID, in bytes.
const SSID_BYTES_MAX: usize = 32;

/// Names for identifiers.
#[derive(Clone)]
pub struct Pseudonyms {
    /// What both hashes of a keyed hash begin with.
    inner: Sha256,
    outer: Sha256,
    keeps: bool,
}

impl Pseudonyms {
    /// Names made by `key`; identifiers stay as they are when `keeps`.
    #[must_use]
    pub fn new(key: [u8; KEY_BYTES], keeps: bool) -> Self {
        Self {
            inner: Sha256::new_with_prefix(padded(&key, 0x36)),
            outer: Sha256::new_with_prefix(padded(&key, 0x5c)),
            keeps,
        }
    }

    /// Replaces MAC addresses, SSIDs and IP addresses. Loopback and unspecified addresses stay.
    #[must_use]
    pub fn apply<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.keeps {
            return Cow::Borrowed(text);
        }
        match replace(text, may_be_ssid, |bytes, at| self.ssid_at(bytes, at)) {
            Cow::Borrowed(text) => self.addresses(text),
            Cow::Owned(text) => Cow::Owned(self.addresses(&text).into_owned()),
        }
    }

    /// The name of an SSID.
    #[must_use]
    pub fn ssid(&self, name: &str) -> String {
        if self.keeps {
            name.to_owned()
        } else {
            self.named("ssid", name.as_bytes())
        }
    }

    /// A keyed hash of bytes, for finding them again without keeping them.
    #[must_use]
    pub fn hash(&self, bytes: &[u8]) -> i64 {
        let sum = self.mac(b"line", bytes);
        i64::from_be_bytes(sum[..8].try_into().expect("a hash has 32 bytes"))
    }

    fn addresses<'a>(&self, text: &'a str) -> Cow<'a, str> {
        replace(text, may_be_address, |bytes, at| self.address_at(bytes, at))
    }

    fn address_at(&self, bytes: &[u8], at: usize) -> Option<(usize, String)> {
        if at > 0 && is_word(bytes[at - 1]) || !bytes[at].is_ascii_hexdigit() && bytes[at] != b':' {
            return None;
        }
        if let Some(length) = hardware(&bytes[at..]) {
            let digits: Vec<u8> = bytes[at..at + length]
                .iter()
                .filter(|b| b.is_ascii_hexdigit())
                .map(u8::to_ascii_lowercase)
                .collect();
            let is_special = digits.iter().all(|b| *b == b'0') || digits.iter().all(|b| *b == b'f');
            return (!is_special).then(|| (length, self.named("mac", &digits)));
        }
        if let Some(length) = internet4(&bytes[at..]) {
            let text = &bytes[at..at + length];
            let is_local = text.starts_with(b"127.") || text == b"0.0.0.0";
            return (!is_local).then(|| (length, self.named("ip", text)));
        }
        let length = internet6(&bytes[at..]).filter(|_| at == 0 || bytes[at - 1] != b':')?;
        let text = bytes[at..at + length].to_ascii_lowercase();
        (text != b"::1").then(|| (length, self.named("ip", &text)))
    }

    fn ssid_at(&self, bytes: &[u8], at: usize) -> Option<(usize, String)> {
        let value =
            ssid_value(bytes, at).filter(|value| !bytes[value.clone()].starts_with(b"ssid-"))?;
        let kept = String::from_utf8_lossy(&bytes[at..value.start]).into_owned();
        let name = self.named("ssid", &bytes[value.clone()]);
        Some((value.end - at, kept + &name))
    }

    fn named(&self, kind: &str, value: &[u8]) -> String {
        let sum = self.mac(kind.as_bytes(), value);
        format!(
            "{kind}-{:02x}{:02x}{:02x}{:02x}",
            sum[0], sum[1], sum[2], sum[3]
        )
    }

    /// HMAC-SHA-256 of a kind and a value.
    fn mac(&self, kind: &[u8], value: &[u8]) -> [u8; 32] {
        let mut inner = self.inner.clone();
        inner.update(kind);
        inner.update([0]);
        inner.update(value);
        let mut outer = self.outer.clone();
        outer.update(inner.finalize());
        outer.finalize().into()
    }
}

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

impl std::fmt::Debug for Pseudonyms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pseudonyms")
            .field("keeps", &self.keeps)
            .finish_non_exhaustive()
    }
}

fn padded(key: &[u8; KEY_BYTES], pad: u8) -> [u8; 64] {
    let mut block = [pad; 64];
    for (byte, key) in block.iter_mut().zip(key) {
        *byte ^= key;
    }
    block
}

/// Whether an SSID may be named here: most positions are passed over by a glance.
fn may_be_ssid(bytes: &[u8], at: usize) -> bool {
    bytes[at] | 0x20 == b's' && bytes.get(at + 1).is_some_and(|b| b | 0x20 == b's')
}

/// Where the value of `ssid=…`, `"ssid": "…"`, `ssid: …`, `SSID '…'` stands, for a key at `at`.
fn ssid_value(bytes: &[u8], at: usize) -> Option<std::ops::Range<usize>> {
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
fn may_be_address(bytes: &[u8], at: usize) -> bool {
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
fn replace(
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

fn is_word(byte: u8) -> bool {
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
fn hardware(bytes: &[u8]) -> Option<usize> {
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
fn internet4(bytes: &[u8]) -> Option<usize> {
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
fn internet6(bytes: &[u8]) -> Option<usize> {
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

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let names = Pseudonyms::new([7; KEY_BYTES], false);
        let shown = names.apply(text);
        // The hashes are of no interest here: only their place.
        let mut seen = String::new();
        let mut rest = shown.as_ref();
        while let Some(at) = ["mac-", "ip-", "ssid-"]
            .iter()
            .filter_map(|k| rest.find(k))
            .min()
        {
            let kind = rest[at..].find('-').unwrap() + 1;
            seen.push_str(&rest[..at + kind]);
            seen.push('*');
            rest = &rest[at + kind + 8..];
        }
        seen.push_str(rest);
        assert_eq!(expected, seen, "{text}");
        assert_eq!(shown, names.apply(&shown), "naming twice: {text}");
    }

    #[test]
    fn addresses_and_names_go() {
        check("ap 00:11:22:AA:BB:CC lost", "ap mac-* lost");
        check("x|00:11:22:aa:bb:cc: lost", "x|mac-*: lost");
        check("peer 10.1.2.3:55012 reset", "peer ip-*:55012 reset");
        check("peer fe80::1 reset", "peer ip-* reset");
        check("ssid=lab-net ch=6", "ssid=ssid-* ch=6");
        check(
            "ssid=office 2.4 bssid=aa:bb:cc:dd:ee:ff",
            "ssid=ssid-* bssid=mac-*",
        );
        check(
            r#"{"ssid": "Coffee Net", "x": 1}"#,
            r#"{"ssid": "ssid-*", "x": 1}"#,
        );
        check("ssid=кафе rssi=-30", "ssid=ssid-* rssi=-30");
    }

    #[test]
    fn what_names_nobody_stays() {
        for text in [
            "127.0.0.1:8080",
            "0.0.0.0:8080",
            "::1",
            "libpcap.so.1.10.4",
            "v1.2.3",
            "05:06:07",
            "00:00:00:00:00:00",
            "ff:ff:ff:ff:ff:ff",
            "no ssid here",
            "a::b::c",
            "2026-03-04",
        ] {
            check(text, text);
        }
    }

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

    #[test]
    fn the_same_address_has_the_same_name_under_one_key() {
        let (one, other) = (
            Pseudonyms::new([1; 32], false),
            Pseudonyms::new([2; 32], false),
        );
        assert_eq!(
            one.apply("AA:BB:CC:DD:EE:FF"),
            one.apply("aa-bb-cc-dd-ee-ff")
        );
        assert_ne!(one.apply("10.0.0.1"), other.apply("10.0.0.1"));
        assert_eq!("10.0.0.1", Pseudonyms::new([1; 32], true).apply("10.0.0.1"));
        assert_ne!(one.hash(b"x"), other.hash(b"x"));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_taken(text in "(ssid[=: \"']{0,2}|[0-9a-f:.]{1,5}|é|[ -~]){0,30}") {
            let names = Pseudonyms::new([7; KEY_BYTES], false);
            let _ = names.apply(&text);
        }
    }
}
