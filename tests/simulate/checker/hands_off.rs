//! When nothing is done because of how the world looks.

use std::time::Duration;

use wicap_assist::model::{
    Action, Envelope, EventKind, HappeningKind, Lifecycle, Reading, ServiceId, Sight, Timestamp,
    Why,
};

use super::broken;
use crate::moment::{Broken, Moment};

const DEPLOY_GRACE: Duration = Duration::from_secs(60);

/// The services that need another one, and which.
const NEEDS: [(&str, &str); 3] = [("processor", "redis"), ("ui", "redis"), ("scout", "redis")];

/// What cannot be seen is not acted on.
pub(super) fn unknown(
    moment: &Moment,
    (row, service, action): (&Envelope, &ServiceId, &Action),
) -> Result<(), Broken> {
    let is_seen =
        |service: &ServiceId| matches!(moment.seen.services.get(service), Some(Reading::Known(_)));
    let is_known = matches!(moment.seen.engine, Reading::Known(()))
        && is_seen(service)
        && (!matches!(action, Action::ComposeUpCore | Action::ComposeUp)
            || matches!(moment.seen.compose, Some(Reading::Known(_))));
    match is_known {
        true => Ok(()),
        false => Err(broken("unknown_starts_nothing", row, "it cannot be seen")),
    }
}

/// Others have just changed the stack.
pub(super) fn deploy(
    moment: &Moment,
    row: &Envelope,
    is_perhaps_ours: impl Fn(Timestamp) -> bool,
) -> Result<(), Broken> {
    let containers = moment
        .seen
        .services
        .keys()
        .filter_map(|service| moment.seen.container(service));
    let is_deploy = containers
        .flat_map(|container| &container.happenings)
        .any(|happening| {
            let is_change = matches!(
                happening.kind,
                HappeningKind::Create | HappeningKind::Destroy | HappeningKind::Rename
            );
            is_change
                && moment.seen.at < happening.at.after(DEPLOY_GRACE)
                && !is_perhaps_ours(happening.at)
        });
    match is_deploy {
        true => Err(broken(
            "deploy_grace",
            row,
            "the stack was changed just now",
        )),
        false => Ok(()),
    }
}

/// What a service needs is repaired before it.
pub(super) fn first_mover(moment: &Moment, row: &Envelope) -> Result<(), Broken> {
    let EventKind::ActionStarted {
        action: Action::Restart(target),
        why,
        ..
    } = &row.kind
    else {
        return Ok(());
    };
    if *why == Why::Bounce {
        return Ok(());
    }
    for (service, needed) in NEEDS {
        let needed: ServiceId = needed.parse().unwrap();
        let is_down = match moment.seen.services.get(&needed) {
            Some(Reading::Known(Sight::Present(container))) => matches!(
                container.lifecycle,
                Lifecycle::Exited | Lifecycle::Restarting | Lifecycle::Paused | Lifecycle::Dead
            ),
            Some(Reading::Known(Sight::Missing { .. }) | Reading::Unknown(_)) => true,
            None => false,
        };
        if target.name().as_str() == service && is_down {
            let how = format!("{needed}, which it needs, is down");
            return Err(broken("first_mover", row, how));
        }
    }
    Ok(())
}
