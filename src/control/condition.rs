use std::time::Duration;

use crate::{
    control::{Condition, Rules, Symptom, patient::Patient},
    model::{
        Container, DownState, Evidence, Happening, HappeningKind, Health, Lifecycle, Observation,
        ProbeResult, Reading, Redacted, RestartPolicy, ServiceId, Sight, Source, Why,
    },
};

/// How long the engine may show `exited` before it applies the restart policy.
/// Measured: 250–340 ms; a slow host gets four times that and some.
pub(super) const POLICY_REACTION: Duration = Duration::from_secs(2);

/// A wait that the engine's doubling back-off (100 ms × 2ⁿ) reaches only after six
/// quick failures in a row.
const LONG_BACKOFF_MS: u64 = 5_000;

/// Everything needed to judge one service.
pub(super) struct Case<'a> {
    pub(super) service: &'a ServiceId,
    pub(super) seen: &'a Observation,
    pub(super) patient: &'a Patient,
    pub(super) rules: &'a Rules,
}

impl Case<'_> {
    /// Says how the service is.
    pub(super) fn condition(&self, reading: &Reading<Sight>) -> Condition {
        match reading {
            Reading::Unknown(reason) => Condition::Unseen(reason.clone()),
            Reading::Known(Sight::Missing { happenings }) => self.missing(happenings),
            Reading::Known(Sight::Present(container)) => match container.lifecycle {
                Lifecycle::Paused => {
                    let symptom = Symptom::of(container, DownState::Paused, Why::DefiniteExit);
                    Condition::Down(symptom)
                }
                Lifecycle::Restarting => self.restarting(container),
                Lifecycle::Running => self.running(container),
                Lifecycle::Exited => self.exited(container),
                Lifecycle::Created => created(container),
                Lifecycle::Dead => Condition::Down(Symptom::ended(
                    container,
                    DownState::Dead,
                    Why::DefiniteExit,
                )),
                Lifecycle::Removing => Condition::Absent,
            },
        }
    }

    /// Whether the end that is seen is the first half of our own restart.
    pub(super) fn is_own_doing(&self, symptom: &Symptom) -> bool {
        let container = self.seen.container(self.service);
        let ended_at = container.and_then(|container| container.finished_at);
        self.patient.is_being_cured()
            && symptom.exit_code.is_some()
            && ended_at.is_some_and(|ended_at| self.patient.did(ended_at))
    }

    /// A run that ended and was followed by another before anybody looked.
    pub(super) fn missed_crash(&self, container: &Container) -> Option<Symptom> {
        let known_until = self.patient.last_edge_at.unwrap_or_default();
        let started_at = container.started_at?;
        let crash = container.happenings.iter().rev().find(|happening| {
            matches!(happening.kind, HappeningKind::Die { .. }) && happening.at <= started_at
        })?;
        let HappeningKind::Die { exit_code } = crash.kind else {
            return None;
        };
        let is_new = known_until < crash.at && !self.patient.did(crash.at);
        if !is_new || self.was_ended_by_others(container, crash.at) {
            return None;
        }
        let mut symptom = Symptom::of(container, DownState::Exited, Why::DefiniteExit);
        symptom.exit_code = Some(exit_code);
        symptom.started_at = None;
        symptom.is_policy_at_work = true;
        Some(symptom)
    }

    fn missing(&self, happenings: &[Happening]) -> Condition {
        let profile = self.rules.stack.profile(self.service.name());
        if !profile.is_some_and(|profile| profile.is_core) {
            return Condition::Absent;
        }
        // Nothing that we do removes a container.
        let was_removed = happenings.iter().any(|happening| {
            happening.kind == HappeningKind::Destroy || !self.patient.did(happening.at)
        });
        let nothing_is_left = !self
            .seen
            .services
            .keys()
            .any(|service| self.seen.container(service).is_some());
        // The report of it grows old; what was said of it stays.
        let was_stopped = self.was_said_to_be(DownState::Stopped);
        if was_removed || was_stopped || nothing_is_left {
            let mut symptom = Symptom::new(DownState::Stopped, Why::DefiniteExit);
            symptom.reason = Some(Redacted::from_raw("its container was removed"));
            return Condition::Down(symptom);
        }
        Condition::Down(Symptom::new(DownState::Missing, Why::DefiniteExit))
    }

    fn restarting(&self, container: &Container) -> Condition {
        if let Some(symptom) = self.restart_loop(container) {
            return Condition::Down(symptom);
        }
        let mut symptom = self.ended(container);
        symptom.is_policy_at_work = true;
        Condition::Down(symptom)
    }

    fn running(&self, container: &Container) -> Condition {
        if let Some(symptom) = self.restart_loop(container) {
            return Condition::Down(symptom);
        }
        if self.is_flapping(container) {
            let symptom = Symptom::of(container, DownState::Flapping, Why::DefiniteUnhealthy);
            return Condition::Down(symptom);
        }
        if self.has_lost_its_network(container) {
            let symptom = Symptom::of(container, DownState::NamespaceLost, Why::NamespaceLost);
            return Condition::Down(symptom);
        }
        match container.health {
            Health::Starting if !self.is_start_overdue(container) => Condition::Starting,
            Health::Unhealthy { streak: 0 } => Condition::Starting,
            Health::Unhealthy { streak } => {
                let mut symptom =
                    Symptom::of(container, DownState::Unhealthy, Why::DefiniteUnhealthy);
                symptom.streak = Some(streak);
                if matches!(self.probe(), Some(ProbeResult::Failed(_))) {
                    symptom.sources.push(Source::Probe);
                }
                Condition::Down(symptom)
            }
            Health::Starting => {
                let mut symptom =
                    Symptom::of(container, DownState::Unhealthy, Why::DefiniteUnhealthy);
                symptom.evidence = Evidence::Probed;
                symptom.reason = Some(Redacted::from_raw("its health check never passed"));
                Condition::Down(symptom)
            }
            Health::Healthy | Health::Unchecked => self.probed(container),
        }
    }

    fn probed(&self, container: &Container) -> Condition {
        let (state, reason) = match self.probe() {
            None if self.is_unproven(container) => return Condition::Starting,
            Some(ProbeResult::Ok) | None => return Condition::Up,
            Some(ProbeResult::Failed(_)) if self.is_fresh(container) => return Condition::Starting,
            Some(ProbeResult::Failed(reason)) => (DownState::ProbeFailed, reason),
            Some(ProbeResult::Degraded(reason)) => (DownState::Degraded, reason),
        };
        let mut symptom = Symptom::of(container, state, Why::ProbeHttp);
        symptom.evidence = Evidence::Probed;
        symptom.sources = vec![Source::Probe];
        symptom.reason = Some(reason.clone());
        Condition::Down(symptom)
    }

    fn exited(&self, container: &Container) -> Condition {
        let profile = self.rules.stack.profile(self.service.name());
        let is_job = match (profile, container.restart_policy) {
            (Some(profile), _) => profile.is_one_shot,
            (None, RestartPolicy::No | RestartPolicy::OnFailure { .. }) => true,
            (None, RestartPolicy::Always | RestartPolicy::UnlessStopped) => false,
        };
        if is_job && container.exit_code == 0 {
            return Condition::Absent;
        }
        let ended_at = container.finished_at.unwrap_or_default();
        let is_ours = self.patient.did(ended_at);
        if self.was_ended_by_others(container, ended_at) {
            return Condition::Down(Symptom::ended(
                container,
                DownState::Stopped,
                Why::DefiniteExit,
            ));
        }
        if let Some(symptom) = self.unseen_stop(container, is_ours) {
            return Condition::Down(symptom);
        }
        if self.is_remembered_stop(container) {
            return Condition::Down(Symptom::ended(
                container,
                DownState::Stopped,
                Why::DefiniteExit,
            ));
        }
        let mut symptom = self.ended(container);
        let is_prompt = self.seen.at.since(ended_at) < POLICY_REACTION;
        symptom.is_policy_at_work = engine_restarts(container) && is_prompt;
        Condition::Down(symptom)
    }

    pub(super) fn was_said_to_be(&self, state: DownState) -> bool {
        let standing = self.patient.standing.as_ref();
        standing.is_some_and(|standing| standing.state == state)
    }

    fn ended(&self, container: &Container) -> Symptom {
        let state = if container.is_oom_killed {
            DownState::OomKilled
        } else {
            DownState::Exited
        };
        let why = if container.is_oom_killed {
            Why::DefiniteOom
        } else {
            Why::DefiniteExit
        };
        Symptom::ended(container, state, why)
    }

    fn restart_loop(&self, container: &Container) -> Option<Symptom> {
        let policy = &self.rules.policy;
        let at = self.seen.at;
        let restarts = self
            .patient
            .policy_restarts(container, at, policy.restart_loop_window);
        let last_start = container.started_at.unwrap_or_default();
        let was_looping = self.was_said_to_be(DownState::RestartLoop);
        let is_own_start = self.patient.did(last_start) && container.restart_count == 0;
        let is_quiet = policy.restart_loop_window <= at.since(last_start);
        let is_restarting = container.lifecycle == Lifecycle::Restarting;
        let waits_long = is_restarting
            && container
                .finished_at
                .is_some_and(|ended| u128::from(LONG_BACKOFF_MS) <= at.since(ended).as_millis());
        let goes_on = was_looping && !is_own_start && (is_restarting || !is_quiet);
        if restarts < policy.restart_loop_starts && !goes_on && !waits_long {
            return None;
        }
        let mut symptom = Symptom::of(container, DownState::RestartLoop, Why::RestartLoop);
        symptom.restarts = Some(restarts);
        symptom.exit_code = last_exit_code(container);
        Some(symptom)
    }

    fn is_flapping(&self, container: &Container) -> bool {
        let policy = &self.rules.policy;
        let from = self.seen.at.before(policy.flap_window);
        let n_recent = container
            .changes
            .iter()
            .filter(|&&change| from <= change)
            .count();
        let was_flapping = self.was_said_to_be(DownState::Flapping);
        let limit = usize::try_from(policy.flap_changes).unwrap_or(usize::MAX);
        limit <= n_recent || (was_flapping && n_recent > 0)
    }

    /// Whether the container whose network it shares was started after it.
    fn has_lost_its_network(&self, container: &Container) -> bool {
        let Some(owner) = &container.network_owner else {
            return false;
        };
        let mut owners = self
            .seen
            .services
            .keys()
            .filter(|service| service.name() == owner);
        owners.any(|owner| {
            let owner = self.seen.container(owner);
            owner.is_some_and(|owner| container.started_at < owner.started_at)
        })
    }

    /// Starting for longer than the container's own health check allows.
    fn is_start_overdue(&self, container: &Container) -> bool {
        let Some(started_at) = container.started_at else {
            return false;
        };
        self.rules.patience(container) < self.seen.at.since(started_at)
    }

    /// Too young for a failing probe to mean anything.
    fn is_fresh(&self, container: &Container) -> bool {
        container
            .started_at
            .is_some_and(|started_at| self.seen.at.since(started_at) < self.rules.policy.verify_min)
    }

    /// Back after a crash with nobody to ask, and so young that it may end again.
    fn is_unproven(&self, container: &Container) -> bool {
        let standing = self.patient.standing.as_ref();
        let has_crashed = standing.is_some_and(|standing| !standing.state.is_hands_off());
        let is_young = container
            .started_at
            .is_some_and(|started_at| self.seen.at.since(started_at) < self.rules.policy.settle);
        has_crashed && is_young && container.health == Health::Unchecked
    }

    fn probe(&self) -> Option<&ProbeResult> {
        self.seen.probe(self.service).map(|report| &report.result)
    }
}

fn created(container: &Container) -> Condition {
    // A start that the engine could not make leaves its words; without them the
    // container waits for somebody to start it.
    if container.error.as_str().is_empty() {
        return Condition::Absent;
    }
    Condition::Down(Symptom::ended(
        container,
        DownState::Exited,
        Why::DefiniteExit,
    ))
}

fn engine_restarts(container: &Container) -> bool {
    match container.restart_policy {
        RestartPolicy::Always | RestartPolicy::UnlessStopped => true,
        RestartPolicy::OnFailure { retries_max } => {
            container.exit_code != 0 && (retries_max == 0 || container.restart_count < retries_max)
        }
        RestartPolicy::No => false,
    }
}

/// The exit code of the last run that ended; while a container runs, the engine
/// shows 0 and only its report still knows.
fn last_exit_code(container: &Container) -> Option<i64> {
    if container.lifecycle != Lifecycle::Running {
        return Some(container.exit_code);
    }
    container
        .happenings
        .iter()
        .rev()
        .find_map(|happening| match happening.kind {
            HappeningKind::Die { exit_code } => Some(exit_code),
            HappeningKind::Create
            | HappeningKind::Start
            | HappeningKind::Kill { .. }
            | HappeningKind::Stop
            | HappeningKind::Oom
            | HappeningKind::Pause
            | HappeningKind::Unpause
            | HappeningKind::Rename
            | HappeningKind::Destroy => None,
        })
}
