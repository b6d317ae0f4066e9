//! What text must pass before it is kept.

use std::borrow::Cow;

use crate::{
    knowledge::pseudonym::Pseudonyms,
    model::{REDACTION_VERSION, redact},
};

/// Most characters of a kept line.
const LINE_CHARS_MAX: usize = 400;

/// Most bytes of a kept block.
const BLOCK_BYTES_MAX: usize = 8 * 1024;

/// Most bytes of a raw text that are washed: what a line has to say stands at its start or its end.
const RAW_BYTES_MAX: usize = 16 * 1024;

/// Rounds until washing changes nothing any more.
const ROUNDS_MAX: usize = 4;

/// The version of everything that [`Wash`] does.
pub(super) const WASH_VERSION: i64 = REDACTION_VERSION as i64;

/// Cleans text: no secrets, no identifiers, no control characters, bounded.
#[derive(Clone, Debug)]
pub struct Wash {
    names: Pseudonyms,
}

impl Wash {
    /// A wash that gives identifiers these names.
    #[must_use]
    pub fn new(names: Pseudonyms) -> Self {
        Self { names }
    }

    pub(super) fn names(&self) -> &Pseudonyms {
        &self.names
    }

    /// One line of at most 400 characters; a cut ends in `…`.
    #[must_use]
    pub fn line(&self, raw: &str) -> String {
        let mut text = on_one_line(&without_controls(&shortened(raw)));
        for _ in 0..ROUNDS_MAX {
            let redacted = redact(&text);
            let is_clean = matches!(redacted, Cow::Borrowed(_)) && text.len() <= LINE_CHARS_MAX;
            let next = cut(self.names.apply(&redacted).into_owned());
            // A secret may begin where another one, or the line, was cut.
            if is_clean || next == text {
                return next;
            }
            text = next;
        }
        text
    }

    /// Several lines, bounded.
    #[must_use]
    pub fn block(&self, raw: &str) -> String {
        let mut text = self.text(&shortened(raw));
        if text.len() > BLOCK_BYTES_MAX {
            let end = text.floor_char_boundary(BLOCK_BYTES_MAX);
            text.truncate(end);
        }
        text
    }

    /// Any text, as long as it is.
    #[must_use]
    pub fn text(&self, raw: &str) -> String {
        let plain = without_controls(raw);
        let redacted = redact(&plain);
        self.names.apply(&redacted).into_owned()
    }
}

/// The start and the end of a very long text.
fn shortened(raw: &str) -> Cow<'_, str> {
    if raw.len() <= RAW_BYTES_MAX {
        return Cow::Borrowed(raw);
    }
    let head = raw.floor_char_boundary(RAW_BYTES_MAX / 2);
    let tail = raw.ceil_char_boundary(raw.len() - RAW_BYTES_MAX / 4);
    Cow::Owned([&raw[..head], " … ", &raw[tail..]].concat())
}

/// Without control characters and ANSI sequences; line breaks and tabs stay.
fn without_controls(raw: &str) -> Cow<'_, str> {
    if raw
        .bytes()
        .all(|b| matches!(b, b' '..=b'~' | b'\n' | b'\t'))
    {
        return Cow::Borrowed(raw);
    }
    let is_control = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    if !raw.contains(is_control) {
        return Cow::Borrowed(raw);
    }
    let mut text = String::with_capacity(raw.len());
    let mut chars = raw.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\x1b' && chars.peek() == Some(&'[') {
            chars.next();
            while chars.next_if(|c| matches!(c, '\x20'..='\x3f')).is_some() {}
            chars.next_if(|c| matches!(c, '\x40'..='\x7e'));
        } else if !is_control(c) {
            text.push(c);
        }
    }
    Cow::Owned(text)
}

fn on_one_line(text: &str) -> String {
    let bytes = text.as_bytes();
    let is_plain = bytes.iter().all(|b| matches!(b, b' '..=b'~'))
        && !bytes.starts_with(b" ")
        && !bytes.ends_with(b" ")
        && !text.contains("  ");
    if is_plain {
        return text.to_owned();
    }
    let mut line = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

fn cut(mut text: String) -> String {
    if text.len() <= LINE_CHARS_MAX {
        return text;
    }
    if let Some((end, _)) = text.char_indices().nth(LINE_CHARS_MAX) {
        // A long line keeps its end as well: that is where reasons stand.
        let tail_chars = 120;
        let tail: String = {
            let n = text.chars().count();
            text.chars().skip(n - tail_chars).collect()
        };
        text.truncate(end);
        let head = text
            .char_indices()
            .nth(LINE_CHARS_MAX - tail_chars - 3)
            .map_or(end, |(at, _)| at);
        text.truncate(head);
        text.push_str(" … ");
        text.push_str(&tail);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::pseudonym::KEY_BYTES;

    fn wash() -> Wash {
        Wash::new(Pseudonyms::new([3; KEY_BYTES], false))
    }

    #[test]
    fn secrets_colours_and_addresses_go() {
        let line = wash().line("\x1b[31mlogin\x1b[0m password=hunter22secret  from 10.1.2.3\0");
        assert!(
            line.starts_with("login password=<redacted> from ip-"),
            "{line}"
        );
    }

    #[test]
    fn a_long_line_keeps_its_start_and_its_end() {
        let raw = format!("start {} the reason", "payload ".repeat(5000));
        let line = wash().line(&raw);
        assert!(line.starts_with("start ") && line.ends_with("the reason"));
        assert!(
            line.chars().count() <= LINE_CHARS_MAX,
            "{}",
            line.chars().count()
        );
    }

    proptest::proptest! {
        #[test]
        fn washing_twice_changes_nothing(raw in "(password=|ssid=|[a-z ]{0,9}|é|\u{1b}\\[1m|10.0.0.[0-9]|\n){0,40}") {
            let once = wash().line(&raw);
            proptest::prop_assert_eq!(&once, &wash().line(&once));
        }
    }
}
