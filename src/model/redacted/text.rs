//! Outside text as one readable line or as a readable block.

use super::scan::{MARKER, ansi_end};

/// Without ANSI sequences and control characters; `\n` and tabs stay, `\r` ends a line.
pub(super) fn without_controls(raw: &str) -> String {
    let bytes = raw.as_bytes();
    let mut clean = String::with_capacity(raw.len());
    let mut at = 0;
    while at < raw.len() {
        if let Some(end) = ansi_end(bytes, at) {
            at = end;
            continue;
        }
        let Some(letter) = raw[at..].chars().next() else {
            break;
        };
        at += letter.len_utf8();
        match letter {
            '\n' | '\t' => clean.push(letter),
            '\r' if bytes.get(at) == Some(&b'\n') => (),
            '\r' | '\u{2028}' | '\u{2029}' | '\u{85}' => clean.push('\n'),
            _ if letter.is_control() || is_invisible(letter) => (),
            _ => clean.push(letter),
        }
    }
    clean
}

/// Characters that reorder or hide text on a terminal or a web page.
fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// One line: each run of whitespace is one space, none at the ends.
pub(super) fn on_one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

/// At most `most` characters, the last one `…` when something was cut. A marker is kept
/// whole or dropped whole.
pub(super) fn cut(text: String, most: usize) -> String {
    if text.len() <= most || text.chars().count() <= most {
        return text;
    }
    let mut end = text
        .char_indices()
        .nth(most.saturating_sub(1))
        .map_or(0, |(at, _)| at);
    let reach = end.saturating_sub(MARKER.len());
    let floor = (0..=reach)
        .rev()
        .find(|&at| text.is_char_boundary(at))
        .unwrap_or(0);
    if let Some(at) = text[floor..].find(MARKER).map(|at| at + floor)
        && at < end
        && at + MARKER.len() > end
    {
        end = at;
    }
    format!("{}…", text[..end].trim_end())
}

/// The last bytes of `text`, at most `most`, from a character boundary and, where there
/// is one, from the start of a line.
pub(super) fn tail(text: &str, most: usize) -> &str {
    let mut start = text.len().saturating_sub(most);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    if start == 0 || text.as_bytes()[start - 1] == b'\n' {
        return &text[start..];
    }
    match text[start..].find('\n') {
        Some(at) if start + at + 1 < text.len() => &text[start + at + 1..],
        _ => &text[start..],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_titles_and_hidden_letters_vanish() {
        let raw = "\u{1b}[31mred\u{1b}[0m \u{1b}]0;title\u{7}b\u{202e}c\u{0}d\r\ne\rf";
        assert_eq!(without_controls(raw), "red bcd\ne\nf");
    }

    #[test]
    fn a_cut_never_splits_a_marker() {
        assert_eq!(cut("key <redacted> tail".into(), 8), "key…");
        assert_eq!(cut("key <redacted> tail".into(), 16), "key <redacted>…");
        assert_eq!(cut("ääää".into(), 3), "ää…");
        assert_eq!(cut("ääää".into(), 4), "ääää");
    }

    #[test]
    fn a_tail_starts_at_a_line_where_it_can() {
        assert_eq!(tail("one\ntwo\nthree", 8), "three");
        assert_eq!(tail("one\ntwo\nthree", 9), "two\nthree");
        assert_eq!(tail("äää", 3), "ä");
    }
}
