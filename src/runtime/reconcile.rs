use std::{pin::pin, time::Duration};

use tokio::time::{Instant, sleep_until};

use crate::{
    control::{
        Answering, Permit, Request, answering, authorize, clock_jump, decide, diagnose, verify,
    },
    model::{EventKind, Observation, OperatorAnswer, Refusal, Reply, Step},
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
    let mut seen = world.observe().await;
    desk.owe_jump(&mut seen);
    desk.catch_up()?;
    desk.keep_lead(seen.at)?;
    desk.beat(seen.at)?;
    let mut live = LiveTurn::new(world, desk, seen.clone());
    let done = turn(&seen, &mut live);
    live.end(done)?;
    desk.hand_over(seen.at)
}

/// The verbs, in order. Everything that bears on the outcome is in the snapshot and in
/// `turn`, so the same turn made again says the same.
pub(super) fn turn<T: Turn>(seen: &Observation, turn: &mut T) -> Result<(), T::Error> {
    if let Some(jump) = clock_jump(seen, turn.state(), turn.rules()) {
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
    if answer_requests(seen, turn)? == Lead::GivenUp {
        turn.learn(diagnosis.conditions);
        return Ok(());
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

/// Whether the stack is still ours to act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lead {
    Kept,
    GivenUp,
}

/// Answers what people asked for, oldest first, if we are the one who is asked.
fn answer_requests<T: Turn>(seen: &Observation, turn: &mut T) -> Result<Lead, T::Error> {
    if !turn.leads() {
        return Ok(Lead::Kept);
    }
    let requests: Vec<Request> = turn.state().requests().cloned().collect();
    for request in requests {
        match answering(&request, seen, turn.state(), turn.rules()) {
            Answering::Wait => (),
            Answering::Say(answer) => {
                let gives_up = answer.reply == Reply::Yielded;
                turn.record(seen.at, EventKind::OperatorAnswer(answer))?;
                if gives_up {
                    return Ok(Lead::GivenUp);
                }
            }
            Answering::Ask(step) => try_for(&request, seen, (turn, *step))?,
        }
    }
    Ok(Lead::Kept)
}

/// Asks for leave to take a person's step, says what the gates answered, and takes it.
fn try_for<T: Turn>(
    request: &Request,
    seen: &Observation,
    (turn, step): (&mut T, Step),
) -> Result<(), T::Error> {
    let answer = |reply| OperatorAnswer::plain(request.seq, reply);
    match authorize(&turn.ask(&step)) {
        Ok(permit) => {
            let accepted = EventKind::OperatorAnswer(answer(Reply::Accepted));
            turn.record(seen.at, accepted)?;
            begin(turn, step, permit)
        }
        Err(refusal) => {
            let Refusal {
                code,
                detail,
                next_at,
            } = refusal;
            let refused = OperatorAnswer {
                gate: Some(code.gate()),
                code: Some(code),
                detail,
                next_at,
                ..answer(Reply::Refused)
            };
            turn.record(seen.at, EventKind::OperatorAnswer(refused))
        }
    }
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

/// Asks for leave, and lets the action run beside the loop.
fn act<T: Turn>(seen: &Observation, turn: &mut T, step: Step) -> Result<(), T::Error> {
    if step.action.is_disruptive() && turn.state().busy_with().is_some() {
        // An earlier step of this turn has begun; the next turn says so.
        return Ok(());
    }
    let permit = match authorize(&turn.ask(&step)) {
        Err(refusal) => return refuse(seen, turn, (step, refusal)),
        Ok(permit) => permit,
    };
    begin(turn, step, permit)
}

/// Writes the intent down, and only then lets the action run.
fn begin<T: Turn>(turn: &mut T, step: Step, permit: Permit) -> Result<(), T::Error> {
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
