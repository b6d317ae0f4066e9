//! What the snapshots of a soak have shown.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
};

use tokio::sync::Notify;

use crate::{
    knowledge::soak::{Measured, Metric},
    model::{Lifecycle, Observation, ProbeResult, ServiceId, Stack, Timestamp},
};

/// What the snapshots have shown.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// The last one.
    pub(super) last: RefCell<Option<Observation>>,
    /// Since when the stack has to have been started to count as up.
    pub(super) waits_from: Cell<Option<Timestamp>>,
    /// Told when it is up.
    pub(super) is_up: Notify,
    /// When the soak began.
    pub(super) since: Cell<Timestamp>,
    /// What was measured.
    pub(super) measured: RefCell<Measured>,
    /// When each service was last started.
    starts: RefCell<BTreeMap<ServiceId, Timestamp>>,
    n_restarts: Cell<u32>,
    /// Snapshots.
    pub(super) n_looks: Cell<u64>,
    /// Those in which a service was not well.
    pub(super) n_bad: Cell<u64>,
}

impl Seen {
    /// Takes note of a snapshot.
    pub(super) fn look(&self, stack: &Stack, seen: &Observation) {
        self.n_looks.set(self.n_looks.get() + 1);
        let is_bad = core(stack).iter().any(|service| !runs(seen, service));
        self.n_bad.set(self.n_bad.get() + u64::from(is_bad));
        if let Some(since) = self.waits_from.get()
            && is_started(stack, seen, since)
        {
            self.waits_from.set(None);
            self.is_up.notify_one();
        }
        self.measure(seen);
        self.last.replace(Some(seen.clone()));
    }

    /// Keeps the longest latency, and how many starts there were since the soak began.
    fn measure(&self, seen: &Observation) {
        let mut starts = self.starts.borrow_mut();
        for service in seen.services.keys() {
            let container = seen.container(service);
            let Some(at) = container.and_then(|container| container.started_at) else {
                continue;
            };
            let before = starts.insert(service.clone(), at);
            let is_new = before.is_some_and(|before| before != at);
            self.n_restarts
                .set(self.n_restarts.get() + u32::from(is_new));
        }
        let at_s = seen.at.since(self.since.get()).as_secs_f64();
        let reports = seen.probes.values().filter_map(|report| report.known());
        let answered = reports.filter(|report| report.result == ProbeResult::Ok);
        let latency = answered.map(|report| report.latency).max();
        let mut measured = self.measured.borrow_mut();
        if let Some(latency) = latency {
            measured.push(Metric::Latency, at_s, latency.as_secs_f64() * 1_000.0);
        }
        measured.push(Metric::Restarts, at_s, f64::from(self.n_restarts.get()));
    }
}

/// Whether every service with a probe was started after `since` and answers; where
/// there is no probe, whether the core runs.
fn is_started(stack: &Stack, seen: &Observation, since: Timestamp) -> bool {
    let is_new = |service: &ServiceId| {
        let started_at = seen.container(service).and_then(|one| one.started_at);
        runs(seen, service) && started_at.is_some_and(|at| since <= at)
    };
    let mut probed = stack
        .services
        .iter()
        .filter(|(_, profile)| profile.probe.is_some())
        .map(|(name, _)| ServiceId::first(name.clone()))
        .peekable();
    if probed.peek().is_none() {
        return core(stack).iter().all(is_new);
    }
    probed.all(|service| {
        let answers = seen
            .probe(&service)
            .is_some_and(|probe| match probe.result {
                ProbeResult::Ok | ProbeResult::Degraded(_) => true,
                ProbeResult::Failed(_) => false,
            });
        answers && is_new(&service)
    })
}

/// The core services.
pub(super) fn core(stack: &Stack) -> Vec<ServiceId> {
    stack.core().cloned().map(ServiceId::first).collect()
}

/// Whether a service has a container that runs.
pub(super) fn runs(seen: &Observation, service: &ServiceId) -> bool {
    seen.container(service)
        .is_some_and(|container| container.lifecycle == Lifecycle::Running)
}
