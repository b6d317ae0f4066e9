//! The facts behind an answer.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    AnswerError, Sources, network,
    target::{Found, Target},
};
use crate::{
    knowledge::{
        recommend::{Deed, Facts, Failure, PastEnd, Place, SessionFacts, weigh},
        relevance::{Rarity, stems},
    },
    model::{DAY_MS, HOUR_MS},
    store::evidence::{CommitView, Evidence, EvidenceError, Said, SignatureView},
};

/// Newest places that are read of a failure.
const PLACES_MAX: i64 = 5;

/// Ends that are weighed.
const ENDS_MAX: i64 = 400;

/// Stems that are searched for, the rarest.
const STEMS_MAX: usize = 8;

/// Statements with one stem that are counted; beyond that it is common anyway.
const COUNT_MAX: i64 = 20_000;

/// Places in sessions where the failure is stated.
const STATED_MAX: i64 = 500;

/// Sessions whose commands are read.
const SESSIONS_MAX: usize = 10;

/// Statements that are read of one session.
const SAID_MAX: i64 = 400;

/// Actions of the controller that are looked at.
const DEEDS_MAX: u32 = 200;

/// How far back actions of the controller count.
const DEED_DAYS: i64 = 90;

pub(super) fn facts(
    sources: &Sources<'_>,
    input: &str,
    found: &Found,
) -> Result<Facts, AnswerError> {
    let evidence = sources.evidence;
    let failure = match &found.failure {
        Some(view) => Some(failure(
            evidence,
            (view, &found.file_ids),
            sources.now.millis(),
        )?),
        None => None,
    };
    let words = matches!(found.target, Target::Text).then(|| input.trim().to_owned());
    let mut facts = Facts {
        input: input.to_owned(),
        words,
        now_ms: sources.now.millis(),
        ..Facts::default()
    };
    if let Some(view) = &found.failure {
        facts.route = network::route(sources, view)?;
    }
    facts.deeds = deeds(sources, failure.as_ref(), &found.target)?;
    facts.failure = failure;
    ends(evidence, found.failure.as_ref(), &mut facts)?;
    let keys: BTreeSet<i64> = weigh(&facts)
        .iter()
        .filter(|one| one.end.is_good)
        .map(|one| one.end.session_key)
        .take(SESSIONS_MAX)
        .collect();
    for key in keys {
        facts.sessions.push(session(evidence, key, facts.now_ms)?);
    }
    Ok(facts)
}

fn failure(
    evidence: &Evidence,
    (view, file_ids): (&SignatureView, &[i64]),
    now_ms: i64,
) -> Result<Failure, EvidenceError> {
    let mut events = Vec::new();
    for file_id in file_ids {
        let bounds = (now_ms, PLACES_MAX);
        events.extend(evidence.failure_events_in(view.key, *file_id, bounds)?);
    }
    events.sort_by_key(|event| std::cmp::Reverse(event.event_id));
    events.truncate(usize::try_from(PLACES_MAX).unwrap_or(5));
    if events.is_empty() {
        events = evidence.failure_events(view.key, now_ms, PLACES_MAX)?;
    }
    let services = evidence.failure_services(view.key, now_ms)?;
    let last_ms = events
        .iter()
        .filter_map(|event| event.at_ms)
        .max()
        .or(view.last_ms);
    let places = events.into_iter().map(|event| Place {
        path: event.path,
        line: event.line,
        at_ms: event.at_ms,
        text: event.text,
    });
    let named = services
        .into_iter()
        .map(|(name, _)| name)
        .filter(|name| !name.is_empty());
    Ok(Failure {
        signature_id: view.signature_id.clone(),
        category: view.category.clone(),
        template: view.template.clone(),
        v1: view.v1.clone(),
        example: view.example.clone(),
        services: named.collect(),
        n_events: view.n_events,
        first_ms: view.first_ms,
        last_ms,
        places: places.collect(),
        hours: match view.n_events {
            0 => stated_hours(evidence, view.key, now_ms)?,
            _ => evidence.failure_hours(view.key, (0, i64::MAX), now_ms)?,
        },
    })
}

/// The hours in which past work met a failure that no log has: that it came back is known from there.
fn stated_hours(
    evidence: &Evidence,
    key: i64,
    now_ms: i64,
) -> Result<Vec<(i64, i64)>, EvidenceError> {
    let mut hours: BTreeMap<i64, i64> = BTreeMap::new();
    for (_, _, at_ms) in evidence.said_places(key, (now_ms, STATED_MAX))? {
        if let Some(at_ms) = at_ms {
            *hours.entry(at_ms.div_euclid(HOUR_MS)).or_default() += 1;
        }
    }
    Ok(hours.into_iter().collect())
}

/// What ended somehow and shares a rare word with the question.
fn ends(
    evidence: &Evidence,
    view: Option<&SignatureView>,
    facts: &mut Facts,
) -> Result<(), EvidenceError> {
    let mut text = facts.words.clone().unwrap_or_default();
    if let Some(view) = view {
        text = [text.as_str(), " ", &view.template, " ", &view.example].concat();
    }
    let mut wanted = stems(&text);
    facts.n_statements = evidence.said_count(None, (facts.now_ms, 0))?;
    for stem in &wanted {
        let n = evidence.said_count(Some(stem), (facts.now_ms, COUNT_MAX))?;
        facts.stem_counts.insert(stem.clone(), n);
    }
    let rarity = Rarity::new(facts.n_statements, facts.stem_counts.clone());
    wanted.retain(|stem| facts.stem_counts.get(stem).is_some_and(|n| *n > 0));
    wanted.sort_by(|a, b| rarity.weight(b).total_cmp(&rarity.weight(a)));
    wanted.truncate(STEMS_MAX);
    let said = evidence.said_about(&wanted, true, (facts.now_ms, ENDS_MAX))?;
    let mut stated: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    if let Some(view) = view {
        for (session, line, _) in evidence.said_places(view.key, (facts.now_ms, STATED_MAX))? {
            stated.entry(session).or_default().push(line);
        }
    }
    // Words that only the ends have make them less alike. How rare they are is told from the ends
    // themselves: it is close enough, and asks the store nothing.
    let mut own: BTreeMap<String, u64> = BTreeMap::new();
    for stem in said.iter().flat_map(|one| stems(&one.text)) {
        *own.entry(stem).or_default() += 1;
    }
    for (stem, n) in own {
        facts.stem_counts.entry(stem).or_insert(n);
    }
    let commits = commits(evidence, &said, facts.now_ms)?;
    facts.ends = said
        .into_iter()
        .map(|one| end(one, &stated, &commits))
        .collect();
    Ok(())
}

/// The commits from the day before the oldest end to the day after the newest.
fn commits(
    evidence: &Evidence,
    said: &[Said],
    now_ms: i64,
) -> Result<Vec<CommitView>, EvidenceError> {
    let times = || said.iter().filter_map(|one| one.at_ms);
    match (times().min(), times().max()) {
        (Some(first), Some(last)) => evidence.commits_between(
            (
                first.saturating_sub(DAY_MS),
                last.saturating_add(DAY_MS).min(now_ms),
            ),
            500,
        ),
        (None, _) | (_, None) => Ok(Vec::new()),
    }
}

fn end(one: Said, stated: &BTreeMap<i64, Vec<i64>>, commits: &[CommitView]) -> PastEnd {
    let lines = stated.get(&one.session_key);
    let before = lines.and_then(|lines| lines.iter().filter(|line| **line <= one.line).max());
    let lower = one.text.to_lowercase();
    let is_named = |commit: &&CommitView| {
        let is_near = one
            .at_ms
            .is_some_and(|at| (at - commit.authored_ms).abs() <= DAY_MS);
        let by_hash = commit
            .hash
            .get(..7)
            .is_some_and(|short| lower.contains(short));
        by_hash
            || is_near
                && commit
                    .files
                    .iter()
                    .any(|file| one.text.contains(file.as_str()))
    };
    let commit = commits.iter().find(is_named);
    PastEnd {
        after_failure: before.map(|line| one.line - line),
        is_good: one
            .verdict
            .as_deref()
            .map_or(one.kind == "completed_task", |verdict| verdict == "pass"),
        is_written: one.role == "artifact" && one.kind == "outcome",
        commit: commit.map(|commit| (commit.hash.clone(), commit.subject.clone())),
        session_key: one.session_key,
        session_id: one.session_id,
        path: one.path,
        line: one.line,
        nth: one.statement_id,
        at_ms: one.at_ms,
        text: one.text,
    }
}

fn session(evidence: &Evidence, key: i64, now_ms: i64) -> Result<SessionFacts, EvidenceError> {
    let said = evidence.said_in(key, (now_ms, SAID_MAX))?;
    let is_good = |one: &&Said| one.verdict.as_deref() == Some("pass");
    Ok(SessionFacts {
        session_key: key,
        commands: said
            .iter()
            .filter(|one| one.kind == "command")
            .map(|one| (one.line, one.text.clone()))
            .collect(),
        good_ends: said.iter().filter(is_good).map(|one| one.line).collect(),
    })
}

/// What the controller did for the services of the failure.
fn deeds(
    sources: &Sources<'_>,
    failure: Option<&Failure>,
    target: &Target,
) -> Result<Vec<Deed>, AnswerError> {
    let Some(ledger) = sources.ledger else {
        return Ok(Vec::new());
    };
    let mut services: BTreeSet<&str> = failure
        .map(|failure| failure.services.iter().map(String::as_str).collect())
        .unwrap_or_default();
    if let Target::Service(name) = target {
        services.insert(name);
    }
    let past = ledger.episode_list_past(sources.project, sources.now, DEEDS_MAX)?;
    let oldest_ms = sources.now.millis().saturating_sub(DEED_DAYS * DAY_MS);
    let is_about = |service: &str| {
        let name = service.split('#').next().unwrap_or(service);
        services.contains(name)
    };
    let about = past
        .into_iter()
        .filter(|one| is_about(&one.service) && one.started.millis() >= oldest_ms);
    Ok(about
        .map(|one| Deed {
            seq: one.started_seq,
            at_ms: one.started.millis(),
            service: one.service,
            action: one.action,
            why: one.why,
            attempt: one.attempt,
            verdict: one.verdict,
        })
        .collect())
}
