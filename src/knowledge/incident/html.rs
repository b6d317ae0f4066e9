//! One page that needs nothing but itself: no script, no font, no request.

use std::fmt::Write as _;

use super::{
    bundle::{Incident, LogSummary},
    page_style::STYLE,
};
use crate::knowledge::markup::escaped;

/// Width and height of the chart.
const CHART: (f64, f64) = (960.0, 180.0);

/// Room for the numbers at the left and the times below.
const MARGIN: (f64, f64) = (40.0, 22.0);

/// Bars that a chart can show; beyond that hours are put together.
const BARS_MAX: usize = 96;

/// Points of the timeline that are shown.
const HAPPENINGS_MAX: usize = 60;

/// Writes an incident down as a page.
#[must_use]
pub fn page(incident: &Incident) -> String {
    let mut text = String::new();
    // Writing into a string cannot fail.
    let _ = write(incident, &mut text);
    text
}

fn write(incident: &Incident, out: &mut String) -> std::fmt::Result {
    let title = escaped(&incident.bundle.target);
    writeln!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">"
    )?;
    writeln!(
        out,
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
    )?;
    writeln!(
        out,
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    )?;
    writeln!(
        out,
        "<title>Incident: {title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>"
    )?;
    writeln!(out, "<h1>{title}</h1>")?;
    let began = incident.began.as_deref().unwrap_or("at an unknown time");
    writeln!(
        out,
        "<p class=\"soft\">Began {}. Written {}.</p>",
        escaped(began),
        escaped(&incident.generated)
    )?;
    if let Some(doubt) = &incident.order_unknown {
        writeln!(
            out,
            "<p class=\"soft\">Order not certain: {}.</p>",
            escaped(doubt)
        )?;
    }
    advice(incident, out)?;
    rates(incident, out)?;
    movers(incident, out)?;
    timeline(incident, out)?;
    failures(incident, out)?;
    evidence(incident, out)?;
    sessions(incident, out)?;
    commits(incident, out)?;
    ledger(incident, out)?;
    writeln!(out, "</main>\n</body>\n</html>")
}

fn advice(incident: &Incident, out: &mut String) -> std::fmt::Result {
    writeln!(out, "<h2>What to do</h2>\n<div class=\"card\">")?;
    match incident
        .answer
        .as_ref()
        .and_then(|answer| answer.best.as_ref())
    {
        Some(best) => {
            writeln!(out, "<dl>")?;
            let cause = best.cause.as_deref().unwrap_or("not known");
            writeln!(out, "<dt>Cause</dt><dd>{}</dd>", code_spans(cause))?;
            list("Do", &best.steps, out)?;
            list("Do not", &best.avoid, out)?;
            writeln!(out, "<dt>Confidence</dt><dd>{:.2}<ul>", best.confidence)?;
            for reason in &best.reasons {
                let sign = if reason.is_for { "for" } else { "against" };
                writeln!(
                    out,
                    "<li><span class=\"soft\">{sign}:</span> {}</li>",
                    code_spans(&reason.text)
                )?;
            }
            writeln!(out, "</ul></dd></dl>")?;
        }
        None => {
            writeln!(out, "<p>No answer. What is missing:</p><ul>")?;
            for one in incident.answer.iter().flat_map(|answer| &answer.missing) {
                writeln!(out, "<li>{}</li>", escaped(one))?;
            }
            writeln!(out, "</ul>")?;
        }
    }
    writeln!(out, "</div>")
}

fn list(name: &str, items: &[String], out: &mut String) -> std::fmt::Result {
    writeln!(out, "<dt>{name}</dt><dd><ol>")?;
    for item in items {
        writeln!(out, "<li>{}</li>", code_spans(item))?;
    }
    writeln!(out, "</ol></dd>")
}

/// Text with what stands in backticks as code.
fn code_spans(text: &str) -> String {
    let mut html = String::new();
    for (at, piece) in text.split('`').enumerate() {
        if at % 2 == 1 {
            html.push_str(&["<code>", &escaped(piece), "</code>"].concat());
        } else {
            html.push_str(&escaped(piece));
        }
    }
    html
}

fn rates(incident: &Incident, out: &mut String) -> std::fmt::Result {
    let step = incident.rates.len().div_ceil(BARS_MAX).max(1);
    let bars: Vec<(&str, i64)> = incident
        .rates
        .chunks(step)
        .map(|hours| (hours[0].0.as_str(), hours.iter().map(|(_, n)| n).sum()))
        .collect();
    let most = bars.iter().map(|(_, n)| *n).max().unwrap_or(0);
    if most == 0 {
        return Ok(());
    }
    let unit = if step == 1 {
        "hour".to_owned()
    } else {
        format!("{step} hours")
    };
    writeln!(
        out,
        "<h2>Failures of these kinds by {unit}, everywhere</h2>\n<div class=\"card\">"
    )?;
    let ((width, height), (left, below)) = (CHART, MARGIN);
    let (wide, high) = ((width - left) / bars.len() as f64, height - below - 12.0);
    writeln!(
        out,
        "<svg viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"failures over time, at most {most}\">"
    )?;
    for part in [0.0, 0.5, 1.0] {
        let y = 12.0 + high * (1.0 - part);
        writeln!(
            out,
            "<line x1=\"{left}\" x2=\"{width}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>"
        )?;
        let value = (most as f64 * part).round();
        writeln!(
            out,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{value}</text>",
            left - 6.0,
            y + 4.0
        )?;
    }
    let labelled = bars.len().div_ceil(6).max(1);
    for (at, (hour, n)) in bars.iter().enumerate() {
        let (x, tall) = (left + wide * at as f64, high * *n as f64 / most as f64);
        let y = 12.0 + high - tall;
        writeln!(
            out,
            "<rect x=\"{:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{tall:.1}\"><title>{}: {n}</title></rect>",
            x + 1.0,
            (wide - 2.0).max(1.0),
            escaped(hour)
        )?;
        if at % labelled == 0 {
            writeln!(
                out,
                "<text x=\"{x:.1}\" y=\"{:.1}\">{}</text>",
                height - 6.0,
                escaped(hour)
            )?;
        }
    }
    writeln!(out, "</svg></div>")
}

fn movers(incident: &Incident, out: &mut String) -> std::fmt::Result {
    if incident.movers.len() < 2 {
        return Ok(());
    }
    writeln!(
        out,
        "<h2>Who failed first</h2>\n<p class=\"soft\">In the quarter of an hour before and after the \
         last failure.</p>\n<div class=\"card\"><ol>"
    )?;
    for (service, at) in &incident.movers {
        writeln!(
            out,
            "<li>{} <span class=\"soft\">{}</span></li>",
            escaped(service),
            escaped(at)
        )?;
    }
    writeln!(out, "</ol></div>")
}

fn timeline(incident: &Incident, out: &mut String) -> std::fmt::Result {
    if incident.timeline.is_empty() {
        return Ok(());
    }
    writeln!(out, "<h2>Timeline</h2>\n<table>")?;
    for one in incident.timeline.iter().take(HAPPENINGS_MAX) {
        let at = crate::model::Timestamp::from_millis(one.at_ms).to_string();
        writeln!(
            out,
            "<tr><td class=\"t\">{}</td><td class=\"kind\">{}</td><td><code>{}</code><br><span class=\"soft\">{}</span></td></tr>",
            escaped(at.get(..19).unwrap_or(&at)).replace('T', " "),
            one.kind,
            escaped(&one.text),
            escaped(&one.place)
        )?;
    }
    writeln!(out, "</table>")
}

fn failures(incident: &Incident, out: &mut String) -> std::fmt::Result {
    writeln!(out, "<h2>Failures</h2>")?;
    for (category, clusters) in incident.bundle.log_summary.by_category() {
        if clusters.is_empty() {
            continue;
        }
        writeln!(
            out,
            "<p class=\"soft\">{category}: {}</p>\n<table>",
            LogSummary::total(clusters)
        )?;
        for one in clusters {
            writeln!(
                out,
                "<tr><td class=\"n\">{}</td><td><code>{}</code><br><span class=\"soft\">{}:{} · {}</span></td></tr>",
                one.count,
                escaped(&one.snippet),
                escaped(&one.file),
                one.line,
                escaped(&one.signature)
            )?;
        }
        writeln!(out, "</table>")?;
    }
    Ok(())
}

fn evidence(incident: &Incident, out: &mut String) -> std::fmt::Result {
    let Some(best) = incident
        .answer
        .as_ref()
        .and_then(|answer| answer.best.as_ref())
    else {
        return Ok(());
    };
    writeln!(out, "<h2>Evidence for the advice</h2>\n<table>")?;
    for one in &best.evidence {
        writeln!(
            out,
            "<tr><td class=\"kind\">{}</td><td><code>{}</code><br><span class=\"soft\">{} — {}</span></td></tr>",
            one.kind,
            escaped(&one.text),
            escaped(&one.place),
            escaped(&one.why)
        )?;
    }
    writeln!(out, "</table>")
}

fn sessions(incident: &Incident, out: &mut String) -> std::fmt::Result {
    if incident.bundle.related_sessions.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "<h2>Past work</h2>\n<p class=\"soft\">Somebody's words and commands. Nothing of it was run.</p>"
    )?;
    for session in &incident.bundle.related_sessions {
        let last = session.ts_last.as_deref().unwrap_or("");
        writeln!(
            out,
            "<p><code>{}</code> <span class=\"soft\">{}</span></p><ul>",
            escaped(&session.session_id),
            escaped(last)
        )?;
        for one in session
            .matches
            .outcomes
            .iter()
            .chain(&session.matches.commands)
        {
            writeln!(out, "<li><code>{}</code></li>", escaped(&one.snippet))?;
        }
        writeln!(out, "</ul>")?;
    }
    Ok(())
}

fn commits(incident: &Incident, out: &mut String) -> std::fmt::Result {
    if incident.bundle.git_commits.is_empty() {
        return Ok(());
    }
    writeln!(out, "<h2>Commits around that time</h2>\n<table>")?;
    for one in incident.bundle.git_commits.iter().take(15) {
        writeln!(
            out,
            "<tr><td class=\"t\">{}</td><td>{}<br><span class=\"soft\"><code>{}</code></span></td></tr>",
            escaped(one.date.get(..16).unwrap_or(&one.date)).replace('T', " "),
            escaped(&one.subject),
            escaped(one.hash.get(..12).unwrap_or(&one.hash))
        )?;
    }
    writeln!(out, "</table>")
}

fn ledger(incident: &Incident, out: &mut String) -> std::fmt::Result {
    writeln!(out, "<h2>What the controller did</h2>")?;
    if incident.ledger.is_empty() {
        return writeln!(
            out,
            "<p class=\"soft\">The ledger has no action of that time.</p>"
        );
    }
    writeln!(out, "<ul>")?;
    for line in &incident.ledger {
        writeln!(out, "<li>{}</li>", escaped(line))?;
    }
    writeln!(out, "</ul>")
}
