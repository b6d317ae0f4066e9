use std::cmp::Reverse;

/// Events of a recent window below which nothing is a trend.
const RECENT_MIN: i64 = 5;

/// A failure that is seen more often than before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trend<K> {
    /// The failure.
    pub of: K,
    /// Events of the recent window.
    pub recent: i64,
    /// Events of the window before it.
    pub baseline: i64,
}

impl<K> Trend<K> {
    /// How many more there are.
    pub fn score(&self) -> i64 {
        self.recent - self.baseline
    }
}

/// What rises, the steepest first; of equals the more frequent, then the smaller key.
pub fn trends<K: Ord + Clone>(all: impl IntoIterator<Item = Trend<K>>) -> Vec<Trend<K>> {
    let mut list: Vec<_> = all
        .into_iter()
        .filter(|trend| trend.recent >= RECENT_MIN && trend.score() > 0)
        .collect();
    list.sort_by_key(|trend| {
        (
            Reverse(trend.score()),
            Reverse(trend.recent),
            trend.of.clone(),
        )
    });
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_rises_and_is_frequent_is_a_trend() {
        let trend = |of, recent, baseline| Trend {
            of,
            recent,
            baseline,
        };
        let list = trends([
            trend("few", 4, 0),
            trend("falls", 9, 20),
            trend("same", 9, 9),
            trend("b", 9, 4),
            trend("a", 9, 4),
            trend("more", 10, 5),
            trend("steep", 60, 10),
        ]);
        let names: Vec<_> = list.iter().map(|trend| trend.of).collect();
        assert_eq!(vec!["steep", "more", "a", "b"], names);
    }
}
