//! Texts that people write into files, flags and variables.

use std::time::Duration;

const DURATION_HELP: &str = "such as `10s`, `5m` or `1h30m`; a plain number is seconds";

/// Milliseconds of each unit, longest first. `ms` stands before `m` and `s`, so
/// that the longer word is tried first.
const UNITS: [(&str, u64); 5] = [
    ("ms", 1),
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
];

/// The longest duration that anything can be set to: a year.
const DURATION_MAX: Duration = Duration::from_secs(366 * 86_400);

/// Reads `10`, `0.5`, `10s`, `1h30m`, `250ms`.
pub(super) fn duration(raw: &str) -> Result<Duration, String> {
    let parsed = match raw.parse::<f64>() {
        Ok(seconds) => Duration::try_from_secs_f64(seconds).ok(),
        Err(_) => compound(raw),
    };
    let parsed = parsed.ok_or_else(|| format!("`{raw}` is not a duration ({DURATION_HELP})"))?;
    if parsed > DURATION_MAX {
        return Err(format!("`{raw}` is longer than a year"));
    }
    // The clock of the program counts milliseconds.
    Ok(Duration::from_millis(
        u64::try_from(parsed.as_millis()).unwrap_or(u64::MAX),
    ))
}

fn compound(raw: &str) -> Option<Duration> {
    let mut rest = raw;
    let mut total_ms = 0u64;
    let mut least_unit = u64::MAX;
    while !rest.is_empty() {
        let n_digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (digits, tail) = rest.split_at(n_digits);
        let (word, unit_ms) = UNITS.iter().find(|(word, _)| tail.starts_with(word))?;
        // Units fall from left to right, so that `5s5s` and `3m1h` are typing errors.
        if *unit_ms >= least_unit {
            return None;
        }
        least_unit = *unit_ms;
        total_ms = total_ms.checked_add(digits.parse::<u64>().ok()?.checked_mul(*unit_ms)?)?;
        rest = &tail[word.len()..];
    }
    (!raw.is_empty()).then(|| Duration::from_millis(total_ms))
}

/// Writes a duration as [`duration`] reads it.
pub(super) fn duration_text(value: Duration) -> String {
    let mut rest = u64::try_from(value.as_millis()).unwrap_or(u64::MAX);
    if rest == 0 {
        return "0s".to_owned();
    }
    let mut text = String::new();
    for unit in ["d", "h", "m", "s", "ms"] {
        let unit_ms = UNITS
            .iter()
            .find(|(word, _)| *word == unit)
            .map_or(1, |(_, unit_ms)| *unit_ms);
        if rest >= unit_ms {
            text.push_str(&format!("{}{unit}", rest / unit_ms));
            rest %= unit_ms;
        }
    }
    text
}

/// Reads a switch in any spelling that the predecessor knew.
pub(super) fn switch(raw: &str) -> Result<bool, String> {
    match raw.to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" | "enabled" => Ok(true),
        "0" | "false" | "no" | "off" | "disabled" => Ok(false),
        _ => Err(format!(
            "`{raw}` is neither on (1, true, yes, on, enabled) nor off (0, false, no, off, disabled)"
        )),
    }
}

/// Reads a whole number that is at least `least`.
pub(super) fn count(raw: &str, least: u32) -> Result<u32, String> {
    let number = integer(raw)?;
    if number < i64::from(least) {
        return Err(format!("`{raw}` is too small; the least is {least}"));
    }
    u32::try_from(number).map_err(|_| format!("`{raw}` is too large; the most is {}", u32::MAX))
}

/// Reads a budget: nothing left of zero means "no limit", as it always did.
pub(super) fn budget(raw: &str) -> Result<Option<u32>, String> {
    if integer(raw)? <= 0 {
        return Ok(None);
    }
    count(raw, 1).map(Some)
}

fn integer(raw: &str) -> Result<i64, String> {
    raw.parse()
        .map_err(|_| format!("`{raw}` is not a whole number"))
}

/// Reads an `http` or `https` URL.
pub(super) fn url(raw: &str) -> Result<String, String> {
    let rest = raw
        .strip_prefix("http://")
        .or_else(|| raw.strip_prefix("https://"))
        .ok_or_else(|| match raw.contains('@') {
            // It may stand before a password, so nothing of it is repeated.
            true => "this is not an `http://` or `https://` URL".to_owned(),
            false => format!("`{raw}` is not an `http://` or `https://` URL"),
        })?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    if authority.contains('@') {
        return Err("a probe URL cannot carry a user or password".to_owned());
    }
    let host = authority
        .rsplit_once(':')
        .map_or(authority, |(host, _)| host);
    if host.is_empty() || raw.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(format!("`{raw}` is not a URL with a host"));
    }
    Ok(raw.to_owned())
}

/// Returns the known name that `raw` was probably meant to be.
pub(super) fn nearest<'a>(raw: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    nearest_within(raw, known, (raw.chars().count() / 3).max(1))
}

/// Returns the known name nearest to `raw`, at most `far` typing errors away.
pub(super) fn nearest_within<'a>(
    raw: &str,
    known: impl IntoIterator<Item = &'a str>,
    far: usize,
) -> Option<&'a str> {
    known
        .into_iter()
        .map(|name| (distance(raw, name), name))
        .filter(|(steps, _)| *steps <= far)
        .min()
        .map(|(_, name)| name)
}

/// Says `; did you mean …?`, or nothing.
pub(super) fn did_you_mean<'a>(raw: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(raw, known).map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

/// Counts the letters to add, drop, change or swap with a neighbour to get from one word to the
/// other.
fn distance(from: &str, to: &str) -> usize {
    let from: Vec<char> = from.chars().collect();
    let to: Vec<char> = to.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=to.len()).collect();
    for i in 1..=from.len() {
        let mut row = vec![i];
        for j in 1..=to.len() {
            let changed = usize::from(from[i - 1] != to[j - 1]);
            let mut best = (above[j] + 1)
                .min(row[j - 1] + 1)
                .min(above[j - 1] + changed);
            if i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_as_people_say_them() {
        check_duration("10", Some(10_000));
        check_duration("0.25", Some(250));
        check_duration("10s", Some(10_000));
        check_duration("5m", Some(300_000));
        check_duration("1h30m", Some(5_400_000));
        check_duration("1d2h3m4s5ms", Some(93_784_005));
        check_duration("0", Some(0));
        for wrong in [
            "",
            "s",
            "10x",
            "5s5s",
            "3m1h",
            "-1",
            "nan",
            "inf",
            "1 h",
            "1e300",
            "99999999999999999999d",
        ] {
            check_duration(wrong, None);
        }
    }

    #[test]
    fn durations_are_read_back_as_written() {
        for millis in [0, 1, 999, 1_000, 61_500, 5_400_000, 86_400_000, 90_061_001] {
            let value = Duration::from_millis(millis);
            assert_eq!(Ok(value), duration(&duration_text(value)));
        }
    }

    #[test]
    fn a_typing_error_finds_its_word() {
        let known = ["settle", "relapse", "cooldown"];
        assert_eq!(Some("settle"), nearest("setle", known));
        assert_eq!(Some("settle"), nearest("settel", known));
        assert_eq!(Some("cooldown"), nearest("cool_down", known));
        assert_eq!(None, nearest("banana", known));
    }

    #[test]
    fn a_budget_of_nothing_is_no_limit() {
        assert_eq!(Ok(None), budget("0"));
        assert_eq!(Ok(None), budget("-5"));
        assert_eq!(Ok(Some(7)), budget("7"));
        assert!(budget("many").is_err());
    }

    #[test]
    fn a_probe_url_has_a_scheme_a_host_and_no_password() {
        assert!(url("http://127.0.0.1:8080/health").is_ok());
        assert!(url("https://[::1]:8080/").is_ok());
        for wrong in [
            "",
            "127.0.0.1:8080",
            "ftp://x/",
            "http://",
            "http:///x",
            "http://a b/",
            "http://u:p@h/",
        ] {
            assert!(url(wrong).is_err(), "{wrong}");
        }
    }

    #[track_caller]
    fn check_duration(raw: &str, expected_ms: Option<u64>) {
        assert_eq!(
            expected_ms.map(Duration::from_millis),
            duration(raw).ok(),
            "{raw}"
        );
    }
}
