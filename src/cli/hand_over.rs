//! What is asked of the controller that leads the stack, and how long it may take.

use std::time::Duration;

use super::{Exit, Failure, stand::Stand};
use crate::{
    model::{Timestamp, Wish},
    runtime::{Follow, FollowEnd},
    store::{Holder, Ledger, StoreError},
    telemetry::Journal,
    world::{actor, is_gone, now},
};

/// The least time that a controller gets to answer.
pub(super) const ANSWER_MIN: Duration = Duration::from_secs(30);

/// How much longer than that its answer is waited for.
const ANSWER_SLACK: Duration = Duration::from_secs(5);

/// How often the ledger is looked at.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Who leads the stack at this moment, if anybody does.
///
/// # Errors
///
/// The ledger cannot be read.
pub(super) fn leader(stand: &Stand<'_>, ledger: &Ledger) -> Result<Option<Holder>, StoreError> {
    let holder = ledger.lease_holder(&stand.stack_name(), now())?;
    Ok(holder.filter(|holder| !is_gone(&holder.actor)))
}

/// Until when a leader has to answer. It renews its hold on every turn, so it takes at
/// least one before the hold runs out.
pub(super) fn answer_by(holder: &Holder, now: Timestamp) -> Timestamp {
    now.after(ANSWER_MIN).max(holder.tenure.expires_at)
}

/// When nobody waits for an answer any more.
pub(super) fn is_over(follow: &Follow, now: Timestamp) -> bool {
    follow.until().after(ANSWER_SLACK) < now
}

/// Has the leader of the stack give it up, for as long as the one who asks leads it; a
/// stack that nobody leads is free already. The leader takes it back when our hold ends,
/// however it ends.
///
/// # Errors
///
/// The leader does not give it up in time, or the ledger cannot be read or written.
pub(super) async fn ask_to_yield(stand: &Stand<'_>, ledger: Ledger) -> anyhow::Result<Ledger> {
    let Some(holder) = leader(stand, &ledger)? else {
        return Ok(ledger);
    };
    let mut journal = Journal::new(ledger, stand.project.clone(), actor());
    let times = (now(), answer_by(&holder, now()));
    let mut follow = Follow::ask(&mut journal, Wish::Yield, times)?;
    loop {
        follow.read(journal.ledger())?;
        let is_free = leader(stand, journal.ledger())?.is_none();
        if is_free {
            return Ok(journal.into_ledger());
        }
        let is_refused = match follow.end() {
            Some(FollowEnd::Answered(answer)) => answer.reply != crate::model::Reply::Yielded,
            Some(FollowEnd::Judged(_) | FollowEnd::Left) | None => false,
        };
        if is_refused || is_over(&follow, now()) {
            follow.withdraw(&mut journal, now())?;
            let error = anyhow::anyhow!(
                "process {} of {} on {} leads `{}` and does not give it up",
                holder.actor.pid,
                holder.actor.user,
                holder.actor.host,
                stand.project
            );
            let hint = "`wicap-assist status` shows what it does; stop it, or try again later";
            return Err(Failure::new(Exit::Error, error).hint(hint).into());
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
