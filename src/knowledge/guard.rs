//! What of the news in the logs is worth an alert.

use std::collections::BTreeMap;

/// Hours that must be known before anything is unusual.
const HOURS_MIN: i64 = 24;

/// Events of an hour below which nothing is a spike.
const SPIKE_MIN: i64 = 10;

/// How many times what is usual a spike is.
const SPIKE_FACTOR: f64 = 3.0;

/// How many standard deviations (of a Poisson process) lie between what is usual and a spike.
const SPIKE_DEVIATIONS: f64 = 3.0;

/// How long an alert is not repeated, in milliseconds.
const QUIET_MS: i64 = 10 * 60_000;

/// Alerts that are remembered for not being repeated.
const REMEMBERED_MAX: usize = 10_000;

/// Why there is an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertKind {
    /// A failure that nobody has seen before.
    New,
    /// A failure whose fix is known.
    Known,
    /// A failure that comes far more often than usual.
    Spike,
}

impl AlertKind {
    /// The word for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Known => "known",
            Self::Spike => "spike",
        }
    }
}

/// What is known about a failure that came.
#[derive(Clone, Copy, Debug, Default)]
pub struct Arrival {
    /// How often it came.
    pub n: i64,
    /// How often it was ever seen.
    pub n_ever: i64,
    /// Whether somebody wrote down what to do.
    pub has_fix: bool,
    /// Events of the present hour.
    pub hour: i64,
    /// Events of the hours before.
    pub before: i64,
    /// How many hours those are.
    pub hours: i64,
}

/// Why there should be an alert; `None` when it is nothing special.
pub fn judge(arrival: &Arrival) -> Option<AlertKind> {
    if arrival.n >= arrival.n_ever {
        return Some(AlertKind::New);
    }
    if is_spike(arrival) {
        return Some(AlertKind::Spike);
    }
    arrival.has_fix.then_some(AlertKind::Known)
}

fn is_spike(arrival: &Arrival) -> bool {
    if arrival.hours < HOURS_MIN || arrival.hour < SPIKE_MIN {
        return false;
    }
    let mean = arrival.before as f64 / arrival.hours as f64;
    arrival.hour as f64 > SPIKE_FACTOR * mean + SPIKE_DEVIATIONS * mean.sqrt()
}

/// What was told lately.
#[derive(Debug, Default)]
pub struct Told {
    at_ms: BTreeMap<(String, AlertKind), i64>,
}

impl Told {
    /// Whether an alert is to be told; then it is remembered.
    pub fn is_due(&mut self, signature_id: &str, kind: AlertKind, now_ms: i64) -> bool {
        self.at_ms.retain(|_, told| now_ms - *told < QUIET_MS);
        let key = (signature_id.to_owned(), kind);
        if self.at_ms.contains_key(&key) {
            return false;
        }
        if self.at_ms.len() < REMEMBERED_MAX {
            self.at_ms.insert(key, now_ms);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(arrival: Arrival, expected: Option<AlertKind>) {
        assert_eq!(expected, judge(&arrival), "{arrival:?}");
    }

    #[test]
    fn only_what_is_new_known_or_unusual_is_told() {
        let usual = Arrival {
            n: 2,
            n_ever: 500,
            hour: 12,
            before: 1680,
            hours: 168,
            has_fix: false,
        };
        check(usual, None);
        check(Arrival { n_ever: 2, ..usual }, Some(AlertKind::New));
        check(
            Arrival {
                has_fix: true,
                ..usual
            },
            Some(AlertKind::Known),
        );
        check(Arrival { hour: 40, ..usual }, Some(AlertKind::Spike));
        check(Arrival { hour: 39, ..usual }, None);
        // A store of one day does not know what is usual.
        check(
            Arrival {
                hour: 40,
                before: 0,
                hours: 23,
                ..usual
            },
            None,
        );
        check(
            Arrival {
                hour: 9,
                before: 0,
                ..usual
            },
            None,
        );
    }

    #[test]
    fn an_alert_is_not_repeated_for_ten_minutes() {
        let mut told = Told::default();
        assert!(told.is_due("a", AlertKind::New, 0));
        assert!(!told.is_due("a", AlertKind::New, QUIET_MS - 1));
        assert!(told.is_due("a", AlertKind::Spike, 1));
        assert!(told.is_due("a", AlertKind::New, QUIET_MS));
    }
}
