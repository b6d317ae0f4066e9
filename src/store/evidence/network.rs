use rusqlite::params;

use super::{NetworkRow, commit::Writer};

pub(super) fn put(writer: &Writer<'_>, event_id: i64, row: &NetworkRow) -> rusqlite::Result<()> {
    writer.tx.prepare_cached(
        "INSERT INTO network_details (event_id, contract, signature, attack_type, sensor, severity,
         label, score, confidence, horizon_s, risk_score, risk_low, risk_high, fusion_score,
         route_confidence, drift_status, drift_delta, detail)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
    )?
    .execute(params![
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
