//! A key that names a secret, and the value that belongs to it.

use super::headers;
use super::keys::{KeyKind, classify};
use super::scan::{
    Span, byte_before, is_alnum, is_blank, is_key, is_line_end, is_one_of, is_quote, is_space,
    line_end, line_start, run, run_back, skip_blank, starts_with, starts_with_folded,
};
use super::value::{
    Place, Value, closing, is_path, is_plain, is_prose, is_short_number, quote_at, strings_in,
    value_at,
};

/// A key in the text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    pub(super) span: Span,
    pub(super) kind: KeyKind,
    /// Whether dashes stand before it: `--password`.
    is_flag: bool,
    /// Whether `?` or `&` stands before it.
    is_parameter: bool,
}

/// The longest list or object under a key whose strings are looked for.
const CONTAINER_BYTES_MAX: usize = 8 * 1024;

/// Blanks between a key and its separator: aligned columns.
const ALIGN_MAX: usize = 64;

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

/// In `\nPASSWORD` the letter belongs to the escape.
fn after_escape(text: &[u8], start: usize, hit: usize) -> usize {
    let is_escape = byte_before(text, start) == Some(b'\\')
        && text
            .get(start)
            .is_some_and(|byte| matches!(byte, b'n' | b'r' | b't'));
    if is_escape && start < hit {
        start + 1
    } else {
        start
    }
}

/// The secrets that belong to the key at `span`, if it names any.
pub(super) fn secrets(text: &[u8], span: Span) -> Vec<Span> {
    if !can_take_value(text, span.end) {
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
fn can_take_value(text: &[u8], end: usize) -> bool {
    text.get(end).is_some_and(|&byte| {
        is_quote(byte)
            || is_space(byte)
            || matches!(
                byte,
                b'=' | b':' | b'\\' | b']' | b')' | b'>' | b'%' | b'&' | b'?' | b'['
            )
    })
}

/// `<password>…</password>`
fn element(text: &[u8], key: Key) -> Option<Vec<Span>> {
    let is_element = byte_before(text, key.span.start) == Some(b'<');
    if !is_element || text.get(key.span.end) != Some(&b'>') {
        return None;
    }
    let start = key.span.end + 1;
    let end = run(text, start, |byte| byte != b'<' && !is_line_end(byte));
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
    match key.kind {
        KeyKind::Authorization => return Some(headers::authorization(text, at)),
        KeyKind::Cookie if !matches!(text.get(skip_blank(text, at)), Some(b'{' | b'[')) => {
            return Some(headers::cookies(text, at));
        }
        _ => (),
    }
    let start = skip_blank(text, at);
    if text.get(start).copied().is_none_or(is_line_end) && sign != b'%' {
        return Some(below(text, key, start));
    }
    if sign == b'?' {
        let value = value_at(text, at, Place::Text).filter(|value| value.is_quoted)?;
        return Some(kept(text, key, value));
    }
    if is_container(text, start, at) {
        return Some(inside(text, key, start));
    }
    let value = value_at(text, at, place)?;
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

/// A value without quotes that owns the rest of its line: YAML and env files.
///
/// Only when the key opens the line and the rest holds nothing but words.
fn whole_line(text: &[u8], key: Key, (sign, value): (u8, Value)) -> Value {
    let start = line_start(text, key.span.start);
    let lead = text[start..key.span.start].trim_ascii();
    let opens = is_one_of(lead, &["", "-", "export", "set", "env", "+", "arg"]);
    let name = key.span.of(text);
    let is_env = name.iter().all(|&byte| !byte.is_ascii_lowercase()) || name.contains(&b'.');
    let fits = opens && !text[start..key.span.start].contains(&b'\\') && (sign == b':' || is_env);
    let end = line_end(text, value.span.end, 128);
    let rest = &text[value.span.end..end];
    let rest = rest
        .windows(2)
        .position(|pair| pair == b" #")
        .map_or(rest, |at| &rest[..at]);
    let is_words = rest.iter().all(|&b| {
        is_alnum(b) || matches!(b, b' ' | b'\'' | b'!' | b'?' | b'.' | b'-') || b >= 0x80
    }) && !rest.windows(2).any(|pair| pair == b" -");
    if !fits || !is_words || is_plain(value.span.of(text)) || is_prose(value.span.of(text)) {
        return value;
    }
    let end = value.span.end + rest.trim_ascii_end().len();
    Value {
        span: Span {
            start: value.span.start,
            end,
        },
        after: end,
        ..value
    }
}

/// A value on the lines below its key: a YAML list, or JSON broken after the colon.
fn below(text: &[u8], key: Key, from: usize) -> Vec<Span> {
    let ceiling = text.len().min(from + CONTAINER_BYTES_MAX);
    let start = run(&text[..ceiling], from, is_space);
    if key.span.end < from && text[key.span.end] == b'"' && text.get(start) == Some(&b'"') {
        return value_at(text, start, Place::Text)
            .map_or_else(Vec::new, |value| kept(text, key, value));
    }
    let mut spans = Vec::new();
    let mut at = start;
    while text.get(at) == Some(&b'-') && text.get(at + 1) == Some(&b' ') {
        let end = line_end(text, at, CONTAINER_BYTES_MAX);
        let span = Span {
            start: skip_blank(text, at + 2).min(end),
            end,
        };
        let item = trimmed_quotes(text, span);
        if !is_plain(item.of(text)) && !item.of(text).ends_with(b":") {
            spans.push(item);
        }
        at = run(&text[..ceiling], end, is_space);
    }
    spans
}

fn trimmed_quotes(text: &[u8], span: Span) -> Span {
    match quote_at(text, span.start) {
        Some((quote, start)) => Span {
            start,
            end: closing(text, start, quote).0,
        },
        None => span,
    }
}

/// `name: DB_PASSWORD` with `value: …` beside it, as in Kubernetes and ECS.
fn named(text: &[u8], key: Key) -> Option<Vec<Span>> {
    let closed = closed_key(text, key.span.end);
    let ceiling = text.len().min(closed + ALIGN_MAX);
    let mut at = run(&text[..ceiling], closed, |byte| {
        is_space(byte) || byte == b','
    });
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
    Some(match key.kind {
        KeyKind::Authorization => headers::authorization(text, value_start),
        _ => kept(
            text,
            key,
            Value {
                span: Span { start, end },
                is_quoted: true,
                after,
            },
        ),
    })
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
    let end = closed_key(text, key.span.end);
    let at = skip_blank(text, end);
    if at == end {
        return None;
    }
    let value = value_at(text, at, Place::Word)?;
    let before = words_before(text, key.span.start);
    let last = before.last().copied().unwrap_or_default();
    let takes = match key.kind {
        KeyKind::Directive => value.is_quoted || !is_prose(value.span.of(text)),
        KeyKind::Password => {
            let is_login =
                before.len() >= 2 && is_one_of(before[before.len() - 2], &["login", "connect"]);
            value.is_quoted || is_login || is_one_of(last, &["account"])
        }
        KeyKind::Pass | KeyKind::Secret | KeyKind::Token | KeyKind::Key => false,
        KeyKind::Auth | KeyKind::ConnectionString | KeyKind::Authorization => false,
        KeyKind::Cookie | KeyKind::Parameter => false,
    };
    let is_setting = is_one_of(last, &["setenv", "env", "setx", "fastcgi_param", "-e"])
        && key
            .span
            .of(text)
            .iter()
            .all(|byte| !byte.is_ascii_lowercase());
    let is_psk = last != b"wpa" && key.span.of(text).ends_with(b"sec.psk");
    let is_word = value.is_quoted || !is_prose(value.span.of(text));
    ((takes || is_setting || is_psk) && is_word).then(|| kept(text, key, value))
}

/// The last words of the line before `at`, at most three.
fn words_before(text: &[u8], at: usize) -> Vec<&[u8]> {
    let line = &text[line_start(text, at)..at];
    let mut words: Vec<&[u8]> = line
        .rsplit(|&byte| is_blank(byte))
        .filter(|word| !word.is_empty())
        .take(3)
        .collect();
    words.reverse();
    words
}

/// The value as a secret, unless its kind of key or its own form says that it is none.
fn kept(text: &[u8], key: Key, value: Value) -> Vec<Span> {
    let content = value.span.of(text);
    if is_plain(content) || (!value.is_quoted && is_prose_value(text, key, value)) {
        return Vec::new();
    }
    let is_secret = match key.kind {
        KeyKind::Password => !is_working_directory(text, key, content),
        KeyKind::Secret => !content.starts_with(b"/run/secrets/"),
        KeyKind::Directive => true,
        KeyKind::Pass => !is_short_number(content) && !is_path(content),
        KeyKind::Token => !is_short_number(content),
        KeyKind::Key => !is_path(content) && !content.starts_with(b"ssh-"),
        KeyKind::Auth => super::scan::is_encoded_login(content) || key.is_parameter,
        KeyKind::ConnectionString => !has_parts(content),
        KeyKind::Parameter => is_parameter_secret(text, key, content),
        KeyKind::Cookie | KeyKind::Authorization => true,
    };
    if is_secret {
        vec![value.span]
    } else {
        Vec::new()
    }
}

/// `token: not found`: only after a blank, because `token:not` is a value.
fn is_prose_value(text: &[u8], key: Key, value: Value) -> bool {
    let is_apart = byte_before(text, value.span.start).is_some_and(is_blank);
    is_apart && !key.is_flag && is_prose(value.span.of(text))
}

/// `PWD=/home/x` of a shell, but not `;Pwd=/x` of a connection string.
fn is_working_directory(text: &[u8], key: Key, content: &[u8]) -> bool {
    let is_pwd = is_one_of(key.span.of(text), &["pwd", "oldpwd"]);
    is_pwd && is_path(content) && byte_before(text, key.span.start) != Some(b';')
}

/// A connection string whose parts carry their own keys, or a URL.
fn has_parts(content: &[u8]) -> bool {
    content.windows(3).any(|part| part == b"://")
        || content.contains(&b'=')
        || content.windows(2).any(|part| part == b"@t")
}

/// `sig=…` and the like of a signed URL. A signature id of ours is shorter.
fn is_parameter_secret(text: &[u8], key: Key, content: &[u8]) -> bool {
    let least = if key.span.of(text).eq_ignore_ascii_case(b"sig") {
        6
    } else {
        20
    };
    let is_amazon = starts_with_folded(text, key.span.start, "X-Amz-")
        || starts_with_folded(text, key.span.start, "X-Goog-");
    let least = if key.span.of(text).eq_ignore_ascii_case(b"signature") {
        32
    } else {
        least
    };
    (key.is_parameter || is_amazon) && content.len() >= if is_amazon { 6 } else { least }
}
