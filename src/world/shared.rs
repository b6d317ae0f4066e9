use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{
    sync::{Notify, Semaphore},
    time::Instant,
};

use super::{
    clock,
    compose_facts::Verdict,
    compose_file::{ComposeFiles, Dependencies},
    docker::{ComposeLabels, Engine},
    http::{Prober, ProberError},
    live::WorldSettings,
    view::View,
};
use crate::model::{Observation, ProbeReport, Reading, Redacted, ServiceName};

/// The most questions to the engine at a time.
const QUESTIONS_MAX: usize = 16;

/// What the world's tasks share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) engine: Engine,
    pub(super) settings: WorldSettings,
    pub(super) prober: Prober,
    pub(super) news: Notify,
    pub(super) questions: Semaphore,
    view: Mutex<View>,
    probes: Mutex<BTreeMap<ServiceName, Reading<ProbeReport>>>,
    compose_files: Mutex<ComposeFiles>,
    compose: Mutex<Verdict>,
}

impl Shared {
    /// Knows nothing yet.
    pub(super) fn new(settings: WorldSettings) -> Result<Self, ProberError> {
        Ok(Self {
            engine: Engine::new(settings.endpoint.clone()),
            prober: Prober::new()?,
            news: Notify::new(),
            questions: Semaphore::new(QUESTIONS_MAX),
            view: Mutex::new(View::new(settings.stack.project.clone())),
            probes: Mutex::default(),
            compose_files: Mutex::default(),
            compose: Mutex::default(),
            settings,
        })
    }

    pub(super) fn view(&self) -> MutexGuard<'_, View> {
        self.view.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn probes(&self) -> MutexGuard<'_, BTreeMap<ServiceName, Reading<ProbeReport>>> {
        self.probes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The services that have a probe.
    pub(super) fn probed(&self) -> impl Iterator<Item = &ServiceName> {
        let services = self.settings.stack.services.iter();
        services
            .filter(|(_, profile)| profile.probe.is_some())
            .map(|(name, _)| name)
    }

    /// What is known of the installed compose.
    pub(super) fn compose(&self) -> MutexGuard<'_, Verdict> {
        self.compose.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the dependencies from the compose files, if they have changed.
    pub(super) fn dependencies(&self, labels: &ComposeLabels) -> Dependencies {
        let files = self.compose_files.lock();
        let mut files = files.unwrap_or_else(PoisonError::into_inner);
        files.dependencies(labels).clone()
    }

    /// Whether a core service has no container.
    pub(super) fn lacks_core(&self) -> bool {
        !self.view().missing(self.settings.stack.core()).is_empty()
    }

    /// Whether any service that is meant to last has no container.
    pub(super) fn lacks_any(&self) -> bool {
        let lasting = self.settings.stack.lasting();
        !self.view().missing(lasting).is_empty()
    }

    /// Shows everything that is known at this moment.
    pub(super) fn snapshot(&self) -> Observation {
        let kill_switch = self.settings.switches.look();
        let compose = self.compose().facts.clone();
        let probes = self.probe_readings();
        let at = clock::now();
        let named = self.settings.stack.services.keys();
        let mut view = self.view();
        Observation {
            at,
            since_last_ms: None,
            engine: view.engine(),
            services: view.snapshot(named, (Instant::now(), at)),
            probes,
            kill_switch,
            compose,
        }
    }

    fn probe_readings(&self) -> BTreeMap<ServiceName, Reading<ProbeReport>> {
        let reported = self.probes();
        let reading = |name: &ServiceName| {
            let nothing = || Reading::Unknown(Redacted::from_raw("not asked yet"));
            let report = reported.get(name).cloned().unwrap_or_else(nothing);
            (name.clone(), report)
        };
        self.probed().map(reading).collect()
    }

    /// Wakes the loop, if there are news.
    pub(super) fn tell(&self) {
        if self.view().is_worth_a_turn() {
            self.news.notify_one();
        }
    }

    /// Asks an HTTP probe and remembers its report.
    pub(super) async fn probe(&self, name: &ServiceName) {
        let profile = self.settings.stack.profile(name);
        let Some(probe) = profile.and_then(|profile| profile.probe.as_ref()) else {
            return;
        };
        let report = self.prober.ask(probe).await;
        if let Reading::Known(report) = &report {
            self.view().take_probe(name, report);
        }
        self.probes().insert(name.clone(), report);
    }
}

/// What all tasks hold.
pub(super) type World = Arc<Shared>;
