use std::{pin::pin, time::Duration};

use tokio::time::{Instant, sleep_until};

use crate::{
    control::{authorize, clock_jump, decide, diagnose, verify},
    model::{EventKind, Observation, Step},
    ports::{Act, Sense},
    runtime::Desk,
    store::StoreError,
};

/// How long a stopping loop waits for an engine call that is under way.
const STOP_PATIENCE: Duration = Duration::from_secs(8);

/// Why the loop came to an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Somebody asked for it.
    Asked,
    /// A person was called and the operator wants to stop then.
    Escalated,
}

/// Goes on turning the wheel after a first turn, until `stop` resolves; stops only
/// between turns.
///
/// A tick, a report of the engine or an action that came back starts a turn. The
/// turn never learns which: it sees the snapshot.
///
/// # Errors
///
/// Never for a fault of the outside, the ledger included: what cannot be written
/// down is not done, and the next turn tries again.
pub async fn reconcile_until<W>(
    world: &mut W,
    desk: &mut Desk,
    stop: impl Future<Output = ()>,
) -> Stop
where
    W: Sense + Act,
{
    let mut stop = pin!(stop);
    let mut next_turn = Instant::now() + desk.rules.policy.interval;
    loop {
        if desk.stops_on_escalation && desk.has_escalated {
            break Stop::Escalated;
        }
        tokio::select! {
            biased;
            () = &mut stop => break Stop::Asked,
            () = desk.action_returned() => (),
            () = world.wake() => (),
            () = sleep_until(next_turn) => (),
        }
        next_turn = Instant::now() + desk.rules.policy.interval;
        if let Err(error) = reconcile_once(world, desk).await {
            desk.journal.report_unwritable(world.now(), &error);
        }
    }
}

/// Turns the wheel once: observe, verify what earlier turns started, diagnose,
/// decide, authorize, act; every result is recorded as it comes.
///
/// # Errors
///
/// The ledger could not be written. Nothing was done that is not in it, and nothing
/// is remembered that is not in it.
pub async fn reconcile_once<W>(world: &mut W, desk: &mut Desk) -> Result<(), StoreError>
where
    W: Sense + Act,
{
    let seen = world.observe().await;
    desk.catch_up()?;
    desk.keep_lead(seen.at)?;

    if let Some(jump) = clock_jump(&seen, &desk.rules) {
        desk.record(&seen, jump)?;
    }
    for verdict in verify(&seen, &desk.state, &desk.rules) {
        if desk.may_judge(&verdict, seen.at)? {
            desk.record_verdict(&seen, verdict)?;
        }
    }
    let diagnosis = diagnose(&seen, &desk.state, &desk.rules);
    for news in &diagnosis.news {
        desk.record(&seen, news.clone())?;
    }
    let plan = decide(&diagnosis, &seen, &desk.state, &desk.rules);
    desk.conditions = diagnosis.conditions;
    for note in plan.notes.into_iter().chain(plan.calls) {
        desk.record(&seen, note)?;
    }
    for step in plan.steps {
        act(world, desk, &seen, step)?;
    }
    Ok(())
}

/// Asks for leave, writes the intent down, and only then lets the action run, beside
/// the loop.
fn act<W: Sense + Act>(
    world: &W,
    desk: &mut Desk,
    seen: &Observation,
    step: Step,
) -> Result<(), StoreError> {
    if step.action.is_disruptive() && desk.state.busy_with().is_some() {
        // An earlier step of this turn has begun; the next turn says so.
        return Ok(());
    }
    match authorize(&desk.ask(&step, seen)) {
        Err(refusal) => desk.record_refusal(seen, step, refusal),
        Ok(permit) => {
            let now = world.now();
            if let Some((service, order)) = step.opens_bounce {
                desk.record_at(now, Some(seen), EventKind::BounceStarted { service, order })?;
            }
            let started = EventKind::ActionStarted {
                service: step.target.clone(),
                action: step.action.clone(),
                why: step.why,
                attempt: step.attempt,
                expect: step.expect,
                deadline: now.after(step.patience),
            };
            desk.record_at(now, Some(seen), started)?;
            desk.run(step.target, step.action, world.execute(permit));
            Ok(())
        }
    }
}

/// Lets calls that are under way come back, for a while, so that the ledger knows
/// how they ended. What is still out then is judged by the next session.
pub(super) async fn settle(world: &impl Sense, desk: &mut Desk) {
    let patience = sleep_until(Instant::now() + STOP_PATIENCE);
    let mut patience = pin!(patience);
    while desk.is_acting() {
        tokio::select! {
            () = desk.action_returned() => {
                if let Err(error) = desk.catch_up() {
                    desk.journal.report_unwritable(world.now(), &error);
                    return;
                }
            }
            () = &mut patience => return,
        }
    }
}
