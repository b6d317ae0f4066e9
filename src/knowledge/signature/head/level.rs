//! Level words in the places where a head has them.

use crate::knowledge::severity::Level;

/// The level that a whole token in capitals names.
pub(super) fn capital(token: &[u8]) -> Option<Level> {
    let first = *token.first()?;
    if !first.is_ascii_uppercase() || token.len() < 3 || token.len() > 9 {
        return None;
    }
    token.iter().all(u8::is_ascii_uppercase).then(|| Level::from_word(token)).flatten()
}

/// The level that a single letter names (`E`, as in Android and klog).
pub(super) fn letter(token: &[u8]) -> Option<Level> {
    match token {
        b"V" => Some(Level::Trace),
        b"D" => Some(Level::Debug),
        b"I" => Some(Level::Info),
        b"W" => Some(Level::Warning),
        b"E" => Some(Level::Error),
        b"F" | b"A" | b"C" => Some(Level::Critical),
        _ => None,
    }
}

/// The level of a Redis mark.
pub(super) fn redis(mark: u8) -> Option<Level> {
    match mark {
        b'.' | b'-' => Some(Level::Debug),
        b'*' => Some(Level::Notice),
        b'#' => Some(Level::Warning),
        _ => None,
    }
}
