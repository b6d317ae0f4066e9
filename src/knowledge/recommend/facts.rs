use crate::knowledge::routing::Route;

/// A place where a failure was logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Path of the file.
    pub path: String,
    /// Number of the line.
    pub line: i64,
    /// When, in Unix milliseconds.
    pub at_ms: Option<i64>,
    /// The line, redacted.
    pub text: String,
}

/// The failure that is asked about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failure {
    /// Its signature.
    pub signature_id: String,
    /// Its category.
    pub category: String,
    /// The masked text.
    pub template: String,
    /// What the predecessor called it.
    pub v1: String,
    /// Its first line.
    pub example: String,
    /// The services in whose logs it is, most first.
    pub services: Vec<String>,
    /// How often.
    pub n_events: i64,
    /// First and last time, in Unix milliseconds.
    pub first_ms: Option<i64>,
    /// The last time.
    pub last_ms: Option<i64>,
    /// Newest places.
    pub places: Vec<Place>,
    /// Hours (milliseconds / 3,600,000) in which it happened, with counts.
    pub hours: Vec<(i64, i64)>,
}

/// Somebody said how something ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastEnd {
    /// The session's key.
    pub session_key: i64,
    /// The session's id.
    pub session_id: String,
    /// The file it stands in.
    pub path: String,
    /// Number of the record.
    pub line: i64,
    /// Its number among all statements: of two in one session the later one has the higher.
    pub nth: i64,
    /// When, in Unix milliseconds.
    pub at_ms: Option<i64>,
    /// Whether it ended well.
    pub is_good: bool,
    /// Whether it stands in a written account, not in talk.
    pub is_written: bool,
    /// The text, redacted.
    pub text: String,
    /// How many records after the failure was stated in the same session.
    pub after_failure: Option<i64>,
    /// A commit that it names, or that was made within the day and touches a file it names: hash
    /// and subject.
    pub commit: Option<(String, String)>,
}

/// What a session with a fix holds besides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionFacts {
    /// The session's key.
    pub session_key: i64,
    /// Its commands: number of the record, text.
    pub commands: Vec<(i64, String)>,
    /// Records in which something ended well.
    pub good_ends: Vec<i64>,
}

/// What the controller did and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    /// Number of the ledger's row.
    pub seq: u64,
    /// When, in Unix milliseconds.
    pub at_ms: i64,
    /// For which service.
    pub service: String,
    /// What.
    pub action: String,
    /// Why: a code of the controller.
    pub why: String,
    /// Which attempt it was.
    pub attempt: u32,
    /// `met`, `unmet` or `inconclusive`; `None` while it is open.
    pub verdict: Option<String>,
}

/// Everything an answer is made of.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// What was asked, as it was typed.
    pub input: String,
    /// The words to hold known issues against, where no line of a log was given.
    pub words: Option<String>,
    /// The failure, where one was found.
    pub failure: Option<Failure>,
    /// How things ended that may be about it.
    pub ends: Vec<PastEnd>,
    /// How many statements there are, for the rarity of words.
    pub n_statements: u64,
    /// In how many statements each stem is.
    pub stem_counts: std::collections::BTreeMap<String, u64>,
    /// The sessions of those ends.
    pub sessions: Vec<SessionFacts>,
    /// What the controller did for the services.
    pub deeds: Vec<Deed>,
    /// Where to go with it, where it is an anomaly of the network.
    pub route: Option<Route>,
    /// The instant for which the answer holds, in Unix milliseconds.
    pub now_ms: i64,
}
