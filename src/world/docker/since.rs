use bollard::{container::LogOutput, query_parameters as query};
use futures_util::StreamExt as _;
use tokio::time::timeout;

use super::{Engine, EngineError, READ_MAX, error::Failure};
use crate::model::Timestamp;

/// The most bytes of one line that are kept.
const LINE_BYTES_MAX: usize = 1 << 20;

/// The most bytes that are read of one log at a time; the rest comes with the next.
const READ_BYTES_MAX: usize = 1 << 30;

const NS_PER_S: i64 = 1_000_000_000;

impl Engine {
    /// Hands every whole line that a container wrote since a moment (nanoseconds since 1970) to
    /// `each`, with the engine's time of it, until `each` has enough. The second of the moment is
    /// read again as a whole.
    ///
    /// # Errors
    ///
    /// Fails if the engine does not answer, or has no log to read.
    pub async fn lines_since(
        &self,
        id: &str,
        since_ns: i64,
        each: &mut dyn FnMut(i64, Vec<u8>) -> bool,
    ) -> Result<(), EngineError> {
        let docker = self.client().await?;
        let since = i32::try_from(since_ns / NS_PER_S).unwrap_or(i32::MAX);
        let options = query::LogsOptionsBuilder::new()
            .stdout(true)
            .stderr(true)
            .timestamps(true)
            .since(since)
            .build();
        let mut stream = docker.logs(id, Some(options));
        let mut lines = Pieces::default();
        loop {
            let next = timeout(READ_MAX, stream.next()).await;
            let piece = match next {
                Err(_) => {
                    return Err(EngineError::TimedOut {
                        call: "logs",
                        limit: READ_MAX,
                    });
                }
                Ok(None) => return Ok(()),
                Ok(Some(piece)) => {
                    piece.map_err(|error| Failure::from_bollard(&self.endpoint, error))
                }
            };
            let piece = piece.map_err(|failure: Failure| failure.into_error("logs"))?;
            let stream = usize::from(matches!(piece, LogOutput::StdErr { .. }));
            if !lines.take(stream, &piece.into_bytes(), each) {
                return Ok(());
            }
        }
    }
}

/// Puts lines together: a long one comes in pieces, each with its own time, and only the last has a
/// line end. A line without an end waits for the next time.
#[derive(Debug, Default)]
struct Pieces {
    open: [Vec<u8>; 2],
    n_read: usize,
    last_ns: i64,
}

impl Pieces {
    /// Takes a piece of one of the two streams; `false` when enough was read.
    fn take(
        &mut self,
        stream: usize,
        piece: &[u8],
        each: &mut dyn FnMut(i64, Vec<u8>) -> bool,
    ) -> bool {
        self.n_read += piece.len();
        for part in piece.split_inclusive(|b| *b == b'\n') {
            let open = &mut self.open[stream];
            // The first piece keeps its time until the line is whole.
            let body = match stamp(part) {
                Some((_, used)) if !open.is_empty() => &part[used..],
                Some(_) | None => part,
            };
            let room = LINE_BYTES_MAX.saturating_sub(open.len());
            open.extend_from_slice(&body[..body.len().min(room)]);
            if part.ends_with(b"\n") {
                let line = std::mem::take(open);
                if !self.end_line(&line, each) {
                    return false;
                }
            }
        }
        self.n_read < READ_BYTES_MAX
    }

    fn end_line(&mut self, line: &[u8], each: &mut dyn FnMut(i64, Vec<u8>) -> bool) -> bool {
        let (at_ns, used) = stamp(line).unwrap_or((self.last_ns, 0));
        // The two streams of a container are not quite in the order of time.
        self.last_ns = self.last_ns.max(at_ns);
        let end = line.iter().rposition(|b| !matches!(b, b'\n' | b'\r'));
        let text = &line[used..end.map_or(used, |end| (end + 1).max(used))];
        each(self.last_ns, text.to_vec())
    }
}

/// The time that the engine puts before a line, in nanoseconds, and its length with the blank.
fn stamp(line: &[u8]) -> Option<(i64, usize)> {
    let blank = line.iter().take(40).position(|b| *b == b' ')?;
    let text = std::str::from_utf8(&line[..blank]).ok()?;
    let seconds = text.parse::<Timestamp>().ok()?.millis().div_euclid(1000);
    let fraction = text.split_once('.').map_or("", |(_, rest)| rest);
    let digits: String = fraction
        .chars()
        .take_while(char::is_ascii_digit)
        .chain("000000000".chars())
        .take(9)
        .collect();
    let nanos: i64 = digits.parse().ok()?;
    Some((
        seconds.checked_mul(NS_PER_S)?.checked_add(nanos)?,
        blank + 1,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_whole_and_have_their_first_time() {
        let mut pieces = Pieces::default();
        let mut found = Vec::new();
        let mut each = |at_ns, bytes: Vec<u8>| {
            found.push((at_ns, String::from_utf8(bytes).unwrap()));
            true
        };
        for (stream, piece) in [
            (0, "2026-03-04T05:06:07.000000005Z begin "),
            (1, "2026-03-04T05:06:07.000000006Z other\r\n"),
            (
                0,
                "2026-03-04T05:06:07.000000007Z end\n2026-03-04T05:06:08Z a\n2026",
            ),
            (0, "-03-04T05:06:09.5Z cut\n"),
            (1, "2026-03-04T05:06:10Z open"),
        ] {
            assert!(pieces.take(stream, piece.as_bytes(), &mut each));
        }
        let base = 1_772_600_767 * NS_PER_S;
        let expected = [
            (base + 6, "other"),
            (base + 6, "begin end"),
            (base + NS_PER_S, "a"),
            (base + 2 * NS_PER_S + 500_000_000, "cut"),
        ];
        let expected = expected.map(|(at, text)| (at, text.to_owned()));
        assert_eq!(expected.to_vec(), found);
    }

    #[test]
    fn a_line_is_bounded() {
        let mut pieces = Pieces::default();
        let mut length = 0;
        let mut each = |_, bytes: Vec<u8>| {
            length = bytes.len();
            false
        };
        let long = vec![b'x'; LINE_BYTES_MAX];
        assert!(pieces.take(0, &long, &mut each));
        assert!(!pieces.take(0, b"more\n", &mut each));
        assert!(length <= LINE_BYTES_MAX);
    }
}
