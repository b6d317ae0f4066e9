//! Lines out of chunks of bytes.

use memchr::memchr2;

/// The longest line that is kept, in bytes; what follows on the same line is counted, not stored.
pub const LINE_BYTES_MAX: usize = 1 << 20;

/// Cuts a stream of byte chunks into lines, wherever the chunks happen to be cut.
///
/// `\n`, `\r\n` and a lone `\r` (a progress bar) each end a line. A line longer than
/// [`LINE_BYTES_MAX`] is handed over shortened, once. An unterminated last line is handed over by
/// [`Framer::finish`].
#[derive(Debug, Default)]
pub struct Framer {
    held: Vec<u8>,
    dropped: u64,
    bytes_cut: u64,
    after_cr: bool,
}

impl Framer {
    /// A framer at the start of a stream.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Hands every line that `chunk` completes to `each`, without its line end.
    pub fn feed(&mut self, chunk: &[u8], mut each: impl FnMut(&[u8])) {
        let mut rest = chunk;
        if self.after_cr && !rest.is_empty() {
            self.after_cr = false;
            if rest[0] == b'\n' {
                rest = &rest[1..];
            }
        }
        while let Some(end) = memchr2(b'\n', b'\r', rest) {
            if self.held.is_empty() && end <= LINE_BYTES_MAX {
                each(&rest[..end]);
            } else {
                self.hold(&rest[..end]);
                each(&self.held);
                self.close();
            }
            let mut next = end + 1;
            if rest[end] == b'\r' {
                match rest.get(next) {
                    Some(b'\n') => next += 1,
                    Some(_) => (),
                    None => self.after_cr = true,
                }
            }
            rest = &rest[next..];
        }
        self.hold(rest);
    }

    /// Hands over the unterminated last line, if there is one, and starts anew.
    pub fn finish(&mut self, each: impl FnOnce(&[u8])) {
        if !self.held.is_empty() {
            each(&self.held);
        }
        self.close();
        self.after_cr = false;
    }

    /// Bytes beyond [`LINE_BYTES_MAX`] that were cut off lines so far.
    #[must_use]
    pub fn bytes_cut(&self) -> u64 {
        self.bytes_cut
    }

    fn hold(&mut self, piece: &[u8]) {
        let room = LINE_BYTES_MAX - self.held.len();
        let kept = piece.len().min(room);
        self.held.extend_from_slice(&piece[..kept]);
        self.dropped += (piece.len() - kept) as u64;
    }

    fn close(&mut self) {
        self.bytes_cut += std::mem::take(&mut self.dropped);
        self.held.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(chunks: &[&[u8]]) -> Vec<String> {
        let mut framer = Framer::new();
        let mut found = Vec::new();
        for chunk in chunks {
            framer.feed(chunk, |line| found.push(String::from_utf8_lossy(line).into_owned()));
        }
        framer.finish(|line| found.push(String::from_utf8_lossy(line).into_owned()));
        found
    }

    #[track_caller]
    fn check(text: &[u8], expected: &[&str]) {
        assert_eq!(lines(&[text]), expected);
        let bytes: Vec<&[u8]> = text.chunks(1).collect();
        assert_eq!(lines(&bytes), expected, "byte by byte");
    }

    #[test]
    fn every_line_end_ends_one_line() {
        check(b"a\nb\r\nc\rd", &["a", "b", "c", "d"]);
        check(b"\n\r\n\r", &["", "", ""]);
        check(b"10%\r20%\rdone\n", &["10%", "20%", "done"]);
        check(b"", &[]);
        check(b"last", &["last"]);
    }

    #[test]
    fn a_line_without_end_is_bounded_and_counted() {
        let mut framer = Framer::new();
        let chunk = vec![b'x'; LINE_BYTES_MAX];
        let mut sizes = Vec::new();
        for _ in 0..3 {
            framer.feed(&chunk, |line| sizes.push(line.len()));
        }
        framer.feed(b"\nnext\n", |line| sizes.push(line.len()));
        assert_eq!(sizes, [LINE_BYTES_MAX, 4]);
        assert_eq!(framer.bytes_cut(), 2 * LINE_BYTES_MAX as u64);
    }

    #[test]
    fn one_long_chunk_is_bounded_too() {
        let mut framer = Framer::new();
        let mut chunk = vec![b'x'; 3 * LINE_BYTES_MAX];
        chunk.push(b'\n');
        let mut sizes = Vec::new();
        framer.feed(&chunk, |line| sizes.push(line.len()));
        assert_eq!(sizes, [LINE_BYTES_MAX]);
        assert_eq!(framer.bytes_cut(), 2 * LINE_BYTES_MAX as u64);
    }
}
