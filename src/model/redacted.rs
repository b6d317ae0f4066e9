//! Text from outside that may be kept.

mod commands;
mod engine;
mod headers;
mod keys;
mod pairs;
mod pem;
mod scan;
mod text;
mod tokens;
mod url;
mod value;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use engine::{REDACTION_VERSION, redact};

/// Most characters of a [`Redacted`] line.
pub const LINE_CHARS_MAX: usize = 400;

/// Most bytes of a [`Redacted`] block, whatever was asked for: 200 lines of a log.
pub const BLOCK_BYTES_MAX: usize = 256 * 1024;

/// Rounds until cleaning changes nothing any more; a cut can uncover a secret's start.
const ROUNDS_MAX: usize = 4;

/// Text from outside that has passed redaction: the only free text that events carry.
///
/// Guaranteed: no secret that [`redact`] knows, no control characters but `\n` and tabs,
/// no ANSI sequences. Not guaranteed: that a secret of unknown form is gone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Redacted(String);

impl Redacted {
    /// One readable line of at most [`LINE_CHARS_MAX`] characters; a cut ends in `…`.
    #[must_use]
    pub fn from_raw(raw: &str) -> Self {
        Self(settled(raw, |text| {
            text::cut(
                text::on_one_line(&redact(&text::without_controls(text))),
                LINE_CHARS_MAX,
            )
        }))
    }

    /// The last `max_bytes` of a text with its line breaks; at most [`BLOCK_BYTES_MAX`].
    ///
    /// Redaction sees the whole text, so a secret whose key is cut off is gone as well.
    #[must_use]
    pub fn block(raw: &str, max_bytes: usize) -> Self {
        let most = max_bytes.min(BLOCK_BYTES_MAX);
        Self(settled(raw, |text| {
            text::tail(&redact(&text::without_controls(text)), most).to_owned()
        }))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What is read back passes redaction again: the rules may know more than when it was
/// written. Line breaks stay.
impl From<String> for Redacted {
    fn from(text: String) -> Self {
        Self::block(&text, BLOCK_BYTES_MAX)
    }
}

impl From<Redacted> for String {
    fn from(redacted: Redacted) -> Self {
        redacted.0
    }
}

impl AsRef<str> for Redacted {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `clean` applied until it changes nothing, at most [`ROUNDS_MAX`] times.
fn settled(raw: &str, clean: impl Fn(&str) -> String) -> String {
    let mut text = clean(raw);
    for _ in 1..ROUNDS_MAX {
        let again = clean(&text);
        if again == text {
            break;
        }
        text = again;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(raw: &str, expected: &str) {
        assert_eq!(Redacted::from_raw(raw).as_str(), expected);
        assert_eq!(
            Redacted::from_raw(expected).as_str(),
            expected,
            "not idempotent"
        );
    }

    #[test]
    fn a_line_is_one_readable_line() {
        check("  a\tb\r\nc\u{1b}[0m  ", "a b c");
        check(
            "\u{1b}[3mpassword\u{1b}[0m\u{1b}[2m=\u{1b}[0mwinter ok",
            "password=<redacted> ok",
        );
        check("pass\u{1b}[1mword=winter", "password=<redacted>");
        check("", "");
    }

    #[test]
    fn a_long_line_is_cut_with_a_mark() {
        let line = Redacted::from_raw(&"ä ".repeat(1_000));
        assert!(line.as_str().chars().count() <= LINE_CHARS_MAX);
        assert!(line.as_str().ends_with('…'));
        assert_eq!(Redacted::from_raw(line.as_str()), line);
    }

    #[test]
    fn a_block_keeps_its_last_lines() {
        let block = Redacted::block("password: winter\nready\nlisten\n", 14);
        assert_eq!(block.as_str(), "ready\nlisten\n");
        let block = Redacted::block("a\nTOKEN=winterwinterwinter", 20);
        assert!(!block.as_str().contains("winter"));
    }

    #[test]
    fn reading_back_redacts_again_and_keeps_lines() {
        let read = Redacted::from("a\npassword=winter\n".to_owned());
        assert_eq!(read.as_str(), "a\npassword=<redacted>\n");
        assert_eq!(String::from(read.clone()), read.to_string());
    }
}
