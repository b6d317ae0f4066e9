//! The levels that programs write.

use serde::{Deserialize, Serialize};

/// How bad a program says its line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// The finest detail.
    Trace,
    /// For the developer.
    Debug,
    /// What happens in good days.
    Info,
    /// Normal but worth a look.
    Notice,
    /// Not yet a failure.
    Warning,
    /// A failure.
    Error,
    /// A failure that ends something.
    Critical,
}

/// Every word that names a level, in lower case.
const WORDS: [(&str, Level); 32] = [
    ("trace", Level::Trace),
    ("verbose", Level::Trace),
    ("finest", Level::Trace),
    ("debug", Level::Debug),
    ("dbg", Level::Debug),
    ("fine", Level::Debug),
    ("info", Level::Info),
    ("inf", Level::Info),
    ("information", Level::Info),
    ("informational", Level::Info),
    ("log", Level::Info),
    ("notice", Level::Notice),
    ("note", Level::Notice),
    ("warn", Level::Warning),
    ("warning", Level::Warning),
    ("wrn", Level::Warning),
    ("err", Level::Error),
    ("error", Level::Error),
    ("eror", Level::Error),
    ("erro", Level::Error),
    ("severe", Level::Error),
    ("failure", Level::Error),
    ("crit", Level::Critical),
    ("critical", Level::Critical),
    ("fatal", Level::Critical),
    ("ftl", Level::Critical),
    ("alert", Level::Critical),
    ("emerg", Level::Critical),
    ("emergency", Level::Critical),
    ("panic", Level::Critical),
    ("dpanic", Level::Critical),
    ("wtf", Level::Critical),
];

impl Level {
    /// The name in lower case.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Critical => "critical",
        }
    }

    /// The level that a word names, in any case.
    #[must_use]
    pub fn from_word(word: &[u8]) -> Option<Self> {
        if word.len() < 3 || word.len() > 13 {
            return None;
        }
        WORDS.iter().find(|(name, _)| name.as_bytes().eq_ignore_ascii_case(word)).map(|(_, level)| *level)
    }

    /// The level of a number as bunyan and pino write it (10 = trace … 60 = fatal).
    #[must_use]
    pub fn from_number(text: &[u8]) -> Option<Self> {
        match text {
            b"10" => Some(Self::Trace),
            b"20" => Some(Self::Debug),
            b"30" => Some(Self::Info),
            b"40" => Some(Self::Warning),
            b"50" => Some(Self::Error),
            b"60" => Some(Self::Critical),
            _ => None,
        }
    }
}
