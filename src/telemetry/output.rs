use std::{
    error::Error,
    fmt,
    io::{self, Write},
};

use crate::{
    model::{Envelope, Project, Timestamp},
    store::StoreError,
    telemetry::{Console, ndjson::unwritable_line, ndjson_line},
};

/// How events are written for a reader.
#[derive(Clone, Debug)]
pub enum Format {
    /// Lines for people.
    Plain(Console),
    /// One JSON object a line, see [`ndjson_line`].
    Json,
}

/// One reader of the event stream. It never fails a turn: once it cannot be written
/// to, it is left alone.
pub struct Output {
    format: Format,
    writer: Option<Box<dyn Write + Send>>,
    error: Option<io::Error>,
}

impl Output {
    /// Writes events to `writer`, one line each, passed on at once.
    pub fn new(format: Format, writer: Box<dyn Write + Send>) -> Self {
        Self {
            format,
            writer: Some(writer),
            error: None,
        }
    }

    /// Says whether nobody reads any more.
    pub fn is_closed(&self) -> bool {
        self.writer.is_none()
    }

    /// Returns why nothing is written any more. A reader that went away is no error.
    pub fn error(&self) -> Option<&io::Error> {
        self.error
            .as_ref()
            .filter(|error| error.kind() != io::ErrorKind::BrokenPipe)
    }

    pub(super) fn write(&mut self, envelope: &Envelope) {
        let line = match &self.format {
            Format::Plain(console) => console.line(envelope),
            Format::Json => ndjson_line(envelope),
        };
        self.write_line(line);
    }

    /// The one message that cannot be a row: the ledger takes none.
    pub(super) fn write_unwritable(
        &mut self,
        at: Timestamp,
        project: &Project,
        error: &StoreError,
    ) {
        let text = format!("{}; watching goes on, nothing is done", chain(error));
        let line = match &self.format {
            Format::Plain(console) => console.unwritable(at, &text),
            Format::Json => unwritable_line(at, project, &text),
        };
        self.write_line(line);
    }

    fn write_line(&mut self, mut line: String) {
        let Some(writer) = &mut self.writer else {
            return;
        };
        line.push('\n');
        let written = writer
            .write_all(line.as_bytes())
            .and_then(|()| writer.flush());
        if let Err(error) = written {
            self.writer = None;
            self.error = Some(error);
        }
    }
}

/// An error with its causes.
fn chain(error: &StoreError) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Output")
            .field("format", &self.format)
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}
