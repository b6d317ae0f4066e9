//! Looks up what an answer needs, and asks pure code for the answer.

mod bundle;
mod gather;
mod incident;
mod movers;
mod target;

use crate::{
    knowledge::{
        first_mover::Onset,
        recommend::{Answer, Facts, answer},
    },
    model::{Project, Stack, Timestamp},
    store::{
        Ledger, StoreError,
        evidence::{Evidence, EvidenceError, FailureView, SessionView},
    },
};

pub use bundle::bundle;
pub use incident::incident;
pub use target::{Found, Target};

/// Where answers come from.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a> {
    /// The evidence.
    pub evidence: &'a Evidence,
    /// The ledger, where there is one.
    pub ledger: Option<&'a Ledger>,
    /// The services and what they need.
    pub stack: &'a Stack,
    /// The project; all of them without one.
    pub project: Option<&'a Project>,
    /// The instant for which the answer holds.
    pub now: Timestamp,
}

/// Why there is no answer, not even none.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    /// The evidence cannot be read.
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    /// The ledger cannot be read.
    #[error(transparent)]
    Ledger(#[from] StoreError),
}

/// An answer with what it was made of.
#[derive(Clone, Debug)]
pub struct Recommended {
    /// What the question was taken for.
    pub target: Target,
    /// The facts.
    pub facts: Facts,
    /// The answer.
    pub answer: Answer,
    /// Other failures at the same place, worst first.
    pub also: Vec<FailureView>,
    /// The services that failed around the newest occurrence, the first mover first; empty unless
    /// there are several.
    pub movers: Vec<Onset>,
    /// The sessions that the answer rests on.
    pub sessions: Vec<SessionView>,
}

/// Answers a question: a service, a file, a soak, a signature, words, or nothing for the worst.
///
/// # Errors
///
/// Fails if the evidence or the ledger cannot be read.
pub fn recommend(sources: &Sources<'_>, input: &str) -> Result<Recommended, AnswerError> {
    let found = target::find(sources, input)?;
    let facts = gather::facts(sources, input, &found)?;
    let answer = answer(&facts);
    let movers = match &facts.failure {
        Some(failure) => movers::around(sources, failure.last_ms)?,
        None => Vec::new(),
    };
    let mut keys: Vec<i64> = facts
        .ends
        .iter()
        .filter(|end| answer.sessions.contains(&end.session_id))
        .map(|end| end.session_key)
        .collect();
    keys.sort_unstable();
    keys.dedup();
    let sessions = sources.evidence.session_list(&keys)?;
    let Found { target, also, .. } = found;
    Ok(Recommended {
        target,
        facts,
        answer,
        also,
        movers,
        sessions,
    })
}

/// The services that failed around an instant, the first mover first; empty unless there are
/// several.
///
/// # Errors
///
/// Fails if the evidence cannot be read.
pub fn movers(sources: &Sources<'_>, at_ms: Option<i64>) -> Result<Vec<Onset>, AnswerError> {
    movers::around(sources, at_ms)
}

/// Finds what a question is about.
///
/// # Errors
///
/// Fails if the evidence cannot be read.
pub fn find(sources: &Sources<'_>, input: &str) -> Result<Found, AnswerError> {
    target::find(sources, input)
}
