use std::{borrow::Cow, fmt, path::PathBuf};

/// The most letters of a mistake.
const TEXT_CHARS_MAX: usize = 400;

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The command line.
    Flag(&'static str),
    /// The environment.
    Variable(Cow<'static, str>),
    /// A configuration file.
    File {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1; 0 for the file as a whole.
        line: usize,
    },
    /// Built in.
    Default,
}

/// One thing that is wrong with the configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{origin}: {text}")]
pub struct Mistake {
    /// Where it stands.
    pub origin: Origin,
    /// What is wrong.
    pub text: String,
}

/// Everything that is wrong with the configuration, together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", in_words(.0))]
pub struct ConfigError(pub Vec<Mistake>);

impl Origin {
    pub(super) fn variable(name: &'static str) -> Self {
        Self::Variable(Cow::Borrowed(name))
    }
}

impl Mistake {
    pub(super) fn new(origin: &Origin, text: impl AsRef<str>) -> Self {
        Self {
            origin: origin.clone(),
            text: printable(text.as_ref()),
        }
    }
}

/// A mistake quotes what somebody wrote; it is told on one line that moves no
/// cursor.
fn printable(text: &str) -> String {
    let mut line = String::new();
    for c in text.chars().take(TEXT_CHARS_MAX) {
        if c.is_control() {
            line.extend(c.escape_default());
        } else {
            line.push(c);
        }
    }
    if text.chars().nth(TEXT_CHARS_MAX).is_some() {
        line.push('…');
    }
    line
}

fn in_words(mistakes: &[Mistake]) -> String {
    if let [mistake] = mistakes {
        return mistake.to_string();
    }
    let lines: String = mistakes.iter().map(|one| format!("\n  {one}")).collect();
    format!("{} mistakes in the configuration{lines}", mistakes.len())
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Flag(name) => f.write_str(name),
            Origin::Variable(name) => f.write_str(name),
            Origin::File { path, line: 0 } => write!(f, "{}", path.display()),
            Origin::File { path, line } => write!(f, "{}:{line}", path.display()),
            Origin::Default => f.write_str("default"),
        }
    }
}
