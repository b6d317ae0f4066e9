//! The report of a soak, for people: Markdown, and one HTML file that needs nothing else.

use std::fmt::Write as _;

use super::{
    Compared, Drift, Measured, Metric, Robust, SoakRecord,
    chart::{chart, figure},
};
use crate::{
    knowledge::{markup::escaped, sources::soak_result},
    model::{SoakResult, redact},
};

/// The most texts of one kind that a report shows; the rest is counted.
const TEXTS_MAX: usize = 50;

const STYLE: &str = "\
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}\
table{border-collapse:collapse;margin:.5rem 0}td,th{padding:.15rem .8rem .15rem 0;text-align:left;\
vertical-align:top}th{border-bottom:1px solid #bbb}svg{width:100%;height:auto}svg text{font-size:11px;\
fill:#666}.grid{stroke:#ddd}.now{stroke:#0b63b5;fill:none;stroke-width:1.6}.base{stroke:#c77700;\
fill:none;stroke-width:1.2;stroke-dasharray:4 3}circle.now{fill:#0b63b5}circle.base{fill:#c77700}\
.passed{color:#176b2c}.failed,.worse{color:#a31515}.interrupted{color:#8a5a00}";

/// Everything that a report shows.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// The run.
    pub record: &'a SoakRecord,
    /// What was measured.
    pub measured: &'a Measured,
    /// The run that it is compared with, and what was measured then.
    pub base: Option<(&'a SoakRecord, &'a Measured)>,
    /// The comparison.
    pub compared: &'a [Compared],
    /// The report of the harness.
    pub report: Option<&'a soak_result::SoakResult>,
    /// What a person can do now.
    pub advice: &'a [String],
}

impl Page<'_> {
    /// The report as Markdown.
    pub fn markdown(&self) -> String {
        let mut text = format!("# Soak {}: {}\n\n", self.record.run, self.result());
        for (name, value) in self.facts() {
            line(&mut text, &format!("- {name}: {}", plain(&value)));
        }
        for (title, items) in self.lists() {
            line(&mut text, &format!("\n## {title}\n"));
            for item in items {
                line(&mut text, &format!("- {}", plain(&item)));
            }
        }
        for (title, head, rows) in self.tables() {
            line(&mut text, &format!("\n## {title}\n"));
            line(&mut text, &format!("| {} |", head.join(" | ")));
            line(&mut text, &format!("|{}", "---|".repeat(head.len())));
            for row in rows {
                let cells: Vec<String> = row.iter().map(|cell| plain(cell)).collect();
                line(&mut text, &format!("| {} |", cells.join(" | ")));
            }
        }
        text
    }

    /// The report as one HTML file.
    pub fn html(&self) -> String {
        let result = self.result();
        let title = format!("Soak {}: {result}", self.record.run);
        let mut text = format!(
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width\"><title>{}</title>\
             <style>{STYLE}</style></head><body>\n<h1 class=\"{result}\">{}</h1>\n<table>\n",
            escaped(&title),
            escaped(&title)
        );
        for (name, value) in self.facts() {
            let (name, value) = (escaped(name), escaped(&value));
            line(
                &mut text,
                &format!("<tr><th>{name}</th><td>{value}</td></tr>"),
            );
        }
        text.push_str("</table>\n");
        for (title, items) in self.lists() {
            line(&mut text, &format!("<h2>{}</h2>\n<ul>", escaped(title)));
            for item in items {
                line(&mut text, &format!("<li>{}</li>", escaped(&item)));
            }
            text.push_str("</ul>\n");
        }
        self.charts(&mut text);
        for (title, head, rows) in self.tables() {
            line(
                &mut text,
                &format!("<h2>{}</h2>\n<table><tr>", escaped(title)),
            );
            for cell in head {
                let _ = write!(text, "<th>{}</th>", escaped(cell));
            }
            text.push_str("</tr>\n");
            for row in rows {
                let cells = row.iter().map(|cell| format!("<td>{}</td>", escaped(cell)));
                line(
                    &mut text,
                    &format!("<tr>{}</tr>", cells.collect::<String>()),
                );
            }
            text.push_str("</table>\n");
        }
        text.push_str("</body></html>\n");
        text
    }

    fn charts(&self, text: &mut String) {
        for metric in Metric::ALL {
            let now = self.measured.best(metric);
            let base = self.base.and_then(|(_, measured)| match now {
                Some(now) => measured.by(metric, now.by),
                None => measured.best(metric),
            });
            if now.is_none() && base.is_none() {
                continue;
            }
            let unit = match metric.unit() {
                "" => String::new(),
                unit => format!(" ({unit})"),
            };
            let _ = write!(
                text,
                "<h2>{}{unit}</h2>\n{}\n",
                metric.title(),
                chart(metric, now, base)
            );
        }
        if self.base.is_some() {
            text.push_str("<p>Solid: this run. Dashed: the run that it is compared with.</p>\n");
        }
    }

    fn result(&self) -> &'static str {
        self.record.result.unwrap_or(SoakResult::Failed).as_str()
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let record = self.record;
        let took = record.ended_at.map(|end| end.since(record.started_at));
        let took = took.map_or_else(String::new, |took| format!("{} s", took.as_secs()));
        let mut facts = vec![
            ("project", record.project.to_string()),
            ("harness", record.harness.path.clone()),
            ("SHA-256", record.harness.sha256.clone()),
            ("load", format!("{} minutes", record.harness.load.minutes)),
            ("control mode", record.mode.to_string()),
            ("began", record.started_at.to_string()),
            ("took", took),
            ("session in the ledger", record.session.to_string()),
        ];
        if let Some(report) = self.report {
            let n_checks = report.checks_passed + report.checks_failed;
            let checks = format!("{} of {n_checks} passed", report.checks_passed);
            facts.push(("page checks", checks));
        }
        if let Some((base, _)) = self.base {
            facts.push(("compared with", base.run.clone()));
        }
        facts
    }

    fn lists(&self) -> Vec<(&'static str, Vec<String>)> {
        let (errors, warnings) = match self.report {
            Some(report) => (shown(&report.errors), shown(&report.warnings)),
            None => (Vec::new(), Vec::new()),
        };
        let reasons = shown(&self.record.reasons);
        let lists = [
            ("Why it is not a pass", reasons),
            ("What to do next", self.advice.to_vec()),
            ("Errors of the harness", errors),
            ("Warnings of the harness", warnings),
        ];
        let lists = lists.into_iter();
        lists.filter(|(_, items)| !items.is_empty()).collect()
    }

    fn tables(&self) -> Vec<Table> {
        let phase = |mark: &super::PhaseMark| {
            vec![
                mark.at.to_string(),
                mark.phase.to_string(),
                mark.status.to_string(),
                mark.detail.clone(),
            ]
        };
        let phases = self.record.phases.iter().map(phase).collect();
        let mut tables = vec![("Phases", vec!["at", "phase", "status", "detail"], phases)];
        if !self.compared.is_empty() {
            let rows = self.compared.iter().map(row).collect();
            let head = vec!["metric", "before", "now", "drift"];
            tables.insert(0, ("Compared", head, rows));
        }
        tables
    }
}

/// A title, the head and the rows.
type Table = (&'static str, Vec<&'static str>, Vec<Vec<String>>);

/// The cells of one metric: before, now, and what that means.
pub fn row(compared: &Compared) -> Vec<String> {
    let number = |robust: &Option<Robust>| match robust {
        Some(robust) => format!(
            "{} {} (σ {}, n {})",
            figure(robust.median),
            compared.metric.unit(),
            figure(robust.sigma),
            robust.n
        ),
        None => "-".to_owned(),
    };
    let drift = match compared.drift {
        Drift::Same => "none",
        Drift::Better => "better",
        Drift::Worse => "worse",
        Drift::TooFew => "too few values",
    };
    vec![
        compared.metric.title().to_owned(),
        number(&compared.base).replace("  ", " "),
        number(&compared.now).replace("  ", " "),
        drift.to_owned(),
    ]
}

fn shown(texts: &[String]) -> Vec<String> {
    let clean = |text: &String| redact(text).into_owned();
    let mut shown: Vec<String> = texts.iter().take(TEXTS_MAX).map(clean).collect();
    let n_more = texts.len().saturating_sub(TEXTS_MAX);
    if n_more > 0 {
        shown.push(format!("and {n_more} more"));
    }
    shown
}

/// One line without what a table or a terminal would take for its own.
fn plain(text: &str) -> String {
    let one_line = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    one_line
        .collect::<String>()
        .replace('|', "\\|")
        .replace('<', "&lt;")
}

fn line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}
