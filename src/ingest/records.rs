//! Lines that are records of their own: JSON, one object a line.

use super::{
    IngestError,
    gather::{Gatherer, Standing},
    logs::line_end,
    reading::Reading,
    source::Source,
    wash::Wash,
};
use crate::{
    knowledge::{
        signature::{LINE_BYTES_MAX, Prepared},
        sources::{
            codex::{self, Body, CodexRecord},
            network::{self, NetworkRecord},
            statements::{self, Kind, Statement},
        },
    },
    store::evidence::{Clock, EventRow, Item, NetworkRow},
};

/// Tells network signatures apart from lines of logs with the same text.
const NETWORK_CONTEXT: u64 = 0x6e65_7477_6f72_6b00;

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

/// One record that was understood.
#[derive(Debug)]
pub(super) enum Found {
    Network(Box<FoundNetwork>),
    Codex(CodexFound),
}

/// A network record, washed and named.
#[derive(Debug)]
pub(super) struct FoundNetwork {
    pub(super) record: NetworkRecord,
    pub(super) detail: String,
    pub(super) text: String,
    pub(super) named: Prepared,
    pub(super) hash: i64,
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

/// Reads the records of a segment.
pub(super) fn scan(source: Source, bytes: &[u8], is_last: bool, wash: &Wash) -> RecordSegment {
    let mut segment = RecordSegment::default();
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
                Ok(record) => codex_record(&mut segment, (at, number), record, wash),
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

fn network_record(
    segment: &mut RecordSegment,
    (at, number): (usize, i64),
    mut record: NetworkRecord,
    wash: &Wash,
) {
    use crate::knowledge::severity::Category;
    if !record.is_notable {
        match record.category {
            Category::NetworkFlow => segment.flows += 1,
            Category::NetworkAnomaly => segment.quiet += 1,
            _ => segment.others += 1,
        }
        return;
    }
    // One event in all contract versions: told by its time, its signature and its sensor.
    let identity = [
        &record.at_ms.to_string(),
        record.category.name(),
        &record.signature,
        record.sensor.as_deref().unwrap_or_default(),
    ]
    .join("|");
    let hash = wash.names().hash(identity.as_bytes());
    let raw = record.signature.clone();
    let has_names = matches!(
        record.category,
        Category::NetworkAnomaly | Category::NetworkEvent
    );
    record.signature = if has_names {
        clean_signature(&raw, wash)
    } else {
        wash.line(&raw)
    };
    record.text = record.text.replace(&raw, &record.signature);
    let mut named = Prepared::default();
    let form = [
        record.category.name(),
        " ",
        &record.signature.replace('|', " | "),
    ]
    .concat();
    let form = if record.category == Category::NetworkAnomalyFeedback {
        // The id of an alert is no part of its kind.
        let label = record.label.as_deref().unwrap_or("none");
        let attack = record.attack_type.as_deref().unwrap_or("none");
        [record.category.name(), " ", label, " ", attack].concat()
    } else {
        form
    };
    // Attacks are told apart even where all else is alike.
    let attack = record.attack_type.as_deref().unwrap_or_default();
    let context = NETWORK_CONTEXT ^ super::content::hash(attack.as_bytes()).cast_unsigned();
    named.name_as(&wash.message(form.as_bytes()), context);
    let text = wash.line(&record.text);
    let detail = wash.text(&record.detail.to_string());
    let found = FoundNetwork {
        record,
        detail,
        text,
        named,
        hash,
    };
    segment
        .found
        .push((at, number, Found::Network(Box::new(found))));
}

/// `deauth|lab-net`: the second part of a signature is the name of a network where it is no scope.
fn clean_signature(signature: &str, wash: &Wash) -> String {
    const SCOPES: [&str; 10] = [
        "global", "bssid", "client", "ssid", "dns", "http", "tls", "queue", "channel", "sensor",
    ];
    let parts: Vec<String> = signature
        .split('|')
        .enumerate()
        .map(|(at, part)| {
            let is_name = at > 0
                && !part.is_empty()
                && !SCOPES.contains(&part.to_lowercase().as_str())
                && !part.contains(':')
                && !part.bytes().all(|b| b.is_ascii_digit());
            if is_name {
                wash.names().ssid(part)
            } else {
                wash.line(part)
            }
        })
        .collect();
    parts.join("|")
}

fn codex_record(
    segment: &mut RecordSegment,
    (at, number): (usize, i64),
    record: CodexRecord,
    wash: &Wash,
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
    let statements = found
        .iter()
        .map(|statement| washed(statement, wash))
        .collect();
    let body = match record.body {
        // Texts are not needed any more.
        Body::Said(role, _) => Body::Said(role, String::new()),
        Body::History(session, _) => Body::History(session, String::new()),
        Body::Ran(_) => Body::Ran(String::new()),
        Body::Output(_, code) => Body::Output(String::new(), code),
        other => other,
    };
    let found = CodexFound {
        at_ms: record.at_ms,
        body,
        statements,
        speaks_of_stack,
    };
    segment.found.push((at, number, Found::Codex(found)));
}

/// Washes a statement, and names it when it is an error.
pub(super) fn washed(statement: &Statement, wash: &Wash) -> FoundStatement {
    let named = (statement.kind == Kind::Error).then(|| {
        let mut line = Prepared::default();
        line.read(statement.text.as_bytes());
        let message = wash.message(line.message());
        let mut named = Prepared::default();
        named.name_as(&message, line.context());
        named
    });
    FoundStatement {
        kind: statement.kind.name(),
        verdict: statement
            .verdict
            .map(crate::knowledge::outcome::Verdict::name),
        text: wash.line(&statement.text),
        hash: wash.names().hash(statement.text.as_bytes()),
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

    fn network(
        &mut self,
        reading: &Reading,
        found: FoundNetwork,
        (offset, line): (i64, i64),
    ) -> Result<(), IngestError> {
        let record = found.record;
        if self.since_ms.is_some_and(|since| record.at_ms < since) {
            *self
                .batch
                .counts
                .entry((reading.file_id, "before_since"))
                .or_default() += 1;
            return Ok(());
        }
        let is_known = !self.seen_network.insert((record.at_ms, found.hash))
            || self.evidence.event_has(record.at_ms, found.hash)?;
        if is_known {
            *self
                .batch
                .counts
                .entry((reading.file_id, "duplicate"))
                .or_default() += 1;
            return Ok(());
        }
        let category = record.category.name();
        let level = match record.severity.as_deref() {
            Some("critical" | "high" | "5" | "4") => "error",
            Some("medium" | "3" | "warning") => "warning",
            Some(_) | None => "info",
        };
        let id = self.signature(&found.named, (category, level), &found.text);
        let numbers = record.numbers;
        self.report.source(reading.target.source.name()).events += 1;
        self.batch.items.push(Item::Event(EventRow {
            file_id: reading.file_id,
            offset,
            line,
            at_ms: Some(record.at_ms),
            clock: Clock::Stated,
            signature_id: id.to_string(),
            service: "network".to_owned(),
            category,
            level,
            line_hash: found.hash,
            text: found.text,
            block: None,
            network: Some(Box::new(NetworkRow {
                contract: record.contract,
                signature: record.signature,
                attack_type: record.attack_type.map(|text| self.wash.line(&text)),
                sensor: record.sensor.map(|text| self.wash.line(&text)),
                severity: record.severity,
                label: record.label.map(|text| self.wash.line(&text)),
                score: numbers.score,
                confidence: numbers.confidence,
                horizon_s: numbers.horizon_s,
                risk_score: numbers.risk_score,
                risk_low: numbers.risk_low,
                risk_high: numbers.risk_high,
                fusion_score: numbers.fusion_score,
                route_confidence: numbers.route_confidence,
                drift_status: record.drift_status,
                drift_delta: numbers.drift_delta,
                detail: found.detail,
            })),
        }));
        Ok(())
    }
}
