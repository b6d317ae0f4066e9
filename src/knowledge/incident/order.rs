/// What is known about the times of the events of an incident.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clocks {
    /// Events that were looked at.
    pub n_events: usize,
    /// Events without a time of their own or of a line before them.
    pub n_without: usize,
    /// Events with a time that says its zone.
    pub n_stated: usize,
    /// Events with a time whose zone, year or date was assumed: among themselves they are in order.
    pub n_assumed: usize,
    /// Services that failed and of which none needs another.
    pub apart: Vec<String>,
}

impl Clocks {
    /// Says in one line why the order of events is not known; nothing where it is.
    #[must_use]
    pub fn doubt(&self) -> Option<String> {
        let of_all = |n: usize, what: &str| {
            (n > 0).then(|| format!("{n} of {} events {what}", self.n_events))
        };
        let doubts = [
            of_all(self.n_without, "without a clock"),
            of_all(
                self.n_assumed * usize::from(self.n_stated > 0),
                "with a clock whose zone, year or date was assumed, beside clocks that say theirs",
            ),
            (!self.apart.is_empty()).then(|| {
                let services = self.apart.join(", ");
                format!("{services} failed, and none of them needs another")
            }),
        ];
        let doubts: Vec<String> = doubts.into_iter().flatten().collect();
        (!doubts.is_empty()).then(|| doubts.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(
        (n_without, n_stated, n_assumed): (usize, usize, usize),
        apart: &[&str],
        expected: Option<&str>,
    ) {
        let clocks = Clocks {
            n_events: 9,
            n_without,
            n_stated,
            n_assumed,
            apart: apart.iter().map(|name| (*name).to_owned()).collect(),
        };
        assert_eq!(expected, clocks.doubt().as_deref());
    }

    #[test]
    fn a_doubt_is_one_line() {
        check((0, 9, 0), &[], None);
        check((0, 0, 9), &[], None);
        check((2, 7, 0), &[], Some("2 of 9 events without a clock"));
        check(
            (1, 5, 3),
            &["redis", "ui"],
            Some(
                "1 of 9 events without a clock; 3 of 9 events with a clock whose zone, year or \
                 date was assumed, beside clocks that say theirs; redis, ui failed, and none of them needs another",
            ),
        );
    }
}
