use crate::model::DAY_MS;

/// Days of quiet after which a failure that is seen again has come back.
pub const RELAPSE_DAYS: i64 = 7;

/// Whether moments, sorted, have a gap of [`RELAPSE_DAYS`] between two of them.
pub fn has_gap(moments_ms: &[i64]) -> bool {
    moments_ms
        .windows(2)
        .any(|pair| pair[1] - pair[0] >= RELAPSE_DAYS * DAY_MS)
}

/// Days from one instant to another, to one decimal.
pub fn span_days(first_ms: i64, last_ms: i64) -> f64 {
    let tenths = (last_ms - first_ms).max(0) / (DAY_MS / 20);
    // Half of a tenth is rounded up.
    ((tenths + 1) / 2) as f64 / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_of_quiet_is_a_gap() {
        assert!(!has_gap(&[]));
        assert!(!has_gap(&[0, 6 * DAY_MS, 12 * DAY_MS]));
        assert!(has_gap(&[0, 7 * DAY_MS]));
    }

    #[test]
    fn spans_are_told_in_tenths_of_days() {
        assert_eq!(0.0, span_days(0, 0));
        assert_eq!(0.5, span_days(0, DAY_MS / 2));
        assert_eq!(1.3, span_days(0, DAY_MS * 125 / 100));
        assert_eq!(0.0, span_days(5, 0));
    }
}
