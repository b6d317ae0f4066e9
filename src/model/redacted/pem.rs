//! Private keys in PEM: whole, cut, on one line with `\n`, or themselves in base64.

use super::scan::{
    LOOK_MAX, MARKER, Span, base64_decoded, byte_before, is_alnum, is_base64, is_line_end, run,
    run_back, starts_with,
};

/// Longest key body that is looked for; an RSA key of 16,384 bits has 12.5 kB.
const BODY_BYTES_MAX: usize = 32 * 1024;

/// The body of the private key whose first or last line holds `PRIVATE KEY-----` in `hit`.
pub(super) fn private_key(text: &[u8], hit: Span) -> Option<Span> {
    let label = run_back(text, hit.start, 64, |byte| is_alnum(byte) || byte == b' ');
    let dashes = run_back(text, label, 5, |byte| byte == b'-');
    if label - dashes != 5 {
        return None;
    }
    let span = if text[label..].starts_with(b"END") {
        before_end(text, dashes)
    } else {
        after_begin(text, hit.end)
    };
    let body = span.of(text).trim_ascii();
    let is_empty = body.is_empty() || body == b"\\n" || body == MARKER.as_bytes();
    (!is_empty).then_some(span)
}

/// From behind the first line to the last line, or as far as it looks like a key.
fn after_begin(text: &[u8], from: usize) -> Span {
    let start = break_end(text, from);
    let window = &text[start..text.len().min(start + BODY_BYTES_MAX)];
    let stop = position_of(window, b"-----");
    let end = match stop {
        Some(end) if window[end..].starts_with(b"-----END") => end,
        _ => body_end(&window[..stop.unwrap_or(window.len())]),
    };
    Span {
        start,
        end: break_start(text, start, start + end),
    }
}

/// The lines of base64 before the last line, when the first one is lost.
fn before_end(text: &[u8], end: usize) -> Span {
    let is_body =
        |byte| is_alnum(byte) || matches!(byte, b'+' | b'/' | b'=' | b'\\' | b'\n' | b'\r');
    let mut start = run_back(text, end, BODY_BYTES_MAX, is_body);
    if byte_before(text, start).is_some() {
        // The first line may be the last word of a line of text: it is not part of the key.
        let line = run(&text[..end], start, |byte| byte != b'\n');
        if line + 1 < end {
            start = line + 1;
        }
    }
    Span {
        start,
        end: break_start(text, start, end),
    }
}

/// Where a body without its last line stops looking like a key.
fn body_end(window: &[u8]) -> usize {
    let mut end = 0;
    for line in window.split_inclusive(|&byte| byte == b'\n') {
        if !is_body_line(line) {
            return end + run(line, 0, |byte| is_base64(byte) || byte == b'\\');
        }
        end += line.len();
    }
    end
}

fn is_body_line(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    let is_header = ["Proc-Type:", "DEK-Info:", "Version:", "Comment:"]
        .iter()
        .any(|start| line.starts_with(start.as_bytes()));
    is_header || line.iter().all(|&byte| is_base64(byte) || byte == b'\\')
}

/// Behind the line break after the first line, written out or escaped.
fn break_end(text: &[u8], from: usize) -> usize {
    let slashes = run(&text[..text.len().min(from + 16)], from, |byte| {
        byte == b'\\'
    });
    if slashes > from && text.get(slashes) == Some(&b'n') {
        return slashes + 1;
    }
    run(&text[..text.len().min(from + 2)], from, is_line_end)
}

/// Before the line break in front of the last line.
fn break_start(text: &[u8], start: usize, end: usize) -> usize {
    let mut end = end;
    while end > start && is_line_end(text[end - 1]) {
        end -= 1;
    }
    if end > start + 1 && text[end - 1] == b'n' && text[end - 2] == b'\\' {
        return run_back(text, end - 1, end - 1 - start, |byte| byte == b'\\');
    }
    end
}

/// `LS0tLS1CRUdJTi…`: a PEM file in base64, as in Kubernetes secrets. Certificates stay.
pub(super) fn encoded_private_key(text: &[u8], hit: Span) -> Option<Span> {
    if !starts_with(text, hit.start, "LS0tLS1CRUdJTi") {
        return None;
    }
    let end = run(text, hit.start, is_base64);
    let head = base64_decoded(&text[hit.start..end.min(hit.start + LOOK_MAX)])?;
    position_of(&head, b"PRIVATE KEY").map(|_| Span {
        start: hit.start,
        end,
    })
}

fn position_of(text: &[u8], needle: &[u8]) -> Option<usize> {
    text.windows(needle.len())
        .position(|window| window == needle)
}
