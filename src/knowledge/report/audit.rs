use serde::Serialize;

/// Parts of the histogram.
const BUCKETS: usize = 10;

/// From here on a confidence is high.
const HIGH: f64 = 0.95;

/// A share from which on the scores tell nothing.
const ONE_SIDED: f64 = 0.8;

/// What a list of confidences is like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Stats {
    /// The least.
    pub min: f64,
    /// The greatest.
    pub max: f64,
    /// Half are not greater.
    pub median: f64,
    /// A quarter is not greater.
    pub p25: f64,
    /// Three quarters are not greater.
    pub p75: f64,
    /// The sum by the number.
    pub mean: f64,
    /// How many are 0.
    pub zero_count: usize,
    /// How many are 1.
    pub one_count: usize,
    /// How many are 0.95 or more.
    pub high95_count: usize,
    /// Percent that are 0.
    pub zero_pct: f64,
    /// Percent that are 1.
    pub one_pct: f64,
    /// Percent that are 0.95 or more.
    pub high95_pct: f64,
}

/// A tenth of the scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Which, from 0.
    pub at: usize,
    /// Scores in it.
    pub count: usize,
}

impl Bucket {
    /// What it is called: `0.3-0.4`.
    pub fn label(&self) -> String {
        let bound = |at: usize| format!("{:.1}", at as f64 / BUCKETS as f64);
        format!("{}-{}", bound(self.at), bound(self.at + 1))
    }
}

/// A list of confidences, looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Audit {
    /// How it is.
    pub stats: Stats,
    /// Where on the scale they are.
    pub histogram: Vec<Bucket>,
    n: usize,
}

impl Audit {
    /// Looks at scores from 0 to 1; `None` without any.
    pub fn of(scores: &[f64]) -> Option<Self> {
        let mut sorted = scores.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (min, max) = (*sorted.first()?, *sorted.last()?);
        let n = sorted.len();
        let count = |is: &dyn Fn(f64) -> bool| sorted.iter().filter(|score| is(**score)).count();
        let percent = |part: usize| (part as f64 * 1000.0 / n as f64).round() / 10.0;
        let (zero, one) = (count(&|score| score <= 0.0), count(&|score| score >= 1.0));
        let high = count(&|score| score >= HIGH);
        let stats = Stats {
            min,
            max,
            median: quantile(&sorted, 0.5),
            p25: quantile(&sorted, 0.25),
            p75: quantile(&sorted, 0.75),
            mean: sorted.iter().sum::<f64>() / n as f64,
            zero_count: zero,
            one_count: one,
            high95_count: high,
            zero_pct: percent(zero),
            one_pct: percent(one),
            high95_pct: percent(high),
        };
        let mut histogram: Vec<Bucket> = (0..BUCKETS).map(|at| Bucket { at, count: 0 }).collect();
        for score in &sorted {
            // What the scale has is counted in its ends.
            let at = (score.clamp(0.0, 1.0) * BUCKETS as f64) as usize;
            histogram[at.min(BUCKETS - 1)].count += 1;
        }
        Some(Self {
            stats,
            histogram,
            n,
        })
    }

    /// What is to be thought of it.
    pub fn verdict(&self) -> &'static str {
        let share = |count: usize| count as f64 / self.n as f64;
        if share(self.stats.zero_count) > ONE_SIDED {
            "most failures have no evidence of a fix: `wicap-assist sources` says what is missing"
        } else if share(self.stats.one_count) > ONE_SIDED {
            "most failures are rated as certain: the scores tell nothing"
        } else {
            "the scores tell failures apart"
        }
    }
}

/// Between the two nearest, never outside of what there is.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let (below, above) = (place.floor() as usize, place.ceil() as usize);
    let (low, high) = (sorted[below], sorted[above]);
    low + (high - low) * (place - place.floor())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_lie_within_the_data() {
        let audit = Audit::of(&[0.8, 0.2]).unwrap();
        assert!((0.35 - audit.stats.p25).abs() < 1e-9, "{audit:?}");
        assert!((0.5 - audit.stats.median).abs() < 1e-9);
        assert_eq!((0.2, 0.8), (audit.stats.min, audit.stats.max));
        assert_eq!(None, Audit::of(&[]));
    }

    #[test]
    fn every_score_is_in_one_bucket() {
        let audit = Audit::of(&[0.0, 0.05, 0.1, 0.95, 1.0, 1.0]).unwrap();
        let counts: Vec<_> = audit.histogram.iter().map(|bucket| bucket.count).collect();
        assert_eq!(vec![2, 1, 0, 0, 0, 0, 0, 0, 0, 3], counts);
        assert_eq!("0.9-1.0", audit.histogram[9].label());
        let stats = audit.stats;
        assert_eq!(
            (1, 2, 3),
            (stats.zero_count, stats.one_count, stats.high95_count)
        );
        assert_eq!(16.7, stats.zero_pct);
    }

    #[test]
    fn scores_on_one_side_tell_nothing() {
        let verdict = |scores: &[f64]| Audit::of(scores).unwrap().verdict();
        assert!(verdict(&[0.0; 9]).contains("no evidence"));
        assert!(verdict(&[1.0; 9]).contains("certain"));
        assert!(verdict(&[0.1, 0.9]).contains("apart"));
    }
}
