//! Records of the network streams: WiCAP's own contracts, Suricata's EVE and Zeek's conn.

use super::json::{Fields, Json};
use crate::knowledge::{
    severity::Category,
    signature::{read_epoch, read_time},
};

/// Contracts of WiCAP that are read, with the field that names each.
const CONTRACTS: [(&str, &[&str]); 4] = [
    ("event_contract_version", &["wicap.event.v1"]),
    (
        "anomaly_contract_version",
        &["wicap.anomaly.v1", "wicap.anomaly.v2", "wicap.anomaly.v3"],
    ),
    ("feedback_contract_version", &["wicap.feedback.v1"]),
    ("prediction_contract_version", &["wicap.prediction.v1"]),
];

/// Fields that are kept as they are, beside those that have a place of their own.
const DETAILS: [&str; 20] = [
    "shadow_scores",
    "model_votes",
    "vote_agreement",
    "score_components",
    "drift_state",
    "drift_guard",
    "explanation",
    "feature_window",
    "top_contributors",
    "evidence_refs",
    "evidence_event_ids",
    "evidence_ref",
    "flow",
    "scope",
    "summary",
    "note",
    "baseline_maturity",
    "baseline_ready",
    "alert",
    "attack_id",
];

/// One record that was understood.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkRecord {
    /// Where it is kept.
    pub category: Category,
    /// Worth a row of its own; others are only counted.
    pub is_notable: bool,
    /// When, in Unix milliseconds.
    pub at_ms: i64,
    /// The contract it follows.
    pub contract: String,
    /// Its signature as it stands there.
    pub signature: String,
    /// The attack it speaks of.
    pub attack_type: Option<String>,
    /// The sensor that saw it.
    pub sensor: Option<String>,
    /// Its own severity.
    pub severity: Option<String>,
    /// An operator's label.
    pub label: Option<String>,
    /// Numbers by the name of their field; only finite ones.
    pub numbers: Numbers,
    /// Status of the drift.
    pub drift_status: Option<String>,
    /// A sentence about it.
    pub text: String,
    /// The other fields that are kept, as JSON text.
    pub detail: String,
}

/// The numbers of a record.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Numbers {
    /// Score, 0 to 100.
    pub score: Option<f64>,
    /// Confidence, 0 to 100.
    pub confidence: Option<f64>,
    /// How far a prediction looks, in seconds.
    pub horizon_s: Option<i64>,
    /// Predicted risk, 0 to 100.
    pub risk_score: Option<f64>,
    /// Lower end of the risk.
    pub risk_low: Option<f64>,
    /// Upper end of the risk.
    pub risk_high: Option<f64>,
    /// Fused score.
    pub fusion_score: Option<f64>,
    /// How sure the route is, 0 to 1.
    pub route_confidence: Option<f64>,
    /// Size of the drift.
    pub drift_delta: Option<f64>,
}

/// Reads one record.
///
/// # Errors
///
/// Says in one fragment what is wrong with it.
pub fn read(line: &[u8]) -> Result<NetworkRecord, String> {
    let value: Json<'_> = serde_json::from_slice(line).map_err(|error| json_trouble(&error))?;
    let Json::Object(fields) = value else {
        return Err("the record is no JSON object".to_owned());
    };
    let contract = contract(&fields)?;
    let at_ms =
        time(&fields).ok_or_else(|| "the record has no time that can be read".to_owned())?;
    let category = category(&fields, &contract);
    let signature = signature(&fields)
        .ok_or_else(|| "the record has no signature, alert id or type".to_owned())?;
    let drift = fields.get("drift_state").and_then(Json::as_object);
    let drift_status = drift.and_then(|drift| text(drift, "status"));
    let attack_type = text(&fields, "attack_type").or_else(|| {
        (category == Category::NetworkAnomaly)
            .then(|| signature.split('|').next().unwrap_or(&signature).to_owned())
    });
    let is_quiet = fields.get("is_anomaly") == Some(&Json::Bool(false));
    let drifts = drift_status
        .as_deref()
        .is_some_and(|status| status != "stable");
    let is_notable = match category {
        Category::NetworkAnomaly => !is_quiet || drifts,
        Category::NetworkAnomalyFeedback | Category::NetworkPrediction => true,
        Category::Error
        | Category::DockerFail
        | Category::PytestFail
        | Category::PytestPass
        | Category::Warning
        | Category::Info
        | Category::NetworkFlow
        | Category::NetworkEvent => false,
    };
    Ok(NetworkRecord {
        category,
        is_notable,
        at_ms,
        text: if is_notable {
            sentence(&fields, &signature)
        } else {
            String::new()
        },
        detail: if is_notable {
            serde_json::to_string(&fields.only(&DETAILS)).unwrap_or_default()
        } else {
            String::new()
        },
        contract,
        signature,
        attack_type,
        sensor: text(&fields, "sensor_id"),
        severity: severity(&fields),
        label: text(&fields, "label"),
        numbers: numbers(&fields),
        drift_status,
    })
}

fn json_trouble(error: &serde_json::Error) -> String {
    match error.classify() {
        serde_json::error::Category::Eof => "the record is cut off".to_owned(),
        serde_json::error::Category::Io
        | serde_json::error::Category::Syntax
        | serde_json::error::Category::Data => "the record is no JSON".to_owned(),
    }
}

fn contract(fields: &Fields<'_>) -> Result<String, String> {
    for (field, known) in CONTRACTS {
        if let Some(version) = text(fields, field) {
            return if known.contains(&version.as_str()) {
                Ok(version)
            } else {
                Err("the record follows a contract that is not known".to_owned())
            };
        }
    }
    let has = |name| fields.get(name).is_some();
    if has("flow_id") || has("timestamp") {
        return Ok("suricata.eve".to_owned());
    }
    let is_zeek = has("uid") || has("id.orig_h");
    Ok(if is_zeek { "zeek.conn" } else { "none" }.to_owned())
}

fn category(fields: &Fields<'_>, contract: &str) -> Category {
    if contract.starts_with("wicap.feedback") {
        return Category::NetworkAnomalyFeedback;
    }
    if contract.starts_with("wicap.prediction") {
        return Category::NetworkPrediction;
    }
    let named = text(fields, "category")
        .or_else(|| text(fields, "event_type"))
        .unwrap_or_default();
    let named = named.to_lowercase();
    match named.as_str() {
        "alert" | "wids_alert" | "anomaly" => Category::NetworkAnomaly,
        "flow" | "conn" | "dns" | "http" | "tls" | "netflow" | "fileinfo" => Category::NetworkFlow,
        other if other.contains("anomaly") => Category::NetworkAnomaly,
        "" if contract == "zeek.conn" => Category::NetworkFlow,
        _ => Category::NetworkEvent,
    }
}

fn signature(fields: &Fields<'_>) -> Option<String> {
    let alert = fields.get("alert").and_then(Json::as_object);
    alert
        .and_then(|alert| text(alert, "signature"))
        .or_else(|| text(fields, "signature"))
        .or_else(|| text(fields, "alert_id"))
        .or_else(|| text(fields, "event_type"))
        .or_else(|| text(fields, "category"))
        .or_else(|| text(fields, "summary"))
        .or_else(|| text(fields, "prediction_contract_version").map(|_| "forecast".to_owned()))
        .or_else(|| text(fields, "uid").map(|_| "conn".to_owned()))
}

fn time(fields: &Fields<'_>) -> Option<i64> {
    let value = fields
        .get("ts")
        .or_else(|| fields.get("timestamp"))
        .or_else(|| fields.get("ts_epoch"))?;
    let raw = match value {
        Json::Text(raw) => raw.trim(),
        Json::Number(number) => {
            let seconds = number.as_f64()?;
            let ms = if seconds.abs() < 1e11 {
                seconds * 1000.0
            } else {
                seconds
            };
            let is_plausible = (9e11..4.2e12).contains(&ms);
            return is_plausible.then_some(ms as i64);
        }
        Json::Null | Json::Bool(_) | Json::List(_) | Json::Object(_) => return None,
    };
    let (time, _) = read_time(raw.as_bytes()).or_else(|| read_epoch(raw.as_bytes()))?;
    Some(time.ms)
}

fn severity(fields: &Fields<'_>) -> Option<String> {
    let own = fields.get("severity");
    let alert = inner(fields, "alert", "severity");
    match own.or(alert)? {
        Json::Text(word) => Some(word.to_lowercase()),
        Json::Number(number) => Some(number.to_string()),
        Json::Null | Json::Bool(_) | Json::List(_) | Json::Object(_) => None,
    }
}

fn numbers(fields: &Fields<'_>) -> Numbers {
    let number = |name: &str| finite(fields.get(name));
    let band = |name: &str| finite(inner(fields, "confidence_band", name));
    let horizon = fields
        .get("horizon_sec")
        .or_else(|| fields.get("predictive_horizon_sec"));
    Numbers {
        score: number("primary_score").or_else(|| number("score")),
        confidence: number("confidence"),
        horizon_s: horizon.and_then(|value| value.as_number()?.as_i64()),
        risk_score: number("risk_score"),
        risk_low: band("low"),
        risk_high: band("high"),
        fusion_score: number("fusion_score"),
        route_confidence: number("route_confidence"),
        drift_delta: finite(inner(fields, "drift_state", "delta")),
    }
}

/// A field of an object in a field.
fn inner<'f, 'a>(fields: &'f Fields<'a>, object: &str, name: &str) -> Option<&'f Json<'a>> {
    fields.get(object)?.as_object()?.get(name)
}

fn finite(value: Option<&Json<'_>>) -> Option<f64> {
    let number = value?.as_number()?.as_f64();
    number.filter(|number| number.is_finite())
}

fn text(fields: &Fields<'_>, name: &str) -> Option<String> {
    let text = fields.get(name)?.as_str()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn sentence(fields: &Fields<'_>, signature: &str) -> String {
    let said = ["explanation", "summary", "note", "label"]
        .iter()
        .find_map(|name| text(fields, name));
    match said {
        Some(said) => format!("{signature}: {said}"),
        None => signature.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: Result<(Category, &str, &str), &str>) {
        let seen = read(line.as_bytes());
        let seen = seen.as_ref().map(|record| {
            (
                record.category,
                record.signature.as_str(),
                record.contract.as_str(),
            )
        });
        assert_eq!(
            expected.map_err(str::to_owned),
            seen.map_err(Clone::clone),
            "{line}"
        );
    }

    #[test]
    fn contracts_of_wicap_are_mapped() {
        check(
            r#"{"event_contract_version":"wicap.event.v1","ts":"2026-03-01T08:00:00Z","category":"wids_alert","signature":"deauth|ap"}"#,
            Ok((Category::NetworkAnomaly, "deauth|ap", "wicap.event.v1")),
        );
        check(
            r#"{"feedback_contract_version":"wicap.feedback.v1","ts":"2026-03-01T09:00:00Z","alert_id":"a-1","label":"benign"}"#,
            Ok((Category::NetworkAnomalyFeedback, "a-1", "wicap.feedback.v1")),
        );
        check(
            r#"{"prediction_contract_version":"wicap.prediction.v1","ts":"2026-03-01T09:00:00Z","risk_score":5,"summary":"s"}"#,
            Ok((Category::NetworkPrediction, "s", "wicap.prediction.v1")),
        );
        check(
            r#"{"prediction_contract_version":"wicap.prediction.v2","ts":"2026-03-01T09:00:00Z"}"#,
            Err("the record follows a contract that is not known"),
        );
    }

    #[test]
    fn suricata_and_zeek_are_mapped_for_real() {
        check(
            r#"{"timestamp":"2026-03-01T08:00:00.1+0000","event_type":"alert","alert":{"signature":"ET X","severity":2}}"#,
            Ok((Category::NetworkAnomaly, "ET X", "suricata.eve")),
        );
        check(
            r#"{"timestamp":"2026-03-01T08:00:00.1+0000","event_type":"dns"}"#,
            Ok((Category::NetworkFlow, "dns", "suricata.eve")),
        );
        check(
            r#"{"ts":1772352005.1,"uid":"C1","event_type":"conn","proto":"tcp","id.orig_h":"10.0.0.1"}"#,
            Ok((Category::NetworkFlow, "conn", "zeek.conn")),
        );
        let zeek = read(br#"{"ts":1772352005.1,"uid":"C1"}"#).unwrap();
        assert_eq!(1_772_352_005_100, zeek.at_ms);
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        check("[1]", Err("the record is no JSON object"));
        check("{\"ts\": \"2026", Err("the record is cut off"));
        check("nonsense", Err("the record is no JSON"));
        check(
            r#"{"ts":"t","signature":"s"}"#,
            Err("the record has no time that can be read"),
        );
        check(
            r#"{"ts":1e300,"signature":"s"}"#,
            Err("the record has no time that can be read"),
        );
        check("{}", Err("the record has no time that can be read"));
    }

    #[test]
    fn a_quiet_window_is_counted_and_drift_is_kept() {
        let record = |more: &str| {
            let line = format!(
                r#"{{"anomaly_contract_version":"wicap.anomaly.v3","ts":"2026-03-01T08:00:00Z","category":"anomaly_stream","signature":"s|g","is_anomaly":false{more}}}"#
            );
            read(line.as_bytes()).unwrap()
        };
        assert!(!record("").is_notable);
        let drifting = record(r#","drift_state":{"status":"drift","delta":3.5}"#);
        assert!(drifting.is_notable);
        assert_eq!(Some(3.5), drifting.numbers.drift_delta);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(line in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
            let _ = read(&line);
        }

        #[test]
        fn any_object_is_read_or_refused(
            pairs in proptest::collection::vec(("(ts|timestamp|category|signature|alert|flow|severity|is_anomaly|drift_state|confidence_band)", "(1|-1|1e308|null|true|\"x\"|\"2026-03-01T08:00:00Z\"|\\{\\}|\\[1\\]|\\{\"status\":1\\})"), 0..8),
        ) {
            let body: Vec<String> = pairs.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
            let _ = read(format!("{{{}}}", body.join(",")).as_bytes());
        }
    }
}
