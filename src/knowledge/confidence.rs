//! How sure a past fix is, from counts alone.

use serde::Serialize;

/// What is known about a fix.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Sessions that report the fix.
    pub fix_sessions: u32,
    /// Sessions in which a check was followed by a good end.
    pub verified_sessions: u32,
    /// Verifications of this failure that passed.
    pub passes: u32,
    /// Verifications of this failure that failed.
    pub fails: u32,
    /// Verifications that say neither.
    pub unknowns: u32,
    /// Episodes of the failure after the newest fix.
    pub recurrences: u32,
    /// A log has shown the failure: one that only chats tell of could come back unseen.
    pub is_in_logs: bool,
}

/// The counts as they went into the confidence, in the predecessor's words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Breakdown {
    /// Sessions that report the fix.
    pub fix_success_count: i64,
    /// The same, at most 10.
    pub session_evidence_score: i64,
    /// 0 to 6.
    pub recurrence_penalty: i64,
    /// 0 to 10.
    pub verification_signal_score: i64,
    /// At most 2; failures count twice.
    pub verification_outcome_score: i64,
    /// Verifications that passed.
    pub verification_outcome_pass_count: i64,
    /// Verifications that failed.
    pub verification_outcome_fail_count: i64,
    /// Verifications that say neither.
    pub verification_outcome_unknown_count: i64,
    /// Signal and outcome together, not below 0.
    pub verification_success_score: i64,
    /// 1 where the strict rule for 0.95 and more holds.
    pub high_confidence_criteria_met: i64,
    /// The most that these counts allow, in percent.
    pub confidence_cap_pct: i64,
}

/// Points of a fix that could not be better.
const POINTS_MAX: f64 = 40.0;

/// The most without the strict rule, in percent.
const CAP_PERCENT: i64 = 94;

/// Verification that the strict rule asks for.
const STRICT_SUCCESS_MIN: i64 = 8;

/// Weighs the counts: a confidence of 0 to 1 with two decimals, and how it came about.
#[must_use]
pub fn calibrate(tally: &Tally) -> (f64, Breakdown) {
    let fixes = i64::from(tally.fix_sessions);
    let signal = i64::from(tally.verified_sessions).min(10);
    let (passes, fails) = (i64::from(tally.passes), i64::from(tally.fails));
    let mut recurrences = i64::from(tally.recurrences).min(5);
    let mut outcome = passes.min(2) - (2 * fails).min(4);
    if recurrences > 0 {
        outcome = outcome.min(0);
    }
    let is_verified = signal > 0 || outcome > 0;
    if recurrences > 0 && !is_verified {
        recurrences += 1;
    }
    let success = (signal + outcome).max(0);
    let sessions = fixes.min(10);
    let points =
        3 * sessions + 2 * signal + 2 * outcome.max(0) + 3 * outcome.min(0) - 3 * recurrences;
    let is_strict = fixes >= 2
        && success >= STRICT_SUCCESS_MIN
        && outcome > 0
        && fails == 0
        && recurrences == 0
        && tally.is_in_logs;
    let cap = if is_strict {
        100
    } else {
        cap(fixes, success, recurrences)
    };
    let raw = (points as f64 / POINTS_MAX).clamp(0.0, 1.0);
    let breakdown = Breakdown {
        fix_success_count: fixes,
        session_evidence_score: sessions,
        recurrence_penalty: recurrences,
        verification_signal_score: signal,
        verification_outcome_score: outcome,
        verification_outcome_pass_count: passes,
        verification_outcome_fail_count: fails,
        verification_outcome_unknown_count: i64::from(tally.unknowns),
        verification_success_score: success,
        high_confidence_criteria_met: i64::from(is_strict),
        confidence_cap_pct: cap,
    };
    (two_decimals(raw.min(cap as f64 / 100.0)), breakdown)
}

fn cap(fixes: i64, success: i64, recurrences: i64) -> i64 {
    let limits = [
        (fixes == 0, 70),
        (fixes == 1, 82),
        (success < 3, 85),
        (success == 0, 78),
        (recurrences > 0, 75),
        (recurrences >= 3, 65),
    ];
    let holding = limits.iter().filter(|(holds, _)| *holds);
    holding.fold(CAP_PERCENT, |cap, (_, limit)| cap.min(*limit))
}

/// Rounds as written numbers round: ties to the even digit, on the binary value.
fn two_decimals(value: f64) -> f64 {
    format!("{value:.2}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by running the predecessor: fixes, signal, passes, fails, recurrences; then the
    /// recurrences used, the outcome, the success, the cap, and the confidence.
    const VECTORS: [([u32; 5], [i64; 4], f64); 26] = [
        ([0, 0, 0, 0, 0], [0, 0, 0, 70], 0.0),
        ([1, 0, 0, 0, 0], [0, 0, 0, 78], 0.07),
        ([1, 1, 0, 0, 0], [0, 0, 1, 82], 0.12),
        ([1, 1, 1, 0, 0], [0, 1, 2, 82], 0.17),
        ([1, 1, 2, 0, 0], [0, 2, 3, 82], 0.23),
        ([1, 1, 0, 1, 0], [0, -2, 0, 78], 0.0),
        ([1, 1, 0, 2, 0], [0, -4, 0, 78], 0.0),
        ([1, 1, 0, 0, 1], [1, 0, 1, 75], 0.05),
        ([1, 1, 2, 0, 1], [1, 0, 1, 75], 0.05),
        ([1, 0, 0, 0, 1], [2, 0, 0, 75], 0.0),
        ([2, 2, 0, 0, 0], [0, 0, 2, 85], 0.25),
        ([3, 3, 0, 0, 0], [0, 0, 3, 94], 0.38),
        ([3, 3, 0, 0, 3], [3, 0, 3, 65], 0.15),
        ([5, 0, 0, 0, 0], [0, 0, 0, 78], 0.38),
        ([10, 0, 0, 0, 0], [0, 0, 0, 78], 0.75),
        ([10, 2, 0, 0, 0], [0, 0, 2, 85], 0.85),
        ([9, 9, 0, 0, 0], [0, 0, 9, 94], 0.94),
        ([9, 9, 3, 0, 0], [0, 2, 11, 100], 1.0),
        ([9, 9, 3, 1, 0], [0, 0, 9, 94], 0.94),
        ([9, 9, 3, 0, 1], [1, 0, 9, 75], 0.75),
        ([2, 8, 1, 0, 0], [0, 1, 9, 100], 0.6),
        ([6, 8, 1, 0, 0], [0, 1, 9, 100], 0.9),
        ([7, 7, 1, 0, 0], [0, 1, 8, 100], 0.93),
        ([0, 10, 2, 0, 0], [0, 2, 12, 70], 0.6),
        ([0, 0, 0, 0, 5], [6, 0, 0, 65], 0.0),
        ([10, 10, 2, 0, 0], [0, 2, 12, 100], 1.0),
    ];

    #[test]
    fn counts_weigh_what_they_weighed() {
        for ([fixes, signal, passes, fails, recurrences], expected, confidence) in VECTORS {
            let (seen, breakdown) = calibrate(&Tally {
                fix_sessions: fixes,
                verified_sessions: signal,
                passes,
                fails,
                unknowns: 0,
                recurrences,
                is_in_logs: true,
            });
            let parts = [
                breakdown.recurrence_penalty,
                breakdown.verification_outcome_score,
                breakdown.verification_success_score,
                breakdown.confidence_cap_pct,
            ];
            assert_eq!(
                (expected, confidence),
                (parts, seen),
                "{fixes} {signal} {passes}"
            );
        }
    }

    #[test]
    fn what_only_chats_tell_of_is_never_certain() {
        let tally = Tally {
            fix_sessions: 10,
            verified_sessions: 10,
            passes: 2,
            is_in_logs: true,
            ..Tally::default()
        };
        assert_eq!(1.0, calibrate(&tally).0);
        let (confidence, breakdown) = calibrate(&Tally {
            is_in_logs: false,
            ..tally
        });
        assert_eq!(0.94, confidence);
        assert_eq!(0, breakdown.high_confidence_criteria_met);
    }

    proptest::proptest! {
        #[test]
        fn much_confidence_needs_the_strict_rule(
            fix_sessions in 0u32..20, verified_sessions in 0u32..20, passes in 0u32..6,
            fails in 0u32..4, recurrences in 0u32..9, is_in_logs in proptest::bool::ANY,
        ) {
            let tally = Tally {
                fix_sessions, verified_sessions, passes, fails, unknowns: 0, recurrences, is_in_logs,
            };
            let (confidence, _) = calibrate(&tally);
            let is_strict = fix_sessions >= 2 && verified_sessions.min(10) + passes.min(2) >= 8
                && passes > 0 && fails == 0 && recurrences == 0 && is_in_logs;
            proptest::prop_assert!(confidence < 0.95 || is_strict);
        }
    }
}
