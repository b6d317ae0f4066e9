//! Storing what was gathered, and what signatures are called by then.

use std::{collections::BTreeMap, time::Instant};

use super::{IngestError, gather::Gatherer, wash::WASH_VERSION};
use crate::{
    model::SignatureId,
    store::evidence::{Batch, SignatureRow},
};

/// How long rows wait to be stored, in milliseconds.
const WAIT_MS_MAX: u128 = 500;

impl Gatherer<'_> {
    /// Stores what was gathered, if it is enough or has waited long enough.
    pub(super) fn flush_when_due(&mut self) -> Result<(), IngestError> {
        let is_due = self.batch.items.len() >= self.rows_max
            || self.flushed.elapsed().as_millis() >= WAIT_MS_MAX && !self.batch.is_empty();
        if is_due { self.flush() } else { Ok(()) }
    }

    /// Stores what was gathered.
    pub(super) fn flush(&mut self) -> Result<(), IngestError> {
        if !self.fresh.is_empty() {
            self.describe();
        }
        let merged = self.engine.counts().merged;
        let empty = Batch {
            redaction: WASH_VERSION,
            now_ms: self.now_ms,
            ..Batch::default()
        };
        let mut batch = std::mem::replace(&mut self.batch, empty);
        self.flushed = Instant::now();
        if self.is_dry || batch.is_empty() && batch.signatures.is_empty() {
            return Ok(());
        }
        if !batch.items.is_empty() {
            batch.engine = serde_json::to_string(&self.engine.state()).ok();
        }
        self.evidence.commit(&batch)?;
        if merged != self.merged {
            self.merged = merged;
            self.merge()?;
        }
        Ok(())
    }

    /// Moves the rows of signatures that are part of another one now.
    pub(super) fn merge(&mut self) -> Result<(), IngestError> {
        if self.is_dry {
            return Ok(());
        }
        let moved: Vec<(SignatureId, SignatureId)> = self
            .known
            .iter()
            .map(|id| (*id, self.engine.resolve(*id)))
            .filter(|(id, now)| id != now)
            .collect();
        for (from, into) in moved {
            self.evidence
                .signature_merge(&from.to_string(), &into.to_string())?;
            self.known.remove(&from);
            self.known.insert(into);
        }
        Ok(())
    }

    /// Describes all signatures by their templates as they are at the end.
    pub(super) fn refresh_templates(&mut self) {
        self.describe();
        for (id, template) in self.templates() {
            if self.known.contains(&id) {
                self.batch.signatures.push(SignatureRow {
                    signature_id: id.to_string(),
                    category: "error",
                    level: "error",
                    template,
                    v1: String::new(),
                    example: String::new(),
                });
            }
        }
    }

    fn describe(&mut self) {
        let templates = self.templates();
        for (id, mut row) in std::mem::take(&mut self.fresh) {
            row.template = templates
                .get(&self.engine.resolve(id))
                .cloned()
                .unwrap_or_default();
            self.batch.signatures.push(row);
        }
    }

    fn templates(&self) -> BTreeMap<SignatureId, String> {
        self.engine
            .templates()
            .map(|template| (template.id, self.wash.line(&template.text)))
            .collect()
    }
}
