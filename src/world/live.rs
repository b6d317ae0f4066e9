use std::{collections::BTreeMap, future::Future, sync::Arc, time::Duration};

use tokio::{
    task::{AbortHandle, JoinHandle},
    time::{Instant, timeout},
};

use super::{
    act, clock,
    docker::{Endpoint, READ_MAX},
    files::KillSwitches,
    http::ProberError,
    listen,
    refresh::refresh,
    shared::{Shared, World},
    tails,
    view::STANDS_MAX,
};
use crate::{
    control::Permit,
    model::{Execution, Observation, ServiceName, Stack, Tails, Timestamp},
    ports::{Act, Sense},
};

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
    shared: World,
    last_at: Option<Timestamp>,
    refresh: Option<JoinHandle<()>>,
    is_first: bool,
    tasks: Vec<AbortHandle>,
}

impl LiveWorld {
    /// Starts to listen and to probe. Must be called inside of a tokio runtime; the
    /// engine need not be there.
    ///
    /// # Errors
    ///
    /// Fails if HTTP probes cannot be set up in this process.
    pub fn start(settings: WorldSettings) -> Result<Self, ProberError> {
        let shared = Arc::new(Shared::new(settings)?);
        let mut tasks = vec![tokio::spawn(listen::listen(Arc::clone(&shared))).abort_handle()];
        for name in shared.probed() {
            let asking = probe_for_ever(Arc::clone(&shared), name.clone());
            tasks.push(tokio::spawn(asking).abort_handle());
        }
        Ok(Self {
            shared,
            last_at: None,
            refresh: None,
            is_first: true,
            tasks,
        })
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
        let mut seen = self.shared.snapshot();
        let last = self.last_at.replace(seen.at);
        seen.since_last_ms = last.map(|last| seen.at.millis().saturating_sub(last.millis()));
        seen
    }

    fn now(&self) -> Timestamp {
        clock::now()
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

    fn tails(&self) -> impl Future<Output = Tails> + Send + 'static {
        tails::tails(Arc::clone(&self.shared))
    }
}

impl Act for LiveWorld {
    fn execute(&self, permit: Permit) -> impl Future<Output = Execution> + Send + 'static {
        let shared = Arc::clone(&self.shared);
        async move { act::run(&shared, permit).await }
    }
}

impl Drop for LiveWorld {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

async fn probe_for_ever(shared: World, name: ServiceName) {
    loop {
        let next = Instant::now() + shared.settings.interval;
        shared.probe(&name).await;
        tokio::time::sleep_until(next).await;
    }
}
