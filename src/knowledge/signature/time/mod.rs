//! Times as logs write them.
//!
//! One reader for every place: the head of a line and the middle of a message.

mod digits;
mod named;

use digits::{read_digits, read_number};

/// What a log time leaves unsaid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The zone or the epoch is written: `ms` is exact.
    Stated,
    /// Date and clock without a zone: `ms` is as if the zone were UTC.
    NoZone,
    /// No year (`Jan  2 03:04:05`): `ms` is as if the year were 1970 and the zone UTC.
    NoYear,
    /// Only the time of day: `ms` counts from midnight.
    NoDate,
    /// No wall time at all: `ms` is the time since the kernel started.
    SinceBoot,
}

/// The time of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct LogTime {
    /// What was left out and had to be assumed.
    pub basis: Basis,
    /// Milliseconds since 1970-01-01T00:00:00, under the assumption of `basis`.
    pub ms: i64,
}

impl std::fmt::Display for LogTime {
    /// What is known of it, in ISO form: no `Z` without a zone, no year without a year.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (days, of_day) = (
            self.ms.div_euclid(86_400_000),
            self.ms.rem_euclid(86_400_000) / 1000,
        );
        let (year, month, day) = civil_from_days(days);
        let clock = format!(
            "{:02}:{:02}:{:02}",
            of_day / 3600,
            of_day / 60 % 60,
            of_day % 60
        );
        match self.basis {
            Basis::Stated => write!(f, "{year:04}-{month:02}-{day:02}T{clock}Z"),
            Basis::NoZone => write!(f, "{year:04}-{month:02}-{day:02}T{clock}"),
            Basis::NoYear => write!(f, "{month:02}-{day:02}T{clock}"),
            Basis::NoDate => f.write_str(&clock),
            Basis::SinceBoot => write!(f, "{:.3} s after boot", self.ms as f64 / 1000.0),
        }
    }
}

/// Reads a time at the start of `s`: the time and how many bytes it takes.
#[must_use]
pub fn read_time(s: &[u8]) -> Option<(LogTime, usize)> {
    match s.first()? {
        b'0'..=b'9' => digits::read(s),
        b'A'..=b'Z' => named::read(s),
        _ => None,
    }
}

/// Reads an epoch (ten digits of seconds with an optional fraction, or thirteen of milliseconds)
/// between 2001 and 2100 at the start of `s`.
#[must_use]
pub fn read_epoch(s: &[u8]) -> Option<(LogTime, usize)> {
    let (value, n_digits) = read_number(s, 13)?;
    let (ms, mut used) = match n_digits {
        9 if value >= 900_000_000 => (value * 1000, 9),
        10 if value < 4_102_444_800 => (value * 1000, 10),
        13 if (1_000_000_000_000..4_102_444_800_000).contains(&value) => (value, 13),
        _ => return None,
    };
    let mut ms = ms;
    if n_digits < 13 && s.get(used) == Some(&b'.') {
        let (millis, length) = read_fraction(&s[used..]);
        ms += millis;
        used += length;
    }
    if s.get(used).is_some_and(u8::is_ascii_alphanumeric) {
        return None;
    }
    Some((
        LogTime {
            basis: Basis::Stated,
            ms,
        },
        used,
    ))
}

/// Whole days from 1970-01-01 to a civil date.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year - era * 400;
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The civil date of a day counted from 1970-01-01.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day_of_year - (153 * shifted + 2) / 5 + 1)
}

/// Milliseconds of a date, or none when there is no such day.
fn date_ms(year: i64, month: i64, day: i64) -> Option<i64> {
    let is_date = (1..=12).contains(&month) && (1..=31).contains(&day);
    is_date.then(|| days_from_civil(year, month, day) * 86_400_000)
}

/// Reads `HH:MM:SS` with an optional fraction (`.`, `,` or `:` and 3 to 9 digits).
fn read_clock(s: &[u8]) -> Option<(i64, usize)> {
    if s.len() < 8 || !matches!(s[2], b':' | b'.') || s[5] != s[2] {
        return None;
    }
    let hour = read_digits(s, 2)?;
    let minute = read_digits(&s[3..], 2)?;
    let second = read_digits(&s[6..], 2)?;
    if hour > 24 || minute > 59 || second > 60 || s.get(8).is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let mut ms = (hour * 3600 + minute * 60 + second) * 1000;
    let mut used = 8;
    let has_fraction =
        matches!(s.get(8), Some(b'.' | b',' | b':')) && s.get(9).is_some_and(u8::is_ascii_digit);
    if has_fraction {
        let (millis, length) = read_fraction(&s[8..]);
        ms += millis;
        used += length;
    }
    Some((ms, used))
}

/// Milliseconds of a fraction that starts at its separator, and its length.
fn read_fraction(s: &[u8]) -> (i64, usize) {
    let digits = s[1..].iter().take_while(|b| b.is_ascii_digit()).count();
    let mut millis = 0;
    for place in 0..3 {
        let digit = if place < digits {
            i64::from(s[1 + place] - b'0')
        } else {
            0
        };
        millis = millis * 10 + digit;
    }
    (millis, digits + 1)
}

/// Reads a zone (`Z`, `+01:00`, `+0100`, `+01`, ` UTC`, ` +0000`): milliseconds east, and its length.
fn read_zone(s: &[u8]) -> Option<(i64, usize)> {
    let (at, s) = match s.first()? {
        b' ' => (1, &s[1..]),
        _ => (0, s),
    };
    if s.first() == Some(&b'Z') && !s.get(1).is_some_and(u8::is_ascii_alphanumeric) {
        return Some((0, at + 1));
    }
    for name in [b"UTC", b"GMT"] {
        if s.starts_with(name) && !s.get(3).is_some_and(u8::is_ascii_alphanumeric) {
            return Some((0, at + 3));
        }
    }
    let sign = match s.first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let hours = read_digits(&s[1..], 2)?;
    let (minutes, used) = match s.get(3) {
        Some(b':') => (read_digits(&s[4..], 2)?, 6),
        Some(b'0'..=b'9') => (read_digits(&s[3..], 2)?, 5),
        _ if at == 1 => return None,
        _ => (0, 3),
    };
    let is_zone = hours <= 14 && minutes <= 59 && !s.get(used).is_some_and(u8::is_ascii_digit);
    is_zone.then_some((sign * (hours * 60 + minutes) * 60_000, at + used))
}

/// Finishes a date and clock with the zone that may follow.
fn with_zone(s: &[u8], used: usize, ms: i64) -> (LogTime, usize) {
    match read_zone(&s[used..]) {
        Some((east, length)) => (
            LogTime {
                basis: Basis::Stated,
                ms: ms - east,
            },
            used + length,
        ),
        None => (
            LogTime {
                basis: Basis::NoZone,
                ms,
            },
            used,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, basis: Basis, expected: &str, rest: &str) {
        let (time, used) = read_time(text.as_bytes())
            .or_else(|| read_epoch(text.as_bytes()))
            .unwrap_or_else(|| panic!("no time in {text}"));
        assert_eq!(time.basis, basis, "{text}");
        let stamp = jiff::Timestamp::from_millisecond(time.ms).unwrap();
        assert_eq!(stamp.to_string(), expected, "{text}");
        assert_eq!(&text[used..], rest, "{text}");
    }

    #[test]
    fn dates_with_a_zone_are_exact() {
        let stamp = "2026-03-04T05:06:07.089Z";
        check("2026-03-04T05:06:07.089Z x", Basis::Stated, stamp, " x");
        check("2026-03-04T05:06:07.089123456Z", Basis::Stated, stamp, "");
        check(
            "2026-03-04 07:06:07.089+02:00 x",
            Basis::Stated,
            stamp,
            " x",
        );
        check("2026-03-04 03:06:07.089-0200", Basis::Stated, stamp, "");
        check(
            "04/Mar/2026:05:06:07 +0000] x",
            Basis::Stated,
            "2026-03-04T05:06:07Z",
            "] x",
        );
        check(
            "1770796807.25 x",
            Basis::Stated,
            "2026-02-11T08:00:07.25Z",
            " x",
        );
        check(
            "1770796807250 x",
            Basis::Stated,
            "2026-02-11T08:00:07.25Z",
            " x",
        );
    }

    #[test]
    fn dates_without_a_zone_say_so() {
        let stamp = "2026-03-04T05:06:07Z";
        check("2026-03-04 05:06:07 x", Basis::NoZone, stamp, " x");
        check(
            "2026-03-04 05:06:07,089 x",
            Basis::NoZone,
            "2026-03-04T05:06:07.089Z",
            " x",
        );
        check("2026/03/04 05:06:07 x", Basis::NoZone, stamp, " x");
        check("26/03/04 05:06:07 x", Basis::NoZone, stamp, " x");
        check("260304 050607 9 x", Basis::NoZone, stamp, " 9 x");
        check(
            "20260304-05:06:07:089|x",
            Basis::NoZone,
            "2026-03-04T05:06:07.089Z",
            "|x",
        );
        check(
            "2026-03-04-05.06.07.089123 x",
            Basis::NoZone,
            "2026-03-04T05:06:07.089Z",
            " x",
        );
        check(
            "04 Mar 2026 05:06:07.089 x",
            Basis::NoZone,
            "2026-03-04T05:06:07.089Z",
            " x",
        );
        check("Wed Mar 04 05:06:07 2026] x", Basis::NoZone, stamp, "] x");
        check("Wed Mar  4 05:06:07 2026", Basis::NoZone, stamp, "");
        check("2026.03.04 x", Basis::NoZone, "2026-03-04T00:00:00Z", " x");
    }

    #[test]
    fn a_missing_year_or_date_says_so() {
        check(
            "Mar  4 05:06:07 host",
            Basis::NoYear,
            "1970-03-04T05:06:07Z",
            " host",
        );
        check(
            "03-04 05:06:07.089  170",
            Basis::NoYear,
            "1970-03-04T05:06:07.089Z",
            "  170",
        );
        check(
            "03.04 05:06:07] x",
            Basis::NoYear,
            "1970-03-04T05:06:07Z",
            "] x",
        );
        check(
            "05:06:07 | INFO",
            Basis::NoDate,
            "1970-01-01T05:06:07Z",
            " | INFO",
        );
    }

    #[test]
    fn a_time_is_shown_as_far_as_it_is_known() {
        let show = |text: &str| {
            read_time(text.as_bytes())
                .map(|(time, _)| time.to_string())
                .unwrap()
        };
        assert_eq!(show("2024-02-29T23:59:58Z"), "2024-02-29T23:59:58Z");
        assert_eq!(show("1969-12-31 23:59:58"), "1969-12-31T23:59:58");
        assert_eq!(show("Mar  4 05:06:07"), "03-04T05:06:07");
        assert_eq!(show("05:06:07"), "05:06:07");
        for day in (-200_000..200_000).step_by(37) {
            let (year, month, date) = civil_from_days(day);
            assert_eq!(days_from_civil(year, month, date), day);
        }
    }

    #[test]
    fn other_numbers_are_no_time() {
        for text in [
            "12",
            "12:30",
            "1.2.3.4",
            "2026",
            "99:99:99",
            "Maybe 1",
            "May be",
            "2026-13-40",
        ] {
            assert_eq!(read_time(text.as_bytes()), None, "{text}");
        }
        assert_eq!(read_epoch(b"1234567"), None);
        assert_eq!(read_epoch(b"1770796807ab"), None);
    }
}
