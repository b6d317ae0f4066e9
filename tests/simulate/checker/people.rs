//! What people did, and whether the controller can know it.

use std::{collections::BTreeMap, time::Duration};

use wicap_assist::model::{
    HappeningKind, Lifecycle, Observation, ServiceId, Sight as Seen, Timestamp,
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
            [service, "stop", ..] => self.stops(service, (at, How::Stopped), (clock, record)),
            [service, "pause"] => self.stops(service, (at, How::Paused), (clock, record)),
            [service, "removed", ..] => self.stops(service, (at, How::Removed), (clock, record)),
            [
                service,
                "start" | "starting" | "unpause" | "made" | "vanishes",
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
        let is_perhaps_ours = record.own.get(&service).is_some_and(|own| {
            own.iter()
                .any(|window| window.covers(at) || window.covers_steady(clock.steady(at)))
        });
        if is_perhaps_ours && how != How::Paused {
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
    pub(super) fn notice(&mut self, seen: &Observation) {
        // Who runs again was started by somebody, or by a step that was looked at then.
        self.stopped.retain(|service, stop| {
            let container = seen.container(service);
            let started_at = container.and_then(|container| container.started_at);
            stop.how != How::Stopped || started_at.is_none_or(|at| at <= stop.at)
        });
        for (service, stop) in &mut self.stopped {
            let sight = seen
                .services
                .get(service)
                .and_then(|reading| reading.known());
            stop.is_known |= match (stop.how, sight) {
                (How::Stopped, Some(Seen::Present(container))) => {
                    let says_so = container.happenings.iter().any(|happening| {
                        happening.kind == HappeningKind::Stop && happening.at == stop.at
                    });
                    container.lifecycle == Lifecycle::Exited && says_so
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
