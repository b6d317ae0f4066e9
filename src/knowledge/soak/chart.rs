//! Charts as SVG that needs nothing else.

use std::fmt::Write as _;

use super::{Metric, Series};

/// The size of a chart, in its own units.
const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 180.0;
/// Room for the figures on the left and below.
const LEFT: f64 = 60.0;
const BELOW: f64 = 24.0;
const ABOVE: f64 = 8.0;

/// Draws a metric of this run, and of the baseline beside it.
pub(super) fn chart(metric: Metric, now: Option<&Series>, base: Option<&Series>) -> String {
    let all = || now.iter().chain(&base).flat_map(|series| &series.points);
    let right = all().map(|point| point.0).fold(1.0_f64, f64::max);
    let top = all().map(|point| point.1).fold(0.0_f64, f64::max);
    let top = if top > 0.0 { top * 1.1 } else { 1.0 };
    let place = |(at, value): &(f64, f64)| {
        let x = LEFT + (WIDTH - LEFT) * (at / right).clamp(0.0, 1.0);
        let height = HEIGHT - ABOVE - BELOW;
        let y = HEIGHT - BELOW - height * (value / top).clamp(0.0, 1.0);
        (x, y)
    };
    let mut svg = format!(
        "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\">",
        metric.title()
    );
    let (floor, middle) = (HEIGHT - BELOW, (ABOVE + HEIGHT - BELOW) / 2.0);
    for (y, value) in [(floor, 0.0), (middle, top / 2.0), (ABOVE, top)] {
        // Writing to a string cannot fail.
        let _ = write!(
            svg,
            "<line class=\"grid\" x1=\"{LEFT}\" y1=\"{y:.1}\" x2=\"{WIDTH}\" y2=\"{y:.1}\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            LEFT - 6.0,
            y + 4.0,
            figure(value),
        );
    }
    let _ = write!(
        svg,
        "<text x=\"{LEFT}\" y=\"{:.1}\">0</text>\
         <text x=\"{WIDTH}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
        HEIGHT - 6.0,
        HEIGHT - 6.0,
        span(right)
    );
    for (class, series) in [("base", base), ("now", now)] {
        let Some(series) = series else { continue };
        let points: Vec<String> = series
            .points
            .iter()
            .map(place)
            .map(|(x, y)| format!("{x:.1},{y:.1}"))
            .collect();
        let _ = match points.as_slice() {
            [] => Ok(()),
            [_] => {
                let (x, y) = place(&series.points[0]);
                write!(
                    svg,
                    "<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\"/>"
                )
            }
            _ => write!(
                svg,
                "<polyline class=\"{class}\" points=\"{}\"/>",
                points.join(" ")
            ),
        };
    }
    svg.push_str("</svg>");
    svg
}

/// A figure as short as it can be.
pub(super) fn figure(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        0.0 => "0".to_owned(),
        _ => format!("{value:.2}"),
    }
}

fn span(seconds: f64) -> String {
    match seconds {
        s if s >= 7_200.0 => format!("{:.1} h", s / 3_600.0),
        s if s >= 120.0 => format!("{:.0} min", s / 60.0),
        s => format!("{s:.0} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::soak::By;

    #[test]
    fn a_chart_stays_in_its_frame() {
        let series = |points: &[(f64, f64)]| Series {
            metric: Metric::Rss,
            by: By::Probe,
            points: points.to_vec(),
        };
        let now = series(&[(0.0, 200.0), (30.0, 250.0), (60.0, 220.0)]);
        let base = series(&[(5.0, 100.0)]);
        let svg = chart(Metric::Rss, Some(&now), Some(&base));
        assert!(svg.starts_with("<svg") && svg.ends_with("</svg>"), "{svg}");
        assert_eq!(1, svg.matches("<polyline class=\"now\"").count());
        assert_eq!(1, svg.matches("<circle class=\"base\"").count());
        let points = svg.split("points=\"").nth(1).unwrap();
        let points = points.split('"').next().unwrap();
        for point in points.split(' ') {
            let (x, y) = point.split_once(',').unwrap();
            let (x, y): (f64, f64) = (x.parse().unwrap(), y.parse().unwrap());
            assert!((LEFT..=WIDTH).contains(&x) && (ABOVE..=HEIGHT).contains(&y));
        }
    }

    #[test]
    fn nothing_measured_is_an_empty_frame() {
        let svg = chart(Metric::Eps, None, None);
        assert!(!svg.contains("polyline") && svg.contains("<line"));
    }
}
