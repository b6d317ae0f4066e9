use std::{fmt, str::FromStr};

use sha2::{Digest as _, Sha256};

/// A SHA-256 digest. Text form: 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

/// A text that is no digest.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a SHA-256 digest (64 hexadecimal digits)")]
pub struct ParseDigestError(String);

/// Number and hash of a row that was once the last: whatever the ledger says later,
/// this row has to be in it. Text form: `41:` and the 64 digits of the hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The row.
    pub seq: u64,
    /// Its hash.
    pub hash: Digest,
}

/// A text that is no checkpoint.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a checkpoint (`SEQ:HASH`, such as `41:` and 64 hexadecimal digits)")]
pub struct ParseCheckpointError(String);

impl Digest {
    /// What the first row of a ledger names as the hash before it.
    pub const GENESIS: Digest = Digest([0; 32]);

    /// Digests `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Returns the 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Takes 32 bytes as they are; `None` for any other number of bytes.
    pub(super) fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Returns the hexadecimal digits as ASCII bytes.
    pub(super) fn hex(&self) -> [u8; 64] {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut hex = [0; 64];
        for (pair, byte) in hex.chunks_exact_mut(2).zip(self.0) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        hex
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(str::from_utf8(&self.hex()).expect("hexadecimal digits are ASCII"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl FromStr for Digest {
    type Err = ParseDigestError;

    fn from_str(raw: &str) -> Result<Self, ParseDigestError> {
        let error = || ParseDigestError(raw.chars().take(80).collect());
        if raw.len() != 64 || !raw.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(error());
        }
        let mut bytes = [0; 32];
        for (byte, at) in bytes.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(&raw[at..at + 2], 16).map_err(|_| error())?;
        }
        Ok(Self(bytes))
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.seq, self.hash)
    }
}

impl FromStr for Checkpoint {
    type Err = ParseCheckpointError;

    fn from_str(raw: &str) -> Result<Self, ParseCheckpointError> {
        let parse = || {
            let (seq, hash) = raw.split_once(':')?;
            let seq = seq.parse().ok().filter(|&seq| seq > 0)?;
            let hash = hash.parse().ok()?;
            Some(Self { seq, hash })
        };
        parse().ok_or_else(|| ParseCheckpointError(raw.chars().take(100).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_of_nothing_is_the_known_one() {
        let known = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(known, Digest::of(b"").to_string());
        assert_eq!(Ok(Digest::of(b"")), known.parse());
        assert_eq!(Ok(Digest::of(b"")), known.to_uppercase().parse());
    }

    #[test]
    fn what_is_no_digest_is_refused() {
        for raw in ["", "12", &"g".repeat(64), &"é".repeat(32), &"0".repeat(65)] {
            assert!(raw.parse::<Digest>().is_err(), "{raw}");
        }
    }

    #[test]
    fn a_checkpoint_is_a_number_and_a_hash() {
        let checkpoint = Checkpoint {
            seq: 41,
            hash: Digest::of(b""),
        };
        assert_eq!(Ok(checkpoint), checkpoint.to_string().parse());
        for raw in ["", "41", "41:", "0:12", ":12", "x:12"] {
            assert!(raw.parse::<Checkpoint>().is_err(), "{raw}");
        }
    }
}
