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

pub(super) fn stack_busy(ask: &Ask<'_>) -> Option<Refusal> {
    if !ask.step.action.is_disruptive() {
        return None;
    }
    let busy = ask.state.busy_with()?;
    let detail = Facts::from([("service".to_owned(), busy.to_string().as_str().into())]);
    Some(Refusal {
        detail,
        ..refuse(Denial::StackBusy)
    })
}

pub(super) fn plane_off(plane: &str) -> Refusal {
    let detail = Facts::from([("plane".to_owned(), plane.into())]);
    Refusal {
        detail,
        ..refuse(Denial::PlaneOff)
    }
}
