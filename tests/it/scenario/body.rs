//! One service of the scripted world, and what the engine shows of it.

use std::time::Duration;

use wicap_assist::model::{
    Container, Happening, HappeningKind, Health, HealthCheck, Lifecycle, ProbeResult, Reading,
    Redacted, RestartPolicy, Sight, Start, Timestamp,
};

use super::world::Reports;

/// One service of the world.
#[derive(Clone, Debug)]
pub(crate) struct Body {
    name: String,
    pub container: Option<Container>,
    pub removed: Vec<Happening>,
    pub is_blind: bool,
    /// What the engine still shows, where it shows an old state.
    pub shown: Option<Container>,
    pub has_check: bool,
    pub probe: Option<ProbeResult>,
}

impl Body {
    pub(super) fn well(name: &str, has_check: bool, started_at: Timestamp) -> Self {
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
            name: name.to_owned(),
            container,
            removed: Vec::new(),
            is_blind: false,
            shown: None,
            has_check,
            probe: None,
        }
    }

    pub(super) fn reading(&self, now: Timestamp, reports: Reports) -> Reading<Sight> {
        if self.is_blind {
            return Reading::Unknown(Redacted::from_raw("inspect timed out"));
        }
        let told = |happenings: &[Happening]| {
            let is_told = |happening: &&Happening| {
                // What the clock was set back behind is told at once.
                let is_late = reports.since <= happening.at
                    && happening.at <= now
                    && now < happening.at.after(reports.lag);
                is_recent(happening.at, now) && !is_late
            };
            let copies = if reports.are_doubled { 2 } else { 1 };
            let told = happenings.iter().filter(is_told);
            let told = told.flat_map(|happening| std::iter::repeat_n(happening.clone(), copies));
            newest(told.collect(), Container::HAPPENINGS_MAX)
        };
        let Some(container) = &self.container else {
            let happenings = told(&self.removed);
            return Reading::Known(Sight::Missing { happenings });
        };
        let mut shown = self.shown.as_ref().unwrap_or(container).clone();
        shown.happenings = told(&container.happenings);
        shown.starts.retain(|start| is_recent(start.at, now));
        shown.starts = newest(shown.starts, Container::STARTS_MAX);
        shown.changes.retain(|&change| is_recent(change, now));
        shown.changes = newest(shown.changes, Container::CHANGES_MAX);
        Reading::Known(Sight::Present(Box::new(shown)))
    }

    /// Drops what a process that has just begun has not seen: reports and changes are
    /// not told again.
    pub(super) fn forget(&mut self) {
        self.removed.clear();
        if let Some(container) = &mut self.container {
            container.happenings.clear();
            container.changes.clear();
            let last = container.starts.pop();
            container.starts = last.into_iter().collect();
        }
    }

    /// The container, for a script that changes it.
    pub(crate) fn container(&mut self) -> &mut Container {
        self.container
            .as_mut()
            .expect("the script changes a container that is there")
    }

    /// Somebody makes its container anew.
    pub(crate) fn make(&mut self, now: Timestamp) {
        let name = std::mem::take(&mut self.name);
        *self = Self::well(&name, self.has_check, now);
        self.report(now, HappeningKind::Create);
        self.report(now, HappeningKind::Start);
    }

    /// Its container is removed.
    pub(super) fn remove(&mut self, now: Timestamp) {
        if self.container.take().is_some() {
            let kind = HappeningKind::Destroy;
            self.removed.push(Happening { at: now, kind });
        }
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
        self.shown = None;
        let container = self.container();
        container.lifecycle = Lifecycle::Running;
        container.health = health;
        container.started_at = Some(at);
        container.restart_count = restart_count;
        container.is_oom_killed = false;
        container.error = Redacted::default();
        container.starts.push(Start { at, restart_count });
        container.changes.clear();
    }

    /// Somebody stops it through the engine. Asked of engine 20.10: between two runs only
    /// the stop itself is told, and the last end stays as it was; what has ended already
    /// is left without a word.
    pub(crate) fn stop_by_hand(&mut self, at: Timestamp, exit_code: i64) {
        match self.container().lifecycle {
            Lifecycle::Running => self.report(at, HappeningKind::Kill { signal: 15 }),
            Lifecycle::Paused => {
                self.report(at, HappeningKind::Kill { signal: 15 });
                self.report(at, HappeningKind::Unpause);
            }
            Lifecycle::Restarting => {
                self.report(at, HappeningKind::Stop);
                self.container().lifecycle = Lifecycle::Exited;
                return;
            }
            Lifecycle::Created | Lifecycle::Exited | Lifecycle::Dead | Lifecycle::Removing => {
                return;
            }
        }
        self.report(at, HappeningKind::Die { exit_code });
        self.report(at, HappeningKind::Stop);
        self.end(at, exit_code);
    }

    /// Somebody kills it through the engine, which does not start it again. Between two
    /// runs engine 20.10 tells nothing of it.
    pub(crate) fn kill_by_hand(&mut self, at: Timestamp) {
        if self.container().lifecycle == Lifecycle::Restarting {
            self.container().lifecycle = Lifecycle::Exited;
            return;
        }
        self.report(at, HappeningKind::Kill { signal: 9 });
        self.report(at, HappeningKind::Die { exit_code: 137 });
        self.end(at, 137);
    }

    fn end(&mut self, at: Timestamp, exit_code: i64) {
        let container = self.container();
        container.lifecycle = Lifecycle::Exited;
        container.exit_code = exit_code;
        container.finished_at = Some(at);
    }

    pub(super) fn restarted_by_hand(&mut self, at: Timestamp, heals: bool) {
        let before = self.container().clone();
        self.stop_by_hand(at, 143);
        if heals {
            self.start_well(at);
            return;
        }
        self.start(at, 0);
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

    /// The main process runs again, and answers.
    pub(super) fn start_well(&mut self, at: Timestamp) {
        self.start(at, 0);
        self.probe = self.probe.as_ref().map(|_| ProbeResult::Ok);
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

fn is_recent(at: Timestamp, now: Timestamp) -> bool {
    now.since(at) <= Container::PAST_MAX
}

fn newest<T>(mut all: Vec<T>, max: usize) -> Vec<T> {
    let n_old = all.len().saturating_sub(max);
    all.drain(..n_old);
    all
}
