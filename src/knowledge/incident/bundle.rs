use serde::{Deserialize, Serialize};

use crate::knowledge::{recommend::Answer, report::GitContext};

/// Failures of one kind at a place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Cluster {
    /// How often there.
    pub count: i64,
    /// A line of it.
    pub snippet: String,
    /// The file it stands in.
    pub file: String,
    /// Number of the line.
    pub line: i64,
    /// Its signature.
    pub signature: String,
    /// Newest time, as text.
    pub last: Option<String>,
}

/// Failures by category.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LogSummary {
    /// Failures of programs.
    pub error: Vec<Cluster>,
    /// Failures of containers.
    pub docker_fail: Vec<Cluster>,
    /// Failed tests.
    pub pytest_fail: Vec<Cluster>,
}

impl LogSummary {
    /// The categories with their clusters.
    #[must_use]
    pub fn by_category(&self) -> [(&'static str, &[Cluster]); 3] {
        [
            ("error", &self.error),
            ("docker_fail", &self.docker_fail),
            ("pytest_fail", &self.pytest_fail),
        ]
    }

    /// How many events a category has.
    #[must_use]
    pub fn total(clusters: &[Cluster]) -> i64 {
        clusters.iter().map(|cluster| cluster.count).sum()
    }
}

/// Where a session was in the history.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Git {
    /// The repository.
    pub repo_url: Option<String>,
    /// The branch.
    pub branch: Option<String>,
    /// The commit at its start.
    pub commit_hash: Option<String>,
}

/// Something said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Match {
    /// The text.
    pub snippet: String,
    /// Tells it from others: the record's number.
    pub fingerprint: String,
}

/// What a session says that matters here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Matches {
    /// Errors.
    pub errors: Vec<Match>,
    /// Commands: somebody's text, not ours.
    pub commands: Vec<Match>,
    /// Files.
    pub file_paths: Vec<Match>,
    /// How things ended.
    pub outcomes: Vec<Match>,
}

/// A session of past work about the same failures.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RelatedSession {
    /// Its id.
    pub session_id: String,
    /// Its last record.
    pub ts_last: Option<String>,
    /// The folder it ran in.
    pub cwd: Option<String>,
    /// Where it was in the history.
    pub git: Git,
    /// The file it was read from.
    pub source: String,
    /// What it says.
    pub matches: Matches,
}

/// A commit near the failures.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Commit {
    /// Its hash.
    pub hash: String,
    /// Who.
    pub author: String,
    /// When, as text.
    pub date: String,
    /// First line of its message.
    pub subject: String,
    /// The files it changed.
    pub files: Vec<String>,
    /// How many of them the failures or the sessions name.
    pub overlap_score: i64,
}

/// Everything about a place or a failure.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Bundle {
    /// What was asked for.
    pub target: String,
    /// The failures.
    pub log_summary: LogSummary,
    /// Past work.
    pub related_sessions: Vec<RelatedSession>,
    /// Commits around that time.
    pub git_commits: Vec<Commit>,
}

/// A point of the timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happening {
    /// When, in Unix milliseconds.
    pub at_ms: i64,
    /// `log`, `session`, `commit` or `ledger`.
    pub kind: &'static str,
    /// Where.
    pub place: String,
    /// What.
    pub text: String,
}

/// A script of the harness that touches what the failures touch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptReference {
    /// Its path.
    pub path: String,
    /// What it is for.
    pub role: String,
    /// Its commands.
    pub commands: Vec<String>,
}

/// An incident, ready to be written down.
#[derive(Clone, Debug)]
pub struct Incident {
    /// The facts.
    pub bundle: Bundle,
    /// When it was written, as text.
    pub generated: String,
    /// When the first failure of the incident happened, as text.
    pub began: Option<String>,
    /// Where past work was in the history.
    pub git: GitContext,
    /// What is advised for the main failure.
    pub answer: Option<Answer>,
    /// The services in the order in which they failed, the first mover first.
    pub movers: Vec<(String, String)>,
    /// Why the order of events is not known, in one line.
    pub order_unknown: Option<String>,
    /// What happened, oldest first.
    pub timeline: Vec<Happening>,
    /// How many failures an hour: the hour as text, the count.
    pub rates: Vec<(String, i64)>,
    /// What the controller did meanwhile.
    pub ledger: Vec<String>,
    /// Scripts that may help.
    pub scripts: Vec<ScriptReference>,
}
