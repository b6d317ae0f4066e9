use std::time::Duration;

use serde::Serialize;

use crate::{
    model::{Actor, Envelope, EventKind, Observation, Project, SessionEnd, Timestamp},
    store::{Draft, Ledger, StoreError},
    telemetry::Output,
};

/// How often the end of the ledger is noted in the checkpoint file.
pub const CHECKPOINT_EVERY: Duration = Duration::from_secs(600);

/// The most rows of others that one turn takes in; the rest waits for the next.
const UNREAD_ROWS_MAX: u32 = 10_000;

/// Where every event goes, and the only way to write one: first into the ledger,
/// then to those who read along.
#[derive(Debug)]
pub struct Journal {
    ledger: Ledger,
    project: Project,
    actor: Actor,
    session: u64,
    outputs: Vec<Output>,
    checkpointed: Option<Timestamp>,
    read_until: u64,
    is_unwritable: bool,
}

impl Journal {
    /// Writes to `ledger` about `project`. There is no session until a
    /// `session_started` is recorded.
    pub fn new(ledger: Ledger, project: Project, actor: Actor) -> Self {
        Self {
            ledger,
            project,
            actor,
            session: 0,
            outputs: Vec::new(),
            checkpointed: None,
            read_until: 0,
            is_unwritable: false,
        }
    }

    /// Adds a reader. It gets what is recorded from now on.
    pub fn add_output(&mut self, output: Output) {
        self.outputs.push(output);
    }

    /// Records an event, with the observation it rests on. A `session_started` makes
    /// its session the one of all events that follow.
    ///
    /// # Errors
    ///
    /// Fails if the event is not on disk, in which case nothing may be done to the
    /// world. Readers and the checkpoint file never fail it.
    pub fn record(
        &mut self,
        at: Timestamp,
        kind: &EventKind,
        input: Option<&Observation>,
    ) -> Result<Envelope, StoreError> {
        self.record_on(at, kind, input)
    }

    /// Records an event with whatever it rests on. The same input is stored once.
    ///
    /// # Errors
    ///
    /// As [`Journal::record`].
    pub fn record_on<I: Serialize>(
        &mut self,
        at: Timestamp,
        kind: &EventKind,
        input: Option<&I>,
    ) -> Result<Envelope, StoreError> {
        let envelope = self.append((at, self.session), kind, input)?;
        self.is_unwritable = false;
        if matches!(kind, EventKind::SessionStarted { .. }) {
            self.session = envelope.session;
        }
        self.checkpoint(&envelope);
        Ok(envelope)
    }

    /// Returns what a session has to know when it begins: the rows of this project
    /// since `since`, and everything that was open then.
    ///
    /// # Errors
    ///
    /// Fails if the ledger cannot be read.
    pub fn history(&mut self, since: Timestamp) -> Result<Vec<Envelope>, StoreError> {
        self.read_until = self.ledger.event_head()?.map_or(0, |head| head.seq);
        let before = self.read_until + 1;
        self.ledger
            .event_list_for_fold_before(&self.project, since, before)
    }

    /// Returns the rows of this project that were not returned yet, oldest first:
    /// what others wrote, and `own`, the row that was just recorded. With `own` the
    /// list ends there, so what was read is always known by one number.
    ///
    /// # Errors
    ///
    /// Fails if the ledger cannot be read; the rows come again the next time.
    pub fn unread(&mut self, own: Option<Envelope>) -> Result<Vec<Envelope>, StoreError> {
        let last = own.as_ref().map_or(u64::MAX, |own| own.seq);
        if let Some(own) = own
            && own.seq == self.read_until + 1
        {
            self.read_until = own.seq;
            return Ok(vec![own]);
        }
        let mut rows = self
            .ledger
            .event_list_after(self.read_until, UNREAD_ROWS_MAX)?;
        rows.retain(|row| row.envelope.seq <= last);
        if let Some(last) = rows.last() {
            self.read_until = last.envelope.seq;
        }
        let rows = rows.into_iter().map(|row| row.envelope);
        Ok(rows.filter(|row| row.project == self.project).collect())
    }

    /// The last row that was returned as unread, or before which everything was.
    pub fn read_until(&self) -> u64 {
        self.read_until
    }

    /// Tells the readers, once, that the ledger cannot be written and that therefore
    /// nothing is done.
    pub fn report_unwritable(&mut self, at: Timestamp, error: &StoreError) {
        if !self.is_unwritable {
            self.is_unwritable = true;
            for output in &mut self.outputs {
                output.write_unwritable(at, &self.project, error);
            }
        }
    }

    /// Ends the sessions of this project that were never ended and whose process is
    /// gone, as `interrupted`, and returns how many. `is_gone` is asked for each
    /// process but our own number: if an open session names it, its process is gone,
    /// because it is not this one.
    ///
    /// # Errors
    ///
    /// Fails if the ledger cannot be read or written.
    pub fn session_end_gone(
        &mut self,
        at: Timestamp,
        is_gone: impl Fn(&Actor) -> bool,
    ) -> Result<usize, StoreError> {
        let mut open = self.ledger.session_list_open(&self.project)?;
        let own = &self.actor;
        open.retain(|session| {
            let is_own_number = (&session.actor.host, session.actor.pid) == (&own.host, own.pid);
            session.id != self.session && (is_own_number || is_gone(&session.actor))
        });
        let end = SessionEnd::Interrupted;
        for session in &open {
            let ended = EventKind::SessionEnded { end };
            self.append((at, session.id), &ended, None::<&Observation>)?;
        }
        Ok(open.len())
    }

    /// The number of the current session; 0 before it has begun.
    pub fn session(&self) -> u64 {
        self.session
    }

    /// The project.
    pub fn project(&self) -> &Project {
        &self.project
    }

    /// The ledger, to read from.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The ledger, for what is not an event.
    pub fn ledger_mut(&mut self) -> &mut Ledger {
        &mut self.ledger
    }

    /// Who writes.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The readers, to ask whether they still read.
    pub fn outputs(&self) -> &[Output] {
        &self.outputs
    }

    /// Gives the ledger back.
    pub fn into_ledger(self) -> Ledger {
        self.ledger
    }

    fn append<I: Serialize>(
        &mut self,
        (at, session): (Timestamp, u64),
        kind: &EventKind,
        input: Option<&I>,
    ) -> Result<Envelope, StoreError> {
        let input = input.map(|input| serde_json::to_string(input).expect("inputs serialize"));
        let envelope = self.ledger.event_append(&Draft {
            at,
            session,
            project: &self.project,
            actor: &self.actor,
            kind,
            input: input.as_deref(),
        })?;
        for output in &mut self.outputs {
            output.write(&envelope);
        }
        Ok(envelope)
    }

    /// The event is on disk by now, so a failure here only costs a checkpoint.
    fn checkpoint(&mut self, envelope: &Envelope) {
        let is_session = matches!(
            envelope.kind,
            EventKind::SessionStarted { .. } | EventKind::SessionEnded { .. }
        );
        let is_due = self
            .checkpointed
            .is_none_or(|last| envelope.at.since(last) >= CHECKPOINT_EVERY);
        if is_session || is_due {
            self.checkpointed = Some(envelope.at);
            if let Err(error) = self.ledger.checkpoint_write(envelope.at) {
                tracing::warn!("{error}; the event itself is written");
            }
        }
    }
}
