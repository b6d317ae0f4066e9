//! Records of the network streams.

use super::{
    IngestError,
    gather::Gatherer,
    reading::Reading,
    records::{Found, RecordSegment},
    wash::Wash,
};
use crate::{
    knowledge::{
        identifiers::nameable, severity::Category, signature::Prepared,
        sources::network::NetworkRecord,
    },
    store::evidence::{Clock, EventRow, Item, NetworkRow},
};

/// Tells network signatures apart from lines of logs with the same text.
const NETWORK_CONTEXT: u64 = 0x6e65_7477_6f72_6b00;

/// A network record, washed and named.
#[derive(Debug)]
pub(super) struct FoundNetwork {
    pub(super) record: NetworkRecord,
    pub(super) detail: String,
    pub(super) text: String,
    pub(super) named: Prepared,
    pub(super) hash: i64,
}

pub(super) fn network_record(
    segment: &mut RecordSegment,
    (at, number): (usize, i64),
    mut record: NetworkRecord,
    wash: &Wash,
) {
    if !record.is_notable {
        match record.category {
            Category::NetworkFlow => segment.flows += 1,
            Category::NetworkAnomaly => segment.quiet += 1,
            Category::Error
            | Category::DockerFail
            | Category::PytestFail
            | Category::PytestPass
            | Category::Warning
            | Category::Info
            | Category::NetworkAnomalyFeedback
            | Category::NetworkPrediction
            | Category::NetworkEvent => segment.others += 1,
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
    let (clean, kind) = if has_names {
        clean_signature(&raw, wash)
    } else {
        (wash.line(&raw), raw.clone())
    };
    record.signature = clean;
    record.text = record.text.replace(&raw, &record.signature);
    let mut named = Prepared::default();
    let form = form(&record, &kind);
    // Attacks are told apart even where all else is alike.
    let attack = record.attack_type.as_deref().unwrap_or_default();
    let context = NETWORK_CONTEXT ^ super::content::hash(attack.as_bytes()).cast_unsigned();
    named.name_as(&nameable(form.as_bytes()), context);
    let text = wash.line(&record.text);
    let detail = wash.text(&record.detail);
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

/// The text that names the kind of a record.
fn form(record: &NetworkRecord, kind: &str) -> String {
    let category = record.category.name();
    if record.category == Category::NetworkAnomalyFeedback {
        // The id of an alert is no part of its kind.
        let label = record.label.as_deref().unwrap_or("none");
        let attack = record.attack_type.as_deref().unwrap_or("none");
        return [category, " ", label, " ", attack].concat();
    }
    [category, " ", &kind.replace('|', " | ")].concat()
}

/// A signature as it is stored, and as its kind is told. In `deauth|lab-net` the second part is the
/// name of a network where it is no scope.
fn clean_signature(signature: &str, wash: &Wash) -> (String, String) {
    const SCOPES: [&str; 10] = [
        "global", "bssid", "client", "ssid", "dns", "http", "tls", "queue", "channel", "sensor",
    ];
    let (mut clean, mut kind) = (Vec::new(), Vec::new());
    for (at, part) in signature.split('|').enumerate() {
        let is_name = at > 0
            && !part.is_empty()
            && !SCOPES.contains(&part.to_lowercase().as_str())
            && !part.contains(':')
            && !part.bytes().all(|b| b.is_ascii_digit());
        if is_name {
            clean.push(wash.names().ssid(part));
            kind.push("<ssid>");
        } else {
            clean.push(wash.line(part));
            kind.push(part);
        }
    }
    (clean.join("|"), kind.join("|"))
}

impl Gatherer<'_> {
    /// Takes one notable record.
    pub(super) fn network(
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
            || self.has_network && self.evidence.event_has(record.at_ms, found.hash)?;
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
