use std::collections::BTreeMap;

use serde::Serialize;

use super::{Desk, at, name_of};
use crate::{
    cli::{
        publish::{ReportArgs, Told},
        table::cut,
    },
    knowledge::relevance::{Rarity, stems},
    model::Timestamp,
    runtime::answers,
    store::evidence::{SessionView, SignatureView},
};

/// Attempts that are told.
const ATTEMPTS_MAX: usize = 10;

/// Sessions in which the failure was seen, the newest.
const SESSIONS_MAX: i64 = 200;

/// Stems of a failure that are looked for.
const STEMS_MAX: usize = 8;

/// Statements with one stem that are looked at, the newest.
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
    pub(super) report: ReportArgs,
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
    let now = desk.now.millis();
    let seen = match find(&args.signature, desk)? {
        Some(seen) if desk.evidence.signature_is_known(seen.key, now)? => Some(seen),
        _ => None,
    };
    let template = seen.as_ref().map_or(args.signature.as_str(), name_of);
    let key = seen.as_ref().map_or(-1, |seen| seen.key);
    let mut attempts = Vec::new();
    for (score, session) in related(key, template, desk)? {
        attempts.push(attempt(key, score, session, desk)?);
    }
    Told::new(&attempts, lines(&attempts, template, desk))
}

/// The failure that is meant: by its id, by one of its names, by a line of it, or by its words.
fn find(text: &str, desk: &Desk) -> anyhow::Result<Option<SignatureView>> {
    let (evidence, now) = (&desk.evidence, desk.now.millis());
    if let Some(seen) = evidence.signature_get(text)? {
        return Ok(Some(seen));
    }
    if let Some(seen) = evidence.signature_named(text, now)? {
        return Ok(Some(seen));
    }
    Ok(answers::failure_of(evidence, text, desk.now)?)
}

/// Sessions that speak of the failure: those in which it was seen, then those that have its words.
fn related(key: i64, template: &str, desk: &Desk) -> anyhow::Result<Vec<(f64, SessionView)>> {
    let mut scored = with_words(template, desk)?;
    let bounds = (desk.now.millis(), SESSIONS_MAX);
    for session in desk.evidence.session_list_about(key, bounds)? {
        scored.insert(session.key, (1.0, session));
    }
    let mut list: Vec<(f64, SessionView)> = scored
        .into_values()
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

/// Sessions that have words of the failure, by their keys, with the share of its weight they have.
fn with_words(template: &str, desk: &Desk) -> anyhow::Result<BTreeMap<i64, (f64, SessionView)>> {
    let now = desk.now.millis();
    let mut subject = stems(template);
    subject.truncate(STEMS_MAX);
    let mut counts = BTreeMap::new();
    let mut sessions: BTreeMap<i64, (Vec<String>, SessionView)> = BTreeMap::new();
    for stem in &subject {
        let word = [stem, "*"].concat();
        let found = desk
            .evidence
            .session_list_saying(&word, (now, STATEMENTS_MAX))?;
        // A stem that no session has belongs to the failure as well: it weighs as if one had it.
        counts.insert(stem.clone(), found.len().max(1) as u64);
        for session in found {
            let (said, _) = sessions
                .entry(session.key)
                .or_insert_with(|| (Vec::new(), session));
            said.push(stem.clone());
        }
    }
    let rarity = Rarity::new(desk.evidence.session_count(now)?, counts);
    let score =
        |(said, session): (Vec<String>, SessionView)| (rarity.coverage(&subject, &said), session);
    Ok(sessions
        .into_iter()
        .map(|(key, one)| (key, score(one)))
        .collect())
}

fn attempt(key: i64, score: f64, session: SessionView, desk: &Desk) -> anyhow::Result<Attempt> {
    let bounds = (desk.now.millis(), PARTS_MAX);
    let outcomes = desk
        .evidence
        .outcome_list_of_session((session.key, key), bounds)?;
    Ok(Attempt {
        commands: desk.evidence.command_list(session.key, bounds)?,
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
