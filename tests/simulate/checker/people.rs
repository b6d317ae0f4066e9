//! What people did, and whether the controller can know it.

use std::{collections::BTreeMap, time::Duration};

use wicap_assist::model::{
    Container, HappeningKind, Lifecycle, Observation, RestartPolicy, ServiceId, Sight as Seen,
    Timestamp,
};

use super::{clock::Clock, record::Record};

/// What people want.
#[derive(Default)]
pub(super) struct People {
    stopped: BTreeMap<ServiceId, Stop>,
    /// Until when, on the steady clock; no service means all.
    pauses: BTreeMap<Option<ServiceId>, Timestamp>,
}

/// A service that somebody stopped, paused or removed.
struct Stop {
    at: Timestamp,
    how: How,
    /// Whether the controller has seen who did it.
    is_known: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    Stopped,
    Paused,
    Removed,
}

/// The longest that the engine takes to apply a restart policy.
const POLICY_REACTION: Duration = Duration::from_secs(2);

/// Whether the engine, which would have started it again, was told not to.
fn is_left_down(container: &Container, now: Timestamp) -> bool {
    let does_restart = matches!(
        container.restart_policy,
        RestartPolicy::Always | RestartPolicy::UnlessStopped
    );
    let ended_at = container.finished_at.unwrap_or_default();
    does_restart && container.error.as_str().is_empty() && now.since(ended_at) >= POLICY_REACTION
}

impl People {
    /// Hears a command of the course.
    pub(super) fn hear(
        &mut self,
        at: Timestamp,
        words: &[&str],
        (clock, record): (&Clock, &Record),
    ) {
        let until = |seconds: &str| {
            let seconds = seconds.parse().unwrap();
            clock.steady(at.after(Duration::from_secs(seconds)))
        };
        match words {
            ["operator", "pauses", seconds] => {
                self.pauses.insert(None, until(seconds));
            }
            ["operator", "pauses", service, seconds] => {
                let service = service.parse().unwrap();
                self.pauses.insert(Some(service), until(seconds));
            }
            ["operator", "resumes"] => self.pauses.clear(),
            ["operator", "resumes", service] => {
                self.pauses.remove(&Some(service.parse().unwrap()));
            }
            ["operator", ..] => (),
            [service, "stop" | "kill", ..] => {
                self.stops(service, (at, How::Stopped), (clock, record))
            }
            [service, "pause"] => self.stops(service, (at, How::Paused), (clock, record)),
            [service, "removed", ..] => self.stops(service, (at, How::Removed), (clock, record)),
            // The engine's words on a start that failed: somebody wanted it to run.
            [
                service,
                "start" | "starting" | "error" | "unpause" | "made" | "vanishes",
                ..,
            ] => {
                self.stopped.remove(&service.parse().unwrap());
            }
            _ => (),
        }
    }

    fn stops(
        &mut self,
        service: &str,
        (at, how): (Timestamp, How),
        (clock, record): (&Clock, &Record),
    ) {
        let service: ServiceId = service.parse().unwrap();
        if record.was_at_work(&service, at, clock) && how != How::Paused {
            self.stopped.remove(&service);
            return;
        }
        let stop = Stop {
            at,
            how,
            is_known: false,
        };
        self.stopped.insert(service, stop);
    }

    /// Takes note of what a snapshot shows of that.
    pub(super) fn notice(&mut self, seen: &Observation, (clock, record): (&Clock, &Record)) {
        // Who runs again was started by somebody, or by a step that was looked at then.
        self.stopped.retain(|service, stop| {
            let container = seen.container(service);
            let started_at = container.and_then(|container| container.started_at);
            stop.how != How::Stopped || started_at.is_none_or(|at| at <= stop.at)
        });
        for (service, stop) in &mut self.stopped {
            let is_ours = |at: Timestamp| record.was_at_work(service, at, clock);
            let sight = seen
                .services
                .get(service)
                .and_then(|reading| reading.known());
            stop.is_known |= match (stop.how, sight) {
                (How::Stopped, Some(Seen::Present(container))) => {
                    let says_so = container.happenings.iter().any(|happening| {
                        let is_stop = matches!(
                            happening.kind,
                            HappeningKind::Stop | HappeningKind::Kill { .. }
                        );
                        is_stop && happening.at == stop.at
                    });
                    let is_left = is_left_down(container, seen.at)
                        && !container.finished_at.is_some_and(is_ours);
                    container.lifecycle == Lifecycle::Exited && (says_so || is_left)
                }
                (How::Paused, Some(Seen::Present(container))) => {
                    container.lifecycle == Lifecycle::Paused
                }
                (How::Removed, Some(Seen::Missing { happenings })) => {
                    happenings.iter().any(|happening| {
                        happening.kind == HappeningKind::Destroy && happening.at == stop.at
                    })
                }
                (How::Stopped | How::Paused | How::Removed, Some(_) | None) => false,
            };
        }
    }

    /// Whether somebody stopped the service, and the controller has seen it.
    pub(super) fn has_stopped(&self, service: &ServiceId) -> bool {
        self.stopped.get(service).is_some_and(|stop| stop.is_known)
    }

    /// A person asked for the whole stack to be taken down.
    pub(super) fn take_down<'a>(
        &mut self,
        at: Timestamp,
        services: impl Iterator<Item = &'a ServiceId>,
    ) {
        let stop = |service: &ServiceId| {
            let how = How::Removed;
            let is_known = false;
            (service.clone(), Stop { at, how, is_known })
        };
        self.stopped.extend(services.map(stop));
    }

    /// A person asked for the service to run.
    pub(super) fn want(&mut self, service: &ServiceId) {
        self.stopped.remove(service);
    }

    /// Whether the operator wants nothing to be done to the service.
    pub(super) fn is_paused(&self, service: &ServiceId, clock: &Clock) -> bool {
        let now = clock.steady(clock.now());
        let lasts =
            |key: &Option<ServiceId>| self.pauses.get(key).is_some_and(|&until| now < until);
        lasts(&None) || lasts(&Some(service.clone()))
    }
}
