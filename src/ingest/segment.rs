//! A file in pieces that can be read at once, cut where a line ends.
//!
//! Where the cuts lie depends on the content alone: whoever reads a file, with how many threads and
//! from which point on, gets the same pieces.

use std::{fs::File, io};

use super::{
    content::{WINDOW, hash, read_range},
    logs::line_end,
};
use crate::knowledge::triage::begins_with_date;

/// Bytes from one cut to the next.
pub(super) const SEGMENT_BYTES: i64 = 1 << 20;

/// How far behind its place a cut looks for a line that continues no other.
const CUT_LOOK: usize = 64 << 10;

/// How far a line end is looked for; beyond that a line is cut in two.
const LINE_LOOK: i64 = 16 << 20;

/// Which bytes of a file one piece has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// From where on lines are read.
    pub(super) from: i64,
    /// Whether a line starts exactly there.
    pub(super) is_exact: bool,
    /// The place of its end: the next cut, or the end of the file.
    pub(super) to: i64,
    /// From where on the content is hashed.
    pub(super) hash_from: i64,
    /// The end of the file.
    pub(super) file_end: i64,
}

/// The bytes of a piece.
#[derive(Debug, Default)]
pub(super) struct Bytes {
    pub(super) buffer: Vec<u8>,
    /// Where the buffer starts in the file.
    pub(super) start: i64,
    /// Where the lines start in the buffer.
    pub(super) first: usize,
    /// Where they end.
    pub(super) end: usize,
}

impl Bytes {
    /// Length and hash of the start of the file up to `end`, a place in the buffer.
    pub(super) fn head(&self, end: usize) -> Option<(i64, i64)> {
        let length = end.min(WINDOW);
        let is_start = self.start == 0;
        is_start.then(|| {
            (
                i64::try_from(length).unwrap_or(0),
                hash(&self.buffer[..length]),
            )
        })
    }

    /// Hash of what stands before `end`, a place in the buffer.
    pub(super) fn tail(&self, end: usize) -> Option<i64> {
        let is_whole = self.start == 0 || end >= WINDOW;
        is_whole.then(|| hash(&self.buffer[end.saturating_sub(WINDOW)..end]))
    }
}

/// The pieces of a file between `from` and `end`.
pub(super) fn pieces(from: i64, hash_from: i64, end: i64) -> impl Iterator<Item = Piece> {
    let mut at = from;
    std::iter::from_fn(move || {
        if at >= end {
            return None;
        }
        let is_first = at == from;
        let to = ((at / SEGMENT_BYTES + 1) * SEGMENT_BYTES).min(end);
        let hash_from = if is_first { hash_from } else { at };
        let piece = Piece {
            from: at,
            is_exact: is_first,
            to,
            hash_from,
            file_end: end,
        };
        at = to;
        Some(piece)
    })
}

/// Reads a piece. Its lines may end behind `to`, as those of the next one start there.
pub(super) fn read(file: &File, piece: &Piece, bytes: &mut Bytes) -> io::Result<()> {
    // One byte before a cut tells whether a line starts at it.
    let start = if piece.is_exact {
        piece.from.min(piece.hash_from)
    } else {
        piece.from - 1
    };
    let mut limit = (piece.to + i64::try_from(CUT_LOOK).unwrap_or(0)).min(piece.file_end);
    bytes.start = start;
    loop {
        read_range(file, (start, limit), &mut bytes.buffer)?;
        let at = |offset: i64| {
            usize::try_from(offset - start)
                .unwrap_or(0)
                .min(bytes.buffer.len())
        };
        let is_whole = limit >= piece.file_end || limit - piece.to > LINE_LOOK;
        let first = if piece.is_exact {
            Some(at(piece.from))
        } else {
            cut(&bytes.buffer, at(piece.from))
        };
        let end = if piece.to >= piece.file_end {
            Some(bytes.buffer.len())
        } else {
            cut(&bytes.buffer, at(piece.to))
        };
        match (first, end) {
            (Some(first), Some(end)) => {
                (bytes.first, bytes.end) = (first, end.max(first));
                return Ok(());
            }
            _ if is_whole => {
                let far = bytes.buffer.len();
                bytes.first = first.unwrap_or(far);
                bytes.end = end.unwrap_or(far).max(bytes.first);
                return Ok(());
            }
            _ => limit = (limit + LINE_LOOK / 4).min(piece.file_end),
        }
    }
}

/// The first line at or after `place` that begins with a date, if one is near, else the first line.
fn cut(buffer: &[u8], place: usize) -> Option<usize> {
    let first = if place == 0 {
        0
    } else {
        line_start(buffer, place)?
    };
    let mut at = first;
    while at < buffer.len().min(place + CUT_LOOK) {
        let (end, next) = line_end(buffer, at, false)?;
        if begins_with_date(&buffer[at..end]) {
            return Some(at);
        }
        at = next;
    }
    Some(first)
}

/// The first position at or after `place` at which a line starts.
fn line_start(buffer: &[u8], place: usize) -> Option<usize> {
    let is_start = match buffer[place - 1] {
        b'\n' => true,
        b'\r' => buffer.get(place) != Some(&b'\n'),
        _ => false,
    };
    if is_start {
        return Some(place);
    }
    line_end(buffer, place, false).map(|(_, next)| next)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn file_of(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    fn lines_of(file: &File, from: i64, end: i64) -> Vec<Vec<u8>> {
        let mut lines = Vec::new();
        let mut bytes = Bytes::default();
        for piece in pieces(from, from, end) {
            read(file, &piece, &mut bytes).unwrap();
            let (mut at, part) = (bytes.first, &bytes.buffer[..bytes.end]);
            while let Some((end, next)) = line_end(part, at, true) {
                lines.push(part[at..end].to_vec());
                at = next;
            }
        }
        lines
    }

    #[test]
    fn every_line_is_in_exactly_one_piece() {
        for (length, eol) in [
            (100, "\n"),
            (7, "\r\n"),
            (3000, "\n"),
            (40, "\r"),
            (1, "\n"),
            (0, "\n"),
        ] {
            let mut text = Vec::new();
            let mut expected = Vec::new();
            let mut number = 0;
            while text.len() < 3 * (1 << 20) + 500 {
                let line = format!(
                    "{}{number}",
                    if number % 50 == 0 { "2026-03-04 " } else { "x" }
                );
                let line = format!("{line}{}", "y".repeat(length));
                text.extend_from_slice(line.as_bytes());
                text.extend_from_slice(eol.as_bytes());
                expected.push(line.into_bytes());
                number += 1;
            }
            let file = file_of(&text);
            let end = i64::try_from(text.len()).unwrap();
            assert!(expected == lines_of(&file, 0, end), "{length} {eol:?}");
        }
    }

    #[test]
    fn a_line_of_many_pieces_is_one_line() {
        let mut text = b"a\n".to_vec();
        text.extend(std::iter::repeat_n(b'x', 5 << 20));
        text.extend_from_slice(b"\nb\nc\n");
        let file = file_of(&text);
        let lines = lines_of(&file, 0, i64::try_from(text.len()).unwrap());
        let lengths: Vec<usize> = lines.iter().map(Vec::len).collect();
        assert_eq!(vec![1, 5 << 20, 1, 1], lengths);
    }
}
