//! From the side of the one who asks: a request is written down, and its course is read
//! from the ledger.

use crate::{
    model::{
        Action, Envelope, EventKind, OperatorAnswer, OperatorRequest, Reply, ServiceId, Timestamp,
        Verdict, Why, Wish,
    },
    store::{Ledger, StoreError},
    telemetry::Journal,
};

/// Rows that are read at a time.
const PAGE_ROWS: u32 = 500;

/// A request whose course is followed.
#[derive(Debug)]
pub struct Follow {
    request: u64,
    wish: Wish,
    until: Timestamp,
    read: u64,
    /// The session that let it through.
    session: Option<u64>,
    target: Option<ServiceId>,
    end: Option<FollowEnd>,
}

/// How a request ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FollowEnd {
    /// It was answered, and there is nothing to judge.
    Answered(OperatorAnswer),
    /// The action was judged.
    Judged(Verdict),
    /// The controller ended before it judged the action; the next one will.
    Left,
}

impl Follow {
    /// Writes a request down. Whoever holds the stack reads it on its next turn.
    ///
    /// # Errors
    ///
    /// The ledger cannot be written; then nothing was asked.
    pub fn ask(
        journal: &mut Journal,
        wish: Wish,
        (now, until): (Timestamp, Timestamp),
    ) -> Result<Self, StoreError> {
        let asked = OperatorRequest {
            wish: wish.clone(),
            until,
        };
        let row = journal.record(now, &EventKind::OperatorRequest(asked), None)?;
        Ok(Self {
            request: row.seq,
            wish,
            until,
            read: row.seq,
            session: None,
            target: None,
            end: None,
        })
    }

    /// The row of the request.
    pub fn request(&self) -> u64 {
        self.request
    }

    /// Until when it may be answered.
    pub fn until(&self) -> Timestamp {
        self.until
    }

    /// How it ended, as far as was read.
    pub fn end(&self) -> Option<&FollowEnd> {
        self.end.as_ref()
    }

    /// Whether it was let through.
    pub fn is_accepted(&self) -> bool {
        self.session.is_some()
    }

    /// Reads on, up to the end of its course, and returns the rows that belong to it.
    ///
    /// # Errors
    ///
    /// The ledger cannot be read; the rows come again the next time.
    pub fn read(&mut self, ledger: &Ledger) -> Result<Vec<Envelope>, StoreError> {
        let mut own = Vec::new();
        while self.end.is_none() {
            let rows = ledger.event_list_after(self.read, PAGE_ROWS)?;
            if rows.is_empty() {
                break;
            }
            for row in rows {
                self.read = row.envelope.seq;
                if self.take(&row.envelope) {
                    own.push(row.envelope);
                }
                if self.end.is_some() {
                    break;
                }
            }
        }
        Ok(own)
    }

    /// Takes it back, unless it is answered already. Whoever has not begun will not.
    ///
    /// # Errors
    ///
    /// The ledger cannot be written; then the request stands until its time is over.
    pub fn withdraw(&self, journal: &mut Journal, now: Timestamp) -> Result<(), StoreError> {
        if self.is_accepted() || self.end.is_some() {
            return Ok(());
        }
        let answer = OperatorAnswer::plain(self.request, Reply::Withdrawn);
        let answer = EventKind::OperatorAnswer(answer);
        journal.record(now, &answer, None).map(drop)
    }

    /// Whether a row belongs to the course.
    fn take(&mut self, row: &Envelope) -> bool {
        if let EventKind::OperatorAnswer(answer) = &row.kind {
            if answer.request != self.request {
                return false;
            }
            match answer.reply {
                Reply::Accepted => self.session = Some(row.session),
                Reply::Refused
                | Reply::Impossible
                | Reply::Yielded
                | Reply::Expired
                | Reply::Withdrawn => self.end = Some(FollowEnd::Answered(answer.clone())),
            }
            return true;
        }
        if self.session != Some(row.session) {
            return false;
        }
        self.take_step(row)
    }

    fn take_step(&mut self, row: &Envelope) -> bool {
        let is_meant = |action: &Action| self.wish == Wish::Act(action.clone());
        let is_target = |service: &ServiceId| self.target.as_ref() == Some(service);
        let kind = &row.kind;
        if let EventKind::ActionStarted {
            service,
            action,
            why: Why::Operator,
            ..
        } = kind
            && self.target.is_none()
            && is_meant(action)
        {
            self.target = Some(service.clone());
            return true;
        }
        if let EventKind::ActionReturned {
            service, action, ..
        } = kind
        {
            return is_target(service) && is_meant(action);
        }
        if let EventKind::EpisodeClosed {
            service,
            action,
            verdict,
            ..
        } = kind
            && is_target(service)
            && is_meant(action)
        {
            self.end = Some(FollowEnd::Judged(*verdict));
            return true;
        }
        let has_left = matches!(kind, EventKind::SessionEnded { .. });
        if has_left {
            self.end = Some(FollowEnd::Left);
        }
        has_left
    }
}
