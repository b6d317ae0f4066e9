//! Tells at a glance that a line is no failure and begins none.
//!
//! Reads the level and the status code where the common formats have them, and nothing else.
//! `true` is a promise that the full reading would say the same; `false` says nothing. That most
//! lines of a log are plainly good news is what makes reading gigabytes cheap.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::severity::Level;

/// What stands before the status code of a request.
static REQUEST: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"HTTP/"));

/// What a line is that is no failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Good {
    /// Nothing at all.
    Blank,
    /// News of normal life.
    Info,
    /// A test that passed or was skipped.
    PassedTest,
}

/// How many fields may stand between the time and the level.
const FIELDS_MAX: usize = 4;

/// Bytes of `YYYY-MM-DD HH:MM:SS`.
const STAMP_BYTES: usize = 19;

/// Bytes of `11 Feb 2026 08:00:00.001`.
const REDIS_STAMP_BYTES: usize = 24;

/// Keys that make a message a record of its own.
const RECORD_KEYS: [&[u8]; 13] = [
    b"ts",
    b"time",
    b"timestamp",
    b"@timestamp",
    b"t",
    b"asctime",
    b"level",
    b"lvl",
    b"severity",
    b"levelname",
    b"log.level",
    b"loglevel",
    b"msg",
];

/// What a line (without its line end) plainly is; nothing when it has to be read in full.
#[must_use]
pub fn plainly_good(line: &[u8]) -> Option<Good> {
    if line.is_empty() {
        return Some(Good::Blank);
    }
    let line = without_prefix(line);
    let is_info = match line.first() {
        Some(b'0'..=b'9') => stamped(line) || access(line) || redis(line),
        Some(b'[') => stamped(&line[1..]),
        Some(b'I') => line.strip_prefix(b"INFO:  ").is_some_and(message),
        Some(b't') if passed_test(line) => return Some(Good::PassedTest),
        Some(_) | None => false,
    };
    is_info.then_some(Good::Info)
}

/// `tests/test_a.py::test_b PASSED [ 12%]`.
fn passed_test(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"tests/") else {
        return false;
    };
    let Some(end) = rest.iter().position(|b| *b == b' ') else {
        return false;
    };
    let (name, outcome) = (&rest[..end], &rest[end + 1..]);
    let is_plain = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'/' | b'.' | b':');
    let is_test = name.iter().all(is_plain) && name.windows(5).any(|five| five == b".py::");
    is_test && (outcome.starts_with(b"PASSED [") || outcome.starts_with(b"SKIPPED ("))
}

/// Whether a line begins with a date: then it continues no other line.
#[must_use]
pub fn begins_with_date(line: &[u8]) -> bool {
    let line = without_prefix(line);
    let line = line.strip_prefix(b"[").unwrap_or(line);
    line.first_chunk::<8>().is_some_and(|start| {
        start[4] == b'-' && start[7] == b'-' && start[..4].iter().all(u8::is_ascii_digit)
    })
}

/// Skips `\x1b[36mname   | \x1b[0m` and `name   | ` of compose.
fn without_prefix(line: &[u8]) -> &[u8] {
    let colour = colour_length(line);
    let name = &line[colour..];
    let length = name
        .iter()
        .take(64)
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        .count();
    if length == 0 || !name[0].is_ascii_alphabetic() {
        return line;
    }
    let blanks = name[length..]
        .iter()
        .take(64)
        .take_while(|b| **b == b' ')
        .count();
    let rest = &name[length + blanks..];
    let Some(rest) = rest.strip_prefix(b"| ").filter(|_| blanks > 0) else {
        return line;
    };
    &rest[colour_length(rest)..]
}

/// Length of a colour sequence (`\x1b[1;36m`) at the start.
fn colour_length(text: &[u8]) -> usize {
    if !text.starts_with(b"\x1b[") {
        return 0;
    }
    let digits = text[2..]
        .iter()
        .take(8)
        .take_while(|b| b.is_ascii_digit() || **b == b';')
        .count();
    if text.get(2 + digits) == Some(&b'm') {
        3 + digits
    } else {
        0
    }
}

/// `2026-03-04 05:06:07,089 INFO [wicap.scout] …` and its kin.
fn stamped(line: &[u8]) -> bool {
    let Some(stamp) = line.first_chunk::<STAMP_BYTES>() else {
        return false;
    };
    let is_stamp = stamp[4] == b'-'
        && stamp[7] == b'-'
        && matches!(stamp[10], b' ' | b'T')
        && stamp[13] == b':'
        && stamp[16] == b':'
        && [0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18]
            .iter()
            .all(|at| stamp[*at].is_ascii_digit());
    if !is_stamp || !matches!(stamp[5], b'0' | b'1') || stamp[8] > b'3' || stamp[11] > b'2' {
        return false;
    }
    let mut rest = &line[STAMP_BYTES..];
    if let Some(b'.' | b',') = rest.first() {
        let digits = rest[1..].iter().take_while(|b| b.is_ascii_digit()).count();
        rest = &rest[1 + digits..];
    }
    rest = rest.strip_prefix(b"Z").unwrap_or(rest);
    fields(rest)
}

/// Fields up to a level of good news, then the message.
fn fields(mut rest: &[u8]) -> bool {
    for _ in 0..FIELDS_MAX {
        let blanks = rest
            .iter()
            .take(12)
            .take_while(|b| matches!(b, b' ' | b'-' | b'[' | b']'))
            .count();
        rest = &rest[blanks..];
        let length = rest
            .iter()
            .take(64)
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_'))
            .count();
        let (field, after) = rest.split_at(length);
        if blanks == 0 || length == 0 || !matches!(after.first(), Some(b' ' | b']')) {
            return false;
        }
        if matches!(field, b"INFO" | b"DEBUG" | b"TRACE" | b"NOTICE") {
            return message(after);
        }
        if Level::from_word(field).is_some() || length < 2 && !field[0].is_ascii_digit() {
            return false;
        }
        rest = after;
    }
    false
}

/// `1:M 11 Feb 2026 08:00:00.001 * …`, with a mark of normal life.
fn redis(line: &[u8]) -> bool {
    let digits = line
        .iter()
        .take(8)
        .take_while(|b| b.is_ascii_digit())
        .count();
    let rest = &line[digits..];
    let is_role = rest.first() == Some(&b':')
        && matches!(rest.get(1), Some(b'M' | b'C' | b'S' | b'X'))
        && rest.get(2) == Some(&b' ');
    let Some(stamp) = rest.get(3..3 + REDIS_STAMP_BYTES).filter(|_| is_role) else {
        return false;
    };
    let is_stamp = stamp[2] == b' '
        && stamp[6] == b' '
        && stamp[11] == b' '
        && stamp[14] == b':'
        && stamp[17] == b':'
        && stamp[20] == b'.'
        && stamp[0].is_ascii_digit()
        && stamp[7].is_ascii_digit();
    let after = &rest[3 + REDIS_STAMP_BYTES..];
    let is_good = after.first() == Some(&b' ')
        && matches!(after.get(1), Some(b'*' | b'-' | b'.'))
        && after.get(2) == Some(&b' ');
    is_stamp && is_good && message(&after[2..])
}

/// `10.1.2.3 - - [04/Mar/2026:05:06:07] "GET / HTTP/1.1" 200 …`.
fn access(line: &[u8]) -> bool {
    let length = line
        .iter()
        .take(16)
        .take_while(|b| b.is_ascii_digit() || **b == b'.')
        .count();
    let (address, rest) = line.split_at(length);
    address.iter().filter(|b| **b == b'.').count() == 3
        && rest.starts_with(b" - - [")
        && good_status(rest) == Some(true)
}

/// What follows the level: no failed request, no test, no traceback, no record of its own.
fn message(text: &[u8]) -> bool {
    good_status(text) != Some(false) && starts(text)
}

/// Whether the first request in the text was answered well; nothing when there is none.
fn good_status(text: &[u8]) -> Option<bool> {
    let at = REQUEST.find(text)?;
    let rest = &text[at + 5..];
    let version = rest
        .iter()
        .take(4)
        .take_while(|b| b.is_ascii_digit() || **b == b'.')
        .count();
    let status = rest.get(version..version + 5)?;
    let is_status = status.starts_with(b"\" ") && status[2..].iter().all(u8::is_ascii_digit);
    let is_whole = !rest.get(version + 5).is_some_and(u8::is_ascii_alphanumeric);
    Some(is_status && is_whole && matches!(status[2], b'1'..=b'3'))
}

/// Every place where the message may begin is looked at: after the level, after `[logger]`, after
/// `logger:`.
fn starts(text: &[u8]) -> bool {
    let mut at = blanks(text, 0);
    for _ in 0..3 {
        let rest = &text[at..];
        if !is_plain_start(rest) {
            return false;
        }
        let next = match rest.first() {
            Some(b'[') => match rest.iter().take(200).position(|b| *b == b']') {
                Some(end) => at + end + 1,
                None => return false,
            },
            Some(_) => {
                let length = rest
                    .iter()
                    .take(200)
                    .take_while(|b| !b" \t".contains(b))
                    .count();
                if rest[..length].last() != Some(&b':') {
                    return true;
                }
                at + length
            }
            None => return true,
        };
        at = blanks(text, next);
    }
    false
}

fn blanks(text: &[u8], from: usize) -> usize {
    let rest = &text[from..];
    from + rest
        .iter()
        .take_while(|b| matches!(b, b' ' | b'-' | b']' | b'\t'))
        .count()
}

fn is_plain_start(text: &[u8]) -> bool {
    let word_length = text.iter().take(200).take_while(|b| **b != b' ').count();
    let word = &text[..word_length];
    let is_suspect = match text.first() {
        None => false,
        Some(b'=' | b'{' | b'_' | b'|' | b'<' | b'(') => true,
        Some(b'E') => text.starts_with(b"E   ") || word == b"ERROR",
        Some(b'F' | b'P' | b'S' | b'X') => {
            matches!(
                word,
                b"FAILED" | b"PASSED" | b"SKIPPED" | b"XFAIL" | b"XPASS"
            )
        }
        Some(b'T') => text.starts_with(b"Traceback"),
        Some(_) => {
            let key_length = word.iter().take(12).position(|b| *b == b'=');
            key_length.is_some_and(|length| RECORD_KEYS.contains(&&word[..length]))
        }
    };
    // The words of pytest's lines are looked for by the full reading alone.
    !is_suspect && !word.windows(3).any(|three| three == b".py") && !word.contains(&0x1b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::{
        severity::Category,
        signature::{
            Prepared,
            blocks::{Assembler, Taken},
        },
    };

    /// What the promise is about: the full reading says the same.
    fn is_kept(line: &[u8], good: Good) -> bool {
        let mut prepared = Prepared::default();
        prepared.read(line);
        let mut assembler = Assembler::new();
        let is_test = prepared.severity().category == Category::PytestPass;
        assembler.push(1, &prepared, |_| ()) == Taken::Alone
            && is_test == (good == Good::PassedTest)
    }

    #[track_caller]
    fn check(line: &str, expected: bool) {
        let good = plainly_good(line.as_bytes());
        assert_eq!(expected, good.is_some(), "{line}");
        if let Some(good) = good {
            assert!(is_kept(line.as_bytes(), good), "a broken promise: {line}");
        }
    }

    #[test]
    fn good_news_in_common_formats_is_seen_at_a_glance() {
        check(
            "2026-03-04 05:06:07,089 INFO [wicap.scout] beacon ssid=lab-net ch=6",
            true,
        );
        check(
            "2026-03-04 05:06:07,089 - wicap.p.sql - INFO - committed 4 rows",
            true,
        );
        check(
            "2026-03-04T05:06:07.089Z DEBUG btsniff: channel 37 dwell 3us",
            true,
        );
        check(
            "[2026-03-04 05:06:07] [41] [INFO] cache hit ratio 12.5% keys=4",
            true,
        );
        check("1:M 11 Feb 2026 08:00:00.001 * DB saved on disk", true);
        check(
            "10.1.2.3 - - [04/Mar/2026:05:06:07] \"GET /x HTTP/1.1\" 200 12 \"-\"",
            true,
        );
        check(
            "INFO:     127.0.0.1:40218 - \"GET /health HTTP/1.1\" 200 OK",
            true,
        );
        check(
            "\x1b[36mwicap-ui         | \x1b[0m2026-03-04T05:06:07.089Z INFO soak: ok",
            true,
        );
        check(
            "tests/test_a.py::test_raises_exception_12 PASSED [ 3%]",
            true,
        );
        check(
            "tests/e2e/test_b.py::test_w SKIPPED (no browser) [ 3%]",
            true,
        );
        check("", true);
    }

    #[test]
    fn what_may_be_a_failure_is_left_to_the_full_reading() {
        check("2026-03-04 05:06:07,089 ERROR [wicap.scout] x", false);
        check(
            "2026-03-04 05:06:07,089 WARNING [wicap.scout] x failed",
            false,
        );
        check(
            "2026-03-04 05:06:07,089 INFO [a] \"GET / HTTP/1.1\" 503 1",
            false,
        );
        check(
            "2026-03-04 05:06:07,089 INFO [a] Traceback (most recent call last):",
            false,
        );
        check(
            "2026-03-04 05:06:07,089 INFO a: FAILED tests/t.py::x - KeyError",
            false,
        );
        check(
            "2026-03-04 05:06:07,089 INFO a: level=error msg=\"x\"",
            false,
        );
        check(
            "2026-03-04 05:06:07,089 INFO a: {\"level\":\"error\",\"msg\":\"x\"}",
            false,
        );
        check(
            "1:M 11 Feb 2026 08:00:00.001 # Background saving error",
            false,
        );
        check(
            "10.1.2.3 - - [04/Mar/2026:05:06:07] \"POST /x HTTP/1.1\" 403 12",
            false,
        );
        check("tests/test_a.py::test_b FAILED [ 3%]", false);
        check("KeyError: 'bssid'", false);
        check("usb 1-1: device descriptor read/64, error -71", false);
        check("\x1b[31mwicap-scout exited with code 3\x1b[0m", false);
    }

    proptest::proptest! {
        #[test]
        fn a_promise_is_kept(
            head in proptest::sample::select(vec![
                "2026-03-04 05:06:07,089 INFO [a.b] ", "2026-03-04 05:06:07,089 - a.b - INFO - ",
                "2026-03-04T05:06:07.089Z INFO a: ", "[2026-03-04 05:06:07] [41] [INFO] ",
                "1:M 11 Feb 2026 08:00:00.001 * ", "10.1.2.3 - - [04/Mar/2026:05:06:07] ",
                "INFO:     ", "\x1b[36mwicap-ui  | \x1b[0m2026-03-04T05:06:07.089Z INFO a: ",
                "2026-03-04 05:06:07 ", "", "tests/a.py::b PASSED [", "tests/a.py::b SKIPPED (",
            ]),
            words in proptest::collection::vec(proptest::sample::select(vec![
                "ERROR", "[ERROR]", "error:", "level=error", "msg=\"a\"", "{\"level\":\"error\"",
                ",\"msg\":\"x\"}", "FAILED", "tests/t.py::a", "Traceback (most recent call last):",
                "HTTP/1.1\"", "500", "200", "\"GET", "/x", "==", "3 failed,", "in 3s ==", "E   ",
                "a.b:", "[x]", "-", "|", "____ test_a ____", "ok", "WARNING", "panic:", "12", "=",
            ]), 0..8),
        ) {
            let line = format!("{head}{}", words.join(" "));
            if let Some(good) = plainly_good(line.as_bytes()) {
                proptest::prop_assert!(is_kept(line.as_bytes(), good), "{}", line);
            }
        }

        #[test]
        fn any_bytes_are_looked_at(line in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            if let Some(good) = plainly_good(&line) {
                proptest::prop_assert!(is_kept(&line, good));
            }
        }
    }
}
