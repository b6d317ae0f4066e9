//! Whether somebody stopped a container by hand. The engine's reports say so while they
//! are young, the state of a container sometimes, and what was said before always.

use std::time::Duration;

use crate::{
    control::{
        Symptom,
        condition::{Case, POLICY_REACTION},
    },
    model::{
        Container, DownState, Happening, HappeningKind, Lifecycle, RestartPolicy, Timestamp, Why,
    },
};

/// Signals that end a process unless it handles them: INT, QUIT, ABRT, KILL, TERM.
const ENDING_SIGNALS: [i64; 5] = [2, 3, 6, 9, 15];

/// Exit codes that a stop by hand leaves: 0, and 128 + INT, KILL, TERM.
const STOP_CODES: [i64; 4] = [0, 130, 137, 143];

/// How far apart the reports of one stop are at most: its signal grows too old to be
/// told before its end does.
const CLOSE_REPORTS: Duration = Duration::from_secs(60);

/// How far the engine's clock may be ahead of ours, and nothing was set back.
const CLOCK_SLACK: Duration = Duration::from_secs(10);

impl Case<'_> {
    /// Whether the last run was ended by somebody else's stop or kill. A stop between two
    /// runs of a loop comes long after the end that is seen, and no other report of it is
    /// made (engine 20.10).
    pub(super) fn was_ended_by_others(&self, container: &Container, ended_at: Timestamp) -> bool {
        let patience = container.stop_timeout + Duration::from_secs(10);
        let is_down = container.lifecycle == Lifecycle::Exited;
        let started_at = container.started_at.unwrap_or_default();
        container.happenings.iter().any(|happening| {
            let (is_stop, is_final) = match happening.kind {
                HappeningKind::Stop => (true, is_down),
                HappeningKind::Kill { signal } => (ENDING_SIGNALS.contains(&signal), false),
                HappeningKind::Create
                | HappeningKind::Start
                | HappeningKind::Die { .. }
                | HappeningKind::Oom
                | HappeningKind::Pause
                | HappeningKind::Unpause
                | HappeningKind::Rename
                | HappeningKind::Destroy => (false, false),
            };
            let distance = ended_at
                .since(happening.at)
                .max(happening.at.since(ended_at));
            let is_after_start = started_at <= happening.at;
            let is_past = happening.at <= self.seen.at;
            // Where the clock was set back, old reports lie in the future. A start that does
            // as well is not told from what came later by the new clock.
            let is_since = match self.seen.at.after(CLOCK_SLACK) < started_at {
                true => is_after_start || is_past,
                false => is_after_start && is_past,
            };
            let is_close = distance <= patience && !self.patient.did(ended_at);
            let is_of_this_end = is_close || (is_final && is_since);
            is_stop && is_of_this_end && !self.patient.did(happening.at)
        })
    }

    /// An end that nobody saw, and that looks like a stop by hand.
    pub(super) fn unseen_stop(&self, container: &Container, is_ours: bool) -> Option<Symptom> {
        let started_at = container.started_at.unwrap_or_default();
        let saw_die = container
            .happenings
            .iter()
            .any(|happening| tells_end(container, happening) && started_at <= happening.at);
        if is_ours {
            return None;
        }
        let mut symptom = Symptom::ended(container, DownState::Stopped, Why::DefiniteExit);
        match container.restart_policy {
            // The engine would have started it again; that it did not says "by hand". It
            // takes a moment for that, and tells nothing of a kill between two runs.
            RestartPolicy::Always | RestartPolicy::UnlessStopped => {
                let ended_at = container.finished_at.unwrap_or_default();
                let is_left = POLICY_REACTION <= self.seen.at.since(ended_at);
                let is_sound = container.error.as_str().is_empty();
                (is_sound && (is_left || !saw_die)).then_some(symptom)
            }
            RestartPolicy::No | RestartPolicy::OnFailure { .. } if saw_die => None,
            RestartPolicy::No | RestartPolicy::OnFailure { .. } => {
                symptom.is_guess = true;
                STOP_CODES.contains(&container.exit_code).then_some(symptom)
            }
        }
    }

    /// An end that was seen to be by hand stays so: the reports of it grow old, and a
    /// new process has never heard them. A crash that is reported belatedly is a crash.
    pub(super) fn is_remembered_stop(&self, container: &Container) -> bool {
        let standing = self.patient.standing.as_ref();
        let is_same_run = standing.is_some_and(|standing| standing.run == container.started_at);
        let started_at = container.started_at.unwrap_or_default();
        let young = Container::PAST_MAX - CLOSE_REPORTS;
        let saw_die = container.happenings.iter().any(|happening| {
            tells_end(container, happening)
                && started_at <= happening.at
                // Where the clock was set back, old reports lie in the future.
                && happening.at <= self.seen.at
                && self.seen.at.since(happening.at) < young
        });
        is_same_run && !saw_die && self.was_said_to_be(DownState::Stopped)
    }
}

/// Whether a report tells of the end that is seen. A crash before it, in a loop that the
/// engine was at, has another exit code, and may be heard of later.
fn tells_end(container: &Container, happening: &Happening) -> bool {
    matches!(happening.kind, HappeningKind::Die { exit_code } if exit_code == container.exit_code)
}
