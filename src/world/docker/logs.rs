use std::collections::VecDeque;

use bollard::{container::LogOutput, query_parameters as query};
use futures_util::StreamExt as _;
use tokio::time::timeout;

use super::{Engine, EngineError, READ_MAX, error::Failure};
use crate::model::Timestamp;

/// The most bytes of one line that are kept.
const LINE_BYTES_MAX: usize = 4_096;
/// The most bytes that are read of one log. The engine stores a line without an end in
/// pieces of 16 KiB and counts each, so 200 of them are below this.
const READ_BYTES_MAX: usize = 4 << 20;

impl Engine {
    /// Reads the last lines of a container's log, oldest first, each with its time.
    ///
    /// Nothing is followed: what is read is bounded by the engine, by
    /// `READ_BYTES_MAX` and by [`READ_MAX`], whatever the container writes. What came
    /// in time counts.
    ///
    /// # Errors
    ///
    /// Fails if the engine does not answer, or has no log to read.
    pub(in crate::world) async fn last_lines(
        &self,
        id: &str,
        n_lines: usize,
    ) -> Result<Vec<String>, EngineError> {
        let docker = self.client().await?;
        // Without times a line of a terminal that begins with a byte below 3 would be
        // read as the head of a frame.
        let options = query::LogsOptionsBuilder::new()
            .stdout(true)
            .stderr(true)
            .timestamps(true)
            .tail(&n_lines.to_string())
            .build();
        let mut stream = docker.logs(id, Some(options));
        let mut lines = Lines::new(n_lines);
        let reading = async {
            while let Some(piece) = stream.next().await {
                let piece = piece.map_err(|error| Failure::from_bollard(&self.endpoint, error))?;
                let stream = usize::from(matches!(piece, LogOutput::StdErr { .. }));
                if !lines.take(stream, &piece.into_bytes()) {
                    break;
                }
            }
            Ok(())
        };
        match timeout(READ_MAX, reading).await {
            Ok(Err(failure)) => {
                let failure: Failure = failure;
                Err(failure.into_error("logs"))
            }
            Ok(Ok(())) => Ok(lines.finish()),
            Err(_) if lines.n_read == 0 => Err(EngineError::TimedOut {
                call: "logs",
                limit: READ_MAX,
            }),
            Err(_) => Ok(lines.finish()),
        }
    }
}

/// Puts lines together: a long one comes in pieces, each with its own time, and only
/// the last has a line end.
struct Lines {
    done: VecDeque<String>,
    open: [String; 2],
    n_lines: usize,
    n_read: usize,
}

impl Lines {
    fn new(n_lines: usize) -> Self {
        Self {
            done: VecDeque::new(),
            open: Default::default(),
            n_lines,
            n_read: 0,
        }
    }

    /// Takes a piece of one of the two streams; `false` when enough was read.
    fn take(&mut self, stream: usize, piece: &[u8]) -> bool {
        self.n_read += piece.len();
        let text = String::from_utf8_lossy(piece);
        for part in text.split_inclusive('\n') {
            let open = &mut self.open[stream];
            let body = if open.is_empty() {
                part
            } else {
                without_time(part)
            };
            let ended = body.ends_with('\n');
            let room = LINE_BYTES_MAX.saturating_sub(open.len());
            let body = body.trim_end_matches(['\n', '\r']);
            open.push_str(&body[..body.floor_char_boundary(room)]);
            if ended {
                let line = std::mem::take(open);
                self.end_line(line);
            }
        }
        self.n_read < READ_BYTES_MAX
    }

    fn end_line(&mut self, line: String) {
        if self.done.len() == self.n_lines {
            self.done.pop_front();
        }
        self.done.push_back(line);
    }

    fn finish(mut self) -> Vec<String> {
        for open in std::mem::take(&mut self.open) {
            if !open.is_empty() {
                self.end_line(open);
            }
        }
        self.done.into()
    }
}

/// A piece without the time that the engine puts before it.
fn without_time(piece: &str) -> &str {
    match piece.split_once(' ') {
        Some((time, rest)) if time.parse::<Timestamp>().is_ok() => rest,
        Some(_) | None => piece,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: &str = "2026-03-04T05:06:07.089123456Z";

    #[test]
    fn pieces_of_a_long_line_are_joined() {
        check(
            &[
                (0, format!("{AT} begin ")),
                (1, format!("{AT} other stream\n")),
                (0, format!("{AT} middle ")),
                (0, format!("{AT} end\n")),
            ],
            &["other stream", "begin middle end"],
        );
    }

    #[test]
    fn the_last_lines_are_kept() {
        let pieces: Vec<_> = (0..9).map(|n| (0, format!("{AT} line {n}\n"))).collect();
        check(&pieces, &["line 6", "line 7", "line 8"]);
    }

    #[test]
    fn a_line_without_an_end_is_a_line() {
        check(&[(0, format!("{AT} prompt>"))], &["prompt>"]);
        check(&[], &[]);
    }

    #[test]
    fn a_long_line_is_cut_between_characters() {
        let mut lines = Lines::new(3);
        lines.take(0, "ä".repeat(9_000).as_bytes());
        let line = lines.finish().remove(0);
        assert_eq!(LINE_BYTES_MAX, line.len());
    }

    #[test]
    fn reading_ends_at_its_limit() {
        let mut lines = Lines::new(3);
        let piece = vec![b'x'; READ_BYTES_MAX / 2];
        assert!(lines.take(0, &piece));
        assert!(!lines.take(0, &piece));
    }

    #[track_caller]
    fn check(pieces: &[(usize, String)], expected: &[&str]) {
        let mut lines = Lines::new(3);
        for (stream, piece) in pieces {
            assert!(lines.take(*stream, piece.as_bytes()));
        }
        let lines = lines.finish();
        let texts: Vec<&str> = lines.iter().map(|line| without_time(line)).collect();
        assert_eq!(expected, texts);
        assert!(lines.iter().all(|line| line.starts_with(AT)), "{lines:?}");
    }
}
