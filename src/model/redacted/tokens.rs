//! Tokens that are recognised by their own shape, without a key beside them.

use super::scan::{
    Span, base64_decoded, byte_before, is_alnum, is_base64, is_encoded_login, run, run_back,
    starts_with,
};

/// A provider's token: a fixed start, then a run of at least `least` bytes.
pub(super) struct Shape {
    pub(super) start: &'static str,
    body: Body,
    least: usize,
    /// Whether letters alone are not enough: words follow the same start.
    needs_digit: bool,
}

/// The bytes that may follow the start of a token.
#[derive(Debug, Clone, Copy)]
enum Body {
    /// Letters and digits.
    Alnum,
    /// Capital letters and digits, exactly as many as asked for.
    ExactUpper,
    /// Lower-case hexadecimal digits, exactly as many as asked for.
    ExactHex,
    /// Letters, digits, `_` and `-`.
    Word,
    /// Letters, digits, `_`, `-`, `.` and `~`.
    Dotted,
    /// Base64 of either alphabet.
    Base64,
    /// Modular crypt format: letters, digits and `./$,=+-`.
    Crypt,
}

const fn shape(start: &'static str, body: Body, least: usize) -> Shape {
    Shape {
        start,
        body,
        least,
        needs_digit: false,
    }
}

const fn wordy(start: &'static str, body: Body, least: usize) -> Shape {
    Shape {
        start,
        body,
        least,
        needs_digit: true,
    }
}

/// The known shapes. Starts are case-sensitive although they are searched without case.
pub(super) const SHAPES: &[Shape] = &[
    shape("AKIA", Body::ExactUpper, 16),
    shape("ASIA", Body::ExactUpper, 16),
    shape("ABIA", Body::ExactUpper, 16),
    shape("ACCA", Body::ExactUpper, 16),
    shape("ghp_", Body::Alnum, 16),
    shape("gho_", Body::Alnum, 16),
    shape("ghu_", Body::Alnum, 16),
    shape("ghs_", Body::Alnum, 16),
    shape("ghr_", Body::Alnum, 16),
    shape("github_pat_", Body::Word, 20),
    shape("glpat-", Body::Dotted, 16),
    shape("gldt-", Body::Word, 16),
    shape("glrt-", Body::Dotted, 16),
    shape("glcbt-", Body::Word, 16),
    shape("glptt-", Body::Word, 16),
    shape("glsoat-", Body::Word, 16),
    shape("glft-", Body::Word, 16),
    shape("GR1348941", Body::Word, 16),
    shape("xoxb-", Body::Word, 10),
    shape("xoxp-", Body::Word, 10),
    shape("xoxa-", Body::Word, 10),
    shape("xoxr-", Body::Word, 10),
    shape("xoxs-", Body::Word, 10),
    shape("xoxe-", Body::Word, 10),
    shape("xoxe.", Body::Dotted, 10),
    shape("xapp-", Body::Word, 10),
    shape("sk_live_", Body::Alnum, 10),
    shape("sk_test_", Body::Alnum, 10),
    shape("rk_live_", Body::Alnum, 10),
    shape("rk_test_", Body::Alnum, 10),
    shape("whsec_", Body::Base64, 16),
    shape("AIza", Body::Word, 30),
    shape("ya29.", Body::Dotted, 20),
    shape("GOCSPX-", Body::Word, 20),
    shape("sk-ant-", Body::Word, 16),
    shape("sk-proj-", Body::Word, 16),
    wordy("sk-", Body::Word, 20),
    wordy("gsk_", Body::Alnum, 20),
    wordy("hf_", Body::Alnum, 30),
    wordy("npm_", Body::Alnum, 30),
    shape("pypi-AgE", Body::Word, 20),
    wordy("pypi-", Body::Word, 40),
    shape("dop_v1_", Body::Alnum, 20),
    shape("doo_v1_", Body::Alnum, 20),
    shape("dor_v1_", Body::Alnum, 20),
    wordy("hvs.", Body::Word, 20),
    wordy("hvb.", Body::Word, 20),
    wordy("hvr.", Body::Word, 20),
    shape("shpat_", Body::Alnum, 20),
    shape("shpss_", Body::Alnum, 20),
    shape("shpca_", Body::Alnum, 20),
    shape("shppa_", Body::Alnum, 20),
    shape("sq0atp-", Body::Word, 20),
    shape("sq0csp-", Body::Word, 20),
    shape("lin_api_", Body::Alnum, 20),
    wordy("ntn_", Body::Alnum, 30),
    shape("figd_", Body::Word, 20),
    shape("dp.pt.", Body::Alnum, 20),
    wordy("pul-", Body::Alnum, 32),
    shape("ATATT3", Body::Base64, 30),
    shape("NRAK-", Body::Alnum, 20),
    shape("glsa_", Body::Word, 20),
    shape("glc_", Body::Base64, 30),
    shape("PMAK-", Body::Word, 30),
    wordy("rubygems_", Body::Alnum, 30),
    shape("dckr_pat_", Body::Word, 16),
    shape("dckr_oat_", Body::Word, 16),
    shape("AGE-SECRET-KEY-1", Body::Alnum, 20),
    shape("sbp_", Body::Alnum, 30),
    shape("pscale_pw_", Body::Word, 20),
    shape("pscale_tkn_", Body::Word, 20),
    shape("tskey-", Body::Word, 16),
    shape("sntrys_", Body::Base64, 20),
    shape("sntryu_", Body::Alnum, 20),
    shape("xkeysib-", Body::Word, 20),
    shape("dapi", Body::ExactHex, 32),
    shape("key-", Body::ExactHex, 32),
    shape("b3BlbnNzaC1rZXktdjE", Body::Base64, 16),
    shape("$2a$", Body::Crypt, 20),
    shape("$2b$", Body::Crypt, 20),
    shape("$2y$", Body::Crypt, 20),
    shape("$apr1$", Body::Crypt, 10),
    shape("$1$", Body::Crypt, 20),
    shape("$5$", Body::Crypt, 20),
    shape("$6$", Body::Crypt, 20),
    shape("$7$", Body::Crypt, 20),
    shape("$y$", Body::Crypt, 20),
    shape("$argon2", Body::Crypt, 20),
    shape("$scrypt$", Body::Crypt, 20),
    shape("pbkdf2_sha256$", Body::Crypt, 20),
    shape("$pbkdf2", Body::Crypt, 20),
    shape("SCRAM-SHA-256$", Body::Crypt, 20),
    shape("{SSHA}", Body::Base64, 20),
    shape("{SHA}", Body::Base64, 20),
];

/// The span of the token that starts with `SHAPES[index]` at `start`.
pub(super) fn provider_token(text: &[u8], start: usize, index: usize) -> Option<Span> {
    let shape = &SHAPES[index];
    let is_own_word = !shape.start.as_bytes()[0].is_ascii_alphanumeric()
        || byte_before(text, start).is_none_or(|byte| !is_alnum(byte) && byte != b'-')
        || is_escape(text, start);
    if !is_own_word || !starts_with(text, start, shape.start) {
        return None;
    }
    let from = start + shape.start.len();
    let end = run(text, from, accepted(shape.body));
    let body = &text[from..end];
    let is_exact = matches!(shape.body, Body::ExactUpper | Body::ExactHex);
    let fits = if is_exact {
        body.len() == shape.least && !text.get(end).copied().is_some_and(is_alnum)
    } else {
        body.len() >= shape.least
    };
    let has_digit = !shape.needs_digit || body.iter().any(u8::is_ascii_digit);
    (fits && has_digit).then_some(Span { start, end })
}

/// Whether the letter before `at` is that of an escaped line break.
fn is_escape(text: &[u8], at: usize) -> bool {
    at >= 2 && text[at - 2] == b'\\' && matches!(text[at - 1], b'n' | b't' | b'r')
}

fn accepted(body: Body) -> fn(u8) -> bool {
    match body {
        Body::Alnum => is_alnum,
        Body::ExactUpper => |byte| byte.is_ascii_uppercase() || byte.is_ascii_digit(),
        Body::ExactHex => |byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
        Body::Word => |byte| is_alnum(byte) || matches!(byte, b'_' | b'-'),
        Body::Dotted => |byte| is_alnum(byte) || matches!(byte, b'_' | b'-' | b'.' | b'~'),
        Body::Base64 => is_base64,
        Body::Crypt => |byte| {
            is_alnum(byte)
                || matches!(
                    byte,
                    b'.' | b'/' | b'$' | b',' | b'=' | b'+' | b'-' | b'_' | b':'
                )
        },
    }
}

/// `eyJ…`: a JSON Web Token, whole or cut.
pub(super) fn web_token(text: &[u8], start: usize) -> Option<Span> {
    let is_own_word =
        byte_before(text, start).is_none_or(|byte| !is_alnum(byte)) || is_escape(text, start);
    let end = run(text, start, |byte| is_base64(byte) || byte == b'.');
    let token = &text[start..end];
    let dots = token.iter().filter(|&&byte| byte == b'.').count();
    let least = if dots > 0 { 20 } else { 30 };
    let fits = is_own_word && token.starts_with(b"eyJ") && token.len() >= least;
    (fits && (dots > 0 || is_token_header(token))).then_some(Span { start, end })
}

/// Base64 of any JSON starts with `eyJ`; the first part of a token names its algorithm.
fn is_token_header(token: &[u8]) -> bool {
    base64_decoded(token).is_some_and(|plain| {
        [
            b"\"alg\"".as_slice(),
            b"\"typ\"",
            b"\"kid\"",
            b"\"enc\"",
            b"\"sub\"",
            b"\"iss\"",
        ]
        .iter()
        .any(|name| plain.windows(name.len()).any(|window| window == *name))
    })
}

/// `123456789:AA…`: a Telegram bot. `colon` is where the `:AA` was found.
pub(super) fn telegram_bot(text: &[u8], colon: usize) -> Option<Span> {
    let start = run_back(text, colon, 12, |byte| byte.is_ascii_digit());
    let end = run(text, colon + 1, accepted(Body::Word));
    let fits = (7..=11).contains(&(colon - start)) && end - colon > 32;
    (fits && text[colon..].starts_with(b":AA")).then_some(Span { start, end })
}

/// `SG.….…`: SendGrid.
pub(super) fn sendgrid(text: &[u8], start: usize) -> Option<Span> {
    let middle = run(text, start + 3, accepted(Body::Word));
    let end = run(text, middle + 1, accepted(Body::Word));
    let is_own_word = byte_before(text, start).is_none_or(|byte| !is_alnum(byte));
    let fits = starts_with(text, start, "SG.") && text.get(middle) == Some(&b'.');
    (is_own_word && fits && middle - start > 15 && end - middle > 15).then_some(Span { start, end })
}

/// `SK` and 32 hexadecimal digits: a Twilio API key. (`AC…` is an account's number.)
pub(super) fn twilio(text: &[u8], start: usize) -> Option<Span> {
    let end = run(text, start + 2, accepted(Body::ExactHex));
    let is_own_word = byte_before(text, start).is_none_or(|byte| !is_alnum(byte));
    let fits = starts_with(text, start, "SK") && end - start == 34;
    let is_end = !text.get(end).copied().is_some_and(is_alnum);
    (is_own_word && fits && is_end).then_some(Span { start, end })
}

/// Three parts with dots, the first one a number in base64: a Discord bot.
pub(super) fn discord_bot(text: &[u8], start: usize) -> Option<Span> {
    if byte_before(text, start).is_some_and(|byte| is_alnum(byte) || byte == b'.') {
        return None;
    }
    let word = accepted(Body::Word);
    let first = run(text, start, word);
    let is_long = (23..=28).contains(&(first - start)) && text.get(first) == Some(&b'.');
    if !is_long {
        return None;
    }
    let second = run(text, first + 1, word);
    let end = run(text, second + 1, word);
    let id = base64_decoded(&text[start..first])?;
    let fits = second - first == 7 && text.get(second) == Some(&b'.') && end - second > 27;
    (fits && id.iter().all(u8::is_ascii_digit)).then_some(Span { start, end })
}

/// The credential after `Bearer ` outside of a header.
pub(super) fn bearer(text: &[u8], from: usize) -> Option<Span> {
    let start = run(text, from, |byte| byte == b' ');
    let end = run(text, start, |byte| {
        is_base64(byte) || matches!(byte, b'.' | b'~' | b':')
    });
    let token = &text[start..end];
    let is_word = token
        .iter()
        .all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'-' | b'_' | b'.'));
    let is_named = token.windows(1).any(|one| one == b"=") && text.get(end) == Some(&b'"');
    let is_short = token.len() < 6 || (is_word && token.len() < 20 && !token.contains(&b'.'));
    let is_capitalised = token.len() < 20
        && token.first().is_some_and(u8::is_ascii_uppercase)
        && token[1..]
            .iter()
            .all(|byte| byte.is_ascii_lowercase() || *byte == b'.');
    let is_sentence =
        is_word && token.iter().filter(|byte| **byte == b'.').count() == 1 && token.ends_with(b".");
    (!is_short && !is_named && !is_capitalised && !is_sentence).then_some(Span { start, end })
}

/// The encoded login after `Basic ` outside of a header.
pub(super) fn basic(text: &[u8], from: usize) -> Option<Span> {
    let start = run(text, from, |byte| byte == b' ');
    let end = run(text, start, is_base64);
    is_encoded_login(&text[start..end]).then_some(Span { start, end })
}
