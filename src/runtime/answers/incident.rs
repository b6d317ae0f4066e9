//! An incident: a bundle with its timeline, its rates, and what was done about it.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    AnswerError, Recommended, Sources,
    bundle::{HOUR_MS, LED_MAX, Told, assembled, text_of, told},
    recommend,
};
use crate::{
    knowledge::{
        incident::{Bundle, Happening, Incident, ScriptReference},
        report::{GitContext, GitEvidence},
    },
    model::Timestamp,
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
        .iter()
        .map(|one| (one.service.clone(), text_of(one.at_ms)));
    let git = GitContext::of(bundle.related_sessions.iter().map(|session| GitEvidence {
        source: if session.source.contains("rollout") {
            "codex"
        } else {
            "antigravity"
        },
        id: &session.session_id,
        repo_url: session.git.repo_url.as_deref(),
        branch: session.git.branch.as_deref(),
        commit_hash: session.git.commit_hash.as_deref(),
    }));
    Ok(Some(Incident {
        generated: sources.now.to_string(),
        began: first.map(text_of),
        git,
        movers: movers.collect(),
        timeline: timeline(&bundle, &told, &recommended),
        rates: rates(sources.evidence, &told, last)?,
        ledger: ledger(sources, first, last)?,
        scripts: scripts(sources.evidence, &bundle)?,
        answer: Some(recommended.answer),
        bundle,
    }))
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
    evidence: &Evidence,
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
        for (hour, n) in evidence.failure_hours(one.view.key, (from, to))? {
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
    let until = Timestamp::from_millis(last + HOUR_MS);
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

/// Scripts that run a command of the sessions, or a program that the failures name.
fn scripts(evidence: &Evidence, bundle: &Bundle) -> Result<Vec<ScriptReference>, EvidenceError> {
    let said: BTreeSet<&str> = bundle
        .related_sessions
        .iter()
        .flat_map(|session| &session.matches.commands)
        .map(|one| one.snippet.as_str())
        .collect();
    let clusters = bundle.log_summary.by_category();
    let words: BTreeSet<String> = clusters
        .iter()
        .flat_map(|(_, clusters)| clusters.iter())
        .flat_map(|cluster| {
            cluster
                .snippet
                .to_lowercase()
                .split(|c: char| !c.is_alphanumeric() && c != '-')
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .collect();
    let mut found: Vec<(usize, ScriptReference)> = Vec::new();
    for script in evidence.harness_list()? {
        let (commands, tools) = (script.commands, script.tools);
        let n_commands = commands
            .iter()
            .filter(|command| said.contains(command.as_str()))
            .count();
        let n_tools = tools.iter().filter(|tool| words.contains(*tool)).count();
        if n_commands + n_tools > 0 {
            let reference = ScriptReference {
                path: script.path,
                role: script.role,
                commands,
            };
            found.push((2 * n_commands + n_tools, reference));
        }
    }
    found.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.path.cmp(&b.1.path)));
    Ok(found
        .into_iter()
        .take(3)
        .map(|(_, script)| script)
        .collect())
}
