//! What is counted for a past fix, and the commands around it.

use std::collections::BTreeSet;

use super::{
    answer::{Command, Proposal},
    facts::{Facts, Failure, SessionFacts},
    fixes::WeighedEnd,
};
use crate::{
    knowledge::{
        confidence::Tally,
        shell::{self, Part, Risk},
    },
    model::HOUR_MS,
};

/// Sessions whose commands are passed on.
const PLACES_MAX: usize = 3;

/// Hours without the failure after which it counts as another episode of it.
const EPISODE_GAP_HOURS: i64 = 6;

/// Programs that only walk about, look at a file or at the history, or set up a shell.
const WALKERS: [&str; 31] = [
    "git", "cd", "ls", "pwd", "echo", "true", "false", "cat", "head", "tail", "less", "more",
    "clear", "exit", "export", "set", "unset", "alias", "history", "which", "type", "whoami",
    "date", "sleep", "wc", "touch", "mkdir", "printf", "sed", "pushd", "popd",
];

/// Commands that are shown.
const COMMANDS_MAX: usize = 8;

pub(super) fn tally(facts: &Facts, weighed: &[WeighedEnd<'_>], good: &[&WeighedEnd<'_>]) -> Tally {
    let sessions: BTreeSet<i64> = good.iter().map(|one| one.end.session_key).collect();
    let is_verified = |key: &&i64| {
        facts
            .sessions
            .iter()
            .any(|session| session.session_key == **key && is_checked(session))
    };
    let written = |is_good: bool| {
        let ends = weighed
            .iter()
            .filter(|one| one.end.is_written && one.end.is_good == is_good);
        u32::try_from(ends.count()).unwrap_or(u32::MAX)
    };
    let newest_fix = good.iter().filter_map(|one| one.end.at_ms).max();
    let recurrences = match (newest_fix, &facts.failure) {
        (Some(fixed_ms), Some(failure)) => episodes_after(failure, fixed_ms, facts.now_ms),
        (None, _) | (_, None) => 0,
    };
    Tally {
        fix_sessions: u32::try_from(sessions.len()).unwrap_or(u32::MAX),
        verified_sessions: u32::try_from(sessions.iter().filter(is_verified).count())
            .unwrap_or(u32::MAX),
        passes: written(true),
        fails: written(false),
        unknowns: 0,
        recurrences,
        is_in_logs: facts
            .failure
            .as_ref()
            .is_some_and(|failure| failure.n_events > 0),
    }
}

/// A check that was followed by a good end.
fn is_checked(session: &SessionFacts) -> bool {
    let words = [
        "check",
        "status",
        "health",
        "pytest",
        "verify",
        "smoke",
        "logs",
        "journalctl",
    ];
    let checks = session
        .commands
        .iter()
        .filter(|(_, text)| words.iter().any(|word| text.contains(word)));
    checks
        .map(|(line, _)| line)
        .any(|line| session.good_ends.iter().any(|end| end >= line))
}

/// Stretches of the failure that began more than an hour after the fix.
fn episodes_after(failure: &Failure, fixed_ms: i64, now_ms: i64) -> u32 {
    let (fixed, now) = (fixed_ms.div_euclid(HOUR_MS) + 1, now_ms.div_euclid(HOUR_MS));
    let mut last = i64::MIN;
    let mut n_episodes = 0;
    for (hour, _) in failure
        .hours
        .iter()
        .filter(|(hour, _)| *hour > fixed && *hour <= now)
    {
        if hour.saturating_sub(last) > EPISODE_GAP_HOURS {
            n_episodes += 1;
        }
        last = *hour;
    }
    n_episodes
}

/// Whether a command says something by itself: somebody's walk through their folders does not.
fn is_telling(step: &str) -> bool {
    let Ok(parts) = shell::split(step) else {
        return true;
    };
    let mut words = Vec::new();
    let mut is_first = true;
    for part in &parts {
        match part {
            Part::Word(word) if is_first => {
                words.push(word.as_str());
                is_first = false;
            }
            Part::Word(_) | Part::Redirect(_) => (),
            Part::Then(_) => is_first = true,
        }
    }
    words.iter().any(|word| !WALKERS.contains(word))
}

/// Our own checks, then the commands of the sessions with the fix, harmless ones first.
pub(super) fn commands(
    facts: &Facts,
    best: Option<&Proposal>,
    good: &[&WeighedEnd<'_>],
) -> Vec<Command> {
    let Some(best) = best else { return Vec::new() };
    let own = best.checks.iter().map(|step| Command {
        step: (*step).to_owned(),
        origin: "rule",
        judgement: shell::judge(step),
    });
    let mut all: Vec<Command> = own.collect();
    let mut heard: Vec<Command> = Vec::new();
    for one in good.iter().take(PLACES_MAX) {
        let session = facts
            .sessions
            .iter()
            .find(|session| session.session_key == one.end.session_key);
        for (_, step) in session.map_or(&[][..], |session| &session.commands) {
            if !is_telling(step) {
                continue;
            }
            let is_known = all.iter().chain(&heard).any(|known| known.step == *step);
            if !is_known {
                heard.push(Command {
                    step: step.clone(),
                    origin: "untrusted",
                    judgement: shell::judge(step),
                });
            }
        }
    }
    // What can destroy is not passed on.
    heard.retain(|command| command.judgement.risk < Risk::Destructive);
    heard.sort_by(|a, b| (a.judgement.risk, &a.step).cmp(&(b.judgement.risk, &b.step)));
    all.extend(heard);
    all.truncate(COMMANDS_MAX);
    all
}
