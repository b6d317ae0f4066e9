use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{Common, Desk, at, name_of};
use crate::{
    cli::{publish::Told, table::cut},
    knowledge::report::{Weighed, relevance, words},
    model::Timestamp,
    store::evidence::{SessionView, SignatureView},
};

/// Attempts that are told.
const ATTEMPTS_MAX: usize = 10;

/// Sessions that are weighed.
const SESSIONS_MAX: i64 = 200;

/// Statements with one word that are looked at; a word with more tells nothing.
const STATEMENTS_MAX: i64 = 2_000;

/// Less than this share of a failure is not it.
const RELEVANCE_MIN: f64 = 0.6;

/// Commands of an attempt, and outcomes of one.
const PARTS_MAX: i64 = 10;

/// Characters of a line of text.
const LINE_CHARS: usize = 160;

/// Arguments of `fix-lineage`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  wicap-assist fix-lineage 4f1c22ab90de7731")]
pub(in crate::cli) struct Args {
    /// The failure: its id, its template, or a line of it.
    #[arg(value_name = "SIGNATURE")]
    pub(super) signature: String,
    #[command(flatten)]
    pub(super) common: Common,
}

#[derive(Serialize)]
struct Attempt {
    conversation_id: String,
    title: Option<String>,
    ts_start: Option<Timestamp>,
    ts_end: Option<Timestamp>,
    commands: Vec<String>,
    verification_outcomes: Vec<Outcome>,
    relevance_score: f64,
    source: String,
}

#[derive(Serialize)]
struct Outcome {
    outcome: String,
    ts: Option<Timestamp>,
    evidence: String,
}

pub(super) fn tell(args: &Args, desk: &Desk) -> anyhow::Result<Told> {
    let seen = find(&args.signature, desk)?;
    let template = seen.as_ref().map_or(args.signature.as_str(), name_of);
    let key = seen.as_ref().map_or(-1, |seen| seen.key);
    let mut attempts = Vec::new();
    for (score, session) in related(key, template, desk)? {
        attempts.push(attempt(key, score, session, desk)?);
    }
    Told::new(&attempts, lines(&attempts, template, desk))
}

/// The failure that is meant: by its id, by one of its names, or by a line that has its words.
fn find(text: &str, desk: &Desk) -> anyhow::Result<Option<SignatureView>> {
    let evidence = &desk.evidence;
    if let Some(seen) = evidence.signature_get(text)? {
        return Ok(Some(seen));
    }
    if let Some(seen) = evidence.signature_named(text)? {
        return Ok(Some(seen));
    }
    let events = evidence.event_search(&words(text).join(" "), 1)?;
    Ok(match events.first() {
        Some(event) => evidence.signature_get(&event.signature_id)?,
        None => None,
    })
}

/// Sessions that speak of the failure: those in which it was seen, then those that have its words.
fn related(key: i64, template: &str, desk: &Desk) -> anyhow::Result<Vec<(f64, SessionView)>> {
    let about = desk.evidence.session_list_about(key, SESSIONS_MAX)?;
    let has_it: BTreeSet<i64> = about.iter().map(|session| session.key).collect();
    let mut sessions: BTreeMap<i64, SessionView> = about
        .into_iter()
        .map(|session| (session.key, session))
        .collect();
    let mut weighed = Vec::new();
    for word in words(template) {
        let found = desk.evidence.session_list_saying(&word, STATEMENTS_MAX)?;
        weighed.push(Weighed {
            sessions: found.iter().map(|session| session.key).collect(),
            is_common: found.len() as i64 >= SESSIONS_MAX,
        });
        sessions.extend(found.into_iter().map(|session| (session.key, session)));
    }
    let scores = relevance(&weighed, sessions.len());
    let now = desk.now.millis();
    let mut list: Vec<(f64, SessionView)> = sessions
        .into_values()
        .filter(|session| session.first_ms.is_none_or(|first_ms| first_ms <= now))
        .map(|session| {
            let score = match has_it.contains(&session.key) {
                true => 1.0,
                false => scores.get(&session.key).copied().unwrap_or(0.0),
            };
            (score, session)
        })
        .filter(|(score, _)| *score >= RELEVANCE_MIN)
        .collect();
    list.sort_by(|(a, a_session), (b, b_session)| {
        b.total_cmp(a)
            .then_with(|| b_session.last_ms.cmp(&a_session.last_ms))
            .then_with(|| a_session.session_id.cmp(&b_session.session_id))
    });
    list.truncate(ATTEMPTS_MAX);
    Ok(list)
}

fn attempt(key: i64, score: f64, session: SessionView, desk: &Desk) -> anyhow::Result<Attempt> {
    let outcomes = desk
        .evidence
        .outcome_list_of_session((session.key, key), PARTS_MAX)?;
    Ok(Attempt {
        commands: desk.evidence.command_list(session.key, PARTS_MAX)?,
        verification_outcomes: outcomes
            .into_iter()
            .map(|outcome| Outcome {
                outcome: outcome.verdict,
                ts: outcome.at_ms.map(at),
                evidence: outcome.text,
            })
            .collect(),
        relevance_score: (score * 100.0).round() / 100.0,
        conversation_id: session.session_id,
        title: session.title,
        ts_start: session.first_ms.map(at),
        ts_end: session.last_ms.map(at),
        source: session.source,
    })
}

fn lines(attempts: &[Attempt], template: &str, desk: &Desk) -> Vec<String> {
    let mut lines = vec![format!("Failure: {}", cut(template, LINE_CHARS))];
    if attempts.is_empty() {
        lines.push("no past work speaks of it".to_owned());
        return lines;
    }
    for attempt in attempts {
        let moment = |at: Option<Timestamp>| match at {
            Some(at) => desk.minute(at.millis()),
            None => "?".to_owned(),
        };
        lines.push(String::new());
        lines.push(format!(
            "{} ({}), {} to {} (UTC), relevance {:.2}",
            attempt.conversation_id,
            attempt.source,
            moment(attempt.ts_start),
            moment(attempt.ts_end),
            attempt.relevance_score,
        ));
        lines.extend(attempt.title.as_ref().map(|title| format!("  {title}")));
        let commands = attempt.commands.iter();
        lines.extend(commands.map(|command| format!("  $ {}", cut(command, LINE_CHARS))));
        for outcome in &attempt.verification_outcomes {
            lines.push(format!(
                "  [{}] {}",
                outcome.outcome.to_uppercase(),
                cut(&outcome.evidence, LINE_CHARS)
            ));
        }
    }
    lines.push(String::new());
    lines.push("Commands are quoted from past work; nothing has checked or run them.".to_owned());
    lines
}
