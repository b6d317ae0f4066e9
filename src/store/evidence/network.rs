use std::collections::BTreeMap;

use rusqlite::{OptionalExtension as _, params};

use super::{Evidence, EvidenceError, NetworkRow, commit::Writer, events::first_id};

pub(super) const INSERT: &str =
    "INSERT INTO network_details (event_id, contract, signature, attack_type, sensor, severity,
    label, score, confidence, horizon_s, risk_score, risk_low, risk_high, fusion_score,
    route_confidence, drift_status, drift_delta, detail)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)";

pub(super) fn put(
    writer: &mut Writer<'_>,
    event_id: i64,
    row: &NetworkRow,
) -> rusqlite::Result<()> {
    writer.hot.network.execute(params![
        event_id,
        row.contract,
        row.signature,
        row.attack_type,
        row.sensor,
        row.severity,
        row.label,
        row.score,
        row.confidence,
        row.horizon_s,
        row.risk_score,
        row.risk_low,
        row.risk_high,
        row.fusion_score,
        row.route_confidence,
        row.drift_status,
        row.drift_delta,
        row.detail,
    ])?;
    Ok(())
}

/// Answers of operators that are read, the newest.
const FEEDBACK_MAX: i64 = 5_000;

/// What the detector said about the newest record of a signature.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NetworkView {
    /// The attack it speaks of.
    pub attack_type: Option<String>,
    /// Its fused score.
    pub fusion_score: Option<f64>,
    /// How far it looks ahead, in seconds.
    pub horizon_s: Option<i64>,
    /// How sure it is of the route.
    pub route_confidence: Option<f64>,
    /// Whether its model drifted.
    pub drift_status: Option<String>,
}

impl Evidence {
    /// Returns what the detector said about the newest record of a signature until an instant.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn network_newest(
        &self,
        key: i64,
        now_ms: i64,
    ) -> Result<Option<NetworkView>, EvidenceError> {
        let end = first_id(Some(now_ms.saturating_add(1)));
        self.conn
            .prepare_cached(
                "SELECT d.attack_type, d.fusion_score, d.horizon_s, d.route_confidence,
                 d.drift_status FROM events e JOIN network_details d USING (event_id)
                 WHERE e.signature_key = ?1 AND e.event_id < ?2 ORDER BY e.event_id DESC LIMIT 1",
            )
            .and_then(|mut one| {
                one.query_row([key, end], |row| {
                    Ok(NetworkView {
                        attack_type: row.get(0)?,
                        fusion_score: row.get(1)?,
                        horizon_s: row.get(2)?,
                        route_confidence: row.get(3)?,
                        drift_status: row.get(4)?,
                    })
                })
                .optional()
            })
            .map_err(|error| self.fail("read events", error))
    }

    /// Returns how operators answered alerts from one instant to another, by label: those about an
    /// attack and those that name none, or all.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be read.
    pub fn feedback_counts(
        &self,
        attack_type: Option<&str>,
        (from_ms, to_ms): (i64, i64),
    ) -> Result<BTreeMap<String, i64>, EvidenceError> {
        let read = || {
            let mut statement = self.conn.prepare_cached(
                "SELECT lower(d.label), count(*) FROM (
                   SELECT e.event_id FROM signatures s CROSS JOIN events e
                   ON e.signature_key = s.signature_key
                   WHERE s.category = 'network_anomaly_feedback'
                   AND e.event_id >= ?2 AND e.event_id < ?3 ORDER BY e.event_id DESC LIMIT ?4)
                 JOIN network_details d USING (event_id)
                 WHERE d.label IS NOT NULL AND (?1 IS NULL OR ifnull(d.attack_type, '') IN ('', ?1))
                 GROUP BY 1",
            )?;
            let (from, end) = (
                first_id(Some(from_ms)),
                first_id(Some(to_ms.saturating_add(1))),
            );
            let rows = statement
                .query_map(params![attack_type, from, end, FEEDBACK_MAX], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })?;
            rows.collect::<rusqlite::Result<_>>()
        };
        read().map_err(|error| self.fail("read answers of operators", error))
    }
}
