//! A small world with the engine's habits: what a script says happens, and what a
//! restart does follows from it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use wicap_assist::{
    control::Permit,
    model::{
        Action, ComposeFacts, Container, Denial, Execution, ExecutionStatus, Happening,
        HappeningKind, Health, HealthCheck, KillSwitch, Lifecycle, Observation, ProbeReport,
        ProbeResult, Reading, Redacted, RestartPolicy, ServiceId, Sight, Start, Tail, Tails,
        Timestamp,
    },
    ports::{Act, Sense},
};

/// What a restart does to a service that is unwell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum RestartEffect {
    /// It is well afterwards.
    #[default]
    Heals,
    /// It is as unwell as before.
    Fails,
    /// The call reports an error and nothing changes.
    Errors,
    /// The call never comes back and nothing changes.
    Hangs,
    /// It is well afterwards, and the call never comes back.
    Lingers,
    /// The container is stopped and not started again: the engine gives up when its
    /// client is gone. The call never comes back.
    Halves,
    /// The switch is pulled between the ledger row and the call.
    Refused,
}

/// The shared insides: the loop holds one end, the running action another.
#[derive(Debug)]
pub(crate) struct Insides {
    pub now: Timestamp,
    pub services: BTreeMap<ServiceId, Body>,
    pub is_engine_away: bool,
    pub kill_switch: KillSwitch,
    pub restart: RestartEffect,
    pub n_calls: u32,
    /// Seconds by which the clock jumps before the next snapshot.
    pub(crate) gap_s: i64,
    pub(crate) compose: Option<Reading<ComposeFacts>>,
}

/// One service of the world.
#[derive(Clone, Debug)]
pub(crate) struct Body {
    pub container: Option<Container>,
    pub removed: Vec<Happening>,
    pub is_blind: bool,
    pub has_check: bool,
    pub probe: Option<ProbeResult>,
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
            restart: RestartEffect::Heals,
            n_calls: 0,
            gap_s: 0,
            compose: Some(Reading::Known(same_compose())),
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
        let mut seen = insides.snapshot();
        seen.since_last_ms = Some(gap_ms + 5_000);
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
        let effect = {
            let mut insides = self.insides();
            insides.n_calls += 1;
            let effect = insides.restart;
            match permit.action() {
                Action::Restart(service) => insides.restart_service(service, effect),
                Action::ComposeUpCore => insides.start_missing(effect),
                Action::StatusCheck | Action::ComposeUp | Action::Shutdown => (),
            }
            effect
        };
        let at = self.insides().now;
        async move {
            let status = match effect {
                RestartEffect::Heals | RestartEffect::Fails => ExecutionStatus::Ok,
                RestartEffect::Errors => ExecutionStatus::Failed,
                RestartEffect::Refused => ExecutionStatus::NotRun,
                RestartEffect::Hangs | RestartEffect::Lingers | RestartEffect::Halves => {
                    std::future::pending().await
                }
            };
            let refused = (status == ExecutionStatus::NotRun).then_some(Denial::KillSwitch);
            let call = Redacted::from_raw(&permit.action().to_string());
            Execution {
                status,
                call,
                output: Redacted::default(),
                took: Duration::ZERO,
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
                body.reading(self.now)
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

    fn restart_service(&mut self, service: &ServiceId, effect: RestartEffect) {
        let now = self.now;
        let Some(body) = self.services.get_mut(service) else {
            return;
        };
        match effect {
            RestartEffect::Heals | RestartEffect::Lingers => body.restarted_by_hand(now, true),
            RestartEffect::Fails => body.restarted_by_hand(now, false),
            RestartEffect::Halves => body.stop_by_hand(now, 143),
            RestartEffect::Errors | RestartEffect::Hangs | RestartEffect::Refused => (),
        }
    }

    fn start_missing(&mut self, effect: RestartEffect) {
        let now = self.now;
        let missing = self
            .services
            .iter_mut()
            .filter(|(_, body)| body.container.is_none());
        for (service, body) in missing.filter(|_| effect == RestartEffect::Heals) {
            *body = Body::well(&service.to_string(), body.has_check, now);
        }
    }
}

impl Body {
    fn well(name: &str, has_check: bool, started_at: Timestamp) -> Self {
        let check = HealthCheck {
            start_period: Duration::ZERO,
            interval: Duration::from_secs(5),
            retries: 3,
        };
        let container = Container {
            id: format!("{name:0>12.12}"),
            name: format!("wicap-{name}"),
            lifecycle: Lifecycle::Running,
            health: if has_check {
                Health::Healthy
            } else {
                Health::Unchecked
            },
            health_check: has_check.then_some(check),
            restart_policy: RestartPolicy::UnlessStopped,
            restart_count: 0,
            exit_code: 0,
            is_oom_killed: false,
            error: Redacted::default(),
            started_at: Some(started_at),
            finished_at: None,
            stop_timeout: Duration::from_secs(10),
            network_owner: None,
            depends_on: Vec::new(),
            starts: vec![Start {
                at: started_at,
                restart_count: 0,
            }],
            happenings: Vec::new(),
            changes: Vec::new(),
        };
        let container = Some(container);
        Self {
            container,
            removed: Vec::new(),
            is_blind: false,
            has_check,
            probe: None,
        }
    }

    fn reading(&self, now: Timestamp) -> Reading<Sight> {
        if self.is_blind {
            return Reading::Unknown(Redacted::from_raw("inspect timed out"));
        }
        let recent = |at: Timestamp| now.since(at) <= Container::PAST_MAX;
        match &self.container {
            None => Reading::Known(Sight::Missing {
                happenings: self.removed.clone(),
            }),
            Some(container) => {
                let mut container = container.clone();
                container
                    .happenings
                    .retain(|happening| recent(happening.at));
                container.changes.retain(|&change| recent(change));
                Reading::Known(Sight::Present(Box::new(container)))
            }
        }
    }

    /// The container, for a script that changes it.
    pub(crate) fn container(&mut self) -> &mut Container {
        self.container
            .as_mut()
            .expect("the script changes a container that is there")
    }

    /// Notes what the engine would report.
    pub(crate) fn report(&mut self, at: Timestamp, kind: HappeningKind) {
        self.container().happenings.push(Happening { at, kind });
    }

    /// The main process ends by itself.
    pub(crate) fn die(&mut self, at: Timestamp, exit_code: i64) {
        self.report(at, HappeningKind::Die { exit_code });
        let container = self.container();
        container.exit_code = exit_code;
        container.finished_at = Some(at);
        container.lifecycle = match container.restart_policy {
            RestartPolicy::No => Lifecycle::Exited,
            RestartPolicy::OnFailure { .. } if exit_code == 0 => Lifecycle::Exited,
            RestartPolicy::OnFailure { .. }
            | RestartPolicy::Always
            | RestartPolicy::UnlessStopped => Lifecycle::Restarting,
        };
    }

    /// The main process runs again; `restart_count` is 0 for a start by hand.
    pub(crate) fn start(&mut self, at: Timestamp, restart_count: u32) {
        let health = if self.has_check {
            Health::Healthy
        } else {
            Health::Unchecked
        };
        self.report(at, HappeningKind::Start);
        let container = self.container();
        container.lifecycle = Lifecycle::Running;
        container.health = health;
        container.started_at = Some(at);
        container.restart_count = restart_count;
        container.is_oom_killed = false;
        container.starts.push(Start { at, restart_count });
        container.changes.clear();
    }

    /// Somebody stops it through the engine.
    pub(crate) fn stop_by_hand(&mut self, at: Timestamp, exit_code: i64) {
        self.report(at, HappeningKind::Kill { signal: 15 });
        self.report(at, HappeningKind::Die { exit_code });
        self.report(at, HappeningKind::Stop);
        let container = self.container();
        container.lifecycle = Lifecycle::Exited;
        container.exit_code = exit_code;
        container.finished_at = Some(at);
    }

    fn restarted_by_hand(&mut self, at: Timestamp, heals: bool) {
        let before = self.container().clone();
        self.stop_by_hand(at, 143);
        self.start(at, 0);
        if heals {
            self.probe = self.probe.as_ref().map(|_| ProbeResult::Ok);
            return;
        }
        match before.lifecycle {
            Lifecycle::Exited => self.die(at, before.exit_code),
            Lifecycle::Restarting => self.crash_and_restart(at, before.exit_code, 3),
            Lifecycle::Running
            | Lifecycle::Created
            | Lifecycle::Paused
            | Lifecycle::Dead
            | Lifecycle::Removing => self.container().health = before.health,
        }
    }

    /// Crashes and is started again by the engine, several times, and ends up waiting
    /// for the next start.
    pub(crate) fn crash_and_restart(&mut self, now: Timestamp, exit_code: i64, times: u32) {
        for n in 0..times {
            let at = now.before(Duration::from_millis(u64::from(times - n) * 500));
            let count = self.container().restart_count + 1;
            self.die(at, exit_code);
            self.start(at.after(Duration::from_millis(100)), count);
        }
        self.die(now, exit_code);
    }
}
