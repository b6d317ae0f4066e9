use std::time::Duration;

use rusqlite::{OptionalExtension, TransactionBehavior, named_params};

use super::{Ledger, StoreError, events::as_i64, projections};
use crate::model::{Actor, Tenure, Timestamp};

/// Who holds a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The process.
    pub actor: Actor,
    /// Since when.
    pub since: Timestamp,
    /// Its hold.
    pub tenure: Tenure,
}

/// Whether a hold was had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// Yes.
    Ours(Tenure),
    /// No: this process has it.
    Theirs(Holder),
}

impl Ledger {
    /// Takes a stack if nobody holds it: never held, given back, run out, or held by
    /// a process that `is_gone`. The token of every new hold is higher than all
    /// before. Among processes that try at once, one wins.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be read or written; then nothing is held.
    pub fn lease_take(
        &mut self,
        stack: &str,
        actor: &Actor,
        (now, length): (Timestamp, Duration),
        is_gone: impl Fn(&Actor) -> bool,
    ) -> Result<Taken, StoreError> {
        let path = self.path.clone();
        let fail = |error| StoreError::from_sqlite("take the lease", path.clone(), error);
        let tx = self
            .conn
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(fail)?;
        let holder = holder(&tx, stack).map_err(fail)?;
        let last_token = match holder {
            Some(holder) if now < holder.tenure.expires_at && !is_gone(&holder.actor) => {
                return Ok(Taken::Theirs(holder));
            }
            Some(holder) => holder.tenure.token,
            None => 0,
        };
        let tenure = Tenure {
            token: last_token + 1,
            expires_at: now.after(length),
        };
        let sql = "INSERT INTO leases (stack, token, user, host, pid, taken_ms, expires_ms) \
                   VALUES (:stack, :token, :user, :host, :pid, :now, :expires) \
                   ON CONFLICT (stack) DO UPDATE SET token = :token, user = :user, host = :host, \
                   pid = :pid, taken_ms = :now, expires_ms = :expires";
        tx.execute(
            sql,
            named_params! {
                ":stack": stack,
                ":token": as_i64(tenure.token),
                ":user": actor.user,
                ":host": actor.host,
                ":pid": actor.pid,
                ":now": now.millis(),
                ":expires": tenure.expires_at.millis(),
            },
        )
        .map_err(fail)?;
        tx.commit().map_err(fail)?;
        Ok(Taken::Ours(tenure))
    }

    /// Makes a hold last longer; `None` if it is not ours any more, or has run out.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be written; the hold lasts as long as it did.
    pub fn lease_renew(
        &mut self,
        stack: &str,
        token: u64,
        (now, length): (Timestamp, Duration),
    ) -> Result<Option<Tenure>, StoreError> {
        let expires_at = now.after(length);
        let sql = "UPDATE leases SET expires_ms = :expires \
                   WHERE stack = :stack AND token = :token AND :now < expires_ms";
        let n_rows = self
            .conn
            .prepare_cached(sql)
            .and_then(|mut update| {
                update.execute(named_params! {
                    ":stack": stack,
                    ":token": as_i64(token),
                    ":now": now.millis(),
                    ":expires": expires_at.millis(),
                })
            })
            .map_err(|error| self.fail("renew the lease", error))?;
        Ok((n_rows == 1).then_some(Tenure { token, expires_at }))
    }

    /// Gives a stack back, if it is still ours.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be written; the hold runs out by itself.
    pub fn lease_yield(&mut self, stack: &str, token: u64) -> Result<(), StoreError> {
        let sql = "UPDATE leases SET expires_ms = 0 WHERE stack = ?1 AND token = ?2";
        self.conn
            .execute(sql, (stack, as_i64(token)))
            .map(|_| ())
            .map_err(|error| self.fail("give the lease back", error))
    }

    /// Returns who holds a stack at `now`, if anybody does.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be read.
    pub fn lease_holder(&self, stack: &str, now: Timestamp) -> Result<Option<Holder>, StoreError> {
        let holder = holder(&self.conn, stack).map_err(|error| self.fail("read", error))?;
        Ok(holder.filter(|holder| now < holder.tenure.expires_at))
    }
}

fn holder(conn: &rusqlite::Connection, stack: &str) -> rusqlite::Result<Option<Holder>> {
    let sql = "SELECT token, user, host, pid, taken_ms, expires_ms FROM leases WHERE stack = ?1";
    conn.query_row(sql, [stack], |row| {
        let token: i64 = row.get(0)?;
        Ok(Holder {
            actor: projections::actor(row, 1)?,
            since: Timestamp::from_millis(row.get(4)?),
            tenure: Tenure {
                token: u64::try_from(token).unwrap_or(0),
                expires_at: Timestamp::from_millis(row.get(5)?),
            },
        })
    })
    .optional()
}
