use crate::{
    model::{Timestamp, Zone, millis},
    telemetry::words::span,
};

/// A moment as people read it: the time of day here, the date where it is another day,
/// and how long ago or ahead it is.
pub(super) fn when(at: Timestamp, now: Timestamp, zone: &Zone) -> String {
    let time = moment(at, now, zone);
    match at <= now {
        true => format!("{time} ({} ago)", span(millis(now.since(at)))),
        false => format!("{time} (in {})", span(millis(at.since(now)))),
    }
}

/// The same without the distance.
pub(super) fn moment(at: Timestamp, now: Timestamp, zone: &Zone) -> String {
    let (date, time) = (at.date(zone), at.time_of_day(zone));
    match date == now.date(zone) {
        true => time,
        false => format!("{date} {time}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_say_how_far_they_are() {
        let now: Timestamp = "2026-03-04T05:06:07Z".parse().unwrap();
        for (at, expected) in [
            ("2026-03-04T05:06:07Z", "05:06:07 (0 ms ago)"),
            ("2026-03-04T05:02:47Z", "05:02:47 (3 min 20 s ago)"),
            ("2026-03-03T05:06:07Z", "2026-03-03 05:06:07 (1 d ago)"),
            ("2026-03-04T05:06:47Z", "05:06:47 (in 40 s)"),
        ] {
            let at = at.parse().unwrap();
            assert_eq!(expected, when(at, now, &Zone::utc()));
        }
    }
}
