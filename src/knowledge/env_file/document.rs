use std::{collections::BTreeMap, fmt};

use super::{
    Quote, Resolved, expand,
    scan::{Content, Piece, Spans, pieces},
};

/// The byte order mark that some editors put first.
const MARK: &str = "\u{feff}";

/// A `.env` file, byte for byte.
///
/// Comments, order, blanks, quoting, `export`, duplicate keys, line ends and a missing
/// last line end survive; only the value of a key that is set is written anew, in the
/// quoting it had.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EnvFile {
    has_mark: bool,
    pieces: Vec<Piece>,
}

/// One `KEY=value` of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment<'a> {
    /// The key.
    pub key: &'a str,
    /// The line on which it starts, counted from 1.
    pub line: usize,
    /// How the value is written.
    pub quote: Quote,
    /// Whether `export` stands before the key.
    pub is_export: bool,
    /// Whether the value has a `$` that readers replace.
    pub is_dynamic: bool,
    source: &'a str,
}

/// A line that no reader of such files understands. It is kept as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvMistake {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong with it; never the line's own text, which may hold a secret.
    pub why: &'static str,
}

impl EnvFile {
    /// Reads a text. Lines that make no sense are kept and listed by
    /// [`EnvFile::mistakes`].
    pub fn parse(text: &str) -> Self {
        let unmarked = text.strip_prefix(MARK);
        Self {
            has_mark: unmarked.is_some(),
            pieces: pieces(unmarked.unwrap_or(text)),
        }
    }

    /// Returns the assignments in file order, duplicates included.
    pub fn assignments(&self) -> impl DoubleEndedIterator<Item = Assignment<'_>> {
        self.pieces.iter().filter_map(|piece| match &piece.content {
            Content::Assignment(spans) => Some(assignment(piece, spans)),
            Content::Silent | Content::Inherited(_) | Content::Broken(_) => None,
        })
    }

    /// Returns the lines that no reader understands.
    pub fn mistakes(&self) -> Vec<EnvMistake> {
        let mistake = |piece: &Piece| match piece.content {
            Content::Broken(why) => Some(EnvMistake {
                line: piece.line,
                why,
            }),
            Content::Silent | Content::Assignment(_) | Content::Inherited(_) => None,
        };
        self.pieces.iter().filter_map(mistake).collect()
    }

    /// Returns the keys that are set more than once, each with all its lines.
    pub fn duplicates(&self) -> BTreeMap<&str, Vec<usize>> {
        let mut lines: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for one in self.assignments() {
            lines.entry(one.key).or_default().push(one.line);
        }
        lines.retain(|_, lines| lines.len() > 1);
        lines
    }

    /// Returns the assignment that counts for `key`: the last one.
    pub fn get(&self, key: &str) -> Option<Assignment<'_>> {
        self.assignments().rfind(|one| one.key == key)
    }

    /// Returns every value with its variables replaced: by `outer`, else by what
    /// stands above in the file.
    pub fn resolve(&self, outer: &BTreeMap<String, String>) -> Resolved {
        let mut resolved = Resolved::default();
        for one in self.assignments() {
            let scope = expand::Scope {
                outer,
                inner: &resolved.values,
            };
            match expand::resolve(one.source, one.quote, &scope) {
                Ok((value, unset)) => {
                    let named = unset.into_iter().map(|name| (one.key.to_owned(), name));
                    resolved.unset.extend(named);
                    resolved.values.insert(one.key.to_owned(), value);
                }
                Err(why) => resolved.failed.push((one.key.to_owned(), why)),
            }
        }
        resolved
    }

    /// Returns every value with its escapes decoded and its `$` left alone.
    pub fn literals(&self) -> BTreeMap<String, String> {
        let pair = |one: Assignment<'_>| (one.key.to_owned(), one.literal());
        self.assignments().map(pair).collect()
    }

    /// Gives `key` a value that every reader gets exactly: in place, in the quoting it
    /// had if that can hold the value, or as a new last line. Of duplicates the last
    /// one, which counts, is changed. A value that is already there changes no byte.
    pub fn set(&mut self, key: &str, value: &str) {
        debug_assert!(is_key(key), "`{key}` is no key");
        let found = self.pieces.iter().rposition(|piece| piece.assigns(key));
        let Some(at) = found else {
            self.push_line(&format!("{key}={}", Quote::None.write(value)));
            return;
        };
        let piece = &mut self.pieces[at];
        let Content::Assignment(spans) = piece.content.clone() else {
            return;
        };
        let one = assignment(piece, &spans);
        if !one.is_dynamic && one.literal() == value {
            return;
        }
        let mut raw = piece.raw.clone();
        raw.replace_range(spans.value, &spans.quote.write(value));
        self.replace(at, &raw);
    }

    /// Takes out the assignments that a later one of the same key outranks, which
    /// changes no value. Returns their keys and lines.
    pub fn drop_shadowed(&mut self) -> Vec<(String, usize)> {
        let mut dropped = Vec::new();
        for (key, lines) in self.duplicates() {
            let shadowed = lines.split_last().map_or(&[][..], |(_, earlier)| earlier);
            dropped.extend(shadowed.iter().map(|line| (key.to_owned(), *line)));
        }
        let is_shadowed = |piece: &Piece| {
            dropped
                .iter()
                .any(|(key, line)| piece.line == *line && piece.assigns(key))
        };
        self.pieces.retain(|piece| !is_shadowed(piece));
        self.number();
        dropped
    }

    /// Adds a comment as a new last line, after an empty one unless the file is empty.
    pub fn push_comment(&mut self, text: &str) {
        if !self.pieces.is_empty() {
            self.push_line("");
        }
        self.push_line(&format!("# {}", text.replace(['\n', '\r'], " ")));
    }

    fn push_line(&mut self, line: &str) {
        let line_end = self.line_end();
        if let Some(last) = self.pieces.last_mut()
            && !last.raw.ends_with('\n')
        {
            last.raw.push_str(line_end);
        }
        let at = self.pieces.len();
        self.replace(at, &format!("{line}{line_end}"));
    }

    /// Puts `raw`, read anew, where the piece `at` is.
    fn replace(&mut self, at: usize, raw: &str) {
        let end = self.pieces.len().min(at + 1);
        self.pieces.splice(at..end, pieces(raw));
        self.number();
    }

    fn number(&mut self) {
        let mut line = 1;
        for piece in &mut self.pieces {
            piece.line = line;
            line += piece.raw.matches('\n').count();
        }
    }

    /// The line end that most lines have.
    fn line_end(&self) -> &'static str {
        let n_windows = self
            .pieces
            .iter()
            .filter(|p| p.raw.ends_with("\r\n"))
            .count();
        match n_windows * 2 > self.pieces.len() {
            true => "\r\n",
            false => "\n",
        }
    }
}

impl Assignment<'_> {
    /// Returns the value with its escapes decoded and its `$` left alone.
    pub fn literal(&self) -> String {
        expand::literal(self.source, self.quote)
    }
}

impl Piece {
    fn assigns(&self, key: &str) -> bool {
        match &self.content {
            Content::Assignment(spans) => &self.raw[spans.key.clone()] == key,
            Content::Silent | Content::Inherited(_) | Content::Broken(_) => false,
        }
    }
}

impl fmt::Display for EnvFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.has_mark { MARK } else { "" })?;
        self.pieces
            .iter()
            .try_for_each(|piece| f.write_str(&piece.raw))
    }
}

/// Whether `text` can be a key: letters, digits and `_`, no digit first.
pub fn is_key(text: &str) -> bool {
    let starts_well = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    starts_well && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn assignment<'a>(piece: &'a Piece, spans: &Spans) -> Assignment<'a> {
    let value = &piece.raw[spans.value.clone()];
    let source = match spans.quote {
        Quote::None => value,
        Quote::Single | Quote::Double => &value[1..value.len() - 1],
    };
    Assignment {
        key: &piece.raw[spans.key.clone()],
        line: piece.line,
        quote: spans.quote,
        is_export: spans.is_export,
        is_dynamic: expand::is_dynamic(source, spans.quote),
        source,
    }
}
