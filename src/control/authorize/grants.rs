//! May this run?

use super::{Ask, moment::plane_off, refuse};
use crate::model::{Action, Denial, Facts, Reading, Refusal};

/// The denylist wins over the grant.
pub(super) fn tool_policy(ask: &Ask<'_>) -> Option<Refusal> {
    let action = &ask.step.action;
    if !ask.grants.planes.tool_policy {
        return Some(plane_off("tool_policy"));
    }
    let is_denied = ask.grants.denied.iter().any(|rule| rule.covers(action));
    if is_denied {
        return Some(refuse(Denial::Denylisted));
    }
    let is_granted = ask.grants.actions.iter().any(|rule| rule.covers(action));
    (!is_granted).then(|| refuse(Denial::NotAllowedInSession))
}

pub(super) fn elevated_plane(ask: &Ask<'_>) -> Option<Refusal> {
    let is_off = ask.step.action.is_disruptive() && !ask.grants.planes.elevated;
    is_off.then(|| plane_off("elevated"))
}

/// A compose command of another generation, or a changed compose file, would
/// recreate containers. What cannot be found out counts as changed.
pub(super) fn compose(ask: &Ask<'_>) -> Option<Refusal> {
    match &ask.step.action {
        Action::ComposeUpCore | Action::ComposeUp => (),
        Action::StatusCheck | Action::Shutdown | Action::Restart(_) => return None,
    }
    let facts = match &ask.seen.compose {
        Some(Reading::Known(facts)) => facts,
        Some(Reading::Unknown(reason)) => {
            let detail = Facts::from([("reason".to_owned(), reason.as_str().into())]);
            return Some(Refusal {
                detail,
                ..refuse(Denial::ComposeDrift)
            });
        }
        None => return Some(refuse(Denial::ComposeDrift)),
    };
    let is_same = facts.installed_major.is_some() && facts.installed_major == facts.project_major;
    if !is_same {
        let majors = [
            ("installed_major", facts.installed_major),
            ("project_major", facts.project_major),
        ];
        let known = majors
            .into_iter()
            .filter_map(|(name, major)| Some((name, major?)));
        let detail = known
            .map(|(name, major)| (name.to_owned(), major.into()))
            .collect();
        return Some(Refusal {
            detail,
            ..refuse(Denial::ComposeVersion)
        });
    }
    let first = facts.drifted.first()?;
    let detail = Facts::from([("service".to_owned(), first.as_str().into())]);
    Some(Refusal {
        detail,
        ..refuse(Denial::ComposeDrift)
    })
}
