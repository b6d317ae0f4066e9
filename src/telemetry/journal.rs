use crate::{
    model::{Actor, Envelope, EventKind, Observation, Project, Timestamp},
    store::{Draft, Ledger, StoreError},
};

/// The only way to write an event.
#[derive(Debug)]
pub struct Journal {
    ledger: Ledger,
    project: Project,
    actor: Actor,
    session: u64,
    read_until: u64,
}

impl Journal {
    /// Opens.
    pub fn new(ledger: Ledger, project: Project, actor: Actor) -> Self {
        Self {
            ledger,
            project,
            actor,
            session: 0,
            read_until: 0,
        }
    }
    /// session
    pub fn session(&self) -> u64 {
        self.session
    }
    /// record
    pub fn record(
        &mut self,
        at: Timestamp,
        kind: EventKind,
        seen: Option<&Observation>,
    ) -> Result<Envelope, StoreError> {
        let input = seen.map(|seen| serde_json::to_string(seen).expect("observations serialize"));
        let draft = Draft {
            at,
            session: self.session,
            project: &self.project,
            actor: &self.actor,
            kind: &kind,
            input: input.as_deref(),
        };
        let row = self.ledger.event_append(&draft)?;
        if let EventKind::SessionStarted { .. } = row.kind {
            self.session = row.seq;
        }
        self.read_until = row.seq;
        Ok(row)
    }
    /// history
    pub fn history(&self, since: Timestamp) -> Result<Vec<Envelope>, StoreError> {
        let rows = self.ledger.event_list_for_fold(&self.project, since)?;
        Ok(rows)
    }
    /// rows
    pub fn rows_of_others(&mut self) -> Result<Vec<Envelope>, StoreError> {
        Ok(Vec::new())
    }
    /// unwritable
    pub fn report_unwritable(&mut self, _error: &StoreError) {}
    /// ledger
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }
    /// ledger
    pub fn into_ledger(self) -> Ledger {
        self.ledger
    }
}
