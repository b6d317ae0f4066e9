use std::{
    collections::BTreeMap,
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{Notify, Semaphore},
    task::{AbortHandle, JoinHandle, JoinSet},
    time::{Instant, timeout},
};

use super::{
    act, clock,
    compose_file::ComposeFiles,
    docker::{Endpoint, Engine, READ_MAX},
    files::KillSwitches,
    http::{Prober, ProberError},
    listen, projects,
    view::{Cause, STANDS_MAX, View},
};
use crate::{
    control::Permit,
    model::{Execution, Observation, ProbeReport, Project, Reading, Redacted, ServiceName, Stack},
    ports::{Act, Sense},
};

/// The most questions to the engine at a time.
const QUESTIONS_MAX: usize = 16;
/// The longest that a snapshot waits for the first answers: a version check, an
/// inventory and a look at each container.
const FIRST_MAX: Duration = READ_MAX.saturating_mul(2);

/// What the real world needs to be told.
#[derive(Clone, Debug)]
pub struct WorldSettings {
    /// Where the engine listens.
    pub endpoint: Endpoint,
    /// The watched stack. Without a project, the only one that looks like the
    /// profile is looked for in every turn.
    pub stack: Stack,
    /// Time between two inventories, and between two questions of an HTTP probe.
    pub interval: Duration,
    /// Where the kill switch can be pulled.
    pub switches: KillSwitches,
    /// The whole environment of the compose program: `PATH`, `HOME`, `DOCKER_*`.
    pub compose_env: BTreeMap<String, String>,
}

/// The real world: one engine, one compose project, its HTTP probes, the kill
/// switch and the clock.
#[derive(Debug)]
pub struct LiveWorld {
    shared: Arc<Shared>,
    refresh: Option<JoinHandle<()>>,
    is_first: bool,
    tasks: Vec<AbortHandle>,
}

/// What the world's tasks share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) engine: Engine,
    pub(super) settings: WorldSettings,
    pub(super) prober: Prober,
    news: Notify,
    view: Mutex<View>,
    probes: Mutex<BTreeMap<ServiceName, Reading<ProbeReport>>>,
    compose_files: Mutex<ComposeFiles>,
    questions: Semaphore,
}

impl LiveWorld {
    /// Starts to listen and to probe. Must be called inside of a tokio runtime; the
    /// engine need not be there.
    ///
    /// # Errors
    ///
    /// Fails if HTTP probes cannot be set up in this process.
    pub fn start(settings: WorldSettings) -> Result<Self, ProberError> {
        let shared = Arc::new(Shared {
            engine: Engine::new(settings.endpoint.clone()),
            prober: Prober::new()?,
            news: Notify::new(),
            view: Mutex::new(View::new(settings.stack.project.clone())),
            probes: Mutex::default(),
            compose_files: Mutex::default(),
            questions: Semaphore::new(QUESTIONS_MAX),
            settings,
        });
        let mut tasks = vec![tokio::spawn(listen::listen(Arc::clone(&shared))).abort_handle()];
        for name in shared.probed() {
            let asking = probe_for_ever(Arc::clone(&shared), name.clone());
            tasks.push(tokio::spawn(asking).abort_handle());
        }
        Ok(Self {
            shared,
            refresh: None,
            is_first: true,
            tasks,
        })
    }

    /// Returns the watched project, once it is known.
    pub fn project(&self) -> Option<Project> {
        self.shared.view().project.clone()
    }

    /// How many of the engine's reports there was no room for.
    pub fn n_dropped(&self) -> u64 {
        self.shared.view().n_dropped()
    }

    /// Waits until each HTTP probe has reported once, at most for the longest of
    /// their limits. For a single turn; a loop need not wait.
    pub async fn first_probes(&self) {
        let limits = self.shared.settings.stack.services.values();
        let limits = limits.filter_map(|profile| Some(profile.probe.as_ref()?.timeout));
        let reported = async {
            while self.shared.probes().len() < self.shared.probed().count() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let limit = limits.max().unwrap_or_default() + Duration::from_millis(100);
        // Those that have not reported by then stay unknown.
        let _ = timeout(limit, reported).await;
    }

    /// Waits until the running refresh has ended, until there are news from
    /// elsewhere, or until the last readings no longer stand. The first time there
    /// are none yet, so it waits until there must be an answer.
    async fn await_refresh(&mut self) {
        let Some(refresh) = &mut self.refresh else {
            return;
        };
        if std::mem::take(&mut self.is_first) {
            if timeout(FIRST_MAX, refresh).await.is_ok() {
                self.refresh = None;
            }
            return;
        }
        let until = Instant::now() + STANDS_MAX;
        // What was waiting to be shown is shown by the coming snapshot as well.
        self.shared.view().clear_news();
        while !self.shared.view().has_urgent_news() {
            tokio::select! {
                _ = &mut *refresh => {
                    self.refresh = None;
                    return;
                }
                () = self.shared.news.notified() => (),
                () = tokio::time::sleep_until(until) => return,
            }
        }
    }
}

impl Sense for LiveWorld {
    async fn observe(&mut self) -> Observation {
        let now = Instant::now();
        if self
            .shared
            .view()
            .needs_refresh(now, self.shared.settings.interval)
        {
            let is_running = self
                .refresh
                .as_ref()
                .is_some_and(|refresh| !refresh.is_finished());
            if !is_running {
                self.shared.view().begin_refresh(now);
                self.refresh = Some(tokio::spawn(refresh(Arc::clone(&self.shared))));
            }
            self.await_refresh().await;
        }
        self.shared.view().clear_news();
        self.shared.snapshot()
    }

    async fn wake(&mut self) {
        while !self.shared.view().is_worth_a_turn() {
            match &mut self.refresh {
                Some(refresh) => tokio::select! {
                    _ = refresh => self.refresh = None,
                    () = self.shared.news.notified() => (),
                },
                None => self.shared.news.notified().await,
            }
        }
    }
}

impl Act for LiveWorld {
    fn execute(&self, permit: Permit) -> impl Future<Output = Execution> + 'static {
        let shared = Arc::clone(&self.shared);
        async move { act::run(&shared, permit.action()).await }
    }
}

impl Drop for LiveWorld {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl Shared {
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

    /// Shows everything that is known at this moment.
    pub(super) fn snapshot(&self) -> Observation {
        let at = clock::now();
        let mut view = self.view();
        let services = view.snapshot(self.settings.stack.services.keys(), (Instant::now(), at));
        let reported = self.probes().clone();
        let mut probes = BTreeMap::new();
        for name in self.probed() {
            let nothing = || Reading::Unknown(Redacted::from_raw("not asked yet"));
            let report = reported.get(name).cloned().unwrap_or_else(nothing);
            probes.insert(name.clone(), report);
        }
        Observation {
            at,
            engine: view.engine(),
            services,
            probes,
            kill_switch: self.settings.switches.look(),
        }
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
        if let Some(probe) = profile.and_then(|profile| profile.probe.as_ref()) {
            let report = self.prober.ask(probe).await;
            self.probes().insert(name.clone(), report);
        }
    }
}

async fn probe_for_ever(shared: Arc<Shared>, name: ServiceName) {
    loop {
        let next = Instant::now() + shared.settings.interval;
        shared.probe(&name).await;
        tokio::time::sleep_until(next).await;
    }
}

/// Makes a new inventory and looks at every container in it.
pub(super) async fn refresh(shared: Arc<Shared>) {
    let project = shared.view().project.clone();
    let rows = match shared.engine.list(project.as_ref()).await {
        Ok(rows) => rows,
        Err(error) => return shared.view().lose_engine(&error),
    };
    let Some(project) = project.or_else(|| choose(&shared, &rows)) else {
        shared.view().take_inventory(Vec::new());
        return;
    };
    let rows = rows
        .into_iter()
        .filter(|row| row.project == project)
        .collect();
    shared.view().project = Some(project);
    let ids = shared.view().take_inventory(rows);
    let mut looks = JoinSet::new();
    for id in ids {
        looks.spawn(look(Arc::clone(&shared), id, Cause::Inventory));
    }
    read_compose_files(&shared).await;
    looks.join_all().await;
}

fn choose(shared: &Shared, rows: &[super::docker::Row]) -> Option<Project> {
    let found = projects::found_projects(rows);
    projects::choose_project(&shared.settings.stack, found)
        .inspect_err(|error| tracing::debug!(%error, "the project is not known yet"))
        .ok()
}

/// Looks at one container, again if something happened to it meanwhile.
pub(super) async fn look(shared: Arc<Shared>, id: String, cause: Cause) {
    let mut cause = cause;
    while shared.view().begin_look(&id, cause, Instant::now()) {
        let question = async {
            // The time in the queue counts: an engine that is slow is unknown.
            let _turn = shared.questions.acquire().await;
            shared.engine.inspect(&id).await
        };
        let answer = timeout(READ_MAX, question).await;
        let answer = answer.unwrap_or(Err(super::docker::EngineError::TimedOut {
            call: "inspect",
            limit: READ_MAX,
        }));
        let is_stale = shared.view().end_look(&id, answer);
        shared.tell();
        if !is_stale {
            return;
        }
        cause = Cause::Report;
    }
}

/// Reads the dependencies from the compose files, on a thread of its own: a network
/// folder may hang.
async fn read_compose_files(shared: &Arc<Shared>) {
    let Some(labels) = shared.view().compose_labels().cloned() else {
        return;
    };
    if labels.depends_on.is_some() {
        return;
    }
    let files = Arc::clone(shared);
    let reading = tokio::task::spawn_blocking(move || {
        let mut files = files
            .compose_files
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        files.dependencies(&labels).clone()
    });
    if let Ok(Ok(dependencies)) = timeout(STANDS_MAX, reading).await {
        shared.view().take_dependencies(&dependencies);
    }
}
