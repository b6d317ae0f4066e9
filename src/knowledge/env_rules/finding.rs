use std::fmt;

use serde::Serialize;

/// Something that validation found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// Whether WiCAP will not work with it.
    #[serde(skip)]
    pub grade: Grade,
    /// A stable word for scripts, in snake_case.
    pub code: &'static str,
    /// The key that it is about; empty if it is about the file.
    pub key: String,
    /// What is wrong and what to do, without the value of any secret.
    pub text: String,
}

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// It makes the file invalid.
    Error,
    /// It should be looked at.
    Warning,
}

impl Finding {
    /// Makes an error.
    pub fn error(code: &'static str, key: &str, text: impl Into<String>) -> Self {
        Self::new(Grade::Error, code, key, text.into())
    }

    /// Makes a warning.
    pub fn warning(code: &'static str, key: &str, text: impl Into<String>) -> Self {
        Self::new(Grade::Warning, code, key, text.into())
    }

    fn new(grade: Grade, code: &'static str, key: &str, text: String) -> Self {
        Self {
            grade,
            code,
            key: key.to_owned(),
            text,
        }
    }

    /// Whether this is an error.
    pub fn is_error(&self) -> bool {
        self.grade == Grade::Error
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.key.is_empty() {
            true => f.write_str(&self.text),
            false => write!(f, "{}: {}", self.key, self.text),
        }
    }
}
