//! The result file of a soak.

use serde_json::{Map, Value};

use crate::knowledge::outcome::Verdict;

/// What a soak's result says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SoakResult {
    /// Start, as it is written.
    pub started: Option<String>,
    /// End, as it is written.
    pub ended: Option<String>,
    /// How it ended.
    pub verdict: Option<Verdict>,
    /// Page checks that passed.
    pub checks_passed: i64,
    /// Page checks that failed.
    pub checks_failed: i64,
    /// Its errors, as texts.
    pub errors: Vec<String>,
    /// Its warnings.
    pub warnings: Vec<String>,
    /// Regressions against its baseline.
    pub regressions: Vec<String>,
    /// What else is worth keeping.
    pub detail: Value,
}

/// Most texts of one kind.
const TEXTS_MAX: usize = 500;

/// Reads a result file.
///
/// # Errors
///
/// Says in one fragment what is wrong with it.
pub fn read(text: &[u8]) -> Result<SoakResult, String> {
    let value: Value =
        serde_json::from_slice(text).map_err(|_| "the result is no JSON".to_owned())?;
    let Value::Object(fields) = value else {
        return Err("the result is no JSON object".to_owned());
    };
    let checks = fields.get("playwright_checks").and_then(Value::as_array);
    let passed = |wanted: bool| {
        let of = |check: &&Value| check.get("passed") == Some(&Value::Bool(wanted));
        let n = checks.map_or(0, |checks| checks.iter().filter(of).count());
        i64::try_from(n).unwrap_or(i64::MAX)
    };
    let baseline = fields.get("baseline").and_then(Value::as_object);
    let (errors, regressions) = (
        texts(fields.get("errors")),
        texts(baseline.and_then(|base| base.get("regressions"))),
    );
    let (checks_passed, checks_failed) = (passed(true), passed(false));
    let is_done = fields.contains_key("end_time");
    let is_bad = !errors.is_empty() || checks_failed > 0 || !regressions.is_empty();
    let verdict = if is_bad { Verdict::Fail } else { Verdict::Pass };
    Ok(SoakResult {
        started: word(&fields, "start_time"),
        ended: word(&fields, "end_time"),
        verdict: (is_done || is_bad).then_some(verdict),
        checks_passed,
        checks_failed,
        warnings: texts(fields.get("warnings")),
        detail: detail(&fields),
        errors,
        regressions,
    })
}

fn detail(fields: &Map<String, Value>) -> Value {
    let kept = [
        "duration_minutes",
        "metrics",
        "postflight_checks",
        "baseline",
    ];
    let pairs = kept
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), fields.get(*name)?.clone())));
    Value::Object(pairs.collect())
}

fn texts(value: Option<&Value>) -> Vec<String> {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Object(fields) => {
            let said = ["error", "message", "detail", "metric"]
                .iter()
                .find_map(|name| word(fields, name));
            said.unwrap_or_else(|| value.to_string())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => value.to_string(),
    };
    match value {
        Some(Value::Array(items)) => items.iter().take(TEXTS_MAX).map(text).collect(),
        Some(Value::Object(fields)) => fields
            .iter()
            .take(TEXTS_MAX)
            .map(|(name, value)| format!("{name}: {}", text(value)))
            .collect(),
        Some(Value::String(text)) if !text.is_empty() => vec![text.clone()],
        _ => Vec::new(),
    }
}

fn word(fields: &Map<String, Value>, name: &str) -> Option<String> {
    fields.get(name)?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_checks_and_regressions_make_a_failure() {
        let result = read(
            br#"{"start_time":"2026-02-11T08:00:00","end_time":"2026-02-11T09:00:00",
            "playwright_checks":[{"passed":true},{"passed":false}],
            "errors":[{"timestamp":"x","error":"UI down"},"plain"],
            "baseline":{"regressions":["rss +40 %"]}}"#,
        )
        .unwrap();
        assert_eq!((1, 1), (result.checks_passed, result.checks_failed));
        assert_eq!(vec!["UI down", "plain"], result.errors);
        assert_eq!(Some(Verdict::Fail), result.verdict);
        assert_eq!(1, result.regressions.len());
        let clean = read(br#"{"end_time":"x","playwright_checks":[{"passed":true}]}"#).unwrap();
        assert_eq!(Some(Verdict::Pass), clean.verdict);
        assert_eq!(None, read(b"{}").unwrap().verdict);
        assert!(read(b"[]").is_err());
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(text in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
            let _ = read(&text);
        }
    }
}
