use std::time::Duration;

use crate::{
    model::{Actor, EventKind, Tenure, Timestamp},
    runtime::Desk,
    store::{Holder, StoreError, Taken},
};

/// The project under which the ledger notes that nothing could be seen, while it is
/// not known which one is meant.
pub const UNKNOWN_PROJECT: &str = "unknown";

/// The shortest hold.
const LENGTH_MIN: Duration = Duration::from_secs(30);

/// The name of a stack, for those who want to lead it.
#[derive(Clone, Debug)]
pub struct Lease {
    /// The engine and the project.
    pub stack: String,
    /// Tells whether a process of this host is gone.
    pub is_gone: fn(&Actor) -> bool,
}

impl Desk {
    /// Takes the lead of the stack, or says who has it.
    ///
    /// # Errors
    ///
    /// The ledger cannot be written.
    pub fn lead(&mut self, lease: Lease, now: Timestamp) -> Result<Option<Holder>, StoreError> {
        let taken = self.take(&lease, now)?;
        self.lease = Some(lease);
        match taken {
            Taken::Ours(tenure) => {
                let token = tenure.token;
                self.tenure = Some(tenure);
                self.record_at(now, EventKind::LeaseTaken { token })?;
                Ok(None)
            }
            Taken::Theirs(holder) => Ok(Some(holder)),
        }
    }

    /// Renews our hold; where it is lost, every step is refused until it is ours
    /// again.
    pub(super) fn keep_lead(&mut self, now: Timestamp) -> Result<(), StoreError> {
        let Some(lease) = self.lease.clone() else {
            return Ok(());
        };
        let length = self.lease_length();
        if let Some(Tenure { token, .. }) = self.tenure {
            let ledger = self.journal.ledger_mut();
            self.tenure = ledger.lease_renew(&lease.stack, token, (now, length))?;
        }
        if self.tenure.is_none() {
            self.lead(lease, now)?;
        }
        Ok(())
    }

    /// Whether another controller holds the stack. Where that cannot be read, it may.
    pub(super) fn is_led_by_other(&self, now: Timestamp) -> bool {
        let Some(stack) = self.stack.as_ref().filter(|_| self.tenure.is_none()) else {
            return false;
        };
        let holder = self.journal.ledger().lease_holder(stack, now);
        holder.map_or(true, |holder| holder.is_some())
    }

    /// Gives the stack back.
    ///
    /// # Errors
    ///
    /// The ledger cannot be written; the hold runs out by itself.
    pub(super) fn yield_lead(&mut self, now: Timestamp) -> Result<(), StoreError> {
        let (Some(lease), Some(tenure)) = (self.lease.take(), self.tenure.take()) else {
            return Ok(());
        };
        let token = tenure.token;
        self.record_at(now, EventKind::LeaseYielded { token })?;
        self.journal.ledger_mut().lease_yield(&lease.stack, token)
    }

    fn take(&mut self, lease: &Lease, now: Timestamp) -> Result<Taken, StoreError> {
        let length = self.lease_length();
        let actor = self.journal.actor().clone();
        let ledger = self.journal.ledger_mut();
        ledger.lease_take(&lease.stack, &actor, (now, length), lease.is_gone)
    }

    fn lease_length(&self) -> Duration {
        self.rules.policy.interval.saturating_mul(3).max(LENGTH_MIN)
    }
}
