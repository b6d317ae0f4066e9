//! Keeping the store small and clean.

use std::path::Path;

use super::{IngestError, Wash, key, lock::Lock, run::now_ms, wash::WASH_VERSION};
use crate::{
    knowledge::pseudonym::Pseudonyms,
    store::evidence::{Evidence, Pruned, Retention},
};

/// The store, held by nobody else.
#[derive(Debug)]
pub struct Maintenance {
    evidence: Evidence,
    wash: Wash,
    _lock: Lock,
}

impl Maintenance {
    /// Takes the lock and opens the store.
    ///
    /// # Errors
    ///
    /// Fails if an ingest is at work, or if the store cannot be opened.
    pub fn open(data_dir: &Path) -> Result<Self, IngestError> {
        let evidence = Evidence::open(data_dir)?;
        let now = crate::model::Timestamp::from_millis(now_ms()).to_string();
        let lock = Lock::take(data_dir, &now)?;
        let wash = Wash::new(Pseudonyms::new(key::load(data_dir)?, false));
        Ok(Self {
            evidence,
            wash,
            _lock: lock,
        })
    }

    /// Drops what is older than the retention and gives the room back.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be written.
    pub fn prune(&mut self, retention: &Retention, now_ms: i64) -> Result<Pruned, IngestError> {
        Ok(self.evidence.prune(retention, now_ms)?)
    }

    /// Cleans every text that an older version cleaned; returns how many changed.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be written.
    pub fn scrub(&mut self) -> Result<usize, IngestError> {
        let wash = &self.wash;
        Ok(self.evidence.scrub(WASH_VERSION, &|text| wash.text(text))?)
    }
}
