//! The name of a log template.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Identifies one kind of log line: the hash of the masked form of the line that founded it.
///
/// The same text gives the same id in every process and version; written as 16 hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SignatureId(pub u64);

impl fmt::Display for SignatureId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// A text that is not 16 hex digits.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no signature id (16 hex digits)")]
pub struct NotASignatureId(String);

impl FromStr for SignatureId {
    type Err = NotASignatureId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = || NotASignatureId(text.to_owned());
        if text.len() != 16 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(refused());
        }
        u64::from_str_radix(text, 16).map(Self).map_err(|_| refused())
    }
}

impl Serialize for SignatureId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SignatureId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_its_own_text() {
        for value in [0, 1, 0x0123_4567_89ab_cdef, u64::MAX] {
            let text = SignatureId(value).to_string();
            assert_eq!(text.len(), 16);
            assert_eq!(text.parse::<SignatureId>().unwrap(), SignatureId(value));
        }
    }

    #[test]
    fn other_texts_are_refused_by_name() {
        for text in ["", "12", "+123456789abcdef", "0123456789abcdeg"] {
            let refused = text.parse::<SignatureId>().unwrap_err();
            assert!(refused.to_string().contains("16 hex digits"));
        }
    }
}
