//! Whether one call was allowed, at the moment at which it was made.

use std::time::Duration;

use wicap_assist::model::{Action, ControlMode, Envelope, EventKind, KillSwitch, ServiceId, Why};

use super::{Checker, broken, hands_off};
use crate::{
    moment::{Broken, Moment},
    scenario::world::Call,
};

/// How long a stack is held without a word, at an interval of five seconds.
const HOLD: Duration = Duration::from_secs(30);

impl Checker {
    /// Looks at a step that was announced and asked for.
    pub(super) fn act(
        &mut self,
        moment: &Moment,
        row: &Envelope,
        call: &Call,
    ) -> Result<(), Broken> {
        let EventKind::ActionStarted {
            service,
            action,
            why,
            ..
        } = &row.kind
        else {
            return Ok(());
        };
        let is_asked_for = *why == Why::Operator;
        if is_asked_for != self.record.is_asked_for(row) {
            let how = "a person asked for it and it is not said, or the other way round";
            return Err(broken("request", row, how));
        }
        if *action != call.action || call.at < row.at {
            let how = format!("{} at {} was asked for", call.action, call.at);
            return Err(broken("intent_first", row, how));
        }
        self.is_granted(moment, (row, service, action), is_asked_for)?;
        is_led(moment, row, call)?;
        let fails = |invariant, how: &str| Err(broken(invariant, row, how));
        if self.people.is_paused(service, &self.clock) {
            return fails("operator_pause", "the operator paused it");
        }
        // A look and a shutdown that a person wants are of the whole stack.
        let is_of_all = matches!(action, Action::StatusCheck | Action::Shutdown);
        if !is_asked_for || !is_of_all {
            hands_off::unknown(moment, (row, service, action))?;
        }
        if !action.is_disruptive() {
            return Ok(());
        }
        if !is_asked_for {
            hands_off::deploy(moment, row, |at| self.record.made(at, &self.clock))?;
            hands_off::first_mover(moment, row)?;
        }
        let busy =
            |(_, episode): &(&ServiceId, &super::record::Episode)| episode.action.is_disruptive();
        if let Some((busy, _)) = self.record.open.iter().find(busy) {
            return fails("one_at_a_time", &format!("{busy} waits for its verdict"));
        }
        let is_stopped = match action {
            Action::Restart(target) => self.people.has_stopped(target),
            Action::ComposeUpCore | Action::ComposeUp => {
                let mut starts = call.starts.iter();
                starts.any(|service| self.people.has_stopped(service))
            }
            Action::StatusCheck | Action::Shutdown => false,
        };
        if is_stopped && !is_asked_for && call.refused.is_none() {
            return fails("manual_stop", "somebody stopped it, and that was seen");
        }
        if self.record.soak_holds(&self.clock) {
            return fails("soak", "a soak stops and starts the stack");
        }
        if is_asked_for && call.refused.is_none() {
            self.people.want(service);
            call.starts
                .iter()
                .for_each(|service| self.people.want(service));
        }
        if *action == Action::Shutdown && call.refused.is_none() {
            self.people.take_down(call.at, moment.seen.services.keys());
        }
        if call.is_second && call.refused.is_none() {
            return fails("one_at_a_time", "an earlier call is under way");
        }
        Ok(())
    }

    fn is_granted(
        &self,
        moment: &Moment,
        (row, service, action): (&Envelope, &ServiceId, &Action),
        is_asked_for: bool,
    ) -> Result<(), Broken> {
        let grants = &moment.terms.grants;
        let fails = |invariant, how: &str| Err(broken(invariant, row, how));
        if grants.mode == ControlMode::Observe {
            return fails("observe", "the session only observes");
        }
        if grants.is_shadow {
            return fails("shadow", "the session only says what it would do");
        }
        let planes = grants.planes;
        let is_off = !planes.runtime
            || !planes.tool_policy
            || (!planes.elevated && *action != Action::StatusCheck);
        if is_off {
            return fails("planes", "a plane is off");
        }
        let text = action.to_string();
        let covers = |rule: &dyn ToString| {
            let rule = rule.to_string();
            text == rule || text.split(':').next() == Some(&rule)
        };
        let is_known = ["status_check", "compose_up_core"].contains(&text.as_str())
            || text == format!("restart_service:{service}")
            || (is_asked_for && ["compose_up", "shutdown"].contains(&text.as_str()));
        let is_allowed = grants.actions.iter().any(|rule| covers(rule))
            && !grants.denied.iter().any(|rule| covers(rule));
        if !is_known || !is_allowed {
            return fails("allowlist", "it was not granted, or ruled out");
        }
        if text == "restart_service:scout" {
            return fails("not_restartable", "the profile forbids it");
        }
        Ok(())
    }
}

/// Nothing is asked for while the switch is pulled or the stack is another's, and
/// nothing is done when that changes on the way.
fn is_led(moment: &Moment, row: &Envelope, call: &Call) -> Result<(), Broken> {
    if moment.seen.kill_switch != KillSwitch::Clear {
        return Err(broken(
            "kill_switch",
            row,
            "the switch was seen to be pulled",
        ));
    }
    if call.is_switch_pulled && call.refused.is_none() {
        return Err(broken(
            "kill_switch",
            row,
            "the switch was pulled on the way",
        ));
    }
    if !moment.terms.may_lead {
        return Err(broken("lead", row, "somebody else leads"));
    }
    let is_late = moment.terms.leads && call.at.since(moment.seen.at) >= HOLD;
    if is_late && call.refused.is_none() {
        return Err(broken("lead", row, "the hold had run out on the way"));
    }
    Ok(())
}
