//! Classes of bytes.

/// A blank, a control byte or punctuation: it ends a word.
pub(super) const END: u8 = 1;
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
/// `.`.
pub(super) const DOT: u8 = 64;
/// Other bytes that may stand inside a word.
pub(super) const JOINT: u8 = 128;

static CLASS: [u8; 256] = table();

const fn table() -> [u8; 256] {
    let mut class = [END; 256];
    let mut b = 0;
    while b < 256 {
        class[b] = match b as u8 {
            b'0'..=b'9' => DIGIT,
            b'a'..=b'f' | b'A'..=b'F' => HEX,
            b'g'..=b'z' | b'G'..=b'Z' | 0x80..=0xff => LETTER,
            b'/' | b'\\' => SLASH,
            b':' => COLON,
            b'.' => DOT,
            b'_' | b'-' | b'@' | b'$' | b'#' | b'%' | b'+' | b'~' | b'*' | b'?' | b'&' | b'!' => {
                JOINT
            }
            _ => END,
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

/// Whether a byte parts tokens: a blank or a control byte.
#[inline]
pub(super) fn is_blank(b: u8) -> bool {
    b <= b' ' || b == 0x7f
}
