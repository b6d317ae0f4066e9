//! A small world with the engine's habits: what a script says happens, and what a
//! restart does follows from it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use tokio::sync::oneshot;
use wicap_assist::{
    control::Permit,
    model::{
        Action, ComposeFacts, Denial, Execution, ExecutionStatus, KillSwitch, Observation,
        ProbeReport, Reading, Redacted, ServiceId, Tail, Tails, Timestamp,
    },
    ports::{Act, Sense},
};

use super::{body::Body, effect::RestartEffect};

/// The shared insides: the loop holds one end, the running action another.
#[derive(Debug)]
pub(crate) struct Insides {
    pub now: Timestamp,
    pub services: BTreeMap<ServiceId, Body>,
    pub is_engine_away: bool,
    pub kill_switch: KillSwitch,
    /// Whether the switch is pulled between the next row and its call.
    pub pulls_late: bool,
    pub restart: RestartEffect,
    pub reports: Reports,
    pub n_calls: u32,
    /// Seconds by which the clock jumps before the next snapshot.
    pub(crate) gap_s: i64,
    /// For how long the process stands still between its next row and the call.
    pub(crate) stall: Duration,
    /// For how long it stood still since the last snapshot.
    stalled: Duration,
    pub(crate) compose: Option<Reading<ComposeFacts>>,
    /// Whether the next snapshot is the first of its process.
    pub is_first_look: bool,
    /// The last snapshot.
    pub given: Option<Observation>,
    /// By how much the clock was set before it.
    pub given_gap_ms: i64,
    /// What the world was asked to do since somebody last took note.
    pub calls: Vec<Call>,
    pub slow: Vec<Slow>,
}

/// How the engine's reports arrive.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Reports {
    /// How late.
    pub lag: Duration,
    /// Since when; what was told before stays told.
    pub since: Timestamp,
    /// Whether each is told twice.
    pub are_doubled: bool,
}

/// Something that the world was asked to do.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub at: Timestamp,
    pub action: Action,
    /// The services that it may start.
    pub starts: Vec<ServiceId>,
    /// Whether it was refused at the last moment.
    pub refused: Option<Denial>,
    /// Until when the world was busy with it.
    pub until: Timestamp,
    /// Whether the switch was pulled at that moment.
    pub is_switch_pulled: bool,
    /// Whether another call was under way.
    pub is_second: bool,
}

/// A restart that takes a while.
#[derive(Debug)]
pub(crate) struct Slow {
    pub service: ServiceId,
    until: Timestamp,
    back: oneshot::Sender<()>,
}

/// The world that scenarios run in.
#[derive(Clone, Debug)]
pub(crate) struct ScriptedWorld {
    insides: Arc<Mutex<Insides>>,
}

impl ScriptedWorld {
    /// Starts with the given services running and well since a long time.
    pub(crate) fn new(now: Timestamp, services: &[(&str, bool)]) -> Self {
        let body = |&(name, has_check): &(&str, bool)| {
            let service: ServiceId = name.parse().unwrap();
            (
                service,
                Body::well(name, has_check, now.before(Duration::from_secs(86_400))),
            )
        };
        let insides = Insides {
            now,
            services: services.iter().map(body).collect(),
            is_engine_away: false,
            kill_switch: KillSwitch::Clear,
            pulls_late: false,
            restart: RestartEffect::Heals,
            reports: Reports::default(),
            n_calls: 0,
            gap_s: 0,
            stall: Duration::ZERO,
            stalled: Duration::ZERO,
            compose: Some(Reading::Known(same_compose())),
            is_first_look: true,
            given: None,
            given_gap_ms: 0,
            calls: Vec::new(),
            slow: Vec::new(),
        };
        Self {
            insides: Arc::new(Mutex::new(insides)),
        }
    }

    /// Looks inside.
    pub(crate) fn insides(&self) -> MutexGuard<'_, Insides> {
        self.insides.lock().unwrap()
    }

    /// Adds a service that nobody has described, running and well.
    pub(crate) fn add(&self, name: &str) {
        let mut insides = self.insides();
        let body = Body::well(name, false, insides.now);
        insides.services.insert(name.parse().unwrap(), body);
    }

    /// Lets time pass.
    pub(crate) fn advance(&self, by: Duration) {
        let mut insides = self.insides();
        insides.now = insides.now.after(by);
        insides.end_slow();
    }
}

/// A compose that would make nothing anew.
pub(crate) fn same_compose() -> ComposeFacts {
    ComposeFacts {
        drifted: Vec::new(),
        project_major: Some(2),
        installed_major: Some(2),
    }
}

impl Sense for ScriptedWorld {
    async fn observe(&mut self) -> Observation {
        let mut insides = self.insides();
        let gap_ms = std::mem::take(&mut insides.gap_s) * 1_000;
        insides.now = insides.now.shifted(gap_ms);
        // A clock that is set back takes what is under way with it.
        for slow in &mut insides.slow {
            slow.until = slow.until.shifted(gap_ms.min(0));
        }
        insides.end_slow();
        let mut seen = insides.snapshot();
        let is_first = std::mem::take(&mut insides.is_first_look);
        let stalled = std::mem::take(&mut insides.stalled);
        let stalled_ms = i64::try_from(stalled.as_millis()).unwrap();
        seen.since_last_ms = (!is_first).then_some(gap_ms + stalled_ms + 5_000);
        insides.given = Some(seen.clone());
        insides.given_gap_ms = gap_ms;
        seen
    }

    fn now(&self) -> Timestamp {
        self.insides().now
    }

    async fn wake(&mut self) {
        std::future::pending().await
    }

    fn tails(&self) -> impl Future<Output = Tails> + Send + 'static {
        let insides = self.insides();
        let tail = |(service, body): (&ServiceId, &Body)| {
            let name = body
                .container
                .as_ref()
                .map(|container| container.name.clone());
            let line = format!("2026-03-04T05:06:00Z {service} password=winter started");
            let tail = Tail {
                container: name,
                config_hash: None,
                lines: Reading::Known(vec![Redacted::from_raw(&line)]),
            };
            (service.clone(), tail)
        };
        std::future::ready(Tails {
            at: insides.now,
            services: insides.services.iter().map(tail).collect(),
        })
    }
}

impl Act for ScriptedWorld {
    fn execute(&self, permit: Permit) -> impl Future<Output = Execution> + Send + 'static {
        let mut insides = self.insides();
        let effect = insides.restart;
        let (refused, slow) = insides.begin(&permit);
        let began = insides.now;
        let at = insides.calls.last().map_or(began, |call| call.until);
        drop(insides);
        async move {
            let status = match effect {
                _ if refused.is_some() => ExecutionStatus::NotRun,
                RestartEffect::Heals | RestartEffect::Fails | RestartEffect::Refused => {
                    ExecutionStatus::Ok
                }
                RestartEffect::Errors => ExecutionStatus::Failed,
                RestartEffect::Takes(_) => {
                    if let Some(slow) = slow {
                        let _ = slow.await;
                    }
                    ExecutionStatus::Ok
                }
                RestartEffect::Hangs | RestartEffect::Lingers | RestartEffect::Halves => {
                    std::future::pending().await
                }
            };
            let call = Redacted::from_raw(&permit.action().to_string());
            Execution {
                status,
                call,
                output: Redacted::default(),
                took: at.since(began),
                at,
                refused,
            }
        }
    }
}

impl Insides {
    fn snapshot(&self) -> Observation {
        let away = || Redacted::from_raw("the engine does not answer");
        let services = self.services.iter().map(|(service, body)| {
            let reading = if self.is_engine_away {
                Reading::Unknown(away())
            } else {
                body.reading(self.now, self.reports)
            };
            (service.clone(), reading)
        });
        let probes = self.services.iter().filter_map(|(service, body)| {
            let result = body.probe.clone()?;
            let report = ProbeReport {
                at: self.now,
                latency: Duration::from_millis(3),
                result,
            };
            Some((service.name().clone(), Reading::Known(report)))
        });
        Observation {
            at: self.now,
            engine: match self.is_engine_away {
                true => Reading::Unknown(away()),
                false => Reading::Known(()),
            },
            services: services.collect(),
            probes: probes.collect(),
            kill_switch: self.kill_switch.clone(),
            since_last_ms: None,
            compose: self.compose.clone(),
        }
    }

    /// A new process knows nothing of what the engine reported before it.
    pub(crate) fn begin_process(&mut self) {
        self.is_first_look = true;
        for body in self.services.values_mut() {
            body.forget();
        }
    }

    /// Does what it is asked to, unless it is too late for that.
    fn begin(&mut self, permit: &Permit) -> (Option<Denial>, Option<oneshot::Receiver<()>>) {
        self.n_calls += 1;
        let stall = std::mem::take(&mut self.stall);
        self.stalled += stall;
        self.now = self.now.after(stall);
        if std::mem::take(&mut self.pulls_late) {
            let source = Redacted::from_raw("KILL file");
            self.kill_switch = KillSwitch::Pulled { source };
        }
        let is_switch_pulled =
            self.kill_switch != KillSwitch::Clear || self.restart == RestartEffect::Refused;
        let refused = if permit.is_expired(self.now) {
            Some(Denial::NotLeader)
        } else {
            is_switch_pulled.then_some(Denial::KillSwitch)
        };
        let is_second = !self.slow.is_empty();
        let mut until = self.now;
        let mut slow = None;
        match permit.action() {
            _ if refused.is_some() => (),
            Action::Restart(service) => {
                if let RestartEffect::Takes(seconds) = self.restart {
                    until = self.now.after(Duration::from_secs(seconds));
                }
                slow = self.restart_service(service, until);
            }
            Action::ComposeUpCore | Action::ComposeUp => self.start_missing(permit.starts()),
            Action::Shutdown => self.take_down(),
            Action::StatusCheck => (),
        }
        self.calls.push(Call {
            at: self.now,
            action: permit.action().clone(),
            starts: permit.starts().to_vec(),
            refused,
            until,
            is_switch_pulled,
            is_second,
        });
        (refused, slow)
    }

    fn take_down(&mut self) {
        let now = self.now;
        if self.restart == RestartEffect::Heals {
            let bodies = self.services.values_mut();
            bodies.for_each(|body| body.remove(now));
        }
    }

    fn restart_service(
        &mut self,
        service: &ServiceId,
        until: Timestamp,
    ) -> Option<oneshot::Receiver<()>> {
        let now = self.now;
        let body = self.services.get_mut(service)?;
        body.container.as_ref()?;
        match self.restart {
            RestartEffect::Heals | RestartEffect::Lingers => body.restarted_by_hand(now, true),
            RestartEffect::Fails => body.restarted_by_hand(now, false),
            RestartEffect::Halves => body.stop_by_hand(now, 143),
            RestartEffect::Takes(_) => {
                body.stop_by_hand(now, 143);
                let (back, slow) = oneshot::channel();
                self.slow.push(Slow {
                    service: service.clone(),
                    until,
                    back,
                });
                return Some(slow);
            }
            RestartEffect::Errors | RestartEffect::Hangs | RestartEffect::Refused => (),
        }
        None
    }

    /// Ends the slow restarts whose time has come.
    fn end_slow(&mut self) {
        let now = self.now;
        let ended: Vec<Slow> = self.slow.extract_if(.., |slow| slow.until <= now).collect();
        for Slow {
            service,
            until,
            back,
        } in ended
        {
            if let Some(body) = self.services.get_mut(&service)
                && body.container.is_some()
            {
                body.start_well(until);
            }
            // Nobody waits any more where the process is gone.
            let _ = back.send(());
        }
    }

    fn start_missing(&mut self, services: &[ServiceId]) {
        let now = self.now;
        let does_help = matches!(
            self.restart,
            RestartEffect::Heals | RestartEffect::Takes(_) | RestartEffect::Lingers
        );
        let missing = self
            .services
            .iter_mut()
            .filter(|(service, body)| services.contains(service) && body.container.is_none());
        for (_, body) in missing.filter(|_| does_help) {
            body.make(now);
        }
    }
}
