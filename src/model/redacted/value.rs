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
    if word - at <= 16 && (opening > word || word - at <= 2) {
        // `Some("…")`, `decrypt("…")`, `b'…'`: the secret is what the quotes hold.
        if let Some((quote, start)) = quote_at(text, opening).filter(|_| opening > at) {
            let is_lookup = is_one_of(&text[at..word], &["getenv", "env", "get", "var"]);
            return (!is_lookup).then(|| quoted(text, start, quote));
        }
    }
    if text.get(at) == Some(&b'$') && text.get(at + 1) == Some(&b'\'') {
        return quote_at(text, at + 1).map(|(quote, start)| quoted(text, start, quote));
    }
    let end = bare_end(text, at, place);
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
        b',' | b';' | b'&' | b'|' => is_separator(text, at + 1),
        b'<' => next.is_some_and(|byte| byte == b'/'),
        b'>' => is_break,
        _ => false,
    }
}

/// Whether what starts at `at` can only be the next item of a list.
fn is_separator(text: &[u8], at: usize) -> bool {
    let Some(&byte) = text.get(at) else {
        return true;
    };
    if is_space(byte) || is_quote(byte) || matches!(byte, b'-' | b'{' | b'[' | b'\\' | b'&' | b'|')
    {
        return true;
    }
    let ceiling = text.len().min(at + 48);
    let word = run(&text[..ceiling], at, |byte| is_key(byte) || byte == b' ');
    word > at
        && text
            .get(word)
            .is_some_and(|byte| matches!(byte, b'=' | b':'))
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
    is_break && (is_separator(text, mark + 1) || starts_with(text, mark + 1, "#"))
}

/// Whether a value is no secret for any key: empty, masked already, a switch, a reference.
pub(super) fn is_plain(value: &[u8]) -> bool {
    let value = value.trim_ascii();
    let bare = value.strip_suffix("…".as_bytes()).unwrap_or(value);
    bare.is_empty()
        || bare == MARKER.as_bytes()
        || is_one_of(bare, SWITCHES)
        || is_mask(bare)
        || is_reference(bare)
}

/// Values that say whether there is a secret, or of which type it is.
const SWITCHES: &[&str] = &[
    "true",
    "false",
    "yes",
    "no",
    "on",
    "off",
    "null",
    "none",
    "nil",
    "undefined",
    "unset",
    "~",
    "empty",
    "str",
    "string",
    "&str",
    "bytes",
    "int",
    "bool",
    "boolean",
    "any",
    "number",
    "redacted",
    "required",
    "optional",
    "include",
    "omit",
    "same-origin",
    "secretstr",
    "missing",
    "enabled",
    "disabled",
    "n/a",
    "string,",
    "str,",
    "false,",
    "true,",
    "!vault",
    "|",
    ">",
    "|-",
    ">-",
];

/// Words that continue a sentence about a secret: `token: not found`.
const PROSE: &[&str] = &[
    "not",
    "is",
    "was",
    "are",
    "must",
    "missing",
    "required",
    "invalid",
    "incorrect",
    "expired",
    "failed",
    "unset",
    "has",
    "none",
    "denied",
    "wrong",
    "rejected",
    "mismatch",
    "no",
    "does",
    "cannot",
    "should",
    "authentication",
    "error",
    "to",
    "or",
    "and",
    "for",
    "flag",
    "option",
    "unable",
    "unexpected",
    "expected",
    "could",
    "the",
    "a",
    "an",
    "in",
    "of",
    "with",
    "via",
    "can",
    "refused",
    "changed",
    "rotated",
    "success",
    "successful",
    "ok",
    "login",
    "plain",
    "called",
    "too",
    "length",
    "unknown",
    "if",
    "from",
    "when",
    "that",
    "argument",
    "on",
    "will",
    "file",
    "field",
    "header",
    "accepted",
    "verified",
    "authorization",
    "validation",
    "refresh",
    "refreshed",
    "revoked",
    "using",
    "loaded",
    "updated",
    "created",
    "deleted",
    "does",
];

/// Whether a word without quotes reads as the rest of a sentence.
pub(super) fn is_prose(word: &[u8]) -> bool {
    let end = word.trim_ascii_end();
    is_one_of(
        end.strip_suffix(b",")
            .or(end.strip_suffix(b"."))
            .unwrap_or(end),
        PROSE,
    )
}

/// `****`, `xxxx`, `...`, `[REDACTED]`, `<hidden>`, and brackets left by a parser.
fn is_mask(value: &[u8]) -> bool {
    let first = value[0];
    let is_run = value.iter().all(|&byte| byte == first);
    if is_run
        && (matches!(first, b'*' | b'.' | b'-' | b'_') || (value.len() > 2 && first | 32 == b'x'))
    {
        return true;
    }
    if value.len() <= 2 && value.iter().all(u8::is_ascii_punctuation) {
        return true;
    }
    let inner = value.trim_ascii_start();
    let is_bracketed = matches!(first, b'[' | b'<' | b'(') && inner.len() > 2;
    is_bracketed
        && is_one_of(
            inner[1..]
                .strip_suffix(b"]")
                .or(inner[1..].strip_suffix(b">"))
                .or(inner[1..].strip_suffix(b")"))
                .unwrap_or(b""),
            &[
                "redacted",
                "filtered",
                "masked",
                "hidden",
                "removed",
                "sanitized",
                "secret",
                "password",
                "token",
                "none",
            ],
        )
}

/// `$NAME`, `${NAME}`, `{{ name }}`, `%NAME%`, `os.environ…`: where a secret comes from.
fn is_reference(value: &[u8]) -> bool {
    let is_name = |name: &[u8]| {
        name.len() > 1
            && name
                .iter()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_')
    };
    if let Some(inner) = value
        .strip_prefix(b"${{")
        .and_then(|rest| rest.strip_suffix(b"}}"))
    {
        return inner.iter().all(|&byte| is_key(byte) || is_blank(byte));
    }
    if let Some(inner) = value
        .strip_prefix(b"{{")
        .and_then(|rest| rest.strip_suffix(b"}}"))
    {
        return inner.iter().all(|&byte| is_key(byte) || is_blank(byte));
    }
    if let Some(inner) = value
        .strip_prefix(b"${")
        .and_then(|rest| rest.strip_suffix(b"}"))
    {
        return is_name(inner);
    }
    if let Some(inner) = value
        .strip_prefix(b"%")
        .and_then(|rest| rest.strip_suffix(b"%"))
    {
        return is_name(inner);
    }
    value.strip_prefix(b"$").is_some_and(is_name)
        || [
            "os.environ",
            "os.getenv(",
            "process.env.",
            "env::var(",
            "std::env::var(",
            "getenv(",
        ]
        .iter()
        .any(|start| value.starts_with(start.as_bytes()))
}

/// Whether a value is an absolute, home or relative path.
pub(super) fn is_path(value: &[u8]) -> bool {
    let starts = ["/", "./", "../", "~/", "C:\\", "D:\\"];
    starts
        .iter()
        .any(|start| value.starts_with(start.as_bytes()))
}

/// Whether a value is a short number, alone or with a unit: a count, not a token.
pub(super) fn is_short_number(value: &[u8]) -> bool {
    let digits = run(value, 0, |byte| {
        byte.is_ascii_digit() || byte == b'.' || byte == b'-'
    });
    let unit = &value[digits..];
    digits > 0 && digits <= 5 && unit.len() <= 2 && unit.iter().all(|b| !b.is_ascii_digit())
}

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
        if depth == 0 {
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
