use std::ops::Range;

use super::Quote;

/// A piece of the file: one line with its terminator, or several when a quoted value
/// spans them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) raw: String,
    pub(super) line: usize,
    pub(super) content: Content,
}

/// What a piece is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// A blank line or a comment.
    Silent,
    /// `KEY=value`.
    Assignment(Spans),
    /// `KEY` alone: compose takes the value from its own environment.
    Inherited(Range<usize>),
    /// Something that no reader of such files understands.
    Broken(&'static str),
}

/// Where the parts of an assignment are in its piece, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spans {
    pub(super) key: Range<usize>,
    /// The value with its quotes.
    pub(super) value: Range<usize>,
    pub(super) quote: Quote,
    pub(super) is_export: bool,
}

/// Takes a text apart; the pieces put together are the text again.
pub(super) fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let (mut rest, mut line) = (text, 1);
    while !rest.is_empty() {
        let (length, content) = piece(rest);
        let raw = rest[..length].to_owned();
        let n_lines = raw.matches('\n').count();
        pieces.push(Piece { raw, line, content });
        line += n_lines;
        rest = &rest[length..];
    }
    pieces
}

/// Reads the piece at the start of `text`: its length and its content.
fn piece(text: &str) -> (usize, Content) {
    let line_end = text.find('\n').map_or(text.len(), |at| at + 1);
    let line = text[..line_end].trim_end_matches(['\n', '\r']);
    let start = indent(line);
    if start == line.len() || line[start..].starts_with('#') {
        return (line_end, Content::Silent);
    }
    let (is_export, key_start) = after_export(line, start);
    let key_end = key_start + key_length(&line[key_start..]);
    if key_end == key_start {
        return (line_end, Content::Broken("no key before `=`"));
    }
    let sign = key_end + indent(&line[key_end..]);
    if sign == line.len() {
        return (line_end, Content::Inherited(key_start..key_end));
    }
    if !line[sign..].starts_with('=') {
        let why = "a key is letters, digits and `_`, then comes `=`";
        return (line_end, Content::Broken(why));
    }
    let value_start = sign + 1 + indent(&line[sign + 1..]);
    let spans = |value, quote| {
        Content::Assignment(Spans {
            key: key_start..key_end,
            value,
            quote,
            is_export,
        })
    };
    match Quote::of(&line[value_start..]) {
        Quote::None => {
            let length = bare_length(line, sign + 1, value_start);
            // No value stands right behind the sign, so that a comment keeps its blank.
            let start = if length == 0 { sign + 1 } else { value_start };
            (line_end, spans(start..start + length, Quote::None))
        }
        quote @ (Quote::Single | Quote::Double) => match quoted(text, value_start, quote) {
            Ok((value_end, piece_end)) => (piece_end, spans(value_start..value_end, quote)),
            Err(why) => (line_end, Content::Broken(why)),
        },
    }
}

fn indent(text: &str) -> usize {
    text.len() - text.trim_start_matches([' ', '\t', '\r']).len()
}

/// Steps over `export ` if it stands at `start`.
fn after_export(line: &str, start: usize) -> (bool, usize) {
    let Some(rest) = line[start..].strip_prefix("export") else {
        return (false, start);
    };
    match indent(rest) {
        0 => (false, start),
        spaces => (true, start + "export".len() + spaces),
    }
}

fn key_length(text: &str) -> usize {
    let starts_well = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let is_legal = |c: char| c.is_ascii_alphanumeric() || c == '_';
    match starts_well {
        true => text.find(|c| !is_legal(c)).unwrap_or(text.len()),
        false => 0,
    }
}

/// The length of an unquoted value: up to a `#` after a blank, without the blanks
/// before it.
fn bare_length(line: &str, after_sign: usize, start: usize) -> usize {
    let text = &line[start..];
    let follows_blank = |at: usize| match at {
        0 => after_sign < start,
        at => text[..at].ends_with([' ', '\t']),
    };
    let end = text
        .match_indices('#')
        .map(|(at, _)| at)
        .find(|&at| follows_blank(at))
        .unwrap_or(text.len());
    text[..end].trim_end_matches([' ', '\t', '\r']).len()
}

/// Finds the end of a quoted value and of the line on which it ends.
fn quoted(text: &str, start: usize, quote: Quote) -> Result<(usize, usize), &'static str> {
    let mark = quote.mark();
    let mut is_escaped = false;
    for (at, c) in text[start + 1..].char_indices() {
        if c == mark && !is_escaped {
            let end = start + 1 + at + 1;
            let line_end = text[end..].find('\n').map_or(text.len(), |at| end + at + 1);
            let tail = text[end..line_end].trim_matches([' ', '\t', '\r', '\n']);
            let is_one_line = !text[start..end].contains('\n');
            return match tail.is_empty() || tail.starts_with('#') {
                true => Ok((end, line_end)),
                // A quote that closes in the middle of a later line is that line's own.
                false if is_one_line => Err("text after the closing quote"),
                false => Err("the quote is never closed"),
            };
        }
        is_escaped = c == '\\' && !is_escaped;
    }
    Err("the quote is never closed")
}
