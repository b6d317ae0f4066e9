//! Times that start with the name of a month or a weekday.

use super::digits::{read_digits, read_number};
use super::{Basis, LogTime, date_ms, read_clock, with_zone};

const MONTHS: [&[u8; 3]; 12] = [
    b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
];
const WEEKDAYS: [&[u8; 3]; 7] = [b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun"];

/// The month (1 to 12) whose English abbreviation starts `s`.
pub(super) fn read_month(s: &[u8]) -> Option<i64> {
    let name = s.first_chunk::<3>()?;
    let index = MONTHS.iter().position(|month| *month == name)?;
    i64::try_from(index + 1).ok()
}

/// Reads `Mar  4 05:06:07 [2026]` or `Wed Mar 04 05:06:07 2026` at the start of `s`.
pub(super) fn read(s: &[u8]) -> Option<(LogTime, usize)> {
    let name = s.first_chunk::<3>()?;
    if WEEKDAYS.contains(&name) {
        let gap = match (s.get(3)?, s.get(4)?) {
            (b' ', _) => 4,
            (b',', b' ') => 5,
            _ => return None,
        };
        let (time, used) = match s.get(gap)? {
            b'0'..=b'9' => super::digits::read(&s[gap..])?,
            _ => month_first(&s[gap..])?,
        };
        return Some((time, gap + used));
    }
    month_first(s)
}

fn month_first(s: &[u8]) -> Option<(LogTime, usize)> {
    let month = read_month(s)?;
    if s.get(3) != Some(&b' ') {
        return None;
    }
    let mut at = if s.get(4) == Some(&b' ') { 5 } else { 4 };
    let (day, n) = read_number(s.get(at..)?, 2)?;
    at += n;
    if s.get(at) != Some(&b' ') {
        return None;
    }
    let (ms, used) = read_clock(&s[at + 1..])?;
    at += 1 + used;
    let zone = zone_name_length(&s[at..]);
    let year = s.get(at + zone + 1..).and_then(|rest| {
        let is_four = !rest.get(4).is_some_and(u8::is_ascii_alphanumeric);
        read_digits(rest, 4).filter(|year| is_four && (1970..2100).contains(year))
    });
    match year {
        Some(year) if s.get(at + zone) == Some(&b' ') => {
            Some(with_zone(s, at + zone + 5, date_ms(year, month, day)? + ms))
        }
        _ => {
            let ms = date_ms(1970, month, day)? + ms;
            Some((LogTime { basis: Basis::NoYear, ms }, at))
        }
    }
}

/// Length of ` PDT` in `Wed Mar 04 05:06:07 PDT 2026`.
fn zone_name_length(s: &[u8]) -> usize {
    let letters = s.iter().skip(1).take_while(|b| b.is_ascii_uppercase()).count();
    if s.first() == Some(&b' ') && (3..=4).contains(&letters) && s.get(letters + 1) == Some(&b' ') {
        letters + 1
    } else {
        0
    }
}
