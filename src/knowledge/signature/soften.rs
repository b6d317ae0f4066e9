//! Which tokens are values by their look, and how many siblings make a word a value.
//!
//! A table of a few general habits of log messages, none for one program.

use super::hash::WILD;
use super::template::Piece;

/// Words after which a name stands.
const INTRODUCERS: [&str; 21] = [
    "user", "for", "from", "by", "host", "node", "named", "called", "on", "via", "at", "server", "client",
    "domain", "ssid", "class", "file", "package", "peer", "stream", "into",
];

/// Words that follow an introducer without being a name.
const NOT_NAMES: [&str; 60] = [
    "a", "an", "the", "this", "that", "these", "all", "any", "some", "each", "every", "no", "not", "new",
    "old", "its", "their", "our", "your", "my", "it", "be", "is", "was", "are", "has", "have", "had",
    "up", "down", "off", "true", "false", "null", "none", "unknown", "invalid", "and", "or", "of", "in",
    "user", "host", "node", "server", "client", "interface", "device", "file", "class", "domain", "package",
    "peer", "stream", "ssid", "port", "address", "state", "which", "with",
];

/// Makes every token wild that is a value by its look or by the word before it.
pub(super) fn soften(pieces: &mut [Piece]) {
    for at in 0..pieces.len() {
        let previous = at.checked_sub(1).map(|before| pieces[before].text.clone());
        let is_value = looks_like_value(&pieces[at].text)
            || previous.is_some_and(|word| introduces(&word) && is_name(&pieces[at].text));
        if is_value {
            pieces[at].hash = WILD;
        }
    }
}

/// Brackets around nothing or around a value.
fn looks_like_value(text: &[u8]) -> bool {
    let bare = trimmed(text);
    text.starts_with(b"(") && text.ends_with(b")") && (bare.is_empty() || bare.contains(&b'<'))
}

fn trimmed(text: &[u8]) -> &[u8] {
    let is_edge = |b: &u8| b.is_ascii_punctuation() && !matches!(b, b'<' | b'>' | b'*');
    let start = text.iter().position(|b| !is_edge(b)).unwrap_or(text.len());
    let end = text.iter().rposition(|b| !is_edge(b)).map_or(start, |last| last + 1);
    &text[start..end]
}

fn introduces(word: &[u8]) -> bool {
    INTRODUCERS.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(word))
}

/// A word that can be the name of something: no state in capitals, no function word, no participle.
fn is_name(text: &[u8]) -> bool {
    let bare = trimmed(text);
    let is_word = !bare.is_empty() && bare.iter().any(u8::is_ascii_alphabetic);
    let is_capital = bare.iter().all(|b| b.is_ascii_uppercase() || *b == b'_');
    let is_function = NOT_NAMES.iter().any(|word| word.as_bytes().eq_ignore_ascii_case(bare));
    let is_participle = bare.ends_with(b"ing") || bare.ends_with(b"ed");
    is_word && !is_capital && !is_function && !is_participle && !text.ends_with(b"=")
}

/// How many different words must have stood at `at`, all else equal, for it to be a value. None: never.
pub(super) fn siblings_min(pieces: &[Piece], at: usize) -> Option<u32> {
    let fixed = pieces.iter().enumerate().filter(|(i, piece)| *i != at && piece.hash != WILD).count();
    let text = &pieces[at].text;
    let bare = trimmed(text);
    let is_keyed = at > 0 && !pieces[at].is_spaced && pieces[at - 1].text.ends_with(b"=");
    let is_identifier = bare.iter().any(|b| b.is_ascii_digit() || matches!(b, b'_' | b'.' | b'-' | b'/' | b'<' | b'$' | b'@' | b':' | b'|'))
        || bare.windows(2).any(|two| two[0].is_ascii_lowercase() && two[1].is_ascii_uppercase());
    let is_capital = bare.iter().all(u8::is_ascii_uppercase);
    let base = match fixed {
        0 => return None,
        _ if is_keyed => 5,
        1 if is_identifier => 8,
        _ if is_identifier => 4,
        1 => 24,
        2 => 12,
        _ if is_capital => 10,
        _ => 6,
    };
    Some(if at == 0 { base * 2 } else { base })
}
