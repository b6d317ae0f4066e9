//! What was begun, and how it ended.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use wicap_assist::model::{
    Action, Container, Envelope, EventKind, Expectation, Health, Lifecycle, Reply, ServiceId,
    Sight, Timestamp, Verdict, Why,
};

use super::{broken, clock::Clock};
use crate::moment::{Broken, Moment};

/// The longest that a step may wait for its verdict, beside the time that a container
/// gets to stop.
const PATIENCE_MAX: Duration = Duration::from_secs(300);

/// How long the containers of the scripted world get to stop.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// The longest that a soak is sure to be remembered.
const SOAK_MAX: Duration = Duration::from_secs(20 * 3_600);

/// Steps that were begun.
#[derive(Default)]
pub(super) struct Record {
    pub(super) open: BTreeMap<ServiceId, Episode>,
    /// When our own doing was at work on a service.
    pub(super) own: BTreeMap<ServiceId, Vec<Window>>,
    /// What people asked for and nobody answered.
    asked: BTreeSet<u64>,
    /// The answer before, where it was a yes: its row.
    accepted: Option<u64>,
    /// Since when a soak stops and starts the stack.
    soak_since: Option<Timestamp>,
    last_said: BTreeMap<ServiceId, String>,
    session: u64,
}

/// A step that waits for its verdict.
#[derive(Clone, Debug)]
pub(super) struct Episode {
    pub(super) action: Action,
    pub(super) session: u64,
    pub(super) why: Why,
    before: Option<Timestamp>,
    deadline: Timestamp,
    started_at: Timestamp,
}

/// From when to when our own call may have changed a service, on both clocks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    pub(super) wall: (Timestamp, Timestamp),
    pub(super) steady: (Timestamp, Timestamp),
    makes_containers: bool,
}

/// What is so close to our own call may be its doing.
const SLACK: Duration = Duration::from_secs(2);

impl Window {
    pub(super) fn covers(&self, at: Timestamp) -> bool {
        self.wall.0.before(SLACK) <= at && at <= self.wall.1.after(SLACK)
    }

    pub(super) fn covers_steady(&self, at: Timestamp) -> bool {
        self.steady.0.before(SLACK) <= at && at <= self.steady.1.after(SLACK)
    }
}

impl Record {
    /// Takes in one row.
    pub(super) fn take_in(
        &mut self,
        row: &Envelope,
        moment: &Moment,
        clock: &Clock,
    ) -> Result<(), Broken> {
        match &row.kind {
            EventKind::SessionStarted { .. } => self.session = row.seq,
            EventKind::OperatorRequest(_) => drop(self.asked.insert(row.seq)),
            EventKind::OperatorAnswer(answer) => {
                let is_open = self.asked.remove(&answer.request);
                if answer.reply == Reply::Accepted {
                    if !is_open {
                        return Err(broken("request", row, "nobody waits for an answer"));
                    }
                    self.accepted = Some(row.seq);
                }
            }
            EventKind::SoakPhase(phased) => {
                self.soak_since = phased.holds.then(|| clock.real_now());
            }
            EventKind::SoakEnded(_) => self.soak_since = None,
            EventKind::ActionStarted { .. } => self.started(row, clock)?,
            EventKind::ActionReturned { service, .. } => self.returned(service, row, clock),
            EventKind::EpisodeClosed {
                service,
                action,
                verdict,
                ..
            } => {
                let Some(episode) = self.open.remove(service) else {
                    return Err(broken("verdict_of_something", row, "nothing was open"));
                };
                if episode.action != *action {
                    return Err(broken("verdict_of_something", row, "another step was open"));
                }
                if *verdict == Verdict::Met {
                    is_met(row, service, &episode, moment)?;
                }
            }
            EventKind::ServiceRecovered { service, .. } => {
                let reading = moment.seen.services.get(service);
                let is_seen = reading.is_none_or(|reading| reading.known().is_some());
                is_seen
                    .then_some(())
                    .ok_or_else(|| broken("unknown_ends_nothing", row, "it cannot be seen"))?;
            }
            _ => (),
        }
        Ok(())
    }

    /// Whether a container that was made at that time may be our doing, by either
    /// clock: a call that is out while the clock jumps spans both.
    pub(super) fn made(&self, at: Timestamp, clock: &Clock) -> bool {
        let mut all = self.own.values().flatten();
        all.any(|window| {
            let is_within = window.covers(at) || window.covers_steady(clock.steady(at));
            window.makes_containers && is_within
        })
    }

    /// Whether what happened to a service at that time may be our doing, by either clock.
    pub(super) fn was_at_work(&self, service: &ServiceId, at: Timestamp, clock: &Clock) -> bool {
        let mut own = self.own.get(service).into_iter().flatten();
        own.any(|window| window.covers(at) || window.covers_steady(clock.steady(at)))
    }

    /// Whether a soak holds actions. A session remembers a day.
    pub(super) fn soak_holds(&self, clock: &Clock) -> bool {
        let now = clock.real_now();
        self.soak_since
            .is_some_and(|since| now < since.after(SOAK_MAX))
    }

    /// Whether a step follows at once on a yes to a person.
    pub(super) fn is_asked_for(&self, row: &Envelope) -> bool {
        self.accepted
            .is_some_and(|accepted| accepted + 1 == row.seq)
    }

    fn started(&mut self, row: &Envelope, clock: &Clock) -> Result<(), Broken> {
        let EventKind::ActionStarted {
            service,
            action,
            why,
            expect,
            deadline,
            ..
        } = &row.kind
        else {
            return Ok(());
        };
        let patience = deadline.since(row.at);
        if patience.is_zero() || patience > PATIENCE_MAX + STOP_TIMEOUT {
            return Err(broken(
                "deadline_is_bounded",
                row,
                "that is no time to judge in",
            ));
        }
        let before = match expect {
            Expectation::Restarted { before, .. } => *before,
            _ => None,
        };
        let episode = Episode {
            action: action.clone(),
            session: row.session,
            why: *why,
            before,
            deadline: clock.steady(*deadline),
            started_at: row.at,
        };
        if self.open.insert(service.clone(), episode).is_some() {
            return Err(broken(
                "one_episode_a_service",
                row,
                "another step was open",
            ));
        }
        if action.is_disruptive() {
            let window = Window {
                wall: (row.at, *deadline),
                steady: (clock.steady(row.at), clock.steady(*deadline)),
                makes_containers: matches!(action, Action::ComposeUpCore | Action::ComposeUp),
            };
            self.own.entry(service.clone()).or_default().push(window);
        }
        Ok(())
    }

    /// The call came back: what comes later is not our doing.
    fn returned(&mut self, service: &ServiceId, row: &Envelope, clock: &Clock) {
        let is_its = |episode: &&Episode| episode.session == row.session;
        let episode = self.open.get(service).filter(is_its);
        let Some(windows) = self.own.get_mut(service).filter(|_| episode.is_some()) else {
            return;
        };
        if let Some(window) = windows.last_mut() {
            window.wall.1 = row.at.max(window.wall.0);
            window.steady.1 = clock.steady(row.at).max(window.steady.0);
        }
    }

    /// Every step that was begun has a verdict by its deadline.
    pub(super) fn overdue(&self, moment: &Moment, clock: &Clock) -> Result<(), Broken> {
        let now = clock.steady(clock.now());
        let may_judge =
            |episode: &Episode| moment.terms.may_lead || episode.session == self.session;
        let late = self
            .open
            .iter()
            .find(|(_, episode)| episode.deadline <= now && may_judge(episode));
        let Some((service, episode)) = late else {
            return Ok(());
        };
        Err(Broken {
            invariant: "verdict_by_deadline",
            how: format!(
                "{} of {service}, begun at {}, has no verdict at {}",
                episode.action,
                episode.started_at,
                clock.now()
            ),
        })
    }

    /// A hold and a refusal are said once.
    pub(super) fn edges(&mut self, row: &Envelope) -> Result<(), Broken> {
        let said = match &row.kind {
            EventKind::SessionStarted { .. } => {
                self.last_said.clear();
                return Ok(());
            }
            EventKind::Held { code, .. } => format!("held {code:?}"),
            EventKind::ActionDenied { action, code, .. } => format!("denied {action} {code:?}"),
            other => other.name().to_owned(),
        };
        let is_edge = said.contains(' ');
        let Some(service) = row.kind.service() else {
            return Ok(());
        };
        let before = self.last_said.insert(service.clone(), said.clone());
        if is_edge && before == Some(said) {
            return Err(broken("edges", row, "it was said just before"));
        }
        Ok(())
    }
}

/// What is said to have helped has to look like it.
fn is_met(
    row: &Envelope,
    service: &ServiceId,
    episode: &Episode,
    moment: &Moment,
) -> Result<(), Broken> {
    let Action::Restart(_) = episode.action else {
        return Ok(());
    };
    let Some(reading) = moment.seen.services.get(service) else {
        return Err(broken("met_is_true", row, "there is no such service"));
    };
    let Some(sight) = reading.known() else {
        return Err(broken("unknown_ends_nothing", row, "it cannot be seen"));
    };
    let Sight::Present(container) = sight else {
        return Err(broken("met_is_true", row, "it has no container"));
    };
    if is_well(container) && container.started_at != episode.before {
        return Ok(());
    }
    Err(broken("met_is_true", row, "it does not look like it"))
}

fn is_well(container: &Container) -> bool {
    let is_healthy = matches!(container.health, Health::Healthy | Health::Unchecked);
    container.lifecycle == Lifecycle::Running && is_healthy
}
