//! Where to go with an anomaly of the network.

use super::Sources;
use crate::{
    knowledge::routing::{self, Detection, Feedback, Route},
    model::DAY_MS,
    store::evidence::{Evidence, EvidenceError, SignatureView},
};

/// How far back answers of operators count.
const FEEDBACK_DAYS: i64 = 30;

/// The route of a failure, with what the detector said last and how operators answered.
///
/// # Errors
///
/// Fails if the evidence cannot be read.
pub fn route_of(
    evidence: &Evidence,
    signature: &SignatureView,
    now_ms: i64,
) -> Result<Route, EvidenceError> {
    let newest = evidence
        .network_newest(signature.key, now_ms)?
        .unwrap_or_default();
    let template = signature.template.as_str();
    let named = template.split_once('|').map(|(attack, _)| attack.trim());
    let named = named.filter(|name| {
        name.bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_.-".contains(&b))
    });
    let detection = Detection {
        attack_type: newest.attack_type.or(named.map(str::to_owned)),
        fusion_score: newest.fusion_score,
        horizon_s: newest.horizon_s,
        route_confidence: newest.route_confidence,
        drift_status: newest.drift_status,
    };
    let window = (now_ms.saturating_sub(FEEDBACK_DAYS * DAY_MS), now_ms);
    let labels = evidence.feedback_counts(detection.attack_type.as_deref(), window)?;
    Ok(routing::route(
        [template, &signature.category],
        &detection,
        Feedback::of(&labels),
    ))
}

/// The route of a failure that is a record of the network; `None` for all others.
pub(super) fn route(
    sources: &Sources<'_>,
    view: &SignatureView,
) -> Result<Option<Route>, EvidenceError> {
    if !view.is_network() {
        return Ok(None);
    }
    route_of(sources.evidence, view, sources.now.millis()).map(Some)
}
