//! Keyed names in the place of MAC addresses, SSIDs and IP addresses.
//!
//! The same address gets the same name everywhere in one store, so that what belongs together stays
//! together; without the key nobody can tell which address it was.

use std::borrow::Cow;

use sha2::{Digest, Sha256};

use super::identifiers::{
    hardware, internet4, internet6, is_word, may_be_address, may_be_ssid, replace, ssid_value,
};

/// Bytes of a key.
pub const KEY_BYTES: usize = 32;

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
