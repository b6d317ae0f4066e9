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

/// The longest word that names a level, in bytes.
const WORD_BYTES_MAX: usize = 13;

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
        let mut lower = [0; WORD_BYTES_MAX];
        let lower = lower.get_mut(..word.len())?;
        lower.copy_from_slice(word);
        lower.make_ascii_lowercase();
        match &*lower {
            b"trace" | b"verbose" | b"finest" => Some(Self::Trace),
            b"debug" | b"dbg" | b"fine" => Some(Self::Debug),
            b"info" | b"inf" | b"information" | b"informational" | b"log" => Some(Self::Info),
            b"notice" | b"note" => Some(Self::Notice),
            b"warn" | b"warning" | b"wrn" => Some(Self::Warning),
            b"error" | b"err" | b"eror" | b"erro" | b"severe" | b"failure" => Some(Self::Error),
            b"critical" | b"crit" | b"fatal" | b"ftl" | b"alert" | b"emerg" | b"emergency"
            | b"panic" | b"dpanic" | b"wtf" => Some(Self::Critical),
            _ => None,
        }
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
