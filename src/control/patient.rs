use std::time::Duration;

use crate::model::{
    Action, Container, Denial, DownState, EscalationCause, ExecutionStatus, Expectation, HoldCode,
    Policy, Timestamp, Why,
};

/// How far the engine's clock and ours may differ on one host, and how long the
/// last report of an action may trail its return.
const CLOCK_SLACK: Duration = Duration::from_secs(1);

/// The most earlier actions whose doing is remembered: a day's budget of a service.
const EARLIER_ACTIONS_MAX: usize = 8;

/// What is remembered of one service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Patient {
    /// How it is down, if it is.
    pub standing: Option<Standing>,
    /// Whether it cannot be seen.
    pub is_unseen: bool,
    /// Why nothing is done, as last said.
    pub held: Option<HoldCode>,
    /// Which step was refused, and why, as last said.
    pub denied: Option<(Action, Denial)>,
    /// The step that waits for its verdict.
    pub episode: Option<Episode>,
    /// The last disruptive action.
    pub last_action: Option<LastAction>,
    /// The ones before it that did not cure what is wrong now, oldest first. One of
    /// them may have stopped the container, and the later ones may have done nothing.
    pub earlier_actions: Vec<LastAction>,
    /// When it was last looked at closely because it was down.
    pub checked_at: Option<Timestamp>,
    /// Disruptive attempts that count for this incident.
    pub n_attempts: u32,
    /// Disruptive attempts that lengthen the waiting time.
    pub n_backoff: u32,
    /// When it was last seen well after being down.
    pub recovered_at: Option<Timestamp>,
    /// When an action last cured it.
    pub cured_at: Option<Timestamp>,
    /// When something was last said about its condition.
    pub last_edge_at: Option<Timestamp>,
    /// What a person was last called for.
    pub escalation: Option<Escalation>,
}

/// A service that is down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Since when it is down.
    pub since: Timestamp,
    /// Since when this session has seen it down in a way that can be acted on;
    /// thresholds count from here.
    pub acting_since: Timestamp,
    /// In which way.
    pub state: DownState,
    /// Whether this session has said so.
    pub is_announced: bool,
    /// When the run that failed started, where there was one.
    pub run: Option<Timestamp>,
}

/// A step that was started and not yet judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Episode {
    /// The step.
    pub action: Action,
    /// Its reason.
    pub why: Why,
    /// Which attempt it is.
    pub attempt: u32,
    /// What the world should look like.
    pub expect: Expectation,
    /// When the step was written down.
    pub started_at: Timestamp,
    /// The row in which.
    pub started_seq: u64,
    /// The session that wrote it; only its word on how the call went counts.
    pub session: u64,
    /// Until when the world has to look like that.
    pub deadline: Timestamp,
    /// How and when the call came back.
    pub returned: Option<Mark<ExecutionStatus>>,
}

/// The time in which the engine's reports about a service are our own doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastAction {
    /// When the step was written down.
    pub started_at: Timestamp,
    /// When its call came back, if it did.
    pub until: Option<Timestamp>,
    /// Until when it could have been at work, if its call never came back.
    pub deadline: Timestamp,
    /// When it was judged, if it was.
    pub judged_at: Option<Timestamp>,
    /// Whether it makes containers; a restart never does.
    pub makes_containers: bool,
}

/// A call for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Escalation {
    /// What for.
    pub cause: EscalationCause,
    /// When it was last said.
    pub at: Timestamp,
    /// Whether somebody took note.
    pub is_acknowledged: bool,
}

/// Something, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark<T> {
    /// What.
    pub what: T,
    /// When.
    pub at: Timestamp,
}

impl LastAction {
    fn was_at_work(&self, at: Timestamp) -> bool {
        let until = self.until.unwrap_or(self.deadline);
        self.started_at.before(CLOCK_SLACK) <= at && at <= until.after(CLOCK_SLACK)
    }
}

impl Patient {
    /// Whether an action that may have worked waits for its verdict; until then,
    /// looking well is not being well.
    pub fn is_being_cured(&self) -> bool {
        self.episode.as_ref().is_some_and(|episode| {
            let has_failed = match episode.returned.as_ref().map(|returned| returned.what) {
                Some(ExecutionStatus::Failed | ExecutionStatus::TimedOut) => true,
                Some(ExecutionStatus::Ok | ExecutionStatus::NotRun) | None => false,
            };
            episode.action.is_disruptive() && !has_failed
        })
    }

    /// Whether a report of that time is our own doing.
    pub fn did(&self, at: Timestamp) -> bool {
        let mut actions = self.earlier_actions.iter().chain(&self.last_action);
        actions.any(|action| action.was_at_work(at))
    }

    /// Whether a container that was made at that time is our own doing.
    pub fn made(&self, at: Timestamp) -> bool {
        let mut actions = self.earlier_actions.iter().chain(&self.last_action);
        actions.any(|action| action.makes_containers && action.was_at_work(at))
    }

    /// Attempts that still count when the service is seen down at `at`.
    pub fn attempts_carried(&self, at: Timestamp, policy: &Policy) -> u32 {
        let is_relapse = match (&self.standing, self.recovered_at) {
            (Some(_), _) => true,
            (None, Some(recovered_at)) => {
                let cured_at = self.cured_at.unwrap_or(recovered_at).max(recovered_at);
                at.since(cured_at) <= policy.relapse
            }
            (None, None) => false,
        };
        if is_relapse { self.n_attempts } else { 0 }
    }

    /// Attempts that still lengthen the waiting time at `at`.
    pub fn backoff_carried(&self, at: Timestamp, policy: &Policy) -> u32 {
        let is_reset = match (&self.standing, self.recovered_at) {
            (Some(_), _) => false,
            (None, Some(recovered_at)) => policy.backoff_reset <= at.since(recovered_at),
            (None, None) => true,
        };
        if is_reset { 0 } else { self.n_backoff }
    }

    /// Restarts by the engine's policy within the loop window that came after our
    /// own last action.
    pub fn policy_restarts(&self, container: &Container, at: Timestamp, window: Duration) -> u32 {
        let from = at.before(window);
        let is_recent = |start: Timestamp| {
            let is_later = self
                .last_action
                .as_ref()
                .is_none_or(|own| own.started_at < start);
            from <= start && is_later
        };
        let first_unknown = container.starts.first().map(|first| (first, 0));
        let later = container
            .starts
            .windows(2)
            .map(|pair| (&pair[1], pair[0].restart_count));
        first_unknown
            .into_iter()
            .filter(|(first, _)| first.restart_count > 0)
            .map(|(first, _)| (first, first.restart_count - 1))
            .chain(later)
            .filter(|(start, _)| is_recent(start.at))
            .map(
                |(start, before)| match start.restart_count.checked_sub(before) {
                    Some(more) => more,
                    None => start.restart_count,
                },
            )
            .sum()
    }

    /// Whether the reason for holding back, as last said, also explains the trouble.
    pub(super) fn is_explained(&self) -> bool {
        matches!(
            self.held,
            Some(
                HoldCode::WaitsForDependency
                    | HoldCode::RecentDeploy
                    | HoldCode::SoakRunning
                    | HoldCode::Starting,
            )
        )
    }

    /// Takes a new reason for holding back, or the end of one. Where the old reason
    /// explained the trouble, the service gets its grace anew.
    pub(super) fn hold(&mut self, code: Option<HoldCode>, at: Timestamp) {
        if self.is_explained()
            && let Some(standing) = &mut self.standing
        {
            standing.acting_since = at;
        }
        if code.is_some() {
            self.denied = None;
        }
        self.held = code;
    }

    pub(super) fn act(&mut self, action: LastAction) {
        self.earlier_actions
            .extend(self.last_action.replace(action));
        let n_too_many = self
            .earlier_actions
            .len()
            .saturating_sub(EARLIER_ACTIONS_MAX);
        self.earlier_actions.drain(..n_too_many);
    }

    pub(super) fn recover(&mut self, at: Timestamp) {
        self.standing = None;
        self.earlier_actions.clear();
        self.held = None;
        self.denied = None;
        self.checked_at = None;
        self.escalation = None;
        self.recovered_at = Some(at);
        self.last_edge_at = Some(at);
    }

    pub(super) fn shift(&mut self, by_ms: i64) {
        let moved = |at: &mut Timestamp| *at = at.shifted(by_ms);
        // What the engine reported is compared with these: after a gap they stay, so that
        // our own doing is still known as such, and what others did in it is not ours.
        let moved_back = |at: &mut Timestamp| *at = at.shifted(by_ms.min(0));
        if let Some(standing) = &mut self.standing {
            moved(&mut standing.since);
            moved(&mut standing.acting_since);
        }
        if let Some(episode) = &mut self.episode {
            moved(&mut episode.started_at);
            moved(&mut episode.deadline);
            if let Some(returned) = &mut episode.returned {
                moved(&mut returned.at);
            }
        }
        for last in self.earlier_actions.iter_mut().chain(&mut self.last_action) {
            moved_back(&mut last.started_at);
            last.until.iter_mut().for_each(moved_back);
            match last.judged_at {
                Some(_) => moved_back(&mut last.deadline),
                None => moved(&mut last.deadline),
            }
            last.judged_at.iter_mut().for_each(moved);
        }
        if let Some(escalation) = &mut self.escalation {
            moved(&mut escalation.at);
        }
        for at in [
            &mut self.checked_at,
            &mut self.recovered_at,
            &mut self.cured_at,
        ] {
            at.iter_mut().for_each(moved);
        }
        self.last_edge_at.iter_mut().for_each(moved_back);
    }

    pub(super) fn begin_session(&mut self) {
        self.is_unseen = false;
        self.held = None;
        self.denied = None;
        self.checked_at = None;
        if let Some(standing) = &mut self.standing {
            standing.is_announced = false;
        }
    }
}
