//! Logins in URLs, and URLs that are secrets themselves.

use super::scan::{
    LOOK_MAX, MARKER, Span, is_alnum, is_quote, is_space, run, run_back, starts_with,
};

/// The part before `@` of the URL whose `://` is at `colon`.
///
/// A password may itself hold `/`, `@`, `?` or `#`; the host is then what follows the last
/// `@` that a host can follow.
pub(super) fn login(text: &[u8], colon: usize) -> Option<Span> {
    let scheme = run_back(text, colon, 24, |b| {
        is_alnum(b) || matches!(b, b'+' | b'-' | b'.')
    });
    let start = colon + 3;
    if scheme == colon || starts_with(text, start, MARKER) {
        return None;
    }
    let ceiling = text.len().min(start + LOOK_MAX);
    let url = first_url(&text[start..run(&text[..ceiling], start, is_url)]);
    let is_web = text[scheme..colon]
        .to_ascii_lowercase()
        .windows(4)
        .any(|part| part == b"http");
    let length = login_length(url, is_web)?;
    let name = &url[..length];
    let is_user = !name.contains(&b':') && (!is_web || is_plain_user(name));
    (!is_user).then_some(Span {
        start,
        end: start + length,
    })
}

fn is_url(byte: u8) -> bool {
    !is_space(byte) && !(is_quote(byte) || matches!(byte, b'\\' | b'<' | b'>'))
}

/// A list of URLs ends where the next one begins.
fn first_url(url: &[u8]) -> &[u8] {
    let next = url
        .windows(3)
        .position(|part| part == b"://")
        .unwrap_or(url.len());
    let comma = url[..next]
        .iter()
        .rposition(|&byte| matches!(byte, b',' | b';' | b'='));
    if next == url.len() {
        url
    } else {
        &url[..comma.unwrap_or(next)]
    }
}

/// Bytes of `url` before the `@` that ends its login.
fn login_length(url: &[u8], is_web: bool) -> Option<usize> {
    let authority = &url[..run(url, 0, |byte| !matches!(byte, b'/' | b'?' | b'#'))];
    let inner = last_at(authority, url);
    let outer = last_at(url, url)?;
    let is_in_query = url[..outer].contains(&b'?');
    let follows_slash = outer > 0 && url[outer - 1] == b'/';
    let is_extended = match inner {
        Some(inner) => has_password(&url[..inner]) && !is_in_query && !(is_web && follows_slash),
        // What stands where a port would, and is none, is the start of a password.
        None => has_password(authority) || (!is_web && !is_in_query && authority.contains(&b':')),
    };
    if is_extended { Some(outer) } else { inner }
}

/// Whether something other than a port follows the colon.
fn has_password(part: &[u8]) -> bool {
    let colon = part.iter().position(|&byte| byte == b':');
    colon.is_some_and(|at| part[at + 1..].iter().any(|byte| !byte.is_ascii_digit()))
}

/// The last `@` of `part` that a host follows in `url`.
fn last_at(part: &[u8], url: &[u8]) -> Option<usize> {
    (0..part.len())
        .rev()
        .find(|&at| part[at] == b'@' && is_host(&url[at + 1..]))
}

fn is_host(rest: &[u8]) -> bool {
    let host = run(rest, 0, |byte| {
        is_alnum(byte) || matches!(byte, b'.' | b'-' | b'_' | b'[' | b']')
    });
    if rest.starts_with(b"sha256:") || rest.starts_with(b"sha512:") {
        return false;
    }
    let is_bracket = rest.first() == Some(&b'[');
    let is_end = rest
        .get(host)
        .is_none_or(|byte| !matches!(byte, b'@' | b'%' | b'=' | b'+'));
    (host > 0 && is_end) || is_bracket || matches!(rest.first(), Some(b'(' | b'/' | b'$' | b'{'))
}

/// `git@`, `user@`: a name without a password. Long or mixed ones are tokens.
fn is_plain_user(name: &[u8]) -> bool {
    name.len() <= 12 && name.iter().all(|byte| byte.is_ascii_lowercase())
}

/// Hosts whose paths are the secret, and the path that comes before it.
pub(super) const HOOKS: &[&str] = &[
    "hooks.slack.com/services/",
    "hooks.slack.com/workflows/",
    "discord.com/api/webhooks/",
    "discordapp.com/api/webhooks/",
    "webhook.office.com/webhookb2/",
    "chat.googleapis.com/v1/spaces/",
    "hooks.zapier.com/hooks/catch/",
    "maker.ifttt.com/trigger/",
    "hc-ping.com/",
    "outlook.office.com/webhook/",
];

/// The rest of the path of a hook whose known part ends at `from`.
pub(super) fn hook(text: &[u8], from: usize) -> Option<Span> {
    let end = run(text, from, |byte| {
        is_url(byte) && !matches!(byte, b',' | b')' | b']' | b'}')
    });
    let path = &text[from..end];
    let is_token = path.len() >= 8 && path.iter().any(|byte| byte.is_ascii_digit());
    (is_token && !path.starts_with(b"...")).then_some(Span { start: from, end })
}

/// `user:password@tcp(host)`: the form of Go's MySQL driver. `at` is where `@tcp(` was found.
pub(super) fn driver_login(text: &[u8], at: usize) -> Option<Span> {
    let start = run_back(text, at, LOOK_MAX, |b| is_url(b) && b != b'=');
    let name = run(&text[..at], start, |byte| byte != b':');
    let span = Span {
        start: name + 1,
        end: at,
    };
    (name + 1 < at && span.of(text) != MARKER.as_bytes()).then_some(span)
}
