//! An incident: a bundle with its timeline, its rates, and what was done about it.

use std::collections::BTreeMap;

use super::{
    AnswerError, Recommended, Sources,
    bundle::{LED_MAX, Told, assembled, text_of, told},
    recommend, scripts_for,
};
use crate::{
    knowledge::{
        first_mover::Movers,
        harness_match::Subject,
        incident::{Bundle, Clocks, Happening, Incident, ScriptReference, git_of},
    },
    model::{HOUR_MS, Timestamp},
    store::evidence::{Evidence, EvidenceError},
};

/// Hours of the rates before the last failure.
const RATE_HOURS: i64 = 48;

/// Gathers an incident; `None` when nothing in the evidence fits the target. A bundle that is given
/// stands in place of the gathered one.
///
/// # Errors
///
/// Fails if the evidence or the ledger cannot be read.
pub fn incident(
    sources: &Sources<'_>,
    input: &str,
    given: Option<Bundle>,
) -> Result<Option<Incident>, AnswerError> {
    let told = told(sources, input)?;
    let bundle = match given {
        Some(bundle) => bundle,
        None if told.is_empty() => return Ok(None),
        None => assembled(sources, input, &told)?,
    };
    let recommended = recommend(sources, input)?;
    let times = || {
        told.iter()
            .flat_map(|one| &one.events)
            .filter_map(|event| event.at_ms)
    };
    let (first, last) = (times().min(), times().max());
    let movers = recommended
        .movers
        .order()
        .iter()
        .map(|one| (one.service.clone(), text_of(one.at_ms)));
    let git = git_of(&bundle);
    Ok(Some(Incident {
        generated: sources.now.to_string(),
        began: first.map(text_of),
        git,
        movers: movers.collect(),
        order_unknown: clocks(&told, &recommended.movers).doubt(),
        timeline: timeline(&bundle, &told, &recommended),
        rates: rates(sources, &told, last)?,
        ledger: ledger(sources, first, last)?,
        scripts: scripts(sources.evidence, &bundle)?,
        answer: Some(recommended.answer),
        bundle,
    }))
}

/// Of the failures that the timeline shows.
fn clocks(told: &[Told], movers: &Movers) -> Clocks {
    let events = || told.iter().take(LED_MAX).flat_map(|one| &one.events);
    let of_clock = |clocks: &[&str]| {
        events()
            .filter(|event| clocks.contains(&event.clock.as_str()))
            .count()
    };
    Clocks {
        n_events: events().count(),
        // A time in the name of a file is that of its beginning.
        n_without: of_clock(&["none", "named"]),
        n_stated: of_clock(&["stated"]),
        n_assumed: of_clock(&["assumed"]),
        apart: match movers {
            Movers::Unknown(services) => services.clone(),
            Movers::None | Movers::Order(_) => Vec::new(),
        },
    }
}

fn timeline(bundle: &Bundle, told: &[Told], recommended: &Recommended) -> Vec<Happening> {
    let mut all = Vec::new();
    for event in told.iter().take(LED_MAX).flat_map(|one| &one.events) {
        all.extend(event.at_ms.map(|at_ms| Happening {
            at_ms,
            kind: "log",
            place: format!("{}:{}", event.path, event.line),
            text: event.text.clone(),
        }));
    }
    let best = recommended
        .answer
        .best
        .iter()
        .flat_map(|best| &best.evidence);
    for one in best.filter(|one| matches!(one.kind, "session" | "ledger")) {
        all.extend(one.at_ms.map(|at_ms| Happening {
            at_ms,
            kind: one.kind,
            place: one.place.clone(),
            text: one.text.clone(),
        }));
    }
    for commit in bundle.git_commits.iter().take(10) {
        let at: Option<Timestamp> = commit.date.parse().ok();
        all.extend(at.map(|at| Happening {
            at_ms: at.millis(),
            kind: "commit",
            place: commit.hash.chars().take(12).collect(),
            text: commit.subject.clone(),
        }));
    }
    all.sort_by(|a, b| (a.at_ms, &a.place).cmp(&(b.at_ms, &b.place)));
    all.dedup();
    all
}

/// How many of these failures each hour had, up to the last one.
fn rates(
    sources: &Sources<'_>,
    told: &[Told],
    last: Option<i64>,
) -> Result<Vec<(String, i64)>, EvidenceError> {
    let Some(last) = last else {
        return Ok(Vec::new());
    };
    let to = last.div_euclid(HOUR_MS) + 1;
    let from = to - RATE_HOURS;
    let mut hours: BTreeMap<i64, i64> = (from..to).map(|hour| (hour, 0)).collect();
    for one in told {
        for (hour, n) in
            sources
                .evidence
                .failure_hours(one.view.key, (from, to), sources.now.millis())?
        {
            *hours.entry(hour).or_default() += n;
        }
    }
    let text = |hour: i64| {
        let text = text_of(hour * HOUR_MS);
        text.get(5..16)
            .map_or(text.clone(), |part| part.replace('T', " "))
    };
    Ok(hours.into_iter().map(|(hour, n)| (text(hour), n)).collect())
}

/// What the controller did from the hour before the failures to the hour after.
fn ledger(
    sources: &Sources<'_>,
    first: Option<i64>,
    last: Option<i64>,
) -> Result<Vec<String>, AnswerError> {
    let (Some(ledger), Some(first), Some(last)) = (sources.ledger, first, last) else {
        return Ok(Vec::new());
    };
    let until = Timestamp::from_millis((last + HOUR_MS).min(sources.now.millis()));
    let past = ledger.episode_list_past(sources.project, until, 200)?;
    let during = past
        .into_iter()
        .filter(|one| one.started.millis() >= first - HOUR_MS);
    let mut lines: Vec<String> = during
        .map(|one| {
            let verdict = one.verdict.as_deref().unwrap_or("open");
            format!(
                "{} row {}: {} for {} ({}): {verdict}",
                one.started, one.started_seq, one.action, one.service, one.why
            )
        })
        .collect();
    lines.reverse();
    Ok(lines)
}

/// Scripts that touch what the failures and the sessions touch.
fn scripts(evidence: &Evidence, bundle: &Bundle) -> Result<Vec<ScriptReference>, EvidenceError> {
    let mut subject = Subject::default();
    for (category, clusters) in bundle.log_summary.by_category() {
        if let Some(first) = clusters.first() {
            subject.category = category;
            subject.texts.push(&first.snippet);
        }
    }
    let said = bundle
        .related_sessions
        .iter()
        .flat_map(|session| &session.matches.commands);
    subject
        .commands
        .extend(said.map(|one| one.snippet.as_str()));
    let found = scripts_for(evidence, &subject)?.into_iter();
    let references = found.map(|one| ScriptReference {
        path: one.script,
        role: one.role,
        commands: one.commands,
    });
    Ok(references.collect())
}
