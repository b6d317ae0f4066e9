//! Lines that are records of their own: JSON, one object a line.

use std::collections::BTreeSet;

use super::{
    IngestError,
    gather::{Gatherer, Standing},
    logs::{ROW_BYTES, line_end},
    network_records::{FoundNetwork, network_record},
    reading::Reading,
    source::Source,
    wash::Wash,
};
use crate::knowledge::{
    identifiers::nameable,
    signature::{LINE_BYTES_MAX, Prepared},
    sources::{
        codex::{self, Body, CodexRecord},
        network,
        statements::{self, Kind, Statement},
    },
};

/// Most bytes of a reject that are kept.
const SAMPLE_BYTES: usize = 200;

/// What a segment of records holds.
#[derive(Debug, Default)]
pub(super) struct RecordSegment {
    /// Lines in it.
    pub(super) lines: i64,
    /// Bytes of complete lines.
    pub(super) length: usize,
    /// What was understood, in order: offset, line, and what.
    pub(super) found: Vec<(usize, i64, Found)>,
    /// What was not: offset, line, why, and its start.
    pub(super) rejects: Vec<(usize, i64, String, String)>,
    /// Blank lines and records that say nothing of interest.
    pub(super) skipped: i64,
    /// Records that are only counted: flows, and other events.
    pub(super) flows: i64,
    pub(super) others: i64,
    pub(super) quiet: i64,
}

impl RecordSegment {
    /// About how much memory it takes, in bytes.
    pub(super) fn weight(&self) -> usize {
        let texts = self.found.iter().map(|(_, _, found)| match found {
            Found::Network(found) => 2 * found.text.len() + found.detail.len(),
            Found::Codex(found) => found
                .statements
                .iter()
                .map(|said| 2 * said.text.len())
                .sum(),
        });
        texts.sum::<usize>() + (self.found.len() + self.rejects.len()) * ROW_BYTES
    }
}

/// One record that was understood.
#[derive(Debug)]
pub(super) enum Found {
    Network(Box<FoundNetwork>),
    Codex(CodexFound),
}

/// A record of a session, with its statements washed.
#[derive(Debug)]
pub(super) struct CodexFound {
    pub(super) at_ms: Option<i64>,
    pub(super) body: Body,
    pub(super) statements: Vec<FoundStatement>,
    pub(super) speaks_of_stack: bool,
}

/// One statement, washed; an error is named.
#[derive(Debug)]
pub(super) struct FoundStatement {
    pub(super) kind: &'static str,
    pub(super) verdict: Option<&'static str>,
    pub(super) text: String,
    pub(super) hash: i64,
    pub(super) named: Option<Prepared>,
}

/// What the sessions of a segment have said so far.
type Said = BTreeSet<(Kind, String)>;

/// Reads the records of a segment.
pub(super) fn scan(source: Source, bytes: &[u8], is_last: bool, wash: &Wash) -> RecordSegment {
    let mut segment = RecordSegment::default();
    let mut said = Said::new();
    let mut at = 0;
    while let Some((end, next)) = line_end(bytes, at, is_last) {
        segment.lines += 1;
        let number = segment.lines;
        let line = &bytes[at..end];
        if line.trim_ascii().is_empty() {
            segment.skipped += 1;
        } else if line.len() > LINE_BYTES_MAX && source == Source::Network {
            reject(
                &mut segment,
                (at, number),
                "the record is longer than 1 MB",
                line,
            );
        } else if source == Source::Network {
            match network::read(line) {
                Ok(record) => network_record(&mut segment, (at, number), record, wash),
                Err(reason) => reject(&mut segment, (at, number), &reason, line),
            }
        } else {
            match codex::read(line) {
                Ok(record) => {
                    codex_record(&mut segment, (at, number), record, (wash, &mut said));
                }
                Err(reason) => reject(&mut segment, (at, number), &reason, line),
            }
        }
        at = next;
    }
    segment.length = at;
    segment
}

fn reject(segment: &mut RecordSegment, (at, number): (usize, i64), reason: &str, line: &[u8]) {
    let sample = String::from_utf8_lossy(&line[..line.len().min(SAMPLE_BYTES)]).into_owned();
    segment
        .rejects
        .push((at, number, reason.to_owned(), sample));
}

fn codex_record(
    segment: &mut RecordSegment,
    (at, number): (usize, i64),
    record: CodexRecord,
    (wash, said): (&Wash, &mut Said),
) {
    if record.body == Body::Other {
        segment.skipped += 1;
        return;
    }
    let found = match &record.body {
        Body::Said(codex::Role::Developer, _) | Body::Meta(_) | Body::Other => Vec::new(),
        Body::Said(_, text) | Body::History(_, text) => statements::read(text),
        Body::Ran(command) => {
            vec![Statement {
                kind: Kind::Command,
                text: command.clone(),
                verdict: None,
                naming: None,
            }]
        }
        Body::Output(text, _) => statements::errors(text),
    };
    let speaks_of_stack = match &record.body {
        Body::Said(_, text) | Body::History(_, text) | Body::Ran(text) | Body::Output(text, _) => {
            codex::speaks_of_stack(text)
        }
        Body::Meta(_) | Body::Other => false,
    };
    // What a session says again is no news.
    let session = match &record.body {
        Body::History(session, _) => session.as_str(),
        Body::Meta(_) | Body::Said(..) | Body::Ran(_) | Body::Output(..) | Body::Other => "",
    };
    let statements = found
        .iter()
        .filter(|one| said.insert((one.kind, [session, "\n", &one.identity()].concat())))
        .map(|statement| washed(statement, wash))
        .collect();
    let body = match record.body {
        // Texts are not needed any more.
        Body::Said(role, _) => Body::Said(role, String::new()),
        Body::History(session, _) => Body::History(session, String::new()),
        Body::Ran(_) => Body::Ran(String::new()),
        Body::Output(_, code) => Body::Output(String::new(), code),
        body @ (Body::Meta(_) | Body::Other) => body,
    };
    let found = CodexFound {
        at_ms: record.at_ms,
        body,
        statements,
        speaks_of_stack,
    };
    segment.found.push((at, number, Found::Codex(found)));
}

/// Washes a statement, and names it as its naming says.
pub(super) fn washed(statement: &Statement, wash: &Wash) -> FoundStatement {
    let named = statement.naming.as_ref().map(|naming| {
        let mut named = Prepared::default();
        named.name_as(&nameable(&naming.message), naming.context);
        named
    });
    FoundStatement {
        kind: statement.kind.name(),
        verdict: statement
            .verdict
            .map(crate::knowledge::outcome::Verdict::name),
        text: wash.line(&statement.text),
        hash: wash.names().hash(statement.identity().as_bytes()),
        named,
    }
}

impl Gatherer<'_> {
    /// Takes a segment of records.
    pub(super) fn records(
        &mut self,
        reading: &mut Reading,
        segment: RecordSegment,
        standing: &Standing,
    ) -> Result<(), IngestError> {
        let before = reading.progress.lines;
        let file_id = reading.file_id;
        let source = reading.target.source.name();
        for (offset, line, reason, sample) in &segment.rejects {
            let offset = standing.offset + i64::try_from(*offset).unwrap_or(0);
            self.reject(reading, (offset, before + line), reason, sample)?;
        }
        for (kind, n) in [
            ("skipped", segment.skipped),
            ("network_flow", segment.flows),
            ("network_event", segment.others),
            ("network_quiet", segment.quiet),
        ] {
            if n > 0 {
                *self.batch.counts.entry((file_id, kind)).or_default() += n;
                self.report.source(source).counted += u64::try_from(n).unwrap_or(0);
            }
        }
        let report = self.report.source(source);
        report.taken += segment.found.len() as u64;
        report.refused += segment.rejects.len() as u64;
        for (offset, line, found) in segment.found {
            let place = (
                standing.offset + i64::try_from(offset).unwrap_or(0),
                before + line,
            );
            match found {
                Found::Network(found) => self.network(reading, *found, place)?,
                Found::Codex(found) => self.session_record(reading, found, place.1)?,
            }
        }
        self.report.source(source).lines += u64::try_from(segment.lines).unwrap_or(0);
        reading.progress.lines += segment.lines;
        if standing.is_last {
            self.session_end(reading)?;
        }
        // A session that is not about the stack so far is read again as a whole when it grows.
        let is_settled = reading.target.source != Source::Codex || reading.session.is_settled();
        reading.progress.settled = if is_settled { standing.end } else { 0 };
        reading.progress.settled_lines = if is_settled {
            reading.progress.lines
        } else {
            0
        };
        self.advance(reading, standing)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::knowledge::pseudonym::{KEY_BYTES, Pseudonyms};

    fn lines() -> impl Strategy<Value = Vec<u8>> {
        let line = prop_oneof![
            Just("{\"ts\":\"2026-03-04T05:06:07Z\",\"category\":\"flow\",\"signature\":\"f\"}".to_owned()),
            Just("{\"ts\":\"2026-03-04T05:06:07Z\",\"category\":\"wids_alert\",\"signature\":\"d|x\"}".to_owned()),
            Just("{\"type\":\"response_item\",\"payload\":{\"type\":\"message\",\"role\":\"user\",\"content\":\"x\"}}".to_owned()),
            Just("{\"session_id\":\"s\",\"ts\":1772352000,\"text\":\"docker ps\"}".to_owned()),
            Just("[1]".to_owned()),
            Just("{\"cut\": ".to_owned()),
            Just(String::new()),
            "\\PC{0,40}",
        ];
        prop::collection::vec(line, 0..30).prop_map(|lines| (lines.join("\n") + "\n").into_bytes())
    }

    proptest! {
        #[test]
        fn every_record_is_accepted_counted_or_refused(bytes in lines(), is_network in any::<bool>()) {
            let wash = Wash::new(Pseudonyms::new([5; KEY_BYTES], false));
            let source = if is_network { Source::Network } else { Source::Codex };
            let segment = scan(source, &bytes, false, &wash);
            let counted = segment.skipped + segment.flows + segment.others + segment.quiet;
            let listed = segment.found.len() + segment.rejects.len();
            prop_assert_eq!(segment.lines, counted + i64::try_from(listed).unwrap());
            prop_assert_eq!(bytes.len(), segment.length);
        }
    }
}
