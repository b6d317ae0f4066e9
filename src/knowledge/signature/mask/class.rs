//! Classes of bytes.

/// Whitespace and control bytes.
pub(super) const BLANK: u8 = 1;
/// A decimal digit.
pub(super) const DIGIT: u8 = 2;
/// A letter that is also a hex digit.
pub(super) const HEX: u8 = 4;
/// Any other letter, or a byte beyond ASCII.
pub(super) const LETTER: u8 = 8;
/// `/` and `\`.
pub(super) const SLASH: u8 = 16;
/// `:`.
pub(super) const COLON: u8 = 32;
/// Other bytes that may stand inside a word.
pub(super) const JOINT: u8 = 64;
/// Punctuation that ends a word.
pub(super) const STOP: u8 = 128;

static CLASS: [u8; 256] = table();

const fn table() -> [u8; 256] {
    let mut class = [STOP; 256];
    let mut b = 0;
    while b < 256 {
        class[b] = match b as u8 {
            0..=b' ' | 0x7f => BLANK,
            b'0'..=b'9' => DIGIT,
            b'a'..=b'f' | b'A'..=b'F' => HEX,
            b'g'..=b'z' | b'G'..=b'Z' | 0x80..=0xff => LETTER,
            b'/' | b'\\' => SLASH,
            b':' => COLON,
            b'_' | b'-' | b'.' | b'@' | b'$' | b'#' | b'%' | b'+' | b'~' | b'*' | b'?' | b'&' | b'!' => JOINT,
            _ => STOP,
        };
        b += 1;
    }
    class
}

/// The class of one byte.
#[inline]
pub(super) fn class(b: u8) -> u8 {
    CLASS[b as usize]
}
