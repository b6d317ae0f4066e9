//! A key that names a secret, and the value that belongs to it.

use super::headers;
use super::judge::{is_parameter, kept};
use super::keys::{KeyKind, classify};
use super::lines::{
    ALIGN_MAX, CONTAINER_BYTES_MAX, below, block_scalar, is_break, skip_space, whole_line,
};
use super::plain::{is_plain, is_prose};
use super::scan::{
    LOOK_MAX, Span, byte_before, is_alnum, is_blank, is_key, is_line_end, is_one_of, is_quote,
    is_space, run, run_back, skip_blank, starts_with, starts_with_folded,
};
use super::value::{Place, Value, closing, quote_at, strings_in, value_at};

/// A key in the text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    pub(super) span: Span,
    pub(super) kind: KeyKind,
    /// Whether dashes stand before it: `--password`.
    pub(super) is_flag: bool,
    /// Whether `?` or `&` stands before it.
    pub(super) is_parameter: bool,
}

/// How far back the words before a key are looked at.
const WORDS_BYTES_MAX: usize = 96;

/// The identifier around a hit on a key word, without dashes and dots at its ends.
pub(super) fn identifier(text: &[u8], hit: Span) -> Span {
    let start = run_back(text, hit.start, super::keys::KEY_BYTES_MAX, is_key);
    let ceiling = text.len().min(hit.end + super::keys::KEY_BYTES_MAX);
    let end = run(&text[..ceiling], hit.end, is_key);
    let is_edge = |byte| matches!(byte, b'-' | b'.');
    let start = run(text, start, is_edge).min(hit.start);
    let end = run_back(text, end, end - hit.end, is_edge);
    Span {
        start: after_escape(text, start, hit.start),
        end,
    }
}

/// In `\nPASSWORD` the letter belongs to the escape, in `%3Ftoken` the two digits do.
fn after_escape(text: &[u8], start: usize, hit: usize) -> usize {
    let first = text.get(start).copied().unwrap_or_default();
    let skip = match byte_before(text, start) {
        Some(b'\\') if matches!(first, b'n' | b'r' | b't') => 1,
        Some(b'%') if first.is_ascii_digit() => 2,
        _ => 0,
    };
    (start + skip).min(hit)
}

/// The secrets that belong to the key at `span`, if it names any.
pub(super) fn secrets(text: &[u8], span: Span) -> Vec<Span> {
    if !can_take_value(text, span) {
        return Vec::new();
    }
    let Some(kind) = classify(span.of(text)) else {
        return Vec::new();
    };
    let before = byte_before(text, span.start);
    let dashes = run_back(text, span.start, 2, |byte| byte == b'-');
    let is_flag = dashes < span.start && !byte_before(text, dashes).is_some_and(is_alnum);
    let is_entity = span.start >= 5 && starts_with(text, span.start - 5, "&amp;");
    let is_parameter = matches!(before, Some(b'?' | b'&')) || is_entity;
    let key = Key {
        span,
        kind,
        is_flag,
        is_parameter,
    };
    let forms = [element, assigned, named, paired, flagged, spaced];
    forms
        .iter()
        .find_map(|form| form(text, key))
        .unwrap_or_default()
}

/// The cheap look that rejects most words of prose.
fn can_take_value(text: &[u8], span: Span) -> bool {
    let marks = b"=:\\])>%&?[\x1b";
    let Some(&byte) = text.get(span.end) else {
        return false;
    };
    if byte == b' ' && text.get(span.end + 1).copied().is_some_and(is_alnum) {
        return can_take_word(text, span);
    }
    is_quote(byte) || is_space(byte) || marks.contains(&byte)
}

/// Parts of keys whose value may be the next word; the classifier judges the rest.
const WORD_KEYS: &[&str] = &[
    "passw",
    "passp",
    "pwd",
    "psk",
    "requirepass",
    "masterauth",
    "auth-pass",
];

/// Whether a bare word after a blank can be the value: of a flag, a password, a variable.
fn can_take_word(text: &[u8], span: Span) -> bool {
    let name = span.of(text);
    let holds = |part: &&str| (0..name.len()).any(|at| starts_with_folded(name, at, part));
    byte_before(text, span.start) == Some(b'-')
        || name.first().is_some_and(u8::is_ascii_uppercase)
        || WORD_KEYS.iter().any(holds)
}

/// `<password>…</password>`
fn element(text: &[u8], key: Key) -> Option<Vec<Span>> {
    let is_element = byte_before(text, key.span.start) == Some(b'<');
    if !is_element || text.get(key.span.end) != Some(&b'>') {
        return None;
    }
    let start = key.span.end + 1;
    let end = run(text, start, |byte| byte != b'<' && !is_line_end(byte));
    if !starts_with(text, end, "</") {
        return None;
    }
    Some(kept(
        text,
        key,
        Value {
            span: Span { start, end },
            is_quoted: true,
            after: end,
        },
    ))
}

/// `key=value`, `key: value`, `"key": "value"`, `key := value`, `'key' => 'value'`
fn assigned(text: &[u8], key: Key) -> Option<Vec<Span>> {
    let closed = closed_key(text, key.span.end);
    let (sign, at) = separator(text, closed)?;
    let place = match sign {
        b'%' => Place::Encoded,
        _ if key.is_parameter => Place::Query,
        _ if key.is_flag => Place::Word,
        _ => Place::Text,
    };
    if key.kind == KeyKind::Authorization {
        return Some(headers::authorization(text, at));
    }
    if key.kind == KeyKind::Parameter && !is_parameter(text, key) {
        return None;
    }
    let opens_list = matches!(text.get(skip_blank(text, at)), Some(b'{' | b'['));
    if key.kind == KeyKind::Cookie && !opens_list {
        return Some(headers::cookies(text, at));
    }
    let start = skip_blank(text, at);
    if is_break(text, start) && sign != b'%' {
        return Some(below(text, key, start));
    }
    if sign == b'?' {
        let value = value_at(text, at, Place::Text).filter(|value| value.is_quoted)?;
        return Some(kept(text, key, value));
    }
    if let Some(lines) = block_scalar(text, key, start) {
        return Some(lines);
    }
    if is_container(text, start, at) {
        return Some(inside(text, key, start));
    }
    // What may turn out to be no secret is looked at in a window, so that time stays linear.
    let is_certain = matches!(
        key.kind,
        KeyKind::Password | KeyKind::Secret | KeyKind::Token | KeyKind::Key
    ) || key.is_parameter;
    let window = if is_certain {
        text.len()
    } else {
        text.len().min(at + LOOK_MAX)
    };
    let value = value_at(&text[..window], at, place)?;
    if let Some((_, again)) = typed(text, value) {
        return Some(
            value_at(text, again, place).map_or_else(Vec::new, |value| kept(text, key, value)),
        );
    }
    if place == Place::Text && !value.is_quoted {
        return Some(kept(text, key, whole_line(text, key, (sign, value))));
    }
    Some(kept(text, key, value))
}

/// The position after a closing quote, bracket or colour that may follow a key.
fn closed_key(text: &[u8], end: usize) -> usize {
    let mut at = skip_ansi(text, end);
    if let Some((_, after)) = quote_at(text, at).filter(|_| text[at..].first() != Some(&b'`')) {
        at = after;
    }
    if text.get(at) == Some(&b']') {
        at + 1
    } else {
        at
    }
}

fn skip_ansi(text: &[u8], at: usize) -> usize {
    if text.get(at) == Some(&0x1b) {
        skip_blank(text, at)
    } else {
        at
    }
}

/// The separator after a key and the position after it. `?` stands for a comparison.
fn separator(text: &[u8], at: usize) -> Option<(u8, usize)> {
    let ceiling = text.len().min(at + ALIGN_MAX);
    let at = skip_blank(&text[..ceiling], at);
    let next = text.get(at + 1).copied();
    match text.get(at)? {
        b'=' if matches!(next, Some(b'=')) => {
            Some((b'?', run(&text[..ceiling.max(at)], at, |byte| byte == b'=')))
        }
        b'=' if next == Some(b'>') => Some((b'=', at + 2)),
        b'=' if next == Some(b'~') => None,
        b'=' => Some((b'=', at + 1)),
        b':' if next == Some(b':') => None,
        b':' if matches!(next, Some(b'=' | b'-' | b'?')) => Some((b'=', at + 2)),
        b':' if next == Some(b'/') && text.get(at + 2) == Some(&b'/') => None,
        b':' => Some((b':', at + 1)),
        b'?' if next == Some(b'=') => Some((b'=', at + 2)),
        b'%' if starts_with_folded(text, at, "%3D") || starts_with_folded(text, at, "%3A") => {
            Some((b'%', at + 3))
        }
        _ => None,
    }
}

/// A list or an object, unless it is a template or a value in ODBC braces.
fn is_container(text: &[u8], start: usize, sign_end: usize) -> bool {
    let next = text.get(start + 1).copied();
    match text.get(start) {
        Some(b'[') => !next.is_some_and(|byte| byte.is_ascii_uppercase()),
        Some(b'{') => {
            let is_odbc = start == sign_end && next.is_some_and(is_alnum);
            next != Some(b'{') && !is_odbc
        }
        _ => false,
    }
}

fn inside(text: &[u8], key: Key, start: usize) -> Vec<Span> {
    if matches!(
        key.kind,
        KeyKind::Auth | KeyKind::Parameter | KeyKind::ConnectionString
    ) {
        return Vec::new();
    }
    // `"token": {…}` has keys of its own; below a password anything is one.
    let is_certain = matches!(key.kind, KeyKind::Password | KeyKind::Secret);
    if text[start] == b'{' && !is_certain {
        return Vec::new();
    }
    let spans = strings_in(text, start, CONTAINER_BYTES_MAX);
    spans
        .into_iter()
        .filter(|span| !is_plain(span.of(text)))
        .collect()
}

/// `password: str = "…"`: the type is not the value.
fn typed(text: &[u8], value: Value) -> Option<(u8, usize)> {
    let is_type = !value.is_quoted
        && is_one_of(
            value.span.of(text),
            &["str", "string", "&str", "any", "bytes"],
        );
    is_type
        .then(|| separator(text, value.after))
        .flatten()
        .filter(|(sign, _)| *sign == b'=')
}

/// `name: DB_PASSWORD` with `value: …` beside it, as in Kubernetes and ECS.
fn named(text: &[u8], key: Key) -> Option<Vec<Span>> {
    let closed = closed_key(text, key.span.end);
    let comma = usize::from(text.get(closed) == Some(&b','));
    let mut at = skip_space(text, closed + comma);
    if let Some((_, inner)) = quote_at(text, at).filter(|_| at > closed) {
        at = inner;
    }
    if at == closed || !starts_with_folded(text, at, "value") {
        return None;
    }
    let (_, after) = separator(text, closed_key(text, at + "value".len()))?;
    let value = value_at(text, after, Place::Text)?;
    Some(kept(text, key, value))
}

/// `("password", "…")` and `['Authorization', '…']`: a pair and nothing else.
fn paired(text: &[u8], key: Key) -> Option<Vec<Span>> {
    let open = run_back(text, key.span.start, 8, |byte| {
        is_quote(byte) || byte == b'\\' || byte == b'b'
    });
    let is_opened = open < key.span.start && matches!(byte_before(text, open), Some(b'(' | b'['));
    let (_, closed) = quote_at(text, key.span.end).filter(|_| is_opened)?;
    let comma = skip_blank(text, closed);
    let value_start = skip_blank(text, comma + 1);
    let value_start = value_start + usize::from(text.get(value_start) == Some(&b'b'));
    let (quote, start) = quote_at(text, value_start).filter(|_| text.get(comma) == Some(&b','))?;
    let (end, after) = closing(text, start, quote);
    let is_pair = matches!(text.get(skip_blank(text, after)), Some(b')' | b']'));
    if !is_pair {
        return None;
    }
    if key.kind == KeyKind::Authorization {
        return Some(headers::authorization(text, value_start));
    }
    let span = Span { start, end };
    let value = Value {
        span,
        is_quoted: true,
        after,
    };
    Some(kept(text, key, value))
}

/// `--password x`, and `"--password", "x"` in a list of arguments.
fn flagged(text: &[u8], key: Key) -> Option<Vec<Span>> {
    if !key.is_flag {
        return None;
    }
    let end = key.span.end;
    let mut at = skip_blank(text, end);
    if let Some((_, closed)) = quote_at(text, end) {
        let comma = skip_blank(text, closed);
        at = skip_blank(text, comma + usize::from(text.get(comma) == Some(&b',')));
        quote_at(text, at)?;
    }
    let value = value_at(text, at, Place::Word).filter(|_| at > end)?;
    let is_word = value.is_quoted || !(is_prose(value.span.of(text)) || text[at] == b'-');
    Some(if is_word {
        kept(text, key, value)
    } else {
        Vec::new()
    })
}

/// A value after a blank, where the words around say that it is one.
fn spaced(text: &[u8], key: Key) -> Option<Vec<Span>> {
    let name = key.span.of(text);
    let is_env = name.iter().all(|byte| !byte.is_ascii_lowercase());
    let is_wifi = name.ends_with(b"sec.psk");
    let is_word_kind = matches!(key.kind, KeyKind::Directive | KeyKind::Password);
    let end = closed_key(text, key.span.end);
    let mut at = skip_blank(text, end);
    if at == end || !(is_env || is_wifi || is_word_kind) {
        return None;
    }
    if name.eq_ignore_ascii_case(b"auth-pass") {
        at = skip_blank(text, run(text, at, |byte| !is_space(byte)));
    }
    let value = value_at(text, at, Place::Word)?;
    let is_word = value.is_quoted || !is_prose(value.span.of(text));
    let before = words_before(text, key.span.start);
    let second = before
        .len()
        .checked_sub(2)
        .map_or(b"".as_slice(), |at| before[at]);
    let takes = match key.kind {
        KeyKind::Directive => true,
        KeyKind::Password => value.is_quoted || is_one_of(second, &["login", "connect"]),
        KeyKind::Pass | KeyKind::Secret | KeyKind::Token | KeyKind::Key | KeyKind::Auth => false,
        KeyKind::ConnectionString | KeyKind::Authorization => false,
        KeyKind::Cookie | KeyKind::Parameter => false,
    };
    let last = before.last().copied().unwrap_or_default();
    let is_setting = is_env && is_one_of(last, &["setenv", "env", "setx", "fastcgi_param"]);
    (is_word && (takes || is_setting || is_wifi)).then(|| kept(text, key, value))
}

/// The last words of the line before `at`, at most three.
fn words_before(text: &[u8], at: usize) -> Vec<&[u8]> {
    let start = run_back(text, at, WORDS_BYTES_MAX, |byte| !is_line_end(byte));
    let words = text[start..at].rsplit(|&byte| is_blank(byte) || is_quote(byte));
    let mut words: Vec<&[u8]> = words.filter(|word| !word.is_empty()).take(3).collect();
    words.reverse();
    words
}
