//! Answers: what is known about a failure, and what helped before.

mod bundle;
mod confidence_audit;
mod incident;
mod playbooks;
mod recommend;
mod tell;
mod triage;

use std::path::Path;

use super::{Context, Failure};
use crate::{
    model::{Project, Timestamp},
    runtime::answers::Sources,
    store::{
        Ledger, StoreError,
        evidence::{Evidence, EvidenceError},
    },
};

pub(super) use bundle::{Args as BundleArgs, run as bundle};
pub(super) use confidence_audit::{Args as AuditArgs, run as confidence_audit};
pub(super) use incident::{Args as IncidentArgs, of_soak, run as incident};
pub(super) use playbooks::{Args as PlaybookArgs, run as playbooks};
pub(super) use recommend::{Args as RecommendArgs, run as recommend};
pub(super) use triage::{Args as TriageArgs, run as triage};

/// What answers are read from.
pub(super) struct Library {
    pub(super) evidence: Evidence,
    ledger: Option<Ledger>,
    project: Option<Project>,
    now: Timestamp,
}

impl Library {
    /// Opens the evidence, and the ledger where there is one. `None` when nothing was gathered yet.
    ///
    /// # Errors
    ///
    /// When one of them is there and cannot be read.
    pub(super) fn open(ctx: &Context, now: Option<Timestamp>) -> anyhow::Result<Option<Self>> {
        let data_dir = &ctx.settings.paths.data_dir;
        let evidence = match Evidence::open_to_read(data_dir) {
            Ok(evidence) => evidence,
            Err(EvidenceError::Missing { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        if evidence.is_empty()? {
            return Ok(None);
        }
        let ledger = ledger(data_dir)?;
        let project = ctx.settings.project().cloned();
        Ok(Some(Self {
            evidence,
            ledger,
            project,
            now: now.unwrap_or(ctx.now),
        }))
    }

    pub(super) fn sources<'a>(&'a self, ctx: &'a Context) -> Sources<'a> {
        Sources {
            evidence: &self.evidence,
            ledger: self.ledger.as_ref(),
            stack: &ctx.settings.stack,
            project: self.project.as_ref(),
            now: self.now,
        }
    }
}

fn ledger(data_dir: &Path) -> Result<Option<Ledger>, Failure> {
    match Ledger::open_to_read(data_dir) {
        Ok(ledger) => Ok(Some(ledger)),
        Err(StoreError::Missing { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// An instant of the stores as text.
pub(super) fn at(ms: Option<i64>) -> Option<String> {
    ms.map(|ms| Timestamp::from_millis(ms).to_string())
}
