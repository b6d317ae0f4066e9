//! One segment of a log: bytes in, failures and counts out. Pure; any thread may do it.

use memchr::{memchr, memchr2, memrchr2};

use super::wash::Wash;
use crate::knowledge::{
    identifiers::nameable,
    outcome::{TestCounts, test_counts},
    severity::Category,
    signature::{
        LINE_BYTES_MAX, LogTime, Prepared,
        blocks::{Assembler, Failure, Taken},
    },
    triage::{self, Good},
};

/// What a line was that is counted and not kept.
pub(super) const KINDS: [&str; 8] = [
    "info",
    "warning",
    "pytest_pass",
    "blank",
    "failure_lines",
    "error",
    "docker_fail",
    "pytest_fail",
];

/// Which of [`KINDS`] the lines of failures are.
pub(super) const FAILURE_LINES: usize = 4;

/// What a segment holds.
#[derive(Debug, Default)]
pub(super) struct LogSegment {
    /// Lines in it.
    pub(super) lines: i64,
    /// Where its last complete line ends, in bytes from its start.
    pub(super) length: usize,
    /// Its failures, in order.
    pub(super) failures: Vec<FoundFailure>,
    /// Closing counts of tests, in order.
    pub(super) outcomes: Vec<FoundOutcome>,
    /// Lines that were not kept, by [`KINDS`].
    pub(super) counts: [i64; KINDS.len()],
    /// Lines that were too long to be read whole: where, and which.
    pub(super) long_lines: Vec<(usize, i64)>,
    /// The last time that a line states.
    pub(super) last_time: Option<LogTime>,
    /// Where the block starts that was still open at the end: offset, line, and the time before it.
    pub(super) open: Option<(usize, i64, Option<LogTime>)>,
}

/// What a row takes besides its text, in bytes.
pub(super) const ROW_BYTES: usize = 1 << 10;

impl LogSegment {
    /// About how much memory it takes, in bytes.
    pub(super) fn weight(&self) -> usize {
        let texts = self.failures.iter().map(|failure| {
            ROW_BYTES + 2 * failure.text.len() + failure.block.as_ref().map_or(0, String::len)
        });
        texts.sum::<usize>() + self.outcomes.len() * ROW_BYTES
    }
}

/// One failure in a segment. Offsets and lines count from the start of the segment; lines from 1.
#[derive(Debug)]
pub(super) struct FoundFailure {
    pub(super) offset: usize,
    pub(super) line: i64,
    pub(super) category: Category,
    pub(super) level: &'static str,
    pub(super) time: Option<LogTime>,
    pub(super) time_before: Option<LogTime>,
    pub(super) service: Option<String>,
    pub(super) line_hash: i64,
    pub(super) text: String,
    pub(super) block: Option<String>,
    pub(super) named: Prepared,
}

/// A closing count of tests.
#[derive(Debug)]
pub(super) struct FoundOutcome {
    pub(super) line: i64,
    pub(super) counts: TestCounts,
    pub(super) time_before: Option<LogTime>,
    pub(super) text: String,
}

/// A line of a failure that is not finished.
#[derive(Clone, Copy)]
struct Held {
    line: i64,
    start: usize,
    end: usize,
}

struct Scan<'a> {
    bytes: &'a [u8],
    wash: &'a Wash,
    found: LogSegment,
    assembler: Assembler,
    held: Vec<Held>,
    finished: Vec<Failure>,
    prepared: Prepared,
    scratch: Prepared,
    /// The last time before a position, and that position.
    seen: (usize, Option<LogTime>),
}

/// Reads the complete lines of a segment; with `is_last`, the bytes after the last line end are a
/// line as well.
pub(super) fn scan(bytes: &[u8], is_last: bool, wash: &Wash) -> LogSegment {
    let mut scan = Scan {
        bytes,
        wash,
        found: LogSegment::default(),
        assembler: Assembler::new(),
        held: Vec::new(),
        finished: Vec::new(),
        prepared: Prepared::default(),
        scratch: Prepared::default(),
        seen: (0, None),
    };
    let has_escapes = memchr(0x1b, bytes).is_some();
    let mut at = 0;
    while let Some((end, next)) = line_end(bytes, at, is_last) {
        scan.line(at, end, has_escapes);
        at = next;
    }
    scan.found.length = at;
    scan.finish()
}

/// Where the line at `at` ends and the next one starts; nothing when it is not complete. A `\r` at
/// the very end may be half a line end.
pub(super) fn line_end(bytes: &[u8], at: usize, is_last: bool) -> Option<(usize, usize)> {
    let rest = &bytes[at..];
    match memchr2(b'\n', b'\r', rest) {
        Some(end) if rest[end] == b'\n' => Some((at + end, at + end + 1)),
        Some(end) => match rest.get(end + 1) {
            Some(b'\n') => Some((at + end, at + end + 2)),
            Some(_) => Some((at + end, at + end + 1)),
            None => is_last.then_some((at + end, at + end + 1)),
        },
        None => (is_last && !rest.is_empty()).then_some((bytes.len(), bytes.len())),
    }
}

impl Scan<'_> {
    fn line(&mut self, start: usize, end: usize, has_escapes: bool) {
        self.found.lines += 1;
        let number = self.found.lines;
        let mut line = &self.bytes[start..end];
        if line.len() > LINE_BYTES_MAX {
            self.found.long_lines.push((start, number));
            line = &line[..LINE_BYTES_MAX];
        }
        let is_quiet =
            self.held.is_empty() && !(has_escapes && line.get(1..).is_some_and(has_late_escape));
        if is_quiet && let Some(good) = triage::plainly_good(line) {
            let kind = match good {
                Good::Info => 0,
                Good::PassedTest => 2,
                Good::Blank => 3,
            };
            self.found.counts[kind] += 1;
            return;
        }
        self.prepared.judge(line);
        let held = Held {
            line: number,
            start,
            end: start + line.len(),
        };
        self.held.push(held);
        let finished = &mut self.finished;
        let taken = self.assembler.push(
            u64::try_from(number).unwrap_or_default(),
            &self.prepared,
            |failure| finished.push(failure),
        );
        self.take_finished();
        match taken {
            Taken::Held => self.found.counts[FAILURE_LINES] += 1,
            Taken::Alone => {
                self.held.clear();
                self.alone(number, start);
            }
        }
    }

    /// A line that is no failure: it is counted, and a closing count is kept.
    fn alone(&mut self, number: i64, start: usize) {
        let severity = self.prepared.severity();
        let message = self.prepared.message();
        let kind = match severity.category {
            _ if message.is_empty() => 3,
            Category::Warning => 1,
            Category::PytestPass => 2,
            Category::Error => 5,
            Category::DockerFail => 6,
            Category::PytestFail => 7,
            Category::Info
            | Category::NetworkAnomaly
            | Category::NetworkAnomalyFeedback
            | Category::NetworkFlow
            | Category::NetworkPrediction
            | Category::NetworkEvent => 0,
        };
        self.found.counts[kind] += 1;
        if message.starts_with(b"==") && matches!(kind, 2 | 7) {
            let text = String::from_utf8_lossy(message).into_owned();
            self.outcome(&text, number, start);
        }
    }

    fn outcome(&mut self, text: &str, line: i64, start: usize) {
        if let Some(counts) = test_counts(text) {
            let time_before = self.time_before(start);
            let text = self.wash.line(text);
            self.found.outcomes.push(FoundOutcome {
                line,
                counts,
                time_before,
                text,
            });
        }
    }

    fn take_finished(&mut self) {
        for failure in std::mem::take(&mut self.finished) {
            self.failed(&failure);
        }
    }

    fn failed(&mut self, failure: &Failure) {
        let line = i64::try_from(failure.line).unwrap_or_default();
        let first = i64::try_from(failure.first_line).unwrap_or_default();
        let last = first + i64::try_from(failure.n_lines).unwrap_or_default() - 1;
        let place = |number: i64| self.held.iter().find(|held| held.line == number).copied();
        let (Some(naming), Some(start)) = (place(line), place(first)) else {
            return;
        };
        let end = place(last).map_or(naming.end, |held| held.end);
        let raw = &self.bytes[naming.start..naming.end];
        let mut named = Prepared::default();
        named.name_as(&nameable(&failure.message), failure.context);
        let time = failure.time;
        let service = self.service(start, naming);
        let time_before = if time.is_none() {
            self.time_before(start.start)
        } else {
            None
        };
        let text = self.wash.line(&String::from_utf8_lossy(raw));
        let block = (failure.n_lines > 1).then(|| {
            self.wash
                .block(&String::from_utf8_lossy(&self.bytes[start.start..end]))
        });
        if failure.message.starts_with(b"==") {
            let message = String::from_utf8_lossy(&failure.message).into_owned();
            self.outcome(&message, line, naming.start);
        }
        self.found.failures.push(FoundFailure {
            offset: naming.start,
            line,
            category: failure.category,
            level: failure.level.name(),
            time,
            time_before,
            service,
            line_hash: self.wash.names().hash(raw),
            text,
            block,
            named,
        });
        self.held.retain(|held| held.line > last);
    }

    /// Who wrote the block: the container in its prefix, else its logger.
    fn service(&mut self, first: Held, naming: Held) -> Option<String> {
        for held in [first, naming] {
            self.scratch.read_head(&self.bytes[held.start..held.end]);
            let head = self.scratch.head();
            let span = head.source.clone().or_else(|| head.logger.clone());
            if let Some(span) = span {
                return Some(String::from_utf8_lossy(&self.scratch.text()[span]).into_owned());
            }
        }
        None
    }

    /// The time of the last line before `at` that has one. Each line is looked at once.
    fn time_before(&mut self, at: usize) -> Option<LogTime> {
        let (seen_to, seen) = self.seen;
        let mut end = at;
        while end > seen_to {
            let line_end = end - 1;
            let start = memrchr2(b'\n', b'\r', &self.bytes[seen_to..line_end])
                .map_or(seen_to, |before| seen_to + before + 1);
            let line = &self.bytes[start..line_end.max(start)];
            self.scratch.read_head(&line[..line.len().min(512)]);
            if let Some(time) = self.scratch.head().time {
                self.seen = (at, Some(time));
                return Some(time);
            }
            end = start;
        }
        self.seen = (at.max(seen_to), seen);
        seen
    }

    fn finish(mut self) -> LogSegment {
        let mut last = Vec::new();
        std::mem::take(&mut self.assembler).finish(|failure| last.push(failure));
        let open = last
            .first()
            .map(|failure| i64::try_from(failure.first_line).unwrap_or_default());
        let open = open.and_then(|line| self.held.iter().find(|held| held.line == line).copied());
        for failure in last {
            self.failed(&failure);
        }
        if let Some(held) = open {
            // Positions that were looked at before are not asked for again.
            self.seen = (0, None);
            let time = self.time_before(held.start);
            self.found.open = Some((held.start, held.line, time));
        }
        let length = self.found.length;
        self.found.last_time = self.time_before(length);
        self.found
    }
}

/// A colour in the middle of a line may stand in a level or a status.
fn has_late_escape(rest: &[u8]) -> bool {
    // The prefix of compose has its colours in front.
    let after = rest
        .iter()
        .take(96)
        .position(|b| *b == b'|')
        .map_or(0, |bar| bar + 8);
    memchr(0x1b, rest.get(after.min(rest.len())..).unwrap_or_default()).is_some()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::knowledge::{
        pseudonym::{KEY_BYTES, Pseudonyms},
        signature::Basis,
    };

    fn wash() -> Wash {
        Wash::new(Pseudonyms::new([5; KEY_BYTES], false))
    }

    #[test]
    fn a_failure_without_a_clock_has_that_of_the_line_before() {
        let text =
            b"2026-03-04 05:06:07 INFO [a.b] x\nbrcmfmac: mailbox indicates firmware halted\n";
        let found = scan(text, false, &wash());
        assert_eq!(None, found.failures[0].time);
        assert_eq!(1_772_600_767_000, found.failures[0].time_before.unwrap().ms);
        assert_eq!((33, 2), (found.failures[0].offset, found.failures[0].line));
    }

    #[test]
    fn seconds_since_the_start_of_the_machine_are_no_time() {
        let text = b"[12345.678901] brcmfmac: mailbox indicates firmware halted\n";
        let found = scan(text, false, &wash());
        let failure = &found.failures[0];
        assert_eq!(Some(Basis::SinceBoot), failure.time.map(|time| time.basis));
        assert_eq!(None, failure.time_before);
    }

    #[test]
    fn a_closing_count_is_an_outcome() {
        let text = b"==== 2 failed, 9 passed in 3s ====\n==== 5 passed in 1s ====\n";
        let counts: Vec<_> = scan(text, false, &wash())
            .outcomes
            .iter()
            .map(|outcome| (outcome.line, outcome.counts.passed, outcome.counts.failed))
            .collect();
        assert_eq!(vec![(1, 9, 2), (2, 5, 0)], counts);
    }

    fn lines() -> impl Strategy<Value = Vec<u8>> {
        let line = prop_oneof![
            Just(b"2026-03-04 05:06:07,089 ERROR [a.b] queue overflow".to_vec()),
            Just(b"2026-03-04 05:06:07,089 INFO [a.b] fine".to_vec()),
            Just(b"Traceback (most recent call last):".to_vec()),
            Just(b"  File \"/a.py\", line 3, in run".to_vec()),
            Just(b"    go()".to_vec()),
            Just(b"KeyError: 'x'".to_vec()),
            Just(b"tests/a.py::b PASSED [ 3%]".to_vec()),
            Just(b"\x1b[36mwicap-ui  | \x1b[0mpanic: x".to_vec()),
            prop::collection::vec(any::<u8>(), 0..60),
        ];
        let eol = prop_oneof![Just("\n"), Just("\r\n"), Just("\r")];
        prop::collection::vec((line, eol), 0..30).prop_map(|lines| {
            lines
                .into_iter()
                .flat_map(|(line, eol)| [line, eol.as_bytes().to_vec()].concat())
                .collect()
        })
    }

    proptest! {
        #[test]
        fn every_line_is_accounted_for(bytes in lines(), is_last in any::<bool>()) {
            let found = scan(&bytes, is_last, &wash());
            prop_assert_eq!(found.lines, found.counts.iter().sum::<i64>());
            prop_assert!(found.length <= bytes.len());
            if is_last {
                prop_assert_eq!(found.length, bytes.len());
            }
            prop_assert!(!bytes[found.length..].contains(&b'\n'));
            for failure in &found.failures {
                prop_assert!(failure.offset < found.length && (1..=found.lines).contains(&failure.line));
            }
            let in_order = found.failures.windows(2).all(|pair| pair[0].line < pair[1].line);
            prop_assert!(in_order);
        }
    }
}
