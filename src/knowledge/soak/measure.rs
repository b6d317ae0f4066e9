use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The most points of one series. Beyond that every second one is dropped.
pub const POINTS_MAX: usize = 4_000;

/// What is measured during a soak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Events a second that reach the database.
    Eps,
    /// Memory of the UI.
    Rss,
    /// Events that wait in the queue.
    Queue,
    /// How long an answer over HTTP takes.
    Latency,
    /// Starts of containers since the soak began, all services together.
    Restarts,
}

/// Who measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// The harness, in its report.
    Harness,
    /// Our own probes.
    Probe,
}

/// One metric over time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// What.
    pub metric: Metric,
    /// By whom.
    pub by: By,
    /// Seconds since the soak began, and the value, in the order of time.
    pub points: Vec<(f64, f64)>,
}

/// Everything that was measured in one soak.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// At most one series for each metric and each who measured it.
    pub series: Vec<Series>,
}

impl Metric {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Metric; 5] = [
        Metric::Eps,
        Metric::Rss,
        Metric::Queue,
        Metric::Latency,
        Metric::Restarts,
    ];

    /// Its name for people.
    pub fn title(self) -> &'static str {
        match self {
            Metric::Eps => "events a second",
            Metric::Rss => "memory of the UI",
            Metric::Queue => "queue depth",
            Metric::Latency => "latency",
            Metric::Restarts => "restarts",
        }
    }

    /// Its unit; empty for a count.
    pub fn unit(self) -> &'static str {
        match self {
            Metric::Eps => "/s",
            Metric::Rss => "MB",
            Metric::Latency => "ms",
            Metric::Queue | Metric::Restarts => "",
        }
    }
}

impl Series {
    /// Adds a value, and drops every second one where there are too many.
    pub fn push(&mut self, at_s: f64, value: f64) {
        if !(at_s.is_finite() && value.is_finite()) {
            return;
        }
        self.points.push((at_s, value));
        if self.points.len() > POINTS_MAX {
            let mut place = 0_usize;
            self.points.retain(|_| {
                place += 1;
                place % 2 == 1
            });
        }
    }
}

impl Measured {
    /// The series of a metric: the harness's own, where it has one.
    pub fn best(&self, metric: Metric) -> Option<&Series> {
        let mut own = self.series.iter().filter(|one| one.metric == metric);
        let found = own.clone().find(|one| one.by == By::Harness);
        found.or_else(|| own.next())
    }

    /// The series of a metric by one who measured.
    pub fn by(&self, metric: Metric, by: By) -> Option<&Series> {
        let mut series = self.series.iter();
        series.find(|one| (one.metric, one.by) == (metric, by))
    }

    /// Adds a value of our own probes.
    pub fn push(&mut self, metric: Metric, at_s: f64, value: f64) {
        let by = By::Probe;
        let place = self
            .series
            .iter()
            .position(|one| (one.metric, one.by) == (metric, by));
        let place = place.unwrap_or_else(|| {
            self.series.push(Series {
                metric,
                by,
                points: Vec::new(),
            });
            self.series.len() - 1
        });
        self.series[place].push(at_s, value);
    }

    /// Adds what the report of a harness has measured. Its samples are spread evenly
    /// over the time that it took: their own clock has no zone.
    pub fn add_report(&mut self, report: &[u8]) {
        let Ok(report) = serde_json::from_slice::<Value>(report) else {
            return;
        };
        let length_s = report["duration_minutes"].as_f64().unwrap_or(0.0) * 60.0;
        let telemetry = &report["telemetry"];
        let eps = numbers(&telemetry["eps_samples"], &["eps", "current_eps", "value"]);
        let latency = numbers(
            &telemetry["latency_samples"],
            &["latency_ms", "elapsed_ms", "ms", "latency", "value"],
        );
        let memory = &report["memory_snapshots"];
        let checkpoints = memory["checkpoints"].as_array();
        let snapshots = std::iter::once(&memory["start"])
            .chain(checkpoints.into_iter().flatten())
            .chain(std::iter::once(&memory["end"]));
        let rss = snapshots.filter_map(megabytes).collect();
        for (metric, values) in [
            (Metric::Eps, eps),
            (Metric::Latency, latency),
            (Metric::Rss, rss),
        ] {
            self.series.extend(spread(metric, &values, length_s));
        }
    }

    /// What our own gauges read from the status page of the UI.
    pub fn add_status(&mut self, at_s: f64, status: &Value) {
        let rss = status["ui_memory"]["rss_mb"].as_f64();
        for (metric, value) in [
            (Metric::Eps, status["eps"].as_f64()),
            (Metric::Queue, status["queue_depth_events"].as_f64()),
            (Metric::Rss, rss),
        ] {
            if let Some(value) = value {
                self.push(metric, at_s, value);
            }
        }
    }
}

fn spread(metric: Metric, values: &[f64], length_s: f64) -> Option<Series> {
    if values.is_empty() {
        return None;
    }
    let n_steps = values.len().saturating_sub(1).max(1);
    let mut series = Series {
        metric,
        by: By::Harness,
        points: Vec::new(),
    };
    for (place, value) in values.iter().enumerate() {
        series.push(length_s * place as f64 / n_steps as f64, *value);
    }
    Some(series)
}

/// Numbers, or the number of each object under one of these names.
fn numbers(samples: &Value, names: &[&str]) -> Vec<f64> {
    let number = |sample: &Value| {
        let named = || names.iter().find_map(|name| sample[*name].as_f64());
        sample.as_f64().or_else(named)
    };
    let samples = samples.as_array();
    samples.into_iter().flatten().filter_map(number).collect()
}

/// The memory of the UI in a snapshot: `rss_mb` wherever it stands, else the first
/// figure of a `mem` such as `387.6MiB / 62.58GiB`.
fn megabytes(snapshot: &Value) -> Option<f64> {
    match snapshot {
        Value::Object(fields) => {
            let rss = fields.get("rss_mb").and_then(Value::as_f64);
            let mem = || fields.get("mem").and_then(Value::as_str).and_then(size);
            rss.or_else(mem)
                .or_else(|| fields.values().find_map(megabytes))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            None
        }
    }
}

fn size(text: &str) -> Option<f64> {
    let first = text.split('/').next()?.trim();
    let end = first.find(|c: char| c.is_ascii_alphabetic())?;
    let (number, unit) = first.split_at(end);
    let number: f64 = number.trim().parse().ok()?;
    let factor = match unit {
        "KiB" | "kB" => 1.0 / 1024.0,
        "MiB" | "MB" => 1.0,
        "GiB" | "GB" => 1024.0,
        _ => return None,
    };
    Some(number * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_gives_its_series() {
        let report = br#"{"duration_minutes": 2,
            "telemetry": {"eps_samples": [0.1, {"timestamp": "x", "eps": 0.3}, "no", 0.2],
                          "latency_samples": [{"latency_ms": 12}]},
            "memory_snapshots": {"start": {"rss_mb": 200},
                "checkpoints": [{"wicap-ui": {"cpu": "3.1%", "mem": "387.5MiB / 62.58GiB"}}],
                "end": {"ui": {"rss_mb": 220}}}}"#;
        let mut measured = Measured::default();
        measured.add_report(report);
        let points = |metric| measured.best(metric).unwrap().points.clone();
        assert_eq!(
            [(0.0, 0.1), (60.0, 0.3), (120.0, 0.2)],
            *points(Metric::Eps)
        );
        assert_eq!([(0.0, 12.0)], *points(Metric::Latency));
        assert_eq!(
            [(0.0, 200.0), (60.0, 387.5), (120.0, 220.0)],
            *points(Metric::Rss)
        );
        assert_eq!(None, measured.best(Metric::Queue));
    }

    #[test]
    fn what_is_no_report_gives_nothing() {
        for text in [
            "",
            "[]",
            "{}",
            r#"{"telemetry": 3, "memory_snapshots": []}"#,
        ] {
            let mut measured = Measured::default();
            measured.add_report(text.as_bytes());
            assert_eq!(Measured::default(), measured, "{text}");
        }
    }

    #[test]
    fn the_harness_is_asked_before_our_probes() {
        let mut measured = Measured::default();
        let status = serde_json::json!({"eps": 0.5, "queue_depth_events": null});
        measured.add_status(1.0, &status);
        assert_eq!(By::Probe, measured.best(Metric::Eps).unwrap().by);
        measured.add_report(br#"{"telemetry": {"eps_samples": [0.1]}}"#);
        assert_eq!(By::Harness, measured.best(Metric::Eps).unwrap().by);
        assert_eq!(None, measured.best(Metric::Queue));
    }

    #[test]
    fn a_series_has_a_most() {
        let mut measured = Measured::default();
        for second in 0..3 * POINTS_MAX {
            measured.push(Metric::Latency, second as f64, 1.0);
        }
        let points = &measured.series[0].points;
        assert!(points.len() <= POINTS_MAX);
        assert!(points.is_sorted_by(|one, next| one.0 < next.0));
        assert_eq!(0.0, points[0].0);
    }
}
