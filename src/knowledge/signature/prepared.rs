//! One line, read: everything that does not depend on other lines.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::clean;
use super::hash;
use super::head::{self, LineHead};
use super::mask::{Masked, mask};
use crate::knowledge::severity::{Category, Clue, Level, Severity, judge};

/// What stands before a status code: without it no line has one.
static REQUEST: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"HTTP/"));

/// One line with its head, its masked message and its severity.
///
/// A value may be used for one line after the other; nothing is allocated then.
#[derive(Debug)]
pub struct Prepared {
    text: Vec<u8>,
    head: LineHead,
    indent: usize,
    masked: Masked,
    severity: Severity,
    context: u64,
}

impl Default for Prepared {
    fn default() -> Self {
        Self {
            text: Vec::new(),
            head: LineHead::default(),
            indent: 0,
            masked: Masked::default(),
            severity: Severity {
                level: Level::Info,
                category: Category::Info,
                is_summary: false,
            },
            context: 0,
        }
    }
}

impl Prepared {
    /// Reads a line (without its line end) and masks it.
    pub fn read(&mut self, line: &[u8]) {
        self.read_head(line);
        self.mask();
    }

    /// Reads the head and the severity of a line (without its line end). Its message is masked only
    /// where that tells them: most lines are not kept, and the others are named by [`Self::name_as`].
    pub fn judge(&mut self, line: &[u8]) {
        self.read_head(line);
        if REQUEST.find(self.message()).is_some() {
            return self.mask();
        }
        self.masked.forget();
        self.severity = judge(&Clue {
            level: self.head.level,
            is_marked_only: self.head.is_marked_only,
            status: None,
            message: &self.text[self.head.message.clone()],
        });
        self.context = 0;
    }

    /// Reads what stands before the message of a line (without its line end), and nothing else: the
    /// severity and the masked form are those of the line before.
    pub fn read_head(&mut self, line: &[u8]) {
        self.text.clear();
        clean::append_text(line, &mut self.text);
        self.head = head::read(&mut self.text);
        let start = self.head.message.start.min(self.text.len());
        let blanks = self.text[..start]
            .iter()
            .rev()
            .take_while(|b| matches!(b, b' ' | b'\t'))
            .count();
        self.indent = if blanks == start {
            blanks
        } else {
            blanks.saturating_sub(1)
        };
    }

    /// Replaces the masked form by that of `message`, told apart from other lines by `context`.
    pub fn name_as(&mut self, message: &[u8], context: u64) {
        let mut text = Vec::with_capacity(message.len());
        clean::append_text(message, &mut text);
        mask(&text, &mut self.masked);
        self.context = context;
    }

    /// The text of the line without colours; the spans of the head point into it.
    #[must_use]
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// What stands before the message.
    #[must_use]
    pub fn head(&self) -> &LineHead {
        &self.head
    }

    /// The line without its head.
    #[must_use]
    pub fn message(&self) -> &[u8] {
        &self.text[self.head.message.clone()]
    }

    /// Blanks between the head and the message, beyond the one that parts them.
    #[must_use]
    pub fn indent(&self) -> usize {
        self.indent
    }

    /// How bad the line is.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// The masked message.
    #[must_use]
    pub fn masked(&self) -> &Masked {
        &self.masked
    }

    /// Tells lines of the same text apart (the route of an access line, the frame of a traceback).
    #[must_use]
    pub fn context(&self) -> u64 {
        self.context
    }

    /// Whether the line itself names a level or a time: it does not continue another line.
    #[must_use]
    pub fn has_head(&self) -> bool {
        self.head.time.is_some() || self.head.level.is_some()
    }

    fn mask(&mut self) {
        let message = &self.text[self.head.message.clone()];
        mask(message, &mut self.masked);
        let status = self.masked.status();
        let level = self.head.level;
        self.severity = judge(&Clue {
            level,
            is_marked_only: self.head.is_marked_only,
            status,
            message,
        });
        let is_failed_access = status.is_some() && self.severity.is_failure();
        self.context = if is_failed_access { route(message) } else { 0 };
    }
}

/// Hash of the route of a request: its path without the query; parts with digits are all the same.
fn route(message: &[u8]) -> u64 {
    let request = message
        .iter()
        .position(|b| *b == b'"')
        .map_or(message, |quote| &message[quote..]);
    let Some(start) = request.iter().position(|b| *b == b'/') else {
        return 0;
    };
    let path = &request[start..];
    let length = path
        .iter()
        .take_while(|b| !matches!(b, b' ' | b'?' | b'"' | b';'))
        .count();
    path[..length].split(|b| *b == b'/').fold(1, |hash, part| {
        let is_value = part.iter().any(u8::is_ascii_digit);
        hash::mix(
            hash,
            if is_value {
                hash::WILD
            } else {
                hash::bytes(part)
            },
        )
    })
}
