//! Secrets that programs take as words: `mysql -pX`, `redis-cli -a X`, `AUTH X`.

use super::scan::{
    LOOK_MAX, Span, byte_before, is_alnum, is_blank, is_key, is_line_end, is_one_of, is_quote,
    line_end, run, run_back, skip_blank, starts_with,
};
use super::value::{Place, is_plain, is_prose, quote_at, value_at};

/// A program and the short flag that takes its secret.
pub(super) struct Program {
    pub(super) name: &'static str,
    flag: &'static str,
    /// How the secret follows the flag.
    form: Form,
}

/// How a secret follows its flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// `-a x`
    Apart,
    /// `-px` and `-p x`
    Either,
    /// `-u user:x`
    Login,
    /// `-U user%x`
    Percent,
    /// A word that starts with the flag: `pass:x`.
    Prefix,
}

const fn program(name: &'static str, flag: &'static str, form: Form) -> Program {
    Program { name, flag, form }
}

/// The known programs; a hyphenated or longer name of the same family counts as well.
pub(super) const PROGRAMS: &[Program] = &[
    program("mysql", "-p", Form::Either),
    program("mariadb", "-p", Form::Either),
    program("mongo", "-p", Form::Either),
    program("sshpass", "-p", Form::Either),
    program("docker login", "-p", Form::Apart),
    program("podman login", "-p", Form::Apart),
    program("helm registry login", "-p", Form::Apart),
    program("redis-cli", "-a", Form::Apart),
    program("sqlcmd", "-P", Form::Either),
    program("bcp ", "-P", Form::Either),
    program("mosquitto_", "-P", Form::Apart),
    program("ipmitool", "-P", Form::Apart),
    program("ldapsearch", "-w", Form::Apart),
    program("ldapadd", "-w", Form::Apart),
    program("ldapmodify", "-w", Form::Apart),
    program("curl", "-u", Form::Login),
    program("curl", "--user", Form::Login),
    program("wget", "--user", Form::Login),
    program("http ", "-a", Form::Login),
    program("smbclient", "-U", Form::Percent),
    program("openssl", "pass:", Form::Prefix),
    program("7z", "-p", Form::Either),
    program("unzip", "-P", Form::Apart),
    program("zip ", "-P", Form::Apart),
    program("xfreerdp", "/p:", Form::Prefix),
];

/// The secrets in the command line of `PROGRAMS[index]`, whose name ends at `hit.end`.
pub(super) fn arguments(text: &[u8], hit: Span, index: usize) -> Vec<Span> {
    let is_inner = byte_before(text, hit.start)
        .is_some_and(|byte| is_alnum(byte) || matches!(byte, b'_' | b':' | b'.'));
    let end = line_end(text, hit.end, LOOK_MAX);
    let mut at = run(&text[..end], hit.end.min(end), is_key);
    let mut spans = Vec::new();
    while !is_inner && at < end && !matches!(text[at], b'|' | b';') {
        let gap = word_start(&text[..end], at);
        if gap == at {
            at = next_gap(&text[..end], at);
            continue;
        }
        at = gap;
        if starts_with(text, at, PROGRAMS[index].flag) {
            spans.extend(flag_value(text, at, index));
        }
    }
    spans
}

/// The start of the next word: after blanks, or after `", "` of a list of arguments.
fn word_start(text: &[u8], at: usize) -> usize {
    run(text, at, |byte| {
        is_blank(byte) || is_quote(byte) || matches!(byte, b',' | b'\\')
    })
}

fn next_gap(text: &[u8], at: usize) -> usize {
    run(text, at, |byte| {
        !is_blank(byte) && !is_quote(byte) && byte != b'|' && byte != b';'
    })
    .max(at + 1)
}

/// The value of the flag at `at`.
fn flag_value(text: &[u8], at: usize, index: usize) -> Option<Span> {
    let program = &PROGRAMS[index];
    let after = at + program.flag.len();
    let next = text.get(after).copied()?;
    let is_apart = is_blank(next) || is_quote(next) || next == b'\\' || next == b'=';
    let value = match program.form {
        Form::Prefix => value_at(text, after, Place::Word)?,
        Form::Either if !is_apart || is_quote(next) && byte_before(text, at) != Some(next) => {
            value_at(text, after, Place::Word)?
        }
        Form::Either | Form::Apart | Form::Login | Form::Percent if is_apart => value_at(
            text,
            word_start(text, after + usize::from(next == b'=')),
            Place::Word,
        )?,
        Form::Either | Form::Apart | Form::Login | Form::Percent => return None,
    };
    let mut span = value.span;
    let divider = match program.form {
        Form::Login => Some(b':'),
        Form::Percent => Some(b'%'),
        Form::Apart | Form::Either | Form::Prefix => None,
    };
    if let Some(divider) = divider {
        span.start += span.of(text).iter().position(|&byte| byte == divider)? + 1;
    }
    let content = span.of(text);
    let is_flag = content.starts_with(b"-") && is_apart;
    let is_long =
        program.form == Form::Either && !is_apart && is_one_of(content, &["assword", "ort"]);
    (!is_plain(content) && !is_flag && !is_long && !is_prose(content)).then_some(span)
}

/// `AUTH x`, `AUTH user x`, `AUTH PLAIN x`: a command on its own line, or in quotes as
/// the monitor of Redis prints it.
pub(super) fn auth_command(text: &[u8], hit: Span) -> Vec<Span> {
    if let Some((_, closed)) = quote_at(text, hit.end) {
        let is_quoted = byte_before(text, hit.start).is_some_and(is_quote);
        let at = skip_blank(text, closed);
        let value = quote_at(text, at)
            .filter(|_| is_quoted && at > closed)
            .and_then(|_| value_at(text, at, Place::Text));
        return value
            .filter(|value| !is_plain(value.span.of(text)))
            .map(|value| value.span)
            .into_iter()
            .collect();
    }
    let is_command = &text[hit.start..hit.end] == b"AUTH"
        && byte_before(text, hit.start)
            .is_none_or(|byte| is_blank(byte) || is_line_end(byte) || is_quote(byte));
    let end = run(
        &text[..line_end(text, hit.end, LOOK_MAX)],
        hit.end,
        |byte| !is_quote(byte) && byte != b'\\',
    );
    let start = skip_blank(text, hit.end);
    if !is_command || start == hit.end || start >= end {
        return Vec::new();
    }
    let span = Span {
        start,
        end: start + text[start..end].trim_ascii_end().len(),
    };
    let words: Vec<&[u8]> = span
        .of(text)
        .split(|&byte| is_blank(byte))
        .filter(|word| !word.is_empty())
        .collect();
    let is_short = matches!(words.len(), 1 | 2);
    let is_sentence = words
        .first()
        .is_none_or(|word| is_prose(word) && words.len() == 1)
        || words.iter().any(|word| {
            is_one_of(
                word,
                &[
                    "failed",
                    "required",
                    "error",
                    "is",
                    "login",
                    "enabled",
                    "disabled",
                    "<password>",
                ],
            )
        });
    let is_kept = words.last().is_none_or(|word| is_plain(word));
    if is_short && !is_sentence && !is_kept {
        vec![span]
    } else {
        Vec::new()
    }
}

/// `IDENTIFIED BY 'x'`
pub(super) fn identified_by(text: &[u8], from: usize) -> Option<Span> {
    let at = skip_blank(text, from);
    let at = if starts_with(text, at, "PASSWORD ") {
        skip_blank(text, at + 9)
    } else {
        at
    };
    quote_at(text, at)?;
    let value = value_at(text, at, Place::Text)?;
    (!is_plain(value.span.of(text))).then_some(value.span)
}

/// `on >x` of a Redis access list.
pub(super) fn access_list(text: &[u8], from: usize) -> Option<Span> {
    let end = run(text, from, |byte| {
        !is_blank(byte) && !is_line_end(byte) && !is_quote(byte)
    });
    let line = run_back(text, from, 128, |byte| !is_line_end(byte));
    let is_user = text[line..from]
        .to_ascii_lowercase()
        .windows(4)
        .any(|word| word == b"user");
    let span = Span { start: from, end };
    (is_user && !is_plain(span.of(text))).then_some(span)
}

/// `wpa_passphrase SSID x`: the program's second word.
pub(super) fn wifi_passphrase(text: &[u8], from: usize) -> Option<Span> {
    let name = value_at(text, from, Place::Word)?;
    let at = skip_blank(text, name.after);
    let value = value_at(text, at, Place::Word)?;
    let is_one =
        at > name.after && value.span.end - value.span.start >= 8 && skip_blank(text, from) > from;
    (is_one && !is_plain(value.span.of(text))).then_some(value.span)
}
