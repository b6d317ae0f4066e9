use serde::{Deserialize, Serialize};

use crate::{knowledge::sources::soak_result, model::SoakResult};

/// The most errors that are named; the rest is counted.
const NAMED_MAX: usize = 5;

/// How the harness itself ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// By itself, with this code; `None` if a signal ended it that was not ours.
    Code(Option<i32>),
    /// It was never started.
    NotStarted,
    /// We ended it: the time was over.
    TimedOut,
    /// We ended it: the runtime contract was not kept.
    ContractRed,
    /// We ended it: a person was called.
    Escalated,
    /// We ended it: somebody asked us to stop.
    Stopped,
}

/// What is known of a soak when it is judged.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// How the harness ended.
    pub ending: &'a Ending,
    /// Its report: the file that it wrote, or why there is none.
    pub report: Result<&'a soak_result::SoakResult, &'a str>,
}

/// Says whether a soak passed, and if not, why. The exit code of a harness is 0 even
/// where the soak failed, so the report decides; without a report nothing passed.
pub fn judge(told: &Told<'_>) -> (SoakResult, Vec<String>) {
    let mut reasons = Vec::new();
    match told.ending {
        Ending::Code(Some(0)) => (),
        Ending::Code(Some(code)) => reasons.push(format!("the harness ended with code {code}")),
        Ending::Code(None) => reasons.push("the harness was ended by a signal".to_owned()),
        Ending::NotStarted => reasons.push("the harness was not started".to_owned()),
        Ending::TimedOut => {
            reasons.push("the harness was not done in time and was ended".to_owned());
        }
        Ending::ContractRed => reasons.push("the runtime contract is not kept".to_owned()),
        Ending::Escalated => reasons.push("a person was called".to_owned()),
        Ending::Stopped => {
            return (SoakResult::Interrupted, vec!["it was stopped".to_owned()]);
        }
    }
    match told.report {
        Err(why) => reasons.push(why.to_owned()),
        Ok(report) => reasons.extend(against(report)),
    }
    match reasons.is_empty() {
        true => (SoakResult::Passed, reasons),
        false => (SoakResult::Failed, reasons),
    }
}

/// What in a report speaks against the soak.
fn against(report: &soak_result::SoakResult) -> Vec<String> {
    let mut reasons = Vec::new();
    let n_checks = report.checks_passed + report.checks_failed;
    if report.ended.is_none() {
        reasons.push("the report has no end: the harness did not finish".to_owned());
    }
    if report.checks_failed > 0 {
        let n_failed = report.checks_failed;
        reasons.push(format!("{n_failed} of {n_checks} page checks failed"));
    } else if n_checks == 0 {
        reasons.push("the report has no page check".to_owned());
    }
    named("error", &report.errors, &mut reasons);
    named("regression", &report.regressions, &mut reasons);
    reasons
}

fn named(kind: &str, texts: &[String], reasons: &mut Vec<String>) {
    let named = texts.iter().take(NAMED_MAX);
    reasons.extend(named.map(|text| format!("{kind}: {text}")));
    if let Some(n_more) = texts.len().checked_sub(NAMED_MAX).filter(|&n| n > 0) {
        reasons.push(format!("and {n_more} more of kind {kind}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(ending: Ending, report: Option<&str>, expected: SoakResult, words: &str) {
        let report = report.map(|text| soak_result::read(text.as_bytes()).unwrap());
        let told = Told {
            ending: &ending,
            report: report.as_ref().ok_or("the harness wrote no report"),
        };
        let (result, reasons) = judge(&told);
        assert_eq!((expected, words), (result, &*reasons.join("; ")));
    }

    const WELL: &str = r#"{"end_time":"x","errors":[],"playwright_checks":[{"passed":true}]}"#;

    #[test]
    fn a_report_without_a_fault_passes() {
        check(Ending::Code(Some(0)), Some(WELL), SoakResult::Passed, "");
    }

    #[test]
    fn the_report_outranks_a_code_of_zero() {
        check(
            Ending::Code(Some(0)),
            Some(
                r#"{"end_time":"x","errors":["UI down"],"playwright_checks":[{"passed":true},{"passed":false}]}"#,
            ),
            SoakResult::Failed,
            "1 of 2 page checks failed; error: UI down",
        );
    }

    #[test]
    fn a_code_that_is_not_zero_fails_in_spite_of_a_good_report() {
        check(
            Ending::Code(Some(1)),
            Some(WELL),
            SoakResult::Failed,
            "the harness ended with code 1",
        );
    }

    #[test]
    fn nothing_passes_without_a_report_or_a_check() {
        check(
            Ending::Code(Some(0)),
            None,
            SoakResult::Failed,
            "the harness wrote no report",
        );
        check(
            Ending::Code(Some(0)),
            Some(r#"{"end_time":"x"}"#),
            SoakResult::Failed,
            "the report has no page check",
        );
    }

    #[test]
    fn what_was_stopped_is_neither_passed_nor_failed() {
        check(
            Ending::Stopped,
            Some(WELL),
            SoakResult::Interrupted,
            "it was stopped",
        );
    }

    #[test]
    fn a_regression_is_named() {
        check(
            Ending::Code(Some(0)),
            Some(
                r#"{"end_time":"x","playwright_checks":[{"passed":true}],"baseline":{"regressions":["EPS dropped"]}}"#,
            ),
            SoakResult::Failed,
            "regression: EPS dropped",
        );
    }
}
