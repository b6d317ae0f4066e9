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
        // Out-of-range instants exist only in damaged data.
        match jiff::Timestamp::from_millisecond(self.millis()) {
            Ok(instant) => {
                let time = instant.to_zoned(zone.0.clone()).time();
                format!(
                    "{:02}:{:02}:{:02}",
                    time.hour(),
                    time.minute(),
                    time.second()
                )
            }
            Err(_) => "--:--:--".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_day_is_that_of_the_zone() {
        let at: Timestamp = "2026-03-04T23:06:07.999Z".parse().unwrap();
        assert_eq!("23:06:07", at.time_of_day(&Zone::utc()));
        let berlin = jiff::tz::TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        assert_eq!("00:06:07", at.time_of_day(&Zone(berlin)));
        let never = Timestamp::from_millis(i64::MAX);
        assert_eq!("--:--:--", never.time_of_day(&Zone::utc()));
        assert_eq!(None, Zone::from_tzif(b"nonsense"));
    }
}
