use std::{str::FromStr, time::Duration};

use crate::model::Timestamp;

/// A point in time as people write it: `1h` for an hour ago, or an RFC 3339 time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Since {
    /// So long before now.
    Ago(Duration),
    /// This instant.
    At(Timestamp),
}

/// A text that is no point in time.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither an age (90s, 15m, 1h, 7d) nor a time (2026-03-04T05:06:07Z)")]
pub(super) struct ParseSinceError(String);

impl Since {
    /// Returns the instant.
    pub(super) fn resolve(self, now: Timestamp) -> Timestamp {
        match self {
            Since::Ago(age) => now.before(age),
            Since::At(at) => at,
        }
    }
}

impl FromStr for Since {
    type Err = ParseSinceError;

    fn from_str(raw: &str) -> Result<Self, ParseSinceError> {
        age(raw)
            .map(Since::Ago)
            .or_else(|| raw.parse().ok().map(Since::At))
            .ok_or_else(|| ParseSinceError(raw.to_owned()))
    }
}

/// Reads a whole number with its unit.
pub(in crate::cli) fn age(raw: &str) -> Option<Duration> {
    let (number, unit) = raw.split_at_checked(raw.len().checked_sub(1)?)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return None,
    };
    let number: u32 = number.parse().ok()?;
    Some(Duration::from_secs(u64::from(number) * seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_and_times_are_told_apart() {
        let now: Timestamp = "2026-03-04T05:06:07Z".parse().unwrap();
        for (raw, expected) in [
            ("90s", "2026-03-04T05:04:37.000Z"),
            ("15m", "2026-03-04T04:51:07.000Z"),
            ("1h", "2026-03-04T04:06:07.000Z"),
            ("7d", "2026-02-25T05:06:07.000Z"),
            ("2026-01-02T03:04:05+01:00", "2026-01-02T02:04:05.000Z"),
        ] {
            let since: Since = raw.parse().unwrap();
            assert_eq!(expected, since.resolve(now).to_string());
        }
    }

    #[test]
    fn nonsense_is_refused_by_name() {
        for raw in [
            "",
            "h",
            "1",
            "1w",
            "-1h",
            "1.5h",
            "1µ",
            "99999999999d",
            "yesterday",
        ] {
            let error = raw.parse::<Since>().unwrap_err().to_string();
            assert!(error.starts_with(&format!("`{raw}`")), "{error}");
        }
    }
}
