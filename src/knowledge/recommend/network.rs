//! Anomalies of the network: their ladder, and what operators think of such alerts.

use super::{
    answer::{AnswerKind, Evidence, Proposal, Reason},
    facts::Facts,
};
use crate::knowledge::routing::Route;

/// How sure a ladder is before operators answered.
const ROUTE_CONFIDENCE: f64 = 0.2;

/// Adds the ladder of the anomaly, and lets the answers of operators scale what rests on past work.
pub(super) fn weigh_in(facts: &Facts, proposals: &mut Vec<Proposal>) {
    let Some(route) = &facts.route else { return };
    let scale = route.feedback.confidence_scale;
    for one in proposals.iter_mut() {
        if one.kind == AnswerKind::PastFix {
            one.confidence = rounded(one.confidence * scale);
            one.reasons.push(feedback(route));
        }
    }
    proposals.push(proposal(route));
}

fn proposal(route: &Route) -> Proposal {
    let first = route.action_ladder.first().copied().unwrap_or_default();
    Proposal {
        kind: AnswerKind::AnomalyRoute,
        id: route.class_id.to_owned(),
        action: format!(
            "`{first}`, the first step for anomalies of the kind {}",
            route.class_id
        ),
        cause: None,
        steps: route
            .action_ladder
            .iter()
            .enumerate()
            .map(|(at, step)| match at {
                0 => format!("`{step}`"),
                _ => format!("`{step}`, if the step before did not end it"),
            })
            .collect(),
        avoid: vec![
            "do not act on the alert alone: look first whether the stack itself is well".to_owned(),
        ],
        confidence: rounded(ROUTE_CONFIDENCE * route.feedback.confidence_scale),
        reasons: vec![
            Reason {
                is_for: false,
                text: "a ladder for the kind of anomaly, not a fix of this one".to_owned(),
            },
            feedback(route),
        ],
        evidence: vec![Evidence {
            kind: "rule",
            place: route.class_id.to_owned(),
            at_ms: None,
            text: route.action_ladder.join(", then "),
            why: "the words of the anomaly are those of this kind".to_owned(),
        }],
        checks: route.verification_ladder.clone(),
    }
}

fn feedback(route: &Route) -> Reason {
    let feedback = &route.feedback;
    let text = match feedback.confirmed_rate {
        Some(_) => format!(
            "operators answered {} such alerts: {} confirmed, {} benign, {} noisy (confidence x {:.2})",
            feedback.total,
            feedback.confirmed,
            feedback.benign,
            feedback.noisy,
            feedback.confidence_scale
        ),
        None => format!(
            "operators answered {} such alerts, too few to weigh",
            feedback.total
        ),
    };
    Reason {
        is_for: feedback.confidence_scale > 1.0,
        text,
    }
}

fn rounded(confidence: f64) -> f64 {
    (confidence.clamp(0.0, 1.0) * 1_000.0).round() / 1_000.0
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::knowledge::{
        recommend::{Failure, answer},
        routing::{Detection, Feedback, route},
    };

    fn facts(n_confirmed: i64, n_noisy: i64) -> Facts {
        let labels = [("confirmed", n_confirmed), ("noisy", n_noisy)];
        let labels = labels.map(|(name, n)| (name.to_owned(), n));
        let feedback = Feedback::of(&BTreeMap::from(labels));
        let template = "deauth_flood|wlan1".to_owned();
        let texts = [template.as_str(), "network_anomaly"];
        Facts {
            route: Some(route(texts, &Detection::default(), feedback)),
            failure: Some(Failure {
                template,
                ..Failure::default()
            }),
            ..Facts::default()
        }
    }

    #[test]
    fn an_anomaly_has_its_ladder_and_operators_scale_it() {
        for (confirmed, noisy, expected) in [(0, 0, 0.2), (10, 0, 0.23), (0, 10, 0.15)] {
            let best = answer(&facts(confirmed, noisy)).best.unwrap();
            assert_eq!(
                (AnswerKind::AnomalyRoute, "wifi_disruption", expected),
                (best.kind, best.id.as_str(), best.confidence)
            );
        }
    }
}
