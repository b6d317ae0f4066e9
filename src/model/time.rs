use std::{fmt, str::FromStr, time::Duration};

use serde::{Deserialize, Serialize};

/// Milliseconds of an hour.
pub const HOUR_MS: i64 = 3_600_000;

/// Milliseconds of a day.
pub const DAY_MS: i64 = 24 * HOUR_MS;

/// An instant on the UTC wall clock, in milliseconds.
///
/// Text form: RFC 3339 with milliseconds and `Z`, `2026-03-04T05:06:07.089Z`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Timestamp(i64);

/// A text that is no RFC 3339 instant.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not an RFC 3339 time such as 2026-03-04T05:06:07Z")]
pub struct ParseTimestampError(String);

impl Timestamp {
    /// Makes a timestamp from Unix milliseconds.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Returns the Unix milliseconds.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Returns the instant `delay` later; saturates at the end of time.
    pub fn after(self, delay: Duration) -> Self {
        Self(self.0.saturating_add(as_millis(delay)))
    }

    /// Returns the instant `delay` earlier; saturates at the start of time.
    pub fn before(self, delay: Duration) -> Self {
        Self(self.0.saturating_sub(as_millis(delay)))
    }

    /// Returns the instant moved by `millis`, which may be negative; saturates.
    pub fn shifted(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// Returns how long after `earlier` this is; zero if it is not.
    pub fn since(self, earlier: Timestamp) -> Duration {
        let millis = self.0.saturating_sub(earlier.0);
        Duration::from_millis(u64::try_from(millis).unwrap_or(0))
    }
}

fn as_millis(delay: Duration) -> i64 {
    i64::try_from(delay.as_millis()).unwrap_or(i64::MAX)
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Out-of-range instants exist only in damaged data; they print as a number.
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(instant) => write!(f, "{instant:.3}"),
            Err(_) => write!(f, "{}ms", self.0),
        }
    }
}

impl FromStr for Timestamp {
    type Err = ParseTimestampError;

    fn from_str(raw: &str) -> Result<Self, ParseTimestampError> {
        raw.parse::<jiff::Timestamp>()
            .map(|instant| Self(instant.as_millisecond()))
            .map_err(|_| ParseTimestampError(raw.to_owned()))
    }
}

impl TryFrom<String> for Timestamp {
    type Error = ParseTimestampError;

    fn try_from(raw: String) -> Result<Self, ParseTimestampError> {
        raw.parse()
    }
}

impl From<Timestamp> for String {
    fn from(instant: Timestamp) -> Self {
        instant.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_value_are_one() {
        check("2026-03-04T05:06:07.089Z", "2026-03-04T05:06:07.089Z");
        check("2026-03-04T06:06:07+01:00", "2026-03-04T05:06:07.000Z");
        check("1970-01-01T00:00:00.5Z", "1970-01-01T00:00:00.500Z");
    }

    #[test]
    fn engine_times_with_nanoseconds_are_cut() {
        check("2026-03-04T05:06:07.089123456Z", "2026-03-04T05:06:07.089Z");
    }

    #[test]
    fn nonsense_is_refused_by_name() {
        let error = "yesterday".parse::<Timestamp>().unwrap_err();
        assert!(error.to_string().contains("`yesterday`"));
    }

    #[test]
    fn differences_never_underflow() {
        let early = Timestamp::from_millis(5);
        let late = Timestamp::from_millis(1_005);
        assert_eq!(Duration::from_secs(1), late.since(early));
        assert_eq!(Duration::ZERO, early.since(late));
        assert_eq!(late, early.after(Duration::from_secs(1)));
        assert_eq!(early, late.before(Duration::from_secs(1)));
    }

    #[track_caller]
    fn check(raw: &str, expected: &str) {
        let parsed: Timestamp = raw.parse().unwrap();
        assert_eq!(expected, parsed.to_string());
        assert_eq!(parsed, expected.parse().unwrap());
    }
}
