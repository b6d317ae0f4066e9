//! Values that are no secrets: switches, masks, references, sentences, counts, paths.

use super::scan::{
    LOOK_MAX, MARKER, Words, is_blank, is_key, is_known, is_one_of, run, starts_with, words,
};

/// Whether a value is no secret for any key: empty, masked already, a switch, a reference.
pub(super) fn is_plain(value: &[u8]) -> bool {
    let value = value.trim_ascii();
    let bare = value.strip_suffix("…".as_bytes()).unwrap_or(value);
    bare.is_empty()
        || bare == MARKER.as_bytes()
        || is_known(bare, &SWITCHES)
        || is_mask(bare)
        || is_reference(bare)
}

/// Values that say whether there is a secret, or of which type it is.
static SWITCHES: Words = Words::new(|| {
    words(
        "
    true false yes no on off null none nil undefined unset ~ empty str string &str bytes int
    bool boolean any number redacted required optional include omit same-origin secretstr
    missing enabled disabled n/a string, str, false, true, !vault | > |- >-
        ",
    )
});

/// Words that continue a sentence about a secret: `token: not found`.
static PROSE: Words = Words::new(|| {
    words(
        "
    not is was are must missing required invalid incorrect expired failed unset has none denied
    wrong rejected mismatch no does cannot should authentication error to or and for flag option
    unable unexpected expected could the a an in of with via can refused changed rotated success
    successful ok login plain called too length unknown if from when that argument on will file
    field header accepted verified authorization validation refresh refreshed revoked using
    loaded updated created deleted
        ",
    )
});

/// Whether a word without quotes reads as the rest of a sentence.
pub(super) fn is_prose(word: &[u8]) -> bool {
    let end = word.trim_ascii_end();
    is_known(
        end.strip_suffix(b",")
            .or(end.strip_suffix(b"."))
            .unwrap_or(end),
        &PROSE,
    )
}

/// Types and expressions of source code: `Option<String>`, `self.token`, `Key::new(…)`.
pub(super) fn is_code(value: &[u8]) -> bool {
    let starts = [
        "Option<",
        "Vec<",
        "HashMap<",
        "BTreeMap<",
        "Arc<",
        "Box<",
        "Into<",
        "Cow<",
        "Result<",
        "Optional[",
        "Union[",
        "List[",
        "Dict[",
        "list[",
        "dict[",
        "self.",
        "&self.",
        "this.",
        "&'",
        "&mut",
        "std::",
        "crate::",
    ];
    let word = run(value, 0, |byte| byte.is_ascii_alphabetic() || byte == b'_');
    let is_path = word > 1 && starts_with(value, word, "::");
    is_path
        || starts
            .iter()
            .any(|start| value.starts_with(start.as_bytes()))
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
    let is_start = |start: &&str| value.starts_with(start.as_bytes());
    value.len() <= LOOK_MAX && starts.iter().any(is_start)
}

/// Whether a value is a short number, alone or with a unit: a count, not a token.
pub(super) fn is_short_number(value: &[u8]) -> bool {
    let digits = run(value, 0, |byte| {
        byte.is_ascii_digit() || byte == b'.' || byte == b'-'
    });
    let unit = &value[digits..];
    digits > 0 && digits <= 5 && unit.len() <= 2 && unit.iter().all(|b| !b.is_ascii_digit())
}
