//! Text out of the bytes of one line: no colours, no broken UTF-8, no stray control bytes.

use memchr::memchr;

/// Appends `line` to `out` without ANSI sequences; invalid UTF-8 becomes U+FFFD.
pub(super) fn append_text(line: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    if memchr(0x1b, line).is_some() {
        append_without_ansi(line, out);
    } else {
        out.extend_from_slice(line);
    }
    if std::str::from_utf8(&out[start..]).is_err() {
        let text = String::from_utf8_lossy(&out[start..]).into_owned();
        out.truncate(start);
        out.extend_from_slice(text.as_bytes());
    }
}

fn append_without_ansi(line: &[u8], out: &mut Vec<u8>) {
    let mut rest = line;
    while let Some(at) = memchr(0x1b, rest) {
        out.extend_from_slice(&rest[..at]);
        rest = &rest[at..];
        rest = &rest[sequence_length(rest)..];
    }
    out.extend_from_slice(rest);
}

/// Length of the escape sequence at the start of `s`; at least the escape byte itself.
fn sequence_length(s: &[u8]) -> usize {
    match s.get(1) {
        Some(b'[') => {
            let body = &s[2..];
            let end = body.iter().position(|b| !(0x20..=0x3f).contains(b));
            match end {
                Some(end) if (0x40..=0x7e).contains(&body[end]) => end + 3,
                Some(end) => end + 2,
                None => s.len(),
            }
        }
        Some(b']') => match s.iter().position(|&b| b == 0x07) {
            Some(bell) => bell + 1,
            None => 2,
        },
        Some(0x40..=0x5f) => 2,
        Some(_) | None => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &[u8], expected: &str) {
        let mut out = Vec::new();
        append_text(line, &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn colours_go_and_text_stays() {
        check(b"plain", "plain");
        check(b"\x1b[31mFAILED\x1b[0m tests/a.py", "FAILED tests/a.py");
        check(b"\x1b[1;31mx\x1b[K", "x");
        check(b"\x1b]0;title\x07ok", "ok");
        check(b"cut \x1b[3", "cut ");
        check(b"\x1b", "");
    }

    #[test]
    fn invalid_bytes_become_replacement_characters() {
        check(b"caf\xe9!", "caf\u{fffd}!");
        check("na\u{ef}ve".as_bytes(), "na\u{ef}ve");
    }
}
