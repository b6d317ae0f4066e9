use super::Timestamp;

/// A time zone, for showing times to people. Nothing is decided by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone(jiff::tz::TimeZone);

impl Zone {
    /// Universal time.
    pub const fn utc() -> Self {
        Self(jiff::tz::TimeZone::UTC)
    }

    /// Reads a compiled zone file, such as `/etc/localtime`; `None` if it is none.
    pub fn from_tzif(bytes: &[u8]) -> Option<Self> {
        jiff::tz::TimeZone::tzif("local", bytes).ok().map(Self)
    }
}

impl Timestamp {
    /// Returns the time of day in a zone as `HH:MM:SS`.
    pub fn time_of_day(self, zone: &Zone) -> String {
        match self.zoned(zone) {
            Some(at) => format!("{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second()),
            None => "--:--:--".to_owned(),
        }
    }

    /// Returns the date in a zone as `YYYY-MM-DD`.
    pub fn date(self, zone: &Zone) -> String {
        match self.zoned(zone) {
            Some(at) => at.date().to_string(),
            None => "----------".to_owned(),
        }
    }

    /// Out-of-range instants exist only in damaged data.
    fn zoned(self, zone: &Zone) -> Option<jiff::Zoned> {
        let instant = jiff::Timestamp::from_millisecond(self.millis()).ok()?;
        Some(instant.to_zoned(zone.0.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_of_day_and_date_are_those_of_the_zone() {
        let at: Timestamp = "2026-03-04T23:06:07.999Z".parse().unwrap();
        assert_eq!("23:06:07", at.time_of_day(&Zone::utc()));
        let berlin = jiff::tz::TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        let berlin = Zone(berlin);
        assert_eq!("00:06:07", at.time_of_day(&berlin));
        assert_eq!("2026-03-05", at.date(&berlin));
        let never = Timestamp::from_millis(i64::MAX);
        assert_eq!("--:--:--", never.time_of_day(&Zone::utc()));
        assert_eq!(None, Zone::from_tzif(b"nonsense"));
    }
}
