//! What past work says of soaks.

use std::path::Path;

use crate::{
    knowledge::soak::{Learned, PastSession, learn},
    store::evidence::{Evidence, EvidenceError, PastStatement},
};

/// What the evidence knows before a soak is planned.
#[derive(Debug, Default)]
pub(super) struct Past {
    /// What was learned.
    pub(super) learned: Learned,
    /// The harness scripts that were read.
    pub(super) scripts: Vec<String>,
}

impl Past {
    /// Reads it. Without evidence nothing is known, and that is no fault.
    pub(super) fn read(data_dir: &Path) -> Self {
        let read = || -> Result<Self, EvidenceError> {
            let evidence = Evidence::open_to_read(data_dir)?;
            let sessions = evidence.past_list()?.into_values();
            let sessions: Vec<PastSession> = sessions.map(session).collect();
            Ok(Self {
                learned: learn(&sessions),
                scripts: evidence.script_list()?,
            })
        };
        read().unwrap_or_else(|error| {
            tracing::info!("nothing is learned from past work: {error}");
            Self::default()
        })
    }
}

fn session(statements: Vec<PastStatement>) -> PastSession {
    let mut session = PastSession::default();
    for one in statements {
        session.last_ms = one.last_ms;
        match (&*one.kind, one.verdict.as_deref()) {
            ("command", _) => session.commands.push(one.text),
            (_, Some("pass")) => session.has_passed = true,
            (_, Some("fail")) => session.has_failed = true,
            (_, _) => (),
        }
    }
    session
}
