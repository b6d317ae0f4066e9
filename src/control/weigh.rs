use std::time::Duration;

use crate::{
    control::{Condition, Diagnosis, Rules, State, Symptom, bounce, patient::Patient},
    model::{
        Action, Container, DownState, Evidence, Expectation, Facts, HappeningKind, Hold, HoldCode,
        Observation, ServiceId, Step, Timestamp, Why, millis,
    },
};

/// What to do about one service that is down.
pub(super) enum Move {
    /// Nothing yet; its time has not come.
    Wait,
    /// Nothing, for a reason that is worth a word.
    Hold(Hold),
    /// This.
    Step(Step),
}

/// One service that is down, with everything that bears on it.
pub(super) struct Weighing<'a> {
    pub(super) service: &'a ServiceId,
    pub(super) symptom: &'a Symptom,
    pub(super) patient: &'a Patient,
    pub(super) diagnosis: &'a Diagnosis,
    pub(super) seen: &'a Observation,
    pub(super) state: &'a State,
    pub(super) rules: &'a Rules,
}

impl Weighing<'_> {
    /// The ladder: reasons to keep off first, then patience, then the step.
    pub(super) fn next_move(&self, is_bouncing: bool) -> Move {
        let keep_off = self
            .soak()
            .or_else(|| self.by_hand())
            .or_else(|| self.not_ours())
            .or_else(|| self.dependency());
        if let Some(hold) = keep_off {
            return Move::Hold(hold);
        }
        if is_bouncing {
            return Move::Hold(hold(HoldCode::StackBusy, &[]));
        }
        if self.elapsed() < self.first_rung() {
            return Move::Wait;
        }
        if let Some(hold) = self.exhausted() {
            let bounce = bounce::first(
                self.service,
                self.diagnosis,
                self.seen,
                self.state,
                self.rules,
            );
            return bounce.map_or(Move::Hold(hold), Move::Step);
        }
        match self.too_soon() {
            Some(hold) => Move::Hold(hold),
            // Compose takes a while to say whether it can be trusted.
            None if self.container().is_none() && self.seen.compose.is_none() => Move::Wait,
            None => Move::Step(self.step()),
        }
    }

    /// The harness of a soak stops and starts the stack: what is down is its doing.
    fn soak(&self) -> Option<Hold> {
        let soak = self.state.soak_hold()?;
        let mut hold = hold(HoldCode::SoakRunning, &[]);
        hold.detail
            .insert("run".to_owned(), soak.run.as_str().into());
        Some(hold)
    }

    /// Somebody's own doing: it wins.
    fn by_hand(&self) -> Option<Hold> {
        match self.symptom.state {
            DownState::Paused => Some(hold(HoldCode::PausedByHand, &[])),
            DownState::Stopped => {
                let detail = self.symptom.exit_code.map(|code| ("exit_code", code));
                Some(hold(HoldCode::ManualStop, detail.as_slice()))
            }
            DownState::Degraded => Some(hold(HoldCode::RestartProof, &[])),
            DownState::Flapping => {
                let n_changes = self
                    .container()
                    .map_or(0, |container| container.changes.len());
                let n_changes = i64::try_from(n_changes).unwrap_or(i64::MAX);
                Some(hold(HoldCode::Flapping, &[("changes", n_changes)]))
            }
            DownState::Exited
            | DownState::OomKilled
            | DownState::Dead
            | DownState::RestartLoop
            | DownState::Unhealthy
            | DownState::Missing
            | DownState::NamespaceLost
            | DownState::ProbeFailed => None,
        }
    }

    /// Others are at work on it, or it is not for us.
    fn not_ours(&self) -> Option<Hold> {
        if let Some(until) = deploy_until(self.seen, self.state, self.rules) {
            return Some(Hold {
                next_at: Some(until),
                ..hold(HoldCode::RecentDeploy, &[])
            });
        }
        if self.symptom.is_policy_at_work {
            let restarts = self
                .container()
                .map_or(0, |container| container.restart_count);
            let detail = [("restart_count", i64::from(restarts))];
            return Some(hold(HoldCode::RestartPolicyAtWork, &detail));
        }
        let is_restartable = self.rules.stack.is_restartable(self.service.name());
        (!is_restartable).then(|| hold(HoldCode::NotRestartable, &[]))
    }

    /// Something it needs is down: the first mover is repaired first.
    fn dependency(&self) -> Option<Hold> {
        let needed = self.rules.needs(self.service, self.seen);
        let mover = self.diagnosis.conditions.iter().find(|(other, condition)| {
            let is_bad = match condition {
                Condition::Down(_) | Condition::Starting | Condition::Unseen(_) => true,
                Condition::Up | Condition::Absent => self
                    .state
                    .patient(other)
                    .is_some_and(Patient::is_being_cured),
            };
            is_bad && needed.contains(other.name())
        });
        mover.map(|(mover, _)| {
            let mut hold = hold(HoldCode::WaitsForDependency, &[]);
            hold.detail
                .insert("dependency".to_owned(), mover.to_string().as_str().into());
            hold
        })
    }

    fn exhausted(&self) -> Option<Hold> {
        let max = self.rules.policy.ladder.attempts_max;
        let attempts = self.patient.n_attempts;
        (max <= attempts).then(|| {
            let detail = [("attempts", i64::from(attempts)), ("max", i64::from(max))];
            hold(HoldCode::AttemptsSpent, &detail)
        })
    }

    fn too_soon(&self) -> Option<Hold> {
        let at = self.seen.at;
        if let Some(last) = &self.patient.last_action {
            let ended_at = last.judged_at.or(last.until).unwrap_or(last.deadline);
            let next_at = ended_at.after(self.backoff());
            if at < next_at {
                let detail = [("attempts", i64::from(self.patient.n_backoff))];
                return Some(Hold {
                    next_at: Some(next_at),
                    ..hold(HoldCode::Backoff, &detail)
                });
            }
            let next_at = ended_at.after(self.rules.policy.cooldown);
            if at < next_at {
                return Some(Hold {
                    next_at: Some(next_at),
                    ..hold(HoldCode::Settling, &[])
                });
            }
        }
        self.state.busy_with().map(|busy| {
            let mut hold = hold(HoldCode::StackBusy, &[]);
            hold.detail
                .insert("service".to_owned(), busy.to_string().as_str().into());
            hold
        })
    }

    /// `backoff_first × 2^(n−1)`, at most `backoff_max`, ± 20 % by a hash of the
    /// service and the row of the last edge, so that deciding stays pure.
    fn backoff(&self) -> Duration {
        let policy = &self.rules.policy;
        let Some(doublings) = self.patient.n_backoff.checked_sub(1) else {
            return Duration::ZERO;
        };
        let factor = 1_u32.checked_shl(doublings.min(31)).unwrap_or(u32::MAX);
        let plain = policy
            .backoff_first
            .saturating_mul(factor)
            .min(policy.backoff_max);
        let seed = self
            .patient
            .last_action
            .as_ref()
            .map_or(0, |last| last.started_at.millis());
        plain.saturating_mul(jitter_percent(self.service, seed)) / 100
    }

    fn step(&self) -> Step {
        let policy = &self.rules.policy;
        let is_probed = self.symptom.evidence == Evidence::Probed;
        if is_probed && self.elapsed() < policy.ladder.recover_after {
            return Step {
                target: self.service.clone(),
                action: Action::StatusCheck,
                why: self.symptom.why,
                attempt: 0,
                expect: Expectation::Nothing,
                patience: policy.verify_min,
                opens_bounce: None,
            };
        }
        let attempt = self.patient.n_attempts + 1;
        let target = self.service.clone();
        let why = self.symptom.why;
        let Some(container) = self.container() else {
            let services = self.missing_core();
            let expect = Expectation::Present { services };
            let action = Action::ComposeUpCore;
            return Step {
                target,
                action,
                why,
                attempt,
                expect,
                patience: policy.verify_max,
                opens_bounce: None,
            };
        };
        Step {
            action: Action::Restart(target.clone()),
            target,
            why,
            attempt,
            expect: restart_expectation(self.service, container, why, self.rules),
            patience: container.stop_timeout + self.rules.patience(container),
            opens_bounce: None,
        }
    }

    fn missing_core(&self) -> Vec<ServiceId> {
        let is_missing = |service: &ServiceId| match self.diagnosis.conditions.get(service) {
            Some(Condition::Down(symptom)) => symptom.state == DownState::Missing,
            Some(
                Condition::Up | Condition::Starting | Condition::Absent | Condition::Unseen(_),
            )
            | None => false,
        };
        let core = self.rules.stack.core().cloned().map(ServiceId::first);
        core.filter(is_missing).collect()
    }

    fn first_rung(&self) -> Duration {
        let ladder = self.rules.policy.ladder;
        match self.symptom.evidence {
            Evidence::Definite => ladder.definite_after,
            Evidence::Probed if self.patient.checked_at.is_some() => ladder.recover_after,
            Evidence::Probed => ladder.check_after.min(ladder.recover_after),
        }
    }

    /// How long it has been down in a way that can be acted on. What was explained
    /// until now begins to count now.
    fn elapsed(&self) -> Duration {
        match &self.patient.standing {
            Some(standing) if !self.patient.is_explained() => {
                self.seen.at.since(standing.acting_since)
            }
            Some(_) | None => Duration::ZERO,
        }
    }

    fn container(&self) -> Option<&Container> {
        self.seen.container(self.service)
    }
}

/// Until when others may still be changing the stack.
pub(super) fn deploy_until(seen: &Observation, state: &State, rules: &Rules) -> Option<Timestamp> {
    let containers = seen.services.keys();
    let last = containers
        .filter_map(|service| seen.container(service))
        .flat_map(|container| &container.happenings)
        .filter(|happening| {
            matches!(
                happening.kind,
                HappeningKind::Create | HappeningKind::Destroy | HappeningKind::Rename
            ) && !state
                .patients()
                .any(|(_, patient)| patient.made(happening.at))
        })
        .map(|happening| happening.at)
        .max()?;
    let until = last.after(rules.policy.deploy_grace);
    (seen.at < until).then_some(until)
}

/// What a restarted container has to show. Where nothing can be asked, and after a
/// restart loop, it also has to run for a while.
pub(super) fn restart_expectation(
    service: &ServiceId,
    container: &Container,
    why: Why,
    rules: &Rules,
) -> Expectation {
    let needs_health = rules.needs_health(service, container);
    let profile = rules.stack.profile(service.name());
    let needs_probe = profile.is_some_and(|profile| profile.probe.is_some());
    let has_to_run = !(needs_health || needs_probe) || why == Why::RestartLoop;
    let run_min = if has_to_run {
        rules.policy.settle
    } else {
        Duration::ZERO
    };
    Expectation::Restarted {
        before: container.started_at,
        run_min_ms: millis(run_min),
        needs_health,
        needs_probe,
    }
}

fn hold(code: HoldCode, numbers: &[(&str, i64)]) -> Hold {
    let detail: Facts = numbers
        .iter()
        .map(|(name, number)| ((*name).to_owned(), crate::model::Fact::Number(*number)))
        .collect();
    Hold {
        code,
        detail,
        next_at: None,
    }
}

/// 80 to 120, by FNV-1a over the service's name and a seed.
fn jitter_percent(service: &ServiceId, seed: i64) -> u32 {
    let text = service.to_string();
    let bytes = text.bytes().chain(seed.to_le_bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    80 + u32::try_from((hash >> 33) % 41).unwrap_or(0)
}
