use std::collections::BTreeMap;

/// Where an event's time comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// The line states time and zone.
    Stated,
    /// The line states a time; zone, year or date were assumed.
    Assumed,
    /// An earlier line of the file had the time.
    Carried,
    /// The name of the file or its folder has the time.
    Named,
    /// There is none.
    None,
}

impl Clock {
    /// The stored name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Stated => "stated",
            Self::Assumed => "assumed",
            Self::Carried => "carried",
            Self::Named => "named",
            Self::None => "none",
        }
    }
}

/// One failure, or one record of a network stream, at one place.
#[derive(Clone, Debug)]
pub struct EventRow {
    /// The file it was read from.
    pub file_id: i64,
    /// Where its naming line starts, in bytes.
    pub offset: i64,
    /// Number of its naming line, from 1.
    pub line: i64,
    /// When it happened, in Unix milliseconds.
    pub at_ms: Option<i64>,
    /// Where the time comes from.
    pub clock: Clock,
    /// Its signature, 16 hex digits.
    pub signature_id: String,
    /// The service it belongs to; empty when unknown.
    pub service: String,
    /// Its category.
    pub category: &'static str,
    /// Its level.
    pub level: &'static str,
    /// Keyed hash of the line as it was read.
    pub line_hash: i64,
    /// The line, redacted.
    pub text: String,
    /// All lines of its block, redacted.
    pub block: Option<String>,
    /// The numbers of a network record.
    pub network: Option<Box<NetworkRow>>,
}

/// What is stored about a signature when it is first seen.
#[derive(Clone, Debug)]
pub struct SignatureRow {
    /// 16 hex digits.
    pub signature_id: String,
    /// The category of the first event.
    pub category: &'static str,
    /// The level of the first event.
    pub level: &'static str,
    /// The masked text.
    pub template: String,
    /// The predecessor's form.
    pub v1: String,
    /// The first line.
    pub example: String,
}

/// The numbers of a record of the network streams.
#[derive(Clone, Debug, Default)]
pub struct NetworkRow {
    /// The contract it follows (`wicap.anomaly.v3`, `suricata.eve`, `zeek.conn`).
    pub contract: String,
    /// Its own signature text.
    pub signature: String,
    /// The attack it speaks of.
    pub attack_type: Option<String>,
    /// The sensor that saw it.
    pub sensor: Option<String>,
    /// Its own severity.
    pub severity: Option<String>,
    /// An operator's label.
    pub label: Option<String>,
    /// Score, 0 to 100.
    pub score: Option<f64>,
    /// Confidence, 0 to 100.
    pub confidence: Option<f64>,
    /// How far a prediction looks, in seconds.
    pub horizon_s: Option<i64>,
    /// Predicted risk, 0 to 100.
    pub risk_score: Option<f64>,
    /// Lower end of the risk.
    pub risk_low: Option<f64>,
    /// Upper end of the risk.
    pub risk_high: Option<f64>,
    /// Fused score of version 3.
    pub fusion_score: Option<f64>,
    /// How sure the route is, 0 to 1.
    pub route_confidence: Option<f64>,
    /// Status of the drift (`stable`, `drift`).
    pub drift_status: Option<String>,
    /// Size of the drift.
    pub drift_delta: Option<f64>,
    /// The other fields as a JSON object, redacted.
    pub detail: String,
}

/// A session with a coding tool, or a conversation.
#[derive(Clone, Debug, Default)]
pub struct SessionRow {
    /// Its own id.
    pub session_id: String,
    /// The source's name.
    pub source: &'static str,
    /// The file it was read from.
    pub file_id: i64,
    /// Its title.
    pub title: Option<String>,
    /// The folder it ran in.
    pub cwd: Option<String>,
    /// The repository.
    pub repo_url: Option<String>,
    /// The branch.
    pub branch: Option<String>,
    /// The commit at its start.
    pub commit_hash: Option<String>,
    /// First record.
    pub first_ms: Option<i64>,
    /// Last record.
    pub last_ms: Option<i64>,
}

/// Something said or done in a session.
#[derive(Clone, Debug)]
pub struct StatementRow {
    /// The session.
    pub session_id: String,
    /// The file it was read from.
    pub file_id: i64,
    /// Number of the record, from 1.
    pub line: i64,
    /// When.
    pub at_ms: Option<i64>,
    /// Who.
    pub role: &'static str,
    /// What.
    pub kind: &'static str,
    /// How it ended.
    pub verdict: Option<&'static str>,
    /// Signature of an error.
    pub signature_id: Option<String>,
    /// Keyed hash of the text.
    pub text_hash: i64,
    /// The text, redacted.
    pub text: String,
}

/// How a verification ended.
#[derive(Clone, Debug)]
pub struct OutcomeRow {
    /// The file it was read from.
    pub file_id: i64,
    /// The session it belongs to.
    pub session_id: Option<String>,
    /// Number of its line.
    pub line: i64,
    /// When.
    pub at_ms: Option<i64>,
    /// `tests`, `soak` or `walkthrough`.
    pub scope: &'static str,
    /// `pass`, `fail` or `unknown`.
    pub verdict: &'static str,
    /// Tests or checks that passed.
    pub n_passed: Option<i64>,
    /// Tests or checks that failed.
    pub n_failed: Option<i64>,
    /// The failure it speaks of.
    pub signature_id: Option<String>,
    /// The text, redacted.
    pub text: String,
}

/// One entry of a changelog.
#[derive(Clone, Debug)]
pub struct ChangeRow {
    /// The file.
    pub file_id: i64,
    /// Number of its line.
    pub line: i64,
    /// The release.
    pub release_tag: String,
    /// Day of the release.
    pub released_ms: Option<i64>,
    /// `added`, `fixed`, `changed`, … in lower case.
    pub section: String,
    /// The entry, redacted.
    pub text: String,
}

/// One harness script.
#[derive(Clone, Debug)]
pub struct ScriptRow {
    /// The file.
    pub file_id: i64,
    /// Path below the repository.
    pub path: String,
    /// What it is for.
    pub role: &'static str,
    /// Commands it runs, a JSON array, redacted.
    pub commands: String,
    /// Programs it runs, a JSON array.
    pub tools: String,
    /// Variables it reads, a JSON array.
    pub variables: String,
    /// Hash of its content.
    pub sha256: String,
    /// When it was changed.
    pub mtime_ms: i64,
}

/// One commit.
#[derive(Clone, Debug)]
pub struct CommitRow {
    /// The repository's row.
    pub file_id: i64,
    /// Its hash in hex.
    pub commit_hash: String,
    /// When it was written.
    pub authored_ms: i64,
    /// When it was committed.
    pub committed_ms: i64,
    /// Who, redacted.
    pub author: String,
    /// First line of its message, redacted.
    pub subject: String,
    /// Files it changed.
    pub files: Vec<String>,
}

/// The result file of a soak.
#[derive(Clone, Debug)]
pub struct SoakRow {
    /// The file.
    pub file_id: i64,
    /// Path below the repository.
    pub path: String,
    /// Start.
    pub started_ms: Option<i64>,
    /// End.
    pub ended_ms: Option<i64>,
    /// `pass`, `fail` or `unknown`.
    pub verdict: &'static str,
    /// Page checks that passed.
    pub n_checks_passed: i64,
    /// Page checks that failed.
    pub n_checks_failed: i64,
    /// Errors it lists.
    pub n_errors: i64,
    /// Regressions against its baseline.
    pub n_regressions: i64,
    /// The rest as JSON, redacted.
    pub detail: String,
}

/// Something that could not be read.
#[derive(Clone, Debug)]
pub struct QuarantineRow {
    /// The file.
    pub file_id: i64,
    /// Where it starts.
    pub offset: i64,
    /// Its line, 0 for a whole file.
    pub line: i64,
    /// Why.
    pub reason: String,
    /// The start of it, redacted.
    pub sample: String,
}

/// How far a file has been read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileProgress {
    /// Read up to here.
    pub offset: i64,
    /// Lines up to here.
    pub lines: i64,
    /// From here on the rows are provisional.
    pub settled: i64,
    /// Lines up to there.
    pub settled_lines: i64,
    /// Length and hash of the start of the file.
    pub head: (i64, i64),
    /// Hash of the bytes before `offset`.
    pub tail_hash: i64,
    /// Hashes of the content, see the schema.
    pub parts: Vec<u8>,
    /// Clock of the last line.
    pub clock_ms: Option<i64>,
    /// Clock at `settled`.
    pub settled_clock_ms: Option<i64>,
    /// The size, and the times of modification and change, that were read up to.
    pub stat: (i64, i64, i64),
}

/// One row to store.
#[derive(Clone, Debug)]
pub enum Item {
    /// An event.
    Event(EventRow),
    /// A session; known fields win over missing ones.
    Session(SessionRow),
    /// A statement.
    Statement(StatementRow),
    /// An outcome.
    Outcome(OutcomeRow),
    /// A changelog entry.
    Change(ChangeRow),
    /// A script; replaces the file's row.
    Script(ScriptRow),
    /// A commit.
    Commit(CommitRow),
    /// A soak's result; replaces the file's row.
    Soak(SoakRow),
    /// A reject.
    Quarantine(QuarantineRow),
    /// An event that stands in a rewritten file as it did in the old one.
    Adopt {
        /// The event.
        event_id: i64,
        /// The new file.
        file_id: i64,
        /// Where it starts there.
        offset: i64,
        /// Its line there.
        line: i64,
    },
    /// Drops what a file gave from this offset on (0: all), before it is read anew.
    Forget {
        /// The file.
        file_id: i64,
        /// First offset to go.
        from: i64,
    },
}

/// Everything that is stored together.
#[derive(Debug, Default)]
pub struct Batch {
    /// Signatures that may be new, in the order in which they were first seen.
    pub signatures: Vec<SignatureRow>,
    /// Rows, in order.
    pub items: Vec<Item>,
    /// Lines read and not kept, by file and kind.
    pub counts: BTreeMap<(i64, &'static str), i64>,
    /// Cursors.
    pub progress: BTreeMap<i64, FileProgress>,
    /// State of the signature engine after these rows.
    pub engine: Option<String>,
    /// Clock of the run.
    pub now_ms: i64,
    /// Version of the redaction that the texts have passed.
    pub redaction: i64,
}

impl Batch {
    /// Whether there is nothing to store.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty() && self.counts.is_empty() && self.progress.is_empty()
    }
}
