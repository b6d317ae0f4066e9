use serde::Serialize;

/// How one verification of a failure ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified<'a> {
    /// When, in Unix milliseconds.
    pub at_ms: Option<i64>,
    /// `pass`, `fail`, anything else is unknown.
    pub verdict: &'a str,
}

/// How verifications of a failure ended so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TrackRecord {
    /// Passed.
    pub passes: u32,
    /// Failed.
    pub fails: u32,
    /// Ended without a clear word.
    pub unknowns: u32,
    /// It failed again, or was seen again, after it had passed.
    pub relapse_detected: bool,
    /// Two points at most for passes, four at most against for fails.
    pub net_confidence_effect: i32,
}

impl TrackRecord {
    /// Counts verifications, oldest first; `None` without any. `last_seen_ms` is when the failure
    /// itself was last seen.
    pub fn of<'a>(
        verified: impl IntoIterator<Item = Verified<'a>>,
        last_seen_ms: Option<i64>,
    ) -> Option<Self> {
        let mut record = Self::default();
        let mut passed_ms = None;
        for one in verified {
            match one.verdict {
                "pass" => {
                    record.passes += 1;
                    passed_ms = passed_ms.max(one.at_ms);
                }
                "fail" => {
                    record.relapse_detected |= record.passes > 0;
                    record.fails += 1;
                }
                _ => record.unknowns += 1,
            }
        }
        let came_back = passed_ms
            .zip(last_seen_ms)
            .is_some_and(|(passed, seen)| seen > passed);
        record.relapse_detected |= came_back;
        let (passes, fails) = (record.passes.min(2), record.fails.min(2));
        record.net_confidence_effect =
            i32::try_from(passes).unwrap_or(2) - 2 * i32::try_from(fails).unwrap_or(2);
        (record.passes + record.fails + record.unknowns > 0).then_some(record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(verdicts: &str, seen_ms: Option<i64>, expected: Option<(u32, u32, bool, i32)>) {
        let list = verdicts.split_whitespace().zip(1..);
        let verified = list.map(|(verdict, at)| Verified {
            at_ms: Some(at * 10),
            verdict,
        });
        let found = TrackRecord::of(verified, seen_ms).map(|record| {
            (
                record.passes,
                record.fails,
                record.relapse_detected,
                record.net_confidence_effect,
            )
        });
        assert_eq!(expected, found);
    }

    #[test]
    fn fails_weigh_twice_and_both_are_bounded() {
        check("", Some(5), None);
        check("pass pass pass", None, Some((3, 0, false, 2)));
        check("fail fail fail", None, Some((0, 3, false, -4)));
        check("fail pass", None, Some((1, 1, false, -1)));
        check("unknown", None, Some((0, 0, false, 0)));
    }

    #[test]
    fn what_comes_back_after_a_pass_is_a_relapse() {
        check("pass fail", None, Some((1, 1, true, -1)));
        check("pass", Some(11), Some((1, 0, true, 1)));
        check("pass", Some(9), Some((1, 0, false, 1)));
    }
}
