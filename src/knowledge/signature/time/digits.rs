//! Times that start with a digit.

use super::named::read_month;
use super::{Basis, LogTime, date_ms, read_clock, with_zone};

/// Exactly `n` digits as a number.
pub(super) fn read_digits(s: &[u8], n: usize) -> Option<i64> {
    let digits = s.get(..n)?;
    digits.iter().try_fold(0, |value, b| {
        b.is_ascii_digit().then(|| value * 10 + i64::from(b - b'0'))
    })
}

/// All leading digits as a number, when there are 1 to `n_max` of them, and how many.
pub(super) fn read_number(s: &[u8], n_max: usize) -> Option<(i64, usize)> {
    let n = s.iter().take(n_max + 1).take_while(|b| b.is_ascii_digit()).count();
    if n == 0 || n > n_max {
        return None;
    }
    Some((read_digits(s, n)?, n))
}

/// Reads one of the digit formats at the start of `s`.
pub(super) fn read(s: &[u8]) -> Option<(LogTime, usize)> {
    let n = s.iter().take(9).take_while(|b| b.is_ascii_digit()).count();
    match (n, s.get(n)?) {
        (4, b'-' | b'/' | b'.') => year_first(s),
        (2, b':') => clock_only(s),
        (2, b'/') if s.get(3).is_some_and(u8::is_ascii_alphabetic) => access_log(s),
        (2, b'/') => short_year(s),
        (2, b'-' | b'.') => month_day(s),
        (1 | 2, b' ') => day_month_year(s, n),
        (8, b'-' | b'T' | b' ') => compact(s),
        (6, b' ') => six_and_six(s),
        _ => None,
    }
}

/// `2026-03-04[T ]05:06:07[.089][Z]`, `2026-03-04-05.06.07.089`, and the bare date.
fn year_first(s: &[u8]) -> Option<(LogTime, usize)> {
    let mark = s[4];
    if s.get(7) != Some(&mark) {
        return None;
    }
    let date = date_ms(read_digits(s, 4)?, read_digits(&s[5..], 2)?, read_digits(&s[8..], 2)?)?;
    let clock = match s.get(10) {
        Some(b'T' | b't' | b' ' | b'-' | b'_' | b':') => s.get(11..).and_then(read_clock),
        Some(b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z') => return None,
        Some(_) | None => None,
    };
    match clock {
        Some((ms, used)) => Some(with_zone(s, 11 + used, date + ms)),
        None => Some((LogTime { basis: Basis::NoZone, ms: date }, 10)),
    }
}

/// `05:06:07[.089]`.
fn clock_only(s: &[u8]) -> Option<(LogTime, usize)> {
    let (ms, used) = read_clock(s)?;
    if s.get(used).is_some_and(|b| b.is_ascii_alphanumeric() || *b == b':') {
        return None;
    }
    Some((LogTime { basis: Basis::NoDate, ms }, used))
}

/// `04/Mar/2026:05:06:07 +0000`.
fn access_log(s: &[u8]) -> Option<(LogTime, usize)> {
    let month = read_month(s.get(3..)?)?;
    if s.get(6) != Some(&b'/') || s.get(11) != Some(&b':') {
        return None;
    }
    let date = date_ms(read_digits(&s[7..], 4)?, month, read_digits(s, 2)?)?;
    let (ms, used) = read_clock(&s[12..])?;
    Some(with_zone(s, 12 + used, date + ms))
}

/// `26/03/04 05:06:07`.
fn short_year(s: &[u8]) -> Option<(LogTime, usize)> {
    if s.get(5) != Some(&b'/') || s.get(8) != Some(&b' ') {
        return None;
    }
    let year = 2000 + read_digits(s, 2)?;
    let date = date_ms(year, read_digits(&s[3..], 2)?, read_digits(&s[6..], 2)?)?;
    let (ms, used) = read_clock(&s[9..])?;
    Some(with_zone(s, 9 + used, date + ms))
}

/// `03-04 05:06:07.089` and `03.04 05:06:07`.
fn month_day(s: &[u8]) -> Option<(LogTime, usize)> {
    if s.get(5) != Some(&b' ') {
        return None;
    }
    let date = date_ms(1970, read_digits(s, 2)?, read_digits(&s[3..], 2)?)?;
    let (ms, used) = read_clock(&s[6..])?;
    Some((LogTime { basis: Basis::NoYear, ms: date + ms }, 6 + used))
}

/// `04 Mar 2026 05:06:07.089`.
fn day_month_year(s: &[u8], n: usize) -> Option<(LogTime, usize)> {
    let month = read_month(s.get(n + 1..)?)?;
    if s.get(n + 4) != Some(&b' ') || s.get(n + 9) != Some(&b' ') {
        return None;
    }
    let date = date_ms(read_digits(&s[n + 5..], 4)?, month, read_digits(s, n)?)?;
    let (ms, used) = read_clock(&s[n + 10..])?;
    Some(with_zone(s, n + 10 + used, date + ms))
}

/// `20260304-05:06:07:089`, `20260304T050607`.
fn compact(s: &[u8]) -> Option<(LogTime, usize)> {
    let date = date_ms(read_digits(s, 4)?, read_digits(&s[4..], 2)?, read_digits(&s[6..], 2)?)?;
    if let Some((ms, used)) = read_clock(&s[9..]) {
        return Some(with_zone(s, 9 + used, date + ms));
    }
    if s[8] != b'T' {
        return None;
    }
    let clock = six_digit_clock(&s[9..])?;
    Some(with_zone(s, 15, date + clock))
}

/// `260304 050607`.
fn six_and_six(s: &[u8]) -> Option<(LogTime, usize)> {
    let year = 2000 + read_digits(s, 2)?;
    let date = date_ms(year, read_digits(&s[2..], 2)?, read_digits(&s[4..], 2)?)?;
    let clock = six_digit_clock(&s[7..])?;
    Some((LogTime { basis: Basis::NoZone, ms: date + clock }, 13))
}

fn six_digit_clock(s: &[u8]) -> Option<i64> {
    let value = read_digits(s, 6)?;
    let (hour, minute, second) = (value / 10_000, value / 100 % 100, value % 100);
    let ends = !s.get(6).is_some_and(u8::is_ascii_alphanumeric) || s.get(6) == Some(&b'Z');
    let is_clock = hour < 24 && minute < 60 && second < 61 && ends;
    is_clock.then_some((hour * 3600 + minute * 60 + second) * 1000)
}
