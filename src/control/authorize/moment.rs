//! May anything run now?

use super::{Ask, refuse};
use crate::model::{ControlMode, Denial, Fact, Facts, KillSwitch, Refusal};

pub(super) fn shadow(ask: &Ask<'_>) -> Option<Refusal> {
    ask.grants.is_shadow.then(|| refuse(Denial::Shadow))
}

pub(super) fn kill_switch(ask: &Ask<'_>) -> Option<Refusal> {
    let KillSwitch::Pulled { source } = &ask.seen.kill_switch else {
        return None;
    };
    let detail = Facts::from([("source".to_owned(), Fact::Word(source.clone()))]);
    Some(Refusal {
        detail,
        ..refuse(Denial::KillSwitch)
    })
}

pub(super) fn mode(ask: &Ask<'_>) -> Option<Refusal> {
    (ask.grants.mode == ControlMode::Observe).then(|| refuse(Denial::ObserveMode))
}

pub(super) fn runtime_plane(ask: &Ask<'_>) -> Option<Refusal> {
    (!ask.grants.planes.runtime).then(|| plane_off("runtime"))
}

/// A hold on the stack that has run out is none: another controller may have it.
pub(super) fn lease(ask: &Ask<'_>) -> Option<Refusal> {
    let holds = ask
        .tenure
        .is_some_and(|tenure| ask.seen.at < tenure.expires_at);
    (!holds).then(|| refuse(Denial::NotLeader))
}

pub(super) fn operator_pause(ask: &Ask<'_>) -> Option<Refusal> {
    let until = ask.state.paused_until(&ask.step.target, ask.seen.at)?;
    Some(Refusal {
        next_at: Some(until),
        ..refuse(Denial::OperatorPaused)
    })
}

/// A service has one step at a time, and the stack one that changes it.
pub(super) fn stack_busy(ask: &Ask<'_>) -> Option<Refusal> {
    let target = &ask.step.target;
    let patient = ask.state.patient(target);
    let is_open = patient.is_some_and(|patient| patient.episode.is_some());
    let others = || ask.state.busy_with();
    let busy = match is_open {
        true => Some(target),
        false => others().filter(|_| ask.step.action.is_disruptive()),
    }?;
    let detail = Facts::from([("service".to_owned(), busy.to_string().as_str().into())]);
    Some(Refusal {
        detail,
        ..refuse(Denial::StackBusy)
    })
}

/// While the harness of a soak stops and starts the stack, nobody else does.
pub(super) fn soak(ask: &Ask<'_>) -> Option<Refusal> {
    let hold = ask.state.soak_hold()?;
    let detail = Facts::from([("run".to_owned(), hold.run.as_str().into())]);
    ask.step.action.is_disruptive().then(|| Refusal {
        detail,
        ..refuse(Denial::SoakRunning)
    })
}

pub(super) fn plane_off(plane: &str) -> Refusal {
    let detail = Facts::from([("plane".to_owned(), plane.into())]);
    Refusal {
        detail,
        ..refuse(Denial::PlaneOff)
    }
}
