//! What a network anomaly is about, what to look at, and how far its alerts are trusted.

use std::collections::BTreeMap;

use serde::Serialize;

/// Answers of operators below which their share says nothing.
const SAMPLES_MIN: i64 = 5;

/// How much a share of confirmed alerts raises the confidence, and of the others lowers it.
const WEIGHTS: (f64, f64) = (0.15, 0.25);

/// The least and the most that answers of operators change a confidence.
const SCALE: (f64, f64) = (0.70, 1.15);

/// A kind of anomaly. A name is matched by whole words; a word that ends in `*` by its start.
#[derive(Debug)]
struct Class {
    id: &'static str,
    names: &'static [&'static str],
    actions: &'static [&'static str],
    checks: &'static [&'static str],
}

const LOCAL: &str = "python scripts/check_wicap_status.py --local-only";
const LOCAL_JSON: &str = "python scripts/check_wicap_status.py --json --local-only";
const SQL: &str = "python scripts/check_wicap_status.py --sql-only";
const SQL_JSON: &str = "python scripts/check_wicap_status.py --json --sql-only";

const CLASSES: [Class; 5] = [
    Class {
        id: "wifi_disruption",
        names: &["deauth*", "disassoc*", "jamm*", "rf jam", "beacon flood"],
        actions: &["status_check", "restart_service:scout", "compose_up_core"],
        checks: &[LOCAL, LOCAL_JSON],
    },
    Class {
        id: "probe_recon",
        names: &[
            "probe*",
            "ssid sweep",
            "recon",
            "reconnaissance",
            "wardriv*",
        ],
        actions: &["status_check", "restart_service:scout"],
        checks: &[LOCAL, SQL],
    },
    Class {
        id: "dns_drift",
        names: &["dns", "resolver*", "tunnel*", "exfil*"],
        actions: &[
            "status_check",
            "restart_service:processor",
            "compose_up_core",
        ],
        checks: &[SQL, SQL_JSON],
    },
    Class {
        id: "http_drift",
        names: &["http", "uri spike", "user agent", "beaconing"],
        actions: &["status_check", "restart_service:ui", "compose_up_core"],
        checks: &[LOCAL, LOCAL_JSON],
    },
    Class {
        id: "service_runtime",
        names: &["runtime", "processor", "queue lag", "backlog"],
        actions: &[
            "status_check",
            "restart_service:processor",
            "compose_up_core",
        ],
        checks: &[LOCAL, SQL],
    },
];

/// What fits no other class.
const GENERIC: Class = Class {
    id: "generic_network_anomaly",
    names: &[],
    actions: &["status_check", "compose_up_core"],
    checks: &[LOCAL],
};

/// Words that make a line of a log one about the network.
const NETWORK_WORDS: [&str; 7] = [
    "deauth*",
    "disassoc*",
    "probe request*",
    "anomaly",
    "suricata",
    "zeek",
    "dns tunnel*",
];

/// How operators answered alerts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Feedback {
    /// What a confidence is multiplied with.
    pub confidence_scale: f64,
    /// `calibrated`, or `insufficient_data`.
    pub status: &'static str,
    /// Answers that were counted.
    pub total: i64,
    /// Alerts that were right.
    pub confirmed: i64,
    /// Alerts about something harmless.
    pub benign: i64,
    /// Alerts about nothing.
    pub noisy: i64,
    /// Share of right alerts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirmed_rate: Option<f64>,
    /// Share of the others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub noisy_rate: Option<f64>,
}

impl Feedback {
    /// Weighs answers by their labels (`confirmed`, `benign`, `noisy`); other labels are left out.
    #[must_use]
    pub fn of(labels: &BTreeMap<String, i64>) -> Self {
        let n = |label: &str| labels.get(label).copied().unwrap_or(0);
        let (confirmed, benign, noisy) = (n("confirmed"), n("benign"), n("noisy"));
        let total = confirmed + benign + noisy;
        let mut feedback = Self {
            confidence_scale: 1.0,
            status: "insufficient_data",
            total,
            confirmed,
            benign,
            noisy,
            confirmed_rate: None,
            noisy_rate: None,
        };
        if total >= SAMPLES_MIN {
            let (right, wrong) = (
                confirmed as f64 / total as f64,
                (benign + noisy) as f64 / total as f64,
            );
            let scale = 1.0 + WEIGHTS.0 * right - WEIGHTS.1 * wrong;
            feedback.confidence_scale = scale.clamp(SCALE.0, SCALE.1);
            feedback.status = "calibrated";
            feedback.confirmed_rate = Some(four_decimals(right));
            feedback.noisy_rate = Some(four_decimals(wrong));
        }
        feedback
    }
}

/// What the detector itself says about an anomaly.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Detection {
    /// The attack it speaks of.
    pub attack_type: Option<String>,
    /// Its fused score.
    pub fusion_score: Option<f64>,
    /// How far it looks ahead, in seconds.
    pub horizon_s: Option<i64>,
    /// How sure it is of the route, from 0 to 1.
    pub route_confidence: Option<f64>,
    /// Whether its model drifted.
    pub drift_status: Option<String>,
}

/// Where to go with an anomaly.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Route {
    /// The kind of anomaly.
    pub class_id: &'static str,
    /// Actions of the controller, the mildest first.
    pub action_ladder: Vec<&'static str>,
    /// Commands that only look.
    pub verification_ladder: Vec<&'static str>,
    /// How operators answered such alerts.
    pub feedback: Feedback,
    /// The detector's fused score.
    pub fusion_score: Option<f64>,
    /// How far the detector looks ahead, in seconds.
    pub predictive_horizon_sec: Option<i64>,
    /// How sure the route is, from 0 to 1.
    pub route_confidence: f64,
    /// Whether the detector's model drifted.
    pub drift_guard: Option<String>,
}

/// Finds the class of an anomaly by the words of its signature, category and attack.
#[must_use]
pub fn route(texts: [&str; 2], detection: &Detection, feedback: Feedback) -> Route {
    let attack = detection.attack_type.as_deref().unwrap_or_default();
    let words = words(&[texts[0], " ", texts[1], " ", attack].concat());
    let is_it = |class: &&Class| class.names.iter().any(|name| has(&words, name));
    let class = CLASSES.iter().find(is_it).unwrap_or(&GENERIC);
    let sure = detection
        .route_confidence
        .unwrap_or(feedback.confidence_scale);
    Route {
        class_id: class.id,
        action_ladder: class.actions.to_vec(),
        verification_ladder: class.checks.to_vec(),
        fusion_score: detection.fusion_score,
        predictive_horizon_sec: detection.horizon_s,
        route_confidence: four_decimals(sure.clamp(0.0, 1.0)),
        drift_guard: detection.drift_status.clone(),
        feedback,
    }
}

/// Whether a failure of a program is about the network, so that it has a route.
#[must_use]
pub fn is_about_network(text: &str) -> bool {
    let words = words(text);
    NETWORK_WORDS.iter().any(|name| has(&words, name))
}

/// The words of a text in lower case. The scheme of an address is none, and neither are the probes
/// by which a container's health is asked.
fn words(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let mut found = Vec::new();
    let mut rest = lower.as_str();
    while let Some(start) = rest.find(char::is_alphanumeric) {
        let word = &rest[start..];
        let end = word
            .find(|c: char| !c.is_alphanumeric())
            .unwrap_or(word.len());
        let (word, after) = word.split_at(end);
        let is_health = word.starts_with("probe")
            && found.last().is_some_and(|before: &String| {
                matches!(
                    before.as_str(),
                    "liveness" | "readiness" | "startup" | "health"
                )
            });
        if !after.starts_with("://") && !is_health {
            found.push(word.to_owned());
        }
        rest = after;
    }
    found
}

fn has(words: &[String], name: &str) -> bool {
    let wanted: Vec<&str> = name.split(' ').collect();
    words.windows(wanted.len()).any(|window| {
        let mut pairs = window.iter().zip(&wanted);
        pairs.all(|(word, wanted)| match wanted.strip_suffix('*') {
            Some(start) => word.starts_with(start),
            None => word == wanted,
        })
    })
}

fn four_decimals(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(text: &str) -> &'static str {
        let feedback = Feedback::of(&BTreeMap::new());
        route([text, "network_anomaly"], &Detection::default(), feedback).class_id
    }

    #[test]
    fn every_class_has_an_example() {
        let examples = [
            ("wifi_disruption", "deauth_flood|wlan1|high"),
            ("probe_recon", "probe_storm|sensor-1"),
            ("dns_drift", "dns_tunnel|10.0.0.9"),
            ("http_drift", "http user-agent drift"),
            ("service_runtime", "queue lag of the processor"),
            ("generic_network_anomaly", "ml_outlier|sensor-1"),
        ];
        for (id, text) in examples {
            assert_eq!(id, class(text), "{text}");
        }
        let ids = CLASSES.iter().map(|class| class.id).chain([GENERIC.id]);
        assert_eq!(examples.map(|(id, _)| id)[..], ids.collect::<Vec<_>>()[..]);
    }

    #[test]
    fn pieces_of_words_and_addresses_are_no_class() {
        for text in [
            "reconnect to the hub",
            "liveness probe failed",
            "see https://wicap.example/a",
            "pictures of a beacon",
        ] {
            assert_eq!("generic_network_anomaly", class(text), "{text}");
        }
        assert!(!is_about_network("Redis reconnect failed"));
        assert!(is_about_network("zeek: anomaly on wlan1"));
    }

    #[track_caller]
    fn scale(confirmed: i64, benign: i64, noisy: i64, expected: f64) {
        let labels = [
            ("confirmed", confirmed),
            ("benign", benign),
            ("noisy", noisy),
            ("other", 9),
        ];
        let labels = labels.map(|(name, n)| (name.to_owned(), n));
        let feedback = Feedback::of(&BTreeMap::from(labels));
        assert!((expected - feedback.confidence_scale).abs() < 1e-9);
        let is_calibrated = confirmed + benign + noisy >= 5;
        assert_eq!(is_calibrated, feedback.status == "calibrated");
    }

    #[test]
    fn answers_of_operators_scale_the_confidence() {
        scale(2, 1, 1, 1.0);
        scale(5, 0, 0, 1.15);
        scale(0, 5, 5, 0.75);
        scale(2, 3, 0, 0.91);
    }

    #[test]
    fn what_the_detector_says_is_kept() {
        let detection = Detection {
            attack_type: Some("deauth_flood".to_owned()),
            route_confidence: Some(1.7),
            horizon_s: Some(300),
            ..Detection::default()
        };
        let route = route(["x", "y"], &detection, Feedback::of(&BTreeMap::new()));
        assert_eq!("wifi_disruption", route.class_id);
        assert_eq!(
            (1.0, Some(300)),
            (route.route_confidence, route.predictive_horizon_sec)
        );
    }
}
