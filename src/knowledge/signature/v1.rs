//! The signature of the predecessor, exactly as it made it.
//!
//! Kept beside the ids so that its playbooks and incidents can still be found.

/// How many characters of a signature the predecessor kept.
pub const CHARACTERS_MAX: usize = 120;

/// The predecessor's signature of a text.
///
/// Lower case; words of 7 to 40 hex digits are `<hex>`, MAC addresses `<mac>`, decimal words `<n>`;
/// whitespace is collapsed; cut at [`CHARACTERS_MAX`] characters.
#[must_use]
pub fn signature(text: &str) -> String {
    let lower = text.to_lowercase();
    let hex = replace_words(&lower, "<hex>", hex_length);
    let mac = replace_words(&hex, "<mac>", mac_length);
    let number = replace_words(&mac, "<n>", number_length);
    let joined = number.split_whitespace().collect::<Vec<_>>().join(" ");
    joined.chars().take(CHARACTERS_MAX).collect()
}

/// Replaces what `length` recognises at the start of a word and up to the end of one.
fn replace_words(text: &str, by: &str, length: fn(&[u8]) -> Option<usize>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = None;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_start = !before.is_some_and(is_word);
        let found = if is_start { length(rest.as_bytes()) } else { None };
        let found = found.filter(|n| !rest[*n..].chars().next().is_some_and(is_word));
        let used = found.unwrap_or(first.len_utf8());
        match found {
            Some(_) => out.push_str(by),
            None => out.push(first),
        }
        before = rest[..used].chars().next_back();
        rest = &rest[used..];
    }
    out
}

fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

fn hex_length(s: &[u8]) -> Option<usize> {
    let n = s.iter().take_while(|b| b.is_ascii_hexdigit()).count();
    (7..=40).contains(&n).then_some(n)
}

fn mac_length(s: &[u8]) -> Option<usize> {
    let is_mac = s.len() >= 17
        && s[..17].iter().enumerate().all(|(at, b)| match at % 3 {
            2 => matches!(b, b':' | b'-'),
            _ => b.is_ascii_hexdigit(),
        });
    is_mac.then_some(17)
}

fn number_length(s: &[u8]) -> Option<usize> {
    let n = s.iter().take_while(|b| b.is_ascii_digit()).count();
    (n > 0).then_some(n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(signature(text), expected, "{text}");
    }

    #[test]
    fn the_conformance_vectors_hold() {
        check(
            "2026-03-01 08:00:05,120 ERROR scout: hop 11 failed",
            "<n>-<n>-<n> <n>:<n>:<n>,<n> error scout: hop <n> failed",
        );
        check("2026-03-01T08:00:05Z ERROR scout: hop 11 failed", "<n>-<n>-01t08:<n>:05z error scout: hop <n> failed");
        check("[2026-03-01 08:00:05] Error: x", "[<n>-<n>-<n> <n>:<n>:<n>] error: x");
        check("Mar  1 08:00:05 host scout[911]: Error: x", "mar <n> <n>:<n>:<n> host scout[<n>]: error: x");
        check("wicap-ui  | Error: x", "wicap-ui | error: x");
        check("Error: AP 00:11:22:AA:BB:CC lost after 30s", "error: ap <mac> lost after 30s");
        check("frame 1234567 dropped", "frame <hex> dropped");
        check("frame 123456 dropped", "frame <n> dropped");
        check("commit 0a1b2c3 broken", "commit <hex> broken");
        check("cafe babe decade facaded", "cafe babe decade <hex>");
        check("req 9f8e7d6c-1b2a-4c3d-8e9f-0123456789ab timed out", "req <hex>-1b2a-4c3d-8e9f-<hex> timed out");
        check("peer 10.1.2.3:55012 reset", "peer <n>.<n>.<n>.<n>:<n> reset");
        check("peer fe80::1 reset", "peer fe80::<n> reset");
        check("ptr 0xdeadbeef", "ptr 0xdeadbeef");
        check("took 12ms / 0.5 s / 1e5", "took 12ms / <n>.<n> s / 1e5");
        check("  Mixed\tCase   Spaces ", "mixed case spaces");
        check("file /var/log/x.1.log line 9", "file /var/log/x.<n>.log line <n>");
        check("queue=55 depth: 7%", "queue=<n> depth: <n>%");
        check("na\u{ef}ve \u{c4}rger 42", "na\u{ef}ve \u{e4}rger <n>");
    }

    #[test]
    fn it_is_cut_at_its_length() {
        assert_eq!(signature(&"\u{e4}b ".repeat(200)).chars().count(), CHARACTERS_MAX);
    }
}
