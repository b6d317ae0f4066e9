//! What a log's clock says, in UTC.

use jiff::{
    Timestamp,
    civil::DateTime,
    tz::{AmbiguousOffset, TimeZone},
};

use crate::{
    knowledge::signature::{Basis, LogTime},
    model::DAY_MS,
    store::evidence::Clock,
};

/// The earliest plausible instant (2001) and the latest (2100).
const PLAUSIBLE: std::ops::Range<i64> = 978_307_200_000..4_102_444_800_000;

/// The zone that naive clocks are taken for.
#[derive(Clone, Debug)]
pub struct Zone {
    zone: TimeZone,
    name: String,
}

impl Zone {
    /// UTC.
    #[must_use]
    pub fn utc() -> Self {
        Self {
            zone: TimeZone::UTC,
            name: "UTC".to_owned(),
        }
    }

    /// The zone of this host; UTC when it has none.
    #[must_use]
    pub fn system() -> Self {
        let zone = TimeZone::try_system().unwrap_or(TimeZone::UTC);
        let name = zone.iana_name().unwrap_or("host").to_owned();
        Self { zone, name }
    }

    /// The zone of a name (`Europe/Berlin`), where the host knows it.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let zone = TimeZone::get(name).ok()?;
        Some(Self {
            zone,
            name: name.to_owned(),
        })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The instant of a local clock, given as if it were UTC. A clock that stands twice is taken for
    /// the first time; one that was left out, for the time that would have been.
    fn instant(&self, local_ms: i64) -> i64 {
        let Ok(naive) = Timestamp::from_millisecond(local_ms) else {
            return local_ms;
        };
        let civil: DateTime = TimeZone::UTC.to_datetime(naive);
        let offset = match self.zone.to_ambiguous_timestamp(civil).offset() {
            AmbiguousOffset::Unambiguous { offset } => offset,
            AmbiguousOffset::Gap { before, .. } | AmbiguousOffset::Fold { before, .. } => before,
        };
        local_ms - i64::from(offset.seconds()) * 1000
    }
}

/// The clock of one file.
#[derive(Clone, Debug)]
pub(super) struct FileClock {
    zone: Zone,
    /// The time in its name, and when it was last written.
    named_ms: Option<i64>,
    written_ms: i64,
    /// The time of the last line that had one.
    last_ms: Option<i64>,
}

impl FileClock {
    pub(super) fn new(zone: Zone, named_ms: Option<i64>, written_ms: i64) -> Self {
        Self {
            zone,
            named_ms,
            written_ms,
            last_ms: None,
        }
    }

    pub(super) fn last_ms(&self) -> Option<i64> {
        self.last_ms
    }

    pub(super) fn set_last_ms(&mut self, last_ms: Option<i64>) {
        self.last_ms = last_ms;
    }

    /// The time of a line: its own, else the last one before it, else the one in the name.
    pub(super) fn read(
        &mut self,
        own: Option<LogTime>,
        before: Option<LogTime>,
    ) -> (Option<i64>, Clock) {
        if let Some(time) = before.filter(|_| own.is_none()) {
            self.take(time);
        }
        match own.and_then(|time| self.take(time).map(|ms| (ms, time.basis))) {
            Some((ms, Basis::Stated)) => (Some(ms), Clock::Stated),
            Some((ms, Basis::NoZone | Basis::NoYear | Basis::NoDate | Basis::SinceBoot)) => {
                (Some(ms), Clock::Assumed)
            }
            None => match (self.last_ms, self.named_ms) {
                (Some(ms), _) => (Some(ms), Clock::Carried),
                (None, Some(ms)) => (Some(ms), Clock::Named),
                (None, None) => (None, Clock::None),
            },
        }
    }

    /// Takes notice of the time of a line.
    pub(super) fn take(&mut self, time: LogTime) -> Option<i64> {
        let ms = match time.basis {
            Basis::Stated => time.ms,
            Basis::NoZone => self.zone.instant(time.ms),
            Basis::NoYear => self.with_year(time.ms),
            Basis::NoDate => self.with_date(time.ms)?,
            // When the kernel started is not known.
            Basis::SinceBoot => return None,
        };
        if !PLAUSIBLE.contains(&ms) {
            return None;
        }
        self.last_ms = Some(ms);
        Some(ms)
    }

    /// The latest year in which the date is not after what the file can know.
    fn with_year(&self, ms_of_1970: i64) -> i64 {
        let latest = self
            .last_ms
            .map_or(self.written_ms, |last| last.max(self.written_ms))
            + DAY_MS;
        let Ok(date) = Timestamp::from_millisecond(ms_of_1970) else {
            return 0;
        };
        let date = TimeZone::UTC.to_datetime(date);
        let year_of = |ms: i64| {
            Timestamp::from_millisecond(ms).map_or(1970, |at| TimeZone::UTC.to_datetime(at).year())
        };
        let in_year = |year: i16| {
            let moved = date.with().year(year).build().ok()?;
            let naive = TimeZone::UTC.to_timestamp(moved).ok()?;
            Some(self.zone.instant(naive.as_millisecond()))
        };
        let year = year_of(latest);
        // The 29th of February may be up to eight years back.
        (0..9)
            .filter_map(|back| in_year(year - back))
            .find(|ms| *ms <= latest)
            .unwrap_or(0)
    }

    /// The date of the last line, or the one in the name; past midnight, the next day.
    fn with_date(&self, clock_ms: i64) -> Option<i64> {
        let near = self.last_ms.or(self.named_ms)?;
        let offset = near - self.zone.instant(near);
        let local = near + offset;
        let same_day = local - local.rem_euclid(DAY_MS) + clock_ms;
        let nearest = match same_day - local {
            behind if behind < -DAY_MS / 2 => same_day + DAY_MS,
            ahead if ahead > DAY_MS / 2 => same_day - DAY_MS,
            _ => same_day,
        };
        Some(self.zone.instant(nearest))
    }
}

/// The time in a path: `soak_20260211_090055`, `logs_soak_1770818400`.
pub(super) fn named_ms(path: &str, zone: &Zone) -> Option<i64> {
    let runs = digit_runs(path);
    for pair in runs.windows(2).rev() {
        let [(date, date_end), (clock, clock_end)] = pair else {
            continue;
        };
        let is_pair = date_end - date == 8 && clock_end - clock == 6 && clock - date_end == 1;
        if let Some(ms) = is_pair
            .then(|| stamp_ms(&path[*date..*date_end], &path[*clock..*clock_end]))
            .flatten()
        {
            return Some(zone.instant(ms)).filter(|ms| PLAUSIBLE.contains(ms));
        }
    }
    runs.iter()
        .rev()
        .filter(|(start, end)| end - start == 10)
        .filter_map(|(start, end)| path[*start..*end].parse::<i64>().ok())
        .map(|seconds| seconds * 1000)
        .find(|ms| PLAUSIBLE.contains(ms))
}

fn stamp_ms(date: &str, clock: &str) -> Option<i64> {
    let number = |text: &str| text.parse::<i8>().ok();
    let civil = DateTime::new(
        date[..4].parse().ok()?,
        number(&date[4..6])?,
        number(&date[6..])?,
        number(&clock[..2])?,
        number(&clock[2..4])?,
        number(&clock[4..])?,
        0,
    )
    .ok()?;
    TimeZone::UTC
        .to_timestamp(civil)
        .ok()
        .map(Timestamp::as_millisecond)
}

fn digit_runs(path: &str) -> Vec<(usize, usize)> {
    let mut runs = Vec::new();
    let mut start = None;
    for (at, byte) in path.bytes().chain([b' ']).enumerate() {
        match (byte.is_ascii_digit(), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                runs.push((from, at));
                start = None;
            }
            _ => (),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    fn clock(zone: &str, last: Option<&str>) -> FileClock {
        let zone = Zone::named(zone).unwrap_or_else(Zone::utc);
        let mut clock = FileClock::new(zone, None, ms("2026-03-10T00:00:00Z"));
        clock.set_last_ms(last.map(ms));
        clock
    }

    #[track_caller]
    fn check(mut clock: FileClock, time: LogTime, expected: &str) {
        assert_eq!(Some(ms(expected)), clock.take(time));
    }

    #[test]
    fn a_year_that_is_left_out_is_the_latest_that_can_be() {
        let time = |text| LogTime {
            basis: Basis::NoYear,
            ms: ms(text),
        };
        check(
            clock("UTC", None),
            time("1970-03-09T05:06:07Z"),
            "2026-03-09T05:06:07Z",
        );
        check(
            clock("UTC", None),
            time("1970-12-24T05:06:07Z"),
            "2025-12-24T05:06:07Z",
        );
    }

    #[test]
    fn a_date_that_is_left_out_is_near_the_last_line() {
        let time = |hours: i64| LogTime {
            basis: Basis::NoDate,
            ms: hours * 3_600_000,
        };
        let late = Some("2026-03-04T23:30:00Z");
        check(clock("UTC", late), time(22), "2026-03-04T22:00:00Z");
        check(clock("UTC", late), time(1), "2026-03-05T01:00:00Z");
        assert_eq!(None, clock("UTC", None).take(time(1)));
    }

    #[test]
    fn seconds_since_boot_are_no_time_of_day() {
        let time = LogTime {
            basis: Basis::SinceBoot,
            ms: 12_345,
        };
        let mut clock = clock("UTC", Some("2026-03-04T23:30:00Z"));
        let expected = (Some(ms("2026-03-04T23:30:00Z")), Clock::Carried);
        assert_eq!(expected, clock.read(Some(time), None));
        let mut fresh = FileClock::new(Zone::utc(), None, 0);
        assert_eq!((None, Clock::None), fresh.read(Some(time), None));
    }

    #[test]
    fn a_line_without_a_clock_has_that_of_the_line_before() {
        let mut clock = FileClock::new(Zone::utc(), Some(ms("2026-03-04T00:00:00Z")), 0);
        assert_eq!(
            (Some(ms("2026-03-04T00:00:00Z")), Clock::Named),
            clock.read(None, None)
        );
        let time = LogTime {
            basis: Basis::Stated,
            ms: ms("2026-03-05T00:00:00Z"),
        };
        assert_eq!((Some(time.ms), Clock::Stated), clock.read(Some(time), None));
        assert_eq!((Some(time.ms), Clock::Carried), clock.read(None, None));
    }

    #[test]
    fn names_tell_the_time() {
        let at = |path| named_ms(path, &Zone::utc());
        assert_eq!(
            Some(ms("2026-02-11T09:00:55Z")),
            at("logs/soak/soak_test_20260211_090055.json")
        );
        assert_eq!(
            Some(1_770_818_400_000),
            at("logs_soak_1770818400/docker_fail_iter_3.log")
        );
        assert_eq!(None, at("wicap.log"));
        assert_eq!(None, at("x_20261399_999999.log"));
    }
}
