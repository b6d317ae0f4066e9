//! Everything about a place or a failure, for a bundle or an incident.

use std::collections::{BTreeMap, BTreeSet};

use super::{AnswerError, Sources, target};
use crate::{
    knowledge::{
        incident::{Bundle, Cluster, Commit, Git, LogSummary, Match, Matches, RelatedSession},
        relevance::stems,
    },
    model::{HOUR_MS, Timestamp},
    store::evidence::{EventView, EvidenceError, Said, SessionView, SignatureView},
};

/// Failures of one category that are listed.
const CLUSTERS_MAX: usize = 20;

/// Failures whose sessions are looked for.
pub(super) const LED_MAX: usize = 20;

/// Sessions that are listed, and matches of one kind in each.
const SESSIONS_MAX: usize = 5;

/// Matches of one kind in a session.
const MATCHES_MAX: usize = 5;

/// Commits that are listed.
const COMMITS_MAX: i64 = 30;

/// Places of a failure in the timeline.
const PLACES_MAX: i64 = 5;

/// How far before the failures commits count, and after.
const COMMIT_HOURS: (i64, i64) = (24, 1);

/// One failure with its newest events there.
pub(super) struct Told {
    pub(super) view: SignatureView,
    pub(super) count: i64,
    pub(super) events: Vec<EventView>,
}

/// Gathers what is known about a target; `None` when nothing in the evidence fits it.
///
/// # Errors
///
/// Fails if the evidence or the ledger cannot be read.
pub fn bundle(sources: &Sources<'_>, input: &str) -> Result<Option<Bundle>, AnswerError> {
    let told = told(sources, input)?;
    if told.is_empty() {
        return Ok(None);
    }
    assembled(sources, input, &told).map(Some)
}

pub(super) fn text_of(ms: i64) -> String {
    Timestamp::from_millis(ms).to_string()
}

/// The failures that a target means, the most frequent first.
pub(super) fn told(sources: &Sources<'_>, input: &str) -> Result<Vec<Told>, AnswerError> {
    let evidence = sources.evidence;
    let found = target::find(sources, input)?;
    let now_ms = sources.now.millis();
    let mut wanted: Vec<(SignatureView, i64)> = Vec::new();
    if found.file_ids.is_empty() {
        let views = found.failure.into_iter().chain(found.also);
        wanted.extend(views.map(|view| {
            let n = view.n_events;
            (view, n)
        }));
    } else {
        let counts = evidence.failure_counts_in(&found.file_ids, now_ms)?;
        let all = evidence.failure_list(now_ms)?;
        wanted.extend(all.into_iter().filter_map(|view| {
            let n = *counts.get(&view.key)?;
            Some((view, n))
        }));
    }
    wanted.sort_by_key(|(view, n)| (std::cmp::Reverse(*n), view.signature_id.clone()));
    let mut told = Vec::new();
    for (view, count) in wanted.into_iter().take(3 * CLUSTERS_MAX) {
        let mut events = Vec::new();
        for file_id in found.file_ids.iter().take(200) {
            events.extend(evidence.failure_events_in(view.key, *file_id, (now_ms, PLACES_MAX))?);
            if events.len() >= usize::try_from(PLACES_MAX).unwrap_or(5) {
                break;
            }
        }
        if events.is_empty() {
            events = evidence.failure_events(view.key, now_ms, PLACES_MAX)?;
        }
        told.push(Told {
            view,
            count,
            events,
        });
    }
    Ok(told)
}

pub(super) fn assembled(
    sources: &Sources<'_>,
    input: &str,
    told: &[Told],
) -> Result<Bundle, AnswerError> {
    let mut summary = LogSummary::default();
    for one in told {
        let list = match one.view.category.as_str() {
            "error" => &mut summary.error,
            "docker_fail" => &mut summary.docker_fail,
            "pytest_fail" => &mut summary.pytest_fail,
            _ => continue,
        };
        if list.len() < CLUSTERS_MAX {
            list.push(cluster(one));
        }
    }
    let related_sessions = sessions(sources, told)?;
    let git_commits = commits(sources, told, &related_sessions)?;
    let target = if input.trim().is_empty() {
        "the worst unresolved failure"
    } else {
        input.trim()
    };
    Ok(Bundle {
        target: target.to_owned(),
        log_summary: summary,
        related_sessions,
        git_commits,
    })
}

fn cluster(one: &Told) -> Cluster {
    let newest = one
        .events
        .iter()
        .max_by_key(|event| (event.at_ms, event.line));
    Cluster {
        count: one.count,
        snippet: newest
            .map_or(&one.view.example, |event| &event.text)
            .clone(),
        file: newest.map(|event| event.path.clone()).unwrap_or_default(),
        line: newest.map_or(0, |event| event.line),
        signature: one.view.signature_id.clone(),
        last: newest.and_then(|event| event.at_ms).map(text_of),
    }
}

/// Sessions in which most of these failures were stated, the newest first of equal ones.
fn sessions(sources: &Sources<'_>, told: &[Told]) -> Result<Vec<RelatedSession>, EvidenceError> {
    let (evidence, now_ms) = (sources.evidence, sources.now.millis());
    let mut stated: BTreeMap<i64, BTreeSet<i64>> = BTreeMap::new();
    for one in told.iter().take(LED_MAX) {
        for (session, _, _) in evidence.said_places(one.view.key, (now_ms, 200))? {
            stated.entry(session).or_default().insert(one.view.key);
        }
    }
    let keys: Vec<i64> = stated.keys().copied().collect();
    let mut all = evidence.session_list(&keys, now_ms)?;
    let n_stated = |session: &SessionView| stated.get(&session.key).map_or(0, BTreeSet::len);
    all.sort_by_key(|session| {
        std::cmp::Reverse((
            n_stated(session),
            session.last_ms,
            session.session_id.clone(),
        ))
    });
    all.truncate(SESSIONS_MAX);
    let subject: Vec<String> = told
        .iter()
        .take(LED_MAX)
        .flat_map(|one| stems(&one.view.template))
        .collect();
    all.into_iter()
        .map(|session| related(sources, session, &subject))
        .collect()
}

fn related(
    sources: &Sources<'_>,
    session: SessionView,
    subject: &[String],
) -> Result<RelatedSession, EvidenceError> {
    let bounds = (sources.now.millis(), 1_000);
    let said = sources.evidence.said_in(session.key, bounds)?;
    let mut matches = Matches::default();
    let is_about = |one: &Said| stems(&one.text).iter().any(|stem| subject.contains(stem));
    for one in said {
        let list = match one.kind.as_str() {
            "error" if is_about(&one) => &mut matches.errors,
            "outcome" if is_about(&one) => &mut matches.outcomes,
            "command" => &mut matches.commands,
            "file_path" if is_about(&one) => &mut matches.file_paths,
            _ => continue,
        };
        if list.len() < MATCHES_MAX {
            list.push(Match {
                snippet: one.text,
                fingerprint: format!("{}:{}", one.line, one.statement_id),
            });
        }
    }
    Ok(RelatedSession {
        session_id: session.session_id,
        ts_last: session.last_ms.map(text_of),
        cwd: session.cwd,
        git: Git {
            repo_url: session.repo_url,
            branch: session.branch,
            commit_hash: session.commit_hash,
        },
        source: session.path,
        matches,
    })
}

/// Commits around the failures' own times; those that touch a file that is named come first.
fn commits(
    sources: &Sources<'_>,
    told: &[Told],
    sessions: &[RelatedSession],
) -> Result<Vec<Commit>, EvidenceError> {
    let times = || {
        told.iter()
            .flat_map(|one| &one.events)
            .filter_map(|event| event.at_ms)
    };
    let (Some(first), Some(last)) = (times().min(), times().max()) else {
        return Ok(Vec::new());
    };
    let span = (
        first - COMMIT_HOURS.0 * HOUR_MS,
        (last + COMMIT_HOURS.1 * HOUR_MS).min(sources.now.millis()),
    );
    let named: BTreeSet<&str> = sessions
        .iter()
        .flat_map(|session| &session.matches.file_paths)
        .map(|one| one.snippet.as_str())
        .collect();
    let is_named = |file: &str| {
        named.iter().any(|path| {
            *path == file
                || path.ends_with(&["/", file].concat())
                || file.ends_with(&["/", path].concat())
        })
    };
    let found = sources.evidence.commits_between(span, COMMITS_MAX)?;
    let mut commits: Vec<Commit> = found
        .into_iter()
        .map(|one| Commit {
            overlap_score: i64::try_from(one.files.iter().filter(|file| is_named(file)).count())
                .unwrap_or(0),
            hash: one.hash,
            author: one.author,
            date: text_of(one.authored_ms),
            subject: one.subject,
            files: one.files,
        })
        .collect();
    commits.sort_by_key(|one| {
        std::cmp::Reverse((one.overlap_score, one.date.clone(), one.hash.clone()))
    });
    Ok(commits)
}
