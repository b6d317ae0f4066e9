use std::io::{self, IsTerminal as _, Write as _};

use serde::Serialize;

use crate::config::ColorChoice;

/// The reader of stdout went away. That is no error: it has what it wanted.
#[derive(Debug, thiserror::Error)]
#[error("stdout was closed")]
pub struct ClosedPipe;

/// Stdout: data for people and programs. Everything else goes to stderr.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    has_color: bool,
}

impl Output {
    /// An output without colours.
    pub fn plain() -> Self {
        Self { has_color: false }
    }

    /// An output with colours where they are wanted.
    pub fn new(choice: ColorChoice) -> Self {
        let has_color = match choice {
            ColorChoice::Auto => io::stdout().is_terminal(),
            ColorChoice::Always => true,
            ColorChoice::Never => false,
        };
        Self { has_color }
    }

    /// Says whether colours are wanted. Nothing may rely on them alone.
    pub fn has_color(&self) -> bool {
        self.has_color
    }

    /// Writes one line.
    ///
    /// # Errors
    /// Fails with [`ClosedPipe`] if nobody reads any more, else as stdout does.
    pub fn line(&self, text: &str) -> anyhow::Result<()> {
        self.raw(format!("{text}\n").as_bytes())
    }

    /// Writes one JSON value on a line of its own.
    ///
    /// # Errors
    /// As [`Output::line`].
    pub fn json(&self, value: &impl Serialize) -> anyhow::Result<()> {
        self.line(&serde_json::to_string(value)?)
    }

    /// Says something about the work beside the data, on stderr. Nobody has to read it.
    pub fn note(&self, text: &str) {
        let line = format!("{text}\n");
        io::stderr().write_all(line.as_bytes()).unwrap_or_default();
    }

    /// Writes bytes as they are, and passes them on at once.
    ///
    /// # Errors
    /// As [`Output::line`].
    pub fn raw(&self, bytes: &[u8]) -> anyhow::Result<()> {
        let mut stdout = io::stdout().lock();
        match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(ClosedPipe.into()),
            Err(error) => Err(anyhow::Error::new(error).context("cannot write to stdout")),
            Ok(()) => Ok(()),
        }
    }
}
