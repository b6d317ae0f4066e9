//! What was spent, counted anew from the rows.

use std::{collections::BTreeMap, time::Duration};

use wicap_assist::model::{
    Envelope, EventKind, ExecutionStatus, Policy, ServiceId, Timestamp, Why,
};

use super::{
    broken,
    clock::Clock,
    record::{Episode, Record},
};
use crate::moment::Broken;

const DAY: Duration = Duration::from_secs(86_400);

/// Everything that was ever spent.
#[derive(Default)]
pub(super) struct Purse {
    spent: Vec<Spent>,
    attempts: BTreeMap<ServiceId, u32>,
    /// The services of the bounce that is under way and were not restarted yet.
    bounce: Option<Vec<ServiceId>>,
    last_bounce: Option<Timestamp>,
}

struct Spent {
    at: Timestamp,
    /// None for a bounce, which is the stack's.
    service: Option<ServiceId>,
}

/// One limit: its name, how many, in which window.
type Limit = (&'static str, u32, Duration);

impl Purse {
    /// Takes in one row, before the record does.
    pub(super) fn take_in(
        &mut self,
        row: &Envelope,
        (record, clock): (&Record, &Clock),
        policy: &Policy,
    ) -> Result<(), Broken> {
        let now = clock.real_now();
        match &row.kind {
            EventKind::ActionStarted {
                service,
                action,
                why,
                ..
            } if action.is_disruptive() => {
                if *why == Why::Bounce {
                    return self.bounce_goes_on(row, service);
                }
                self.spent.push(Spent {
                    at: now,
                    service: Some(service.clone()),
                });
                if *why != Why::Operator {
                    self.attempts_are_kept(row, service, policy)?;
                }
                self.service_is_kept(row, (service, now), policy)?;
                self.stack_is_kept(row, now, policy)
            }
            EventKind::ActionReturned {
                service,
                status: ExecutionStatus::NotRun,
                ..
            } => {
                let episode = record.open.get(service);
                let is_ours = |episode: &&Episode| {
                    episode.session == row.session && episode.action.is_disruptive()
                };
                if let Some(episode) = episode.filter(is_ours) {
                    self.give_back(service, episode.why);
                }
                Ok(())
            }
            EventKind::ServiceRecovered { service, .. } => {
                self.attempts.remove(service);
                Ok(())
            }
            EventKind::BounceStarted { order, .. } => {
                let is_early = self
                    .last_bounce
                    .is_some_and(|last| now.since(last) < policy.bounce_every);
                if is_early || !policy.bounces || self.bounce.is_some() {
                    return Err(broken(
                        "bounce",
                        row,
                        "it is too early, or not in this mode",
                    ));
                }
                self.last_bounce = Some(now);
                self.bounce = Some(order.clone());
                self.spent.push(Spent {
                    at: now,
                    service: None,
                });
                self.stack_is_kept(row, now, policy)
            }
            EventKind::BounceEnded { .. } => {
                self.bounce = None;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn attempts_are_kept(
        &mut self,
        row: &Envelope,
        service: &ServiceId,
        policy: &Policy,
    ) -> Result<(), Broken> {
        let attempts = self.attempts.entry(service.clone()).or_default();
        *attempts += 1;
        match *attempts > policy.ladder.attempts_max {
            true => Err(broken("attempts", row, format!("attempt {attempts}"))),
            false => Ok(()),
        }
    }

    /// Each service of a bounce is restarted once.
    fn bounce_goes_on(&mut self, row: &Envelope, service: &ServiceId) -> Result<(), Broken> {
        let waiting = self.bounce.as_mut();
        let place = waiting
            .as_ref()
            .and_then(|waiting| waiting.iter().position(|next| next == service));
        match (waiting, place) {
            (Some(waiting), Some(place)) => {
                waiting.remove(place);
                Ok(())
            }
            _ => Err(broken(
                "bounce",
                row,
                "it is no part of a bounce, or was its part before",
            )),
        }
    }

    /// A call that was refused at the last moment has cost nothing.
    fn give_back(&mut self, service: &ServiceId, why: Why) {
        if why == Why::Bounce {
            return;
        }
        let is_its = |spent: &Spent| spent.service.as_ref() == Some(service);
        if let Some(last) = self.spent.iter().rposition(is_its) {
            self.spent.remove(last);
        }
        if let Some(attempts) = self
            .attempts
            .get_mut(service)
            .filter(|_| why != Why::Operator)
        {
            *attempts = attempts.saturating_sub(1);
        }
    }

    fn service_is_kept(
        &self,
        row: &Envelope,
        (service, now): (&ServiceId, Timestamp),
        policy: &Policy,
    ) -> Result<(), Broken> {
        let own: Vec<Timestamp> = self
            .spent
            .iter()
            .filter(|spent| spent.service.as_ref() == Some(service))
            .map(|spent| spent.at)
            .collect();
        let limits = [
            (
                "budget_service",
                policy.budget_service,
                policy.budget_window,
            ),
            ("budget_service_day", policy.budget_service_day, DAY),
        ];
        is_kept(row, (&own, now), &limits)
    }

    fn stack_is_kept(&self, row: &Envelope, now: Timestamp, policy: &Policy) -> Result<(), Broken> {
        let all: Vec<Timestamp> = self.spent.iter().map(|spent| spent.at).collect();
        let mut limits = vec![("budget_stack", policy.budget_stack, policy.budget_window)];
        limits.extend(
            policy
                .budget_stack_day
                .map(|max| ("budget_stack_day", max, DAY)),
        );
        is_kept(row, (&all, now), &limits)
    }
}

fn is_kept(
    row: &Envelope,
    (spent, now): (&[Timestamp], Timestamp),
    limits: &[Limit],
) -> Result<(), Broken> {
    for &(name, max, window) in limits {
        let n_recent = spent.iter().filter(|&&at| now.since(at) < window).count();
        if n_recent > usize::try_from(max).unwrap() {
            let how = format!("{n_recent} within {} s, {max} may be", window.as_secs());
            return Err(broken(name, row, how));
        }
    }
    Ok(())
}
