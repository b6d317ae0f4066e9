use serde::Serialize;

use super::{By, Measured, Metric, Series};

/// How much a median has to move, as a part of what it was.
const PART_MIN: f64 = 0.2;
/// How many times the spread it has to move.
const SIGMAS_MIN: f64 = 3.0;
/// The spread of a normal sample is so many times its median absolute deviation.
const SIGMA_OF_MAD: f64 = 1.4826;
/// The fewest values from which a spread is known.
const VALUES_MIN: usize = 3;

/// A series in three numbers that single outliers do not move.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Robust {
    /// The middle value; of a count, its last.
    pub median: f64,
    /// The spread, as a standard deviation.
    pub sigma: f64,
    /// How many values.
    pub n: usize,
}

/// What a comparison says of one metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Drift {
    /// Nothing that could not be chance or does not matter.
    Same,
    /// It moved to the better.
    Better,
    /// It moved to the worse.
    Worse,
    /// One of the two runs has too few values.
    TooFew,
}

/// One metric of two runs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Compared {
    /// The metric.
    pub metric: Metric,
    /// In the earlier run.
    pub base: Option<Robust>,
    /// In the later run.
    pub now: Option<Robust>,
    /// What that means.
    pub drift: Drift,
}

impl Metric {
    /// The least change that matters to anybody, in its unit.
    fn floor(self) -> f64 {
        match self {
            Metric::Eps => 0.05,
            Metric::Rss => 20.0,
            Metric::Queue => 50.0,
            Metric::Latency => 50.0,
            Metric::Restarts => 0.5,
        }
    }

    fn is_worse_when_less(self) -> bool {
        match self {
            Metric::Eps => true,
            Metric::Rss | Metric::Queue | Metric::Latency | Metric::Restarts => false,
        }
    }

    fn is_count(self) -> bool {
        self == Metric::Restarts
    }
}

/// Compares every metric that either run has, like with like: the harness's figures
/// with the harness's, ours with ours.
pub fn compare(base: &Measured, now: &Measured) -> Vec<Compared> {
    let is_known = |metric: &Metric| {
        let has = |run: &Measured| run.best(*metric).is_some();
        has(base) || has(now)
    };
    let metrics = Metric::ALL.into_iter().filter(is_known);
    metrics.map(|metric| of_metric(metric, base, now)).collect()
}

fn of_metric(metric: Metric, base: &Measured, now: &Measured) -> Compared {
    let both = [By::Harness, By::Probe].into_iter();
    let mut both = both.filter_map(|by| Some((base.by(metric, by)?, now.by(metric, by)?)));
    let (base, now) = match both.next() {
        Some((base, now)) => (robust(base), robust(now)),
        None => (
            base.best(metric).and_then(robust),
            now.best(metric).and_then(robust),
        ),
    };
    let drift = match (&base, &now) {
        (Some(base), Some(now)) => drift(metric, base, now),
        (Some(_), None) | (None, Some(_)) | (None, None) => Drift::TooFew,
    };
    Compared {
        metric,
        base,
        now,
        drift,
    }
}

/// A change is a drift only where it is big as a part, big as a figure, and beyond the
/// spread of both runs.
fn drift(metric: Metric, base: &Robust, now: &Robust) -> Drift {
    if !metric.is_count() && (base.n < VALUES_MIN || now.n < VALUES_MIN) {
        return Drift::TooFew;
    }
    let change = now.median - base.median;
    let is_drift = change.abs() > PART_MIN * base.median.abs()
        && change.abs() > metric.floor()
        && change.abs() > SIGMAS_MIN * base.sigma.max(now.sigma);
    match (is_drift, (change < 0.0) == metric.is_worse_when_less()) {
        (false, _) => Drift::Same,
        (true, true) => Drift::Worse,
        (true, false) => Drift::Better,
    }
}

/// Says a series in three numbers; `None` for an empty one.
pub fn robust(series: &Series) -> Option<Robust> {
    let values: Vec<f64> = series.points.iter().map(|(_, value)| *value).collect();
    let n = values.len();
    if series.metric.is_count() {
        let median = *values.last()?;
        return Some(Robust {
            median,
            sigma: 0.0,
            n,
        });
    }
    let middle = median(values.clone())?;
    let distances = values.iter().map(|value| (value - middle).abs()).collect();
    Some(Robust {
        median: middle,
        sigma: SIGMA_OF_MAD * median(distances)?,
        n,
    })
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    let upper = *values.get(half)?;
    Some(match values.len() % 2 {
        0 => (values[half - 1] + upper) / 2.0,
        _ => upper,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(metric: Metric, values: &[f64]) -> Measured {
        let mut run = Measured::default();
        for (at, value) in values.iter().enumerate() {
            run.push(metric, at as f64, *value);
        }
        run
    }

    #[track_caller]
    fn check(metric: Metric, base: &[f64], now: &[f64], expected: Drift) {
        let compared = compare(&run(metric, base), &run(metric, now));
        assert_eq!(expected, compared[0].drift, "{compared:?}");
    }

    #[test]
    fn a_drift_is_big_as_a_part_as_a_figure_and_beyond_the_spread() {
        let base = [200.0, 201.0, 199.0, 200.0];
        check(Metric::Rss, &base, &[300.0, 301.0, 299.0], Drift::Worse);
        check(Metric::Rss, &base, &[120.0, 121.0, 119.0], Drift::Better);
        // 15 %.
        check(Metric::Rss, &base, &[230.0, 231.0, 229.0], Drift::Same);
        // 100 %, and nobody cares.
        check(Metric::Latency, &[10.0; 5], &[20.0; 5], Drift::Same);
        // 50 %, and within what the first run did by itself.
        let wild = [100.0, 300.0, 200.0, 350.0, 50.0];
        check(Metric::Rss, &wild, &[300.0, 301.0, 299.0], Drift::Same);
    }

    #[test]
    fn fewer_events_are_worse_and_less_memory_is_better() {
        check(Metric::Eps, &[0.5; 4], &[0.1; 4], Drift::Worse);
        check(Metric::Eps, &[0.1; 4], &[0.5; 4], Drift::Better);
    }

    #[test]
    fn an_idle_run_again_is_no_drift() {
        check(Metric::Eps, &[0.0; 9], &[0.0; 9], Drift::Same);
        check(Metric::Eps, &[0.0; 9], &[0.0, 0.02, 0.0, 0.03], Drift::Same);
        check(
            Metric::Latency,
            &[2.0, 3.0, 2.0],
            &[9.0, 4.0, 5.0],
            Drift::Same,
        );
        check(Metric::Queue, &[0.0; 9], &[0.0, 3.0, 1.0], Drift::Same);
        check(Metric::Restarts, &[0.0, 0.0], &[0.0], Drift::Same);
    }

    #[test]
    fn one_outlier_is_no_drift() {
        let mut now = [20.0; 11];
        now[5] = 9_000.0;
        check(Metric::Latency, &[20.0; 11], &now, Drift::Same);
    }

    #[test]
    fn one_restart_more_is_one() {
        check(Metric::Restarts, &[0.0, 0.0], &[0.0, 1.0], Drift::Worse);
        check(Metric::Restarts, &[0.0, 2.0], &[0.0, 0.0], Drift::Better);
    }

    #[test]
    fn two_values_are_too_few() {
        check(Metric::Rss, &[200.0; 9], &[900.0, 900.0], Drift::TooFew);
        let lonely = compare(&run(Metric::Rss, &[200.0; 9]), &Measured::default());
        assert_eq!(Drift::TooFew, lonely[0].drift);
    }

    #[test]
    fn like_is_compared_with_like() {
        let mut base = run(Metric::Eps, &[0.5; 4]);
        base.add_report(br#"{"telemetry": {"eps_samples": [5, 5, 5]}}"#);
        let now = run(Metric::Eps, &[0.5; 4]);
        assert_eq!(Drift::Same, compare(&base, &now)[0].drift);
    }
}
