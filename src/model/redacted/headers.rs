//! The values of `Authorization` and `Cookie` headers.

use super::scan::{
    LOOK_MAX, MARKER, Span, is_alnum, is_quote, is_space, line_end, run, skip_blank, starts_with,
};
use super::value::{closing, is_plain, is_prose, quote_at};

/// Schemes whose credential is one word.
const SCHEMES: &[&str] = &[
    "bearer",
    "basic",
    "token",
    "negotiate",
    "ntlm",
    "apikey",
    "splunk",
    "jwt",
    "key",
    "bot",
    "kerberos",
];

/// The credential of an `Authorization` value that starts at `at`; its scheme stays.
pub(super) fn authorization(text: &[u8], at: usize) -> Vec<Span> {
    let (region, is_quoted) = region(text, at);
    let word_end = run(text, region.start, |byte| {
        is_alnum(byte) || matches!(byte, b'-' | b'_')
    })
    .min(region.end);
    let scheme = &text[region.start..word_end];
    let rest = skip_blank(text, word_end).min(region.end);
    let is_scheme = rest > word_end && !scheme.is_empty();
    if !is_scheme {
        let end = if is_quoted {
            region.end
        } else {
            run(text, region.start, |b| !is_space(b) && b != b',').min(region.end)
        };
        return secret(
            text,
            Span {
                start: region.start,
                end,
            },
        );
    }
    if !is_quoted && is_prose(scheme) {
        return Vec::new();
    }
    let is_known = SCHEMES
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known.as_bytes()));
    let word = run(text, rest, |byte| {
        !is_space(byte) && !matches!(byte, b',' | b';' | b'}' | b')')
    })
    .min(region.end);
    let end = if is_known && !is_quoted {
        word
    } else {
        region.end
    };
    let span = Span { start: rest, end };
    // A second pass must not take what follows a marker for the rest of a credential.
    if span.of(text).starts_with(MARKER.as_bytes()) {
        Vec::new()
    } else {
        secret(text, span)
    }
}

/// The cookies of a header that starts at `at`, all of them; or one value without a name.
pub(super) fn cookies(text: &[u8], at: usize) -> Vec<Span> {
    let (region, is_quoted) = region(text, at);
    let is_header = region.of(text).contains(&b'=');
    if is_header || is_quoted {
        return secret(text, region);
    }
    let is_assigned = text.get(at.wrapping_sub(1)) == Some(&b'=');
    let end = run(text, region.start, |byte| {
        !is_space(byte) && !matches!(byte, b',' | b';' | b'&')
    });
    if is_assigned {
        secret(
            text,
            Span {
                start: region.start,
                end: end.min(region.end),
            },
        )
    } else {
        Vec::new()
    }
}

/// What belongs to a header: its quoted value, or the rest of the line up to the quote
/// that encloses the header itself.
fn region(text: &[u8], at: usize) -> (Span, bool) {
    let start = skip_blank(text, at);
    if let Some((quote, inner)) = quote_at(text, start) {
        return (
            Span {
                start: inner,
                end: closing(text, inner, quote).0,
            },
            true,
        );
    }
    let line = line_end(text, start, LOOK_MAX * 16);
    let end = run(&text[..line], start, |byte| {
        !is_quote(byte) && byte != b'\\' && byte != 0x1b
    });
    (
        Span {
            start,
            end: start + text[start..end].trim_ascii_end().len(),
        },
        false,
    )
}

fn secret(text: &[u8], span: Span) -> Vec<Span> {
    let is_kept =
        starts_with(text, span.start, MARKER) && span.end - span.start <= MARKER.len() + 3;
    if is_kept || is_plain(span.of(text)) {
        Vec::new()
    } else {
        vec![span]
    }
}
