//! Where a value begins and ends, and which values are no secrets.

use super::scan::{
    LOOK_MAX, MARKER, Span, ansi_end, byte_before, is_alnum, is_blank, is_key, is_line_end,
    is_one_of, is_quote, is_space, line_end, run, skip_blank, starts_with, starts_with_folded,
};

/// Where a value stands; decides what ends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// After `key=` or `key:` in a text.
    Text,
    /// After `?key=` or `&key=`: `&` and `#` end it.
    Query,
    /// After `key%3D`: `%26` ends it as well.
    Encoded,
    /// A word of a command line: only a blank or a quote ends it.
    Word,
}

/// A value as it was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) span: Span,
    pub(super) is_quoted: bool,
    /// The position after the value and its closing quote.
    pub(super) after: usize,
}

/// A quotation mark with the backslashes before it: JSON inside a string of JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quote {
    byte: u8,
    slashes: usize,
    width: usize,
}

/// Backslashes before a quotation mark; seven is JSON in JSON in JSON.
const SLASHES_MAX: usize = 15;

/// The quotation mark at `at` and the position of what it quotes.
pub(super) fn quote_at(text: &[u8], at: usize) -> Option<(Quote, usize)> {
    if starts_with(text, at, "&quot;") {
        return Some((
            Quote {
                byte: b'&',
                slashes: 0,
                width: 6,
            },
            at + 6,
        ));
    }
    let mark = run(text, at, |byte| byte == b'\\');
    let byte = *text.get(mark).filter(|&&byte| is_quote(byte))?;
    let slashes = mark - at;
    if slashes > SLASHES_MAX {
        return None;
    }
    let is_triple = slashes == 0 && text[mark..].starts_with(&[byte; 3]);
    let width = if is_triple { 3 } else { 1 };
    Some((
        Quote {
            byte,
            slashes,
            width,
        },
        mark + width,
    ))
}

/// The end of the quoted content and the position after the closing mark; the end of the
/// line twice when nothing closes it.
pub(super) fn closing(text: &[u8], from: usize, quote: Quote) -> (usize, usize) {
    let mut at = from;
    while at < text.len() && !(is_line_end(text[at]) && quote.width != 3) {
        let slashes = run(text, at, |byte| byte == b'\\') - at;
        let mark = at + slashes;
        let closes = match quote.byte {
            b'&' => starts_with(text, mark, "&quot;"),
            byte => text.get(mark) == Some(&byte) && is_closing_depth(slashes, quote.slashes),
        };
        if closes && quote.width == 3 && !text[mark..].starts_with(&[quote.byte; 3]) {
            at = mark + 1;
        } else if closes && is_doubled(text, mark, from, quote) {
            at = mark + 2;
        } else if closes {
            let end = if quote.slashes == 0 { mark } else { at };
            return (end, mark + quote.width);
        } else {
            at = (mark + usize::from(slashes == 0 || is_mark(text, mark))).max(at + 1);
        }
    }
    (at.min(text.len()), at.min(text.len()))
}

/// A mark closes when it is escaped no deeper than the opening one.
fn is_closing_depth(slashes: usize, opening: usize) -> bool {
    if opening == 0 {
        slashes.is_multiple_of(2)
    } else {
        slashes <= opening
    }
}

fn is_mark(text: &[u8], at: usize) -> bool {
    text.get(at).is_some_and(|&byte| is_quote(byte))
}

/// SQL writes a quote inside a quoted text twice.
fn is_doubled(text: &[u8], mark: usize, from: usize, quote: Quote) -> bool {
    quote.byte == b'\'' && quote.width == 1 && mark > from && text.get(mark + 1) == Some(&b'\'')
}

/// The value that starts at `at`, or behind the blanks there.
pub(super) fn value_at(text: &[u8], at: usize, place: Place) -> Option<Value> {
    let at = skip_blank(text, at);
    if let Some((quote, start)) = quote_at(text, at) {
        return Some(quoted(text, start, quote));
    }
    let word = run(text, at, is_alnum);
    let opening = word + usize::from(text.get(word) == Some(&b'('));
    let is_prefix = is_one_of(&text[at..word], &["b", "r", "u", "f", "br", "rb"]);
    if word - at <= 16 && (opening > word || is_prefix) {
        // `Some("…")`, `decrypt("…")`, `b'…'`: the secret is what the quotes hold.
        if let Some((quote, start)) = quote_at(text, opening).filter(|_| opening > at) {
            let is_lookup = is_one_of(&text[at..word], &["getenv", "env", "get", "var"]);
            return (!is_lookup).then(|| quoted(text, start, quote));
        }
    }
    if text.get(at) == Some(&b'$') && text.get(at + 1) == Some(&b'\'') {
        return quote_at(text, at + 1).map(|(quote, start)| quoted(text, start, quote));
    }
    let end = template_end(text, at).unwrap_or_else(|| bare_end(text, at, place));
    let span = Span { start: at, end };
    (end > at).then_some(Value {
        span,
        is_quoted: false,
        after: end,
    })
}

fn quoted(text: &[u8], start: usize, quote: Quote) -> Value {
    let (end, after) = closing(text, start, quote);
    Value {
        span: Span { start, end },
        is_quoted: true,
        after,
    }
}

/// The end of `{{ name }}` or `${{ name }}`, which may hold blanks.
fn template_end(text: &[u8], at: usize) -> Option<usize> {
    let open = at + usize::from(text.get(at) == Some(&b'$'));
    let inner = open + 2;
    let line = &text[..line_end(text, at, LOOK_MAX)];
    let close = run(line, inner, |byte| is_key(byte) || byte == b' ');
    let is_whole = starts_with(line, open, "{{") && starts_with(line, close, "}}");
    is_whole.then_some(close + 2)
}

/// `${NAME:-value}`: what stands in when the variable is not set is the secret.
pub(super) fn default_of(text: &[u8], span: Span) -> Span {
    let content = span.of(text);
    let name = run(content, 2, |byte| is_alnum(byte) || byte == b'_');
    let start = run(content, name, |byte| matches!(byte, b':' | b'-' | b'='));
    let is_default = content.starts_with(b"${") && content.ends_with(b"}") && start > name;
    if is_default {
        return Span {
            start: span.start + start,
            end: span.end - 1,
        };
    }
    span
}

/// The end of a value without quotes.
fn bare_end(text: &[u8], start: usize, place: Place) -> usize {
    if text.get(start) == Some(&b'{') && byte_before(text, start) == Some(b'=') {
        // ODBC quotes with braces: `Pwd={a;b}`.
        let close = run(&text[..line_end(text, start, LOOK_MAX)], start, |byte| {
            byte != b'}'
        });
        return if text.get(close) == Some(&b'}') {
            run(text, close, |b| b == b'}')
        } else {
            close
        };
    }
    let mut depth = 0_usize;
    let mut at = start;
    while at < text.len() {
        if starts_with(text, at, MARKER) {
            at += MARKER.len();
            continue;
        }
        let byte = text[at];
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' if depth > 0 => depth -= 1,
            _ if ends_bare(text, at, place) => break,
            _ => (),
        }
        at += 1;
    }
    at
}

/// Whether the byte at `at` ends a value without quotes.
///
/// A comma, a bracket or a quote ends it only when something follows that could not be
/// more of the same secret.
fn ends_bare(text: &[u8], at: usize, place: Place) -> bool {
    let next = text.get(at + 1).copied();
    let is_break = next.is_none_or(|byte| !is_alnum(byte) && byte < 0x80);
    match text[at] {
        byte if is_space(byte) => true,
        b'&' | b'#' if place == Place::Query => true,
        b'%' if place == Place::Encoded => starts_with_folded(text, at, "%26"),
        b'&' if starts_with(text, at, "&quot;") || starts_with(text, at, "&amp;") => true,
        b'"' | b'\'' | b'`' | b')' | b']' | b'}' => is_break,
        b'\\' => ends_escaped(text, at),
        _ if place == Place::Word => false,
        byte @ (b',' | b';' | b'&' | b'|') => is_separator(text, at + 1, byte),
        b'<' => next.is_some_and(|byte| byte == b'/'),
        b'>' => is_break,
        _ => false,
    }
}

/// Whether what starts at `at`, behind the `sign`, can only be the next item of a list.
fn is_separator(text: &[u8], at: usize, sign: u8) -> bool {
    let Some(&byte) = text.get(at) else {
        return true;
    };
    let is_mark = matches!(byte, b'-' | b'{' | b'[' | b'\\' | b'&' | b'|');
    if is_space(byte) || is_quote(byte) || is_mark {
        return true;
    }
    let text = &text[..text.len().min(at + 48)];
    let word = run(text, at, is_key);
    // `User Id=` in a connection string.
    let has_blanks = sign == b';' && byte.is_ascii_uppercase();
    let word = if has_blanks {
        run(text, at, |b| is_key(b) || b == b' ')
    } else {
        word
    };
    let ends = |byte: &u8| matches!(byte, b'=' | b':') || (sign == b'&' && *byte == b'[');
    word > at && text.get(word).is_some_and(ends)
}

/// A backslash ends a value when it escapes a quote, or a line break of an encoded text.
fn ends_escaped(text: &[u8], at: usize) -> bool {
    let mark = run(&text[..text.len().min(at + SLASHES_MAX)], at, |byte| {
        byte == b'\\'
    });
    if is_mark(text, mark) {
        return true;
    }
    let is_break = text
        .get(mark)
        .is_some_and(|byte| matches!(byte, b'n' | b'r' | b't'));
    is_break && (is_separator(text, mark + 1, b'\n') || starts_with(text, mark + 1, "#"))
}

/// Lists and objects inside each other; deeper ones are not looked into, so that each byte
/// is looked at for a few keys only.
const DEPTH_MAX: usize = 8;

/// The strings inside the list or object that opens at `at`: its scalars, not its keys.
///
/// Looks at most `most` bytes ahead. Bare scalars of a list (`[a, b]`) count as strings.
pub(super) fn strings_in(text: &[u8], at: usize, most: usize) -> Vec<Span> {
    let ceiling = text.len().min(at.saturating_add(most));
    let text = &text[..ceiling];
    let (mut spans, mut depth, mut here) = (Vec::new(), 0_usize, at);
    while here < text.len() {
        if let Some((quote, start)) = quote_at(text, here) {
            let value = quoted(text, start, quote);
            let next = text.get(run(text, value.after, is_space));
            if next != Some(&b':') && !text[value.after..].starts_with(b"=>") {
                spans.push(value.span);
            }
            here = value.after.max(here + 1);
            continue;
        }
        match text[here] {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            byte if ansi_end(text, here).is_none() && is_list_word(byte) => {
                let end = run(text, here, is_list_word);
                let next = text.get(run(text, end, is_blank));
                if next != Some(&b':') && next != Some(&b'=') {
                    spans.push(Span { start: here, end });
                }
                here = end;
                continue;
            }
            _ => (),
        }
        here += 1;
        if depth == 0 || depth > DEPTH_MAX {
            break;
        }
    }
    spans
}

fn is_list_word(byte: u8) -> bool {
    !is_space(byte)
        && !is_quote(byte)
        && !matches!(byte, b'[' | b']' | b'{' | b'}' | b',' | b':' | b'=' | b'\\')
}
