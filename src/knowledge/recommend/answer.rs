use serde::Serialize;

use crate::knowledge::{confidence::Breakdown, shell::Judgement};

/// What an answer rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerKind {
    /// A rule of the table.
    KnownIssue,
    /// A fix that somebody reported.
    PastFix,
    /// What the controller did before.
    Ledger,
    /// The ladder of a kind of network anomaly.
    AnomalyRoute,
    /// There is no answer.
    None,
}

impl AnswerKind {
    /// The name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::KnownIssue => "known_issue",
            Self::PastFix => "past_fix",
            Self::Ledger => "ledger",
            Self::AnomalyRoute => "anomaly_route",
            Self::None => "none",
        }
    }
}

/// Something that counts for an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// `log`, `rule`, `session`, `commit` or `ledger`.
    pub kind: &'static str,
    /// Where it stands: a file with a line, a hash, a row.
    pub place: String,
    /// When, in Unix milliseconds.
    #[serde(skip)]
    pub at_ms: Option<i64>,
    /// What it says.
    pub text: String,
    /// Why it counts.
    pub why: String,
}

/// Why the confidence is what it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// Whether it speaks for the answer.
    pub is_for: bool,
    /// In words.
    pub text: String,
}

/// A command with what is thought of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Command {
    /// The command line. Never run.
    pub step: String,
    /// `rule`: from our table; `untrusted`: somebody's text in a session.
    pub origin: &'static str,
    /// What it may change.
    #[serde(flatten)]
    pub judgement: Judgement,
}

/// One way to answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Proposal {
    /// What it rests on.
    pub kind: AnswerKind,
    /// The rule's id, the session's id, or the action.
    pub id: String,
    /// What to do, in one line.
    pub action: String,
    /// Why the failure happens.
    pub cause: Option<String>,
    /// What to do, step by step.
    pub steps: Vec<String>,
    /// What not to do.
    pub avoid: Vec<String>,
    /// 0 to 1.
    pub confidence: f64,
    /// Why so sure, or not.
    pub reasons: Vec<Reason>,
    /// What counts for it.
    pub evidence: Vec<Evidence>,
    /// Its own checks.
    #[serde(skip)]
    pub checks: Vec<&'static str>,
}

/// The answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The best proposal; `None` is an answer too.
    pub best: Option<Proposal>,
    /// The others, best first.
    pub others: Vec<Proposal>,
    /// Counts behind a past fix.
    pub breakdown: Breakdown,
    /// Sessions that the fix was reported in.
    pub sessions: Vec<String>,
    /// Commands: our own checks first, then what was said in those sessions.
    pub commands: Vec<Command>,
    /// What is not known and would help.
    pub missing: Vec<String>,
}
