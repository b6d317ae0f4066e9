//! Whether the value of a key is a secret, or says of itself that it is none.

use super::keys::KeyKind;
use super::pairs::Key;
use super::plain::{is_code, is_path, is_plain, is_prose, is_short_number};
use super::scan::{Span, byte_before, is_blank, is_encoded_login, is_one_of, starts_with_folded};
use super::value::{Value, default_of};

/// The value as a secret, unless its kind of key or its own form says that it is none.
pub(super) fn kept(text: &[u8], key: Key, value: Value) -> Vec<Span> {
    let value = Value {
        span: default_of(text, value.span),
        ..value
    };
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
        KeyKind::Auth => is_encoded_login(content) || key.is_parameter,
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

/// `token: not found`, `token = self.token`: only after a blank, because `token:not` is a value.
fn is_prose_value(text: &[u8], key: Key, value: Value) -> bool {
    let is_apart = byte_before(text, value.span.start).is_some_and(is_blank);
    let content = value.span.of(text);
    is_apart && !key.is_flag && (is_prose(content) || is_code(content))
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
    let name = key.span.of(text);
    let least = match name.len() {
        _ if !key.is_parameter || name.eq_ignore_ascii_case(b"sig") => 6,
        _ if name.eq_ignore_ascii_case(b"signature") => 32,
        _ => 20,
    };
    is_parameter(text, key) && content.len() >= least
}

/// Whether a key stands in a URL, or is one that only signed URLs have.
pub(super) fn is_parameter(text: &[u8], key: Key) -> bool {
    let starts = |start| starts_with_folded(text, key.span.start, start);
    key.is_parameter || starts("X-Amz-") || starts("X-Goog-")
}
