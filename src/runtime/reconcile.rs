use std::{pin::pin, time::Duration};

use tokio::time::{Instant, sleep_until};

use crate::{
    control::{authorize, clock_jump, decide, diagnose, verify},
    model::{EventKind, Observation, Refusal, Step},
    ports::{Act, Sense},
    runtime::{
        Desk,
        turn::{LiveTurn, Turn},
    },
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
    let mut live = LiveTurn::new(world, desk, seen.clone());
    let done = turn(&seen, &mut live);
    live.end(done)
}

/// The verbs, in order. Everything that bears on the outcome is in the snapshot and in
/// `turn`, so the same turn made again says the same.
pub(super) fn turn<T: Turn>(seen: &Observation, turn: &mut T) -> Result<(), T::Error> {
    if let Some(jump) = clock_jump(seen, turn.rules()) {
        turn.record(seen.at, jump)?;
    }
    for verdict in verify(seen, turn.state(), turn.rules()) {
        if may_judge(&verdict, turn) {
            turn.record(seen.at, verdict)?;
        }
    }
    let diagnosis = diagnose(seen, turn.state(), turn.rules());
    for news in &diagnosis.news {
        turn.record(seen.at, news.clone())?;
    }
    let plan = decide(&diagnosis, seen, turn.state(), turn.rules());
    turn.learn(diagnosis.conditions);
    for note in plan.notes.into_iter().chain(plan.calls) {
        turn.record(seen.at, note)?;
    }
    for step in plan.steps {
        act(seen, turn, step)?;
    }
    Ok(())
}

/// Whether a verdict is ours to give: on what we began ourselves, or while nobody
/// else leads. An observer has other eyes and other rules, and a leader that was
/// replaced has an old memory.
fn may_judge<T: Turn>(verdict: &EventKind, turn: &T) -> bool {
    let patient = verdict
        .service()
        .and_then(|service| turn.state().patient(service));
    let episode = patient.and_then(|patient| patient.episode.as_ref());
    let is_own = episode.is_some_and(|episode| episode.session == turn.state().session());
    is_own || !turn.is_led_by_other()
}

/// Asks for leave, writes the intent down, and only then lets the action run, beside
/// the loop.
fn act<T: Turn>(seen: &Observation, turn: &mut T, step: Step) -> Result<(), T::Error> {
    if step.action.is_disruptive() && turn.state().busy_with().is_some() {
        // An earlier step of this turn has begun; the next turn says so.
        return Ok(());
    }
    let permit = match authorize(&turn.ask(&step)) {
        Err(refusal) => return refuse(seen, turn, (step, refusal)),
        Ok(permit) => permit,
    };
    let now = turn.now();
    if let Some((service, order)) = step.opens_bounce.clone() {
        turn.record(now, EventKind::BounceStarted { service, order })?;
    }
    let started = EventKind::ActionStarted {
        service: step.target.clone(),
        action: step.action.clone(),
        why: step.why,
        attempt: step.attempt,
        expect: step.expect.clone(),
        deadline: now.after(step.patience),
    };
    turn.record(now, started)?;
    turn.run(step, permit);
    Ok(())
}

/// Writes a refusal down, unless the same one was the last thing said.
fn refuse<T: Turn>(
    seen: &Observation,
    turn: &mut T,
    (step, refusal): (Step, Refusal),
) -> Result<(), T::Error> {
    let patient = turn.state().patient(&step.target);
    let said = patient.and_then(|patient| patient.denied.as_ref());
    if said == Some(&(step.action.clone(), refusal.code)) {
        return Ok(());
    }
    let denied = EventKind::ActionDenied {
        service: step.target,
        action: step.action,
        gate: refusal.code.gate(),
        code: refusal.code,
        detail: refusal.detail,
        next_at: refusal.next_at,
    };
    turn.record(seen.at, denied)
}

/// Lets calls that are under way come back, for a while, so that the ledger knows
/// how they ended. What is still out then is judged by the next session.
pub(super) async fn settle(world: &impl Sense, desk: &mut Desk) {
    let patience = sleep_until(Instant::now() + STOP_PATIENCE);
    let mut patience = pin!(patience);
    while desk.is_awaiting() {
        tokio::select! {
            () = desk.one_done() => {
                if let Err(error) = desk.catch_up() {
                    desk.journal.report_unwritable(world.now(), &error);
                    return;
                }
            }
            () = &mut patience => return,
        }
    }
}
