//! Looks up what an answer needs, and asks pure code for the answer.

mod bundle;
mod gather;
mod incident;
mod movers;
mod network;
mod target;

use crate::{
    knowledge::{
        first_mover::Movers,
        harness_match::{MatchedScript, Script, Subject, matching},
        recommend::{Answer, Facts, answer},
    },
    model::{Project, Stack, Timestamp},
    store::{
        Ledger, StoreError,
        evidence::{Evidence, EvidenceError, SessionView, SignatureView},
    },
};

pub use bundle::bundle;
pub use incident::incident;
pub use network::route_of;
pub use target::{Found, Target, failure_of};

/// Scripts that are named.
const SCRIPTS_MAX: usize = 3;

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
    pub also: Vec<SignatureView>,
    /// Who failed first around the newest occurrence.
    pub movers: Movers,
    /// Scripts of the harness that touch what the failure touches.
    pub scripts: Vec<MatchedScript>,
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
        Some(failure) => movers::around(sources, &failure.services, failure.last_ms)?,
        None => Movers::None,
    };
    let mut keys: Vec<i64> = facts
        .ends
        .iter()
        .filter(|end| answer.sessions.contains(&end.session_id))
        .map(|end| end.session_key)
        .collect();
    keys.sort_unstable();
    keys.dedup();
    let sessions = sources.evidence.session_list(&keys, sources.now.millis())?;
    let scripts = scripts_for(sources.evidence, &subject(&facts, &answer))?;
    let Found { target, also, .. } = found;
    Ok(Recommended {
        target,
        facts,
        answer,
        also,
        movers,
        scripts,
        sessions,
    })
}

fn subject<'a>(facts: &'a Facts, answer: &'a Answer) -> Subject<'a> {
    let mut subject = Subject::default();
    if let Some(failure) = &facts.failure {
        subject.category = &failure.category;
        subject
            .texts
            .extend([failure.template.as_str(), &failure.example]);
    }
    subject.texts.extend(facts.words.as_deref());
    if let Some(best) = &answer.best {
        subject.texts.extend(best.steps.iter().map(String::as_str));
    }
    let commands = answer.commands.iter().map(|command| command.step.as_str());
    subject.commands.extend(commands);
    subject
}

/// The scripts of the harness that touch what a subject touches, the best first.
///
/// # Errors
///
/// Fails if the evidence cannot be read.
pub fn scripts_for(
    evidence: &Evidence,
    subject: &Subject<'_>,
) -> Result<Vec<MatchedScript>, EvidenceError> {
    let known = evidence.harness_list()?.into_iter().map(|view| Script {
        path: view.path,
        role: view.role,
        commands: view.commands,
        tools: view.tools,
        variables: view.variables,
    });
    let known: Vec<Script> = known.collect();
    Ok(matching(&known, subject, SCRIPTS_MAX))
}
