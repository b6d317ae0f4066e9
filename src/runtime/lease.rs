use std::{fmt, io, time::Duration};

use crate::{
    model::{Actor, EventKind, Reply, Tenure, Timestamp},
    runtime::Desk,
    store::{Holder, StoreError, Taken},
};

/// The project under which the ledger notes that nothing could be seen, while it is
/// not known which one is meant.
pub const UNKNOWN_PROJECT: &str = "unknown";

/// The shortest hold.
const LENGTH_MIN: Duration = Duration::from_secs(30);

/// How long we wait for the one for whom we gave the stack up to take it.
const HEIR_PATIENCE: Duration = Duration::from_secs(30);

/// The name of a stack, for those who want to lead it.
#[derive(Debug)]
pub struct Lease {
    /// The engine and the project.
    pub stack: String,
    /// Tells whether a process of this host is gone.
    pub is_gone: fn(&Actor) -> bool,
    /// The stack's name on this host, which is given up and taken back with it.
    pub name: HostName,
}

/// A name that one process of the host has at a time.
#[derive(Debug)]
pub struct HostName {
    /// The name, while it is ours. Dropped, it is free.
    pub held: Option<Box<dyn fmt::Debug + Send>>,
    /// Takes the name of a stack; `None` if another process has it.
    pub take: TakeName,
}

/// How the name of a stack is taken.
pub type TakeName = fn(&str) -> io::Result<Option<Box<dyn fmt::Debug + Send>>>;

/// The one for whom we gave the stack up.
#[derive(Clone, Debug)]
pub(super) struct Heir {
    actor: Actor,
    since: Timestamp,
    has_led: bool,
}

impl HostName {
    /// A name that nobody else knows, for stacks that have none on the host.
    pub fn none() -> Self {
        Self {
            held: None,
            take: |_| Ok(Some(Box::new(()))),
        }
    }

    /// Takes the name, unless it is ours already; whether it is ours now.
    fn acquire(&mut self, stack: &str) -> bool {
        if self.held.is_none() {
            self.held = (self.take)(stack).ok().flatten();
        }
        self.held.is_some()
    }
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
        self.take_up(taken, now)
    }

    /// Renews our hold; where it is lost, every step is refused until it is ours
    /// again.
    pub(super) fn keep_lead(&mut self, now: Timestamp) -> Result<(), StoreError> {
        let Some(mut lease) = self.lease.take() else {
            return Ok(());
        };
        let kept = match self.heir.is_some() {
            true => self.await_return(&mut lease, now),
            false => self.renew(&lease, now),
        };
        self.lease = Some(lease);
        kept
    }

    fn renew(&mut self, lease: &Lease, now: Timestamp) -> Result<(), StoreError> {
        let length = self.lease_length();
        if let Some(Tenure { token, .. }) = self.tenure {
            let ledger = self.journal.ledger_mut();
            self.tenure = ledger.lease_renew(&lease.stack, token, (now, length))?;
        }
        if self.tenure.is_none() {
            let taken = self.take(lease, now)?;
            self.take_up(taken, now)?;
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

    /// Says that the stack is given back, if we have it.
    ///
    /// # Errors
    ///
    /// The ledger cannot be written.
    pub(super) fn say_yielded(&mut self, now: Timestamp) -> Result<(), StoreError> {
        match self.tenure {
            Some(Tenure { token, .. }) => self.record_at(now, EventKind::LeaseYielded { token }),
            None => Ok(()),
        }
    }

    /// Gives the stack back.
    ///
    /// # Errors
    ///
    /// The ledger cannot be written; the hold runs out by itself.
    pub(super) fn yield_lead(&mut self) -> Result<(), StoreError> {
        if let (Some(lease), Some(Tenure { token, .. })) = (&self.lease, self.tenure) {
            let ledger = self.journal.ledger_mut();
            ledger.lease_yield(&lease.stack, token)?;
        }
        self.lease = None;
        self.tenure = None;
        Ok(())
    }

    /// Who is to have the stack, if `kind` gives it up.
    pub(super) fn heir_of(&self, kind: &EventKind, at: Timestamp) -> Option<Heir> {
        let EventKind::OperatorAnswer(answer) = kind else {
            return None;
        };
        let mut requests = self.state.requests();
        let request = requests.find(|request| request.seq == answer.request)?;
        (answer.reply == Reply::Yielded).then(|| Heir {
            actor: request.actor.clone(),
            since: at,
            has_led: false,
        })
    }

    /// Lets go of the stack, if this turn gave it up. From here on every step is
    /// refused until it is ours again.
    pub(super) fn hand_over(&mut self, now: Timestamp) -> Result<(), StoreError> {
        let (Some(_), Some(tenure)) = (&self.heir, self.tenure) else {
            return Ok(());
        };
        let token = tenure.token;
        self.tenure = None;
        let said = self.record_at(now, EventKind::LeaseYielded { token });
        let Some(lease) = &mut self.lease else {
            return said;
        };
        lease.name.held = None;
        // A hold that cannot be given back now runs out by itself.
        self.journal.ledger_mut().lease_yield(&lease.stack, token)?;
        said
    }

    /// Takes the stack back when the one who asked for it is done with it: its hold has
    /// ended, its process is gone, or it never took what it asked for.
    fn await_return(&mut self, lease: &mut Lease, now: Timestamp) -> Result<(), StoreError> {
        let ledger = self.journal.ledger();
        let holder = ledger.lease_holder(&lease.stack, now)?;
        let is_led = holder.is_some_and(|holder| !(lease.is_gone)(&holder.actor));
        let Some(heir) = &mut self.heir else {
            return Ok(());
        };
        heir.has_led |= is_led;
        let is_late = || heir.since.after(HEIR_PATIENCE) <= now || (lease.is_gone)(&heir.actor);
        if is_led || !(heir.has_led || is_late()) {
            return Ok(());
        }
        let has_led = heir.has_led;
        if !lease.name.acquire(&lease.stack) && !has_led {
            // Somebody has the name and is about to take the hold.
            return Ok(());
        }
        let taken = self.take(lease, now)?;
        if let Taken::Ours(_) = taken {
            self.heir = None;
        }
        self.take_up(taken, now).map(drop)
    }

    fn take_up(&mut self, taken: Taken, now: Timestamp) -> Result<Option<Holder>, StoreError> {
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
