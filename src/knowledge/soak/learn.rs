use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::HarnessKind;
use crate::knowledge::sources::shell;

/// The most steps of a runbook.
const STEPS_MAX: usize = 8;
/// Points of a session that ended well, beside the one of each occurrence.
const SUCCESS_POINTS: i64 = 2;
/// The most points of readiness.
pub const READINESS_MAX: u32 = 8;

/// What a command has to name to be a step of a runbook.
const STEP_WORDS: [&str; 9] = [
    "soak_test.py",
    "run_live_soak.py",
    "soak_preflight.py",
    "start_wicap.py",
    "docker compose up",
    "docker-compose up",
    "check_wicap_status.py",
    "playwright",
    "wicap-assist soak-run",
];
/// What starts something.
const STARTUP_WORDS: [&str; 5] = [
    "docker compose up",
    "docker-compose up",
    "start_wicap.py",
    "soak_test.py",
    "run_live_soak.py",
];
/// What checks something.
const VERIFY_WORDS: [&str; 5] = [
    "check_wicap_status",
    "playwright",
    "pytest",
    "docker logs",
    "journalctl",
];

/// One session of past work: what was run in it, and how it ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PastSession {
    /// The commands, in order.
    pub commands: Vec<String>,
    /// Whether something in it ended well.
    pub has_passed: bool,
    /// Whether something in it failed.
    pub has_failed: bool,
    /// When it ended, in Unix milliseconds.
    pub last_ms: Option<i64>,
}

/// What past work says of soaks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Learned {
    /// The arguments that did best.
    pub profile: Option<Profile>,
    /// The steps of sessions that ended well, the most common first.
    pub runbook: Vec<String>,
    /// How many sessions they come from.
    pub runbook_sessions: u32,
    /// How much all that is worth.
    pub readiness: Readiness,
}

/// The arguments of a soak, as far as they were given.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Profile {
    /// The harness.
    pub runner: Option<HarnessKind>,
    /// Minutes of load.
    pub minutes: Option<u32>,
    /// Minutes between two page checks.
    pub interval_minutes: Option<u32>,
    /// The baseline.
    pub baseline_path: Option<String>,
    /// Whether the baseline was updated.
    pub baseline_update: Option<bool>,
    /// Its points.
    pub score: i64,
    /// Sessions in which it ended well.
    pub n_success: u32,
    /// How often it was run.
    pub n_evidence: u32,
}

/// How much is known for a soak to be led by it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Readiness {
    /// In a word.
    pub status: ReadinessStatus,
    /// Points, at most [`READINESS_MAX`].
    pub score: u32,
    /// Whether the runbook starts something.
    pub has_startup_step: bool,
    /// Whether the runbook checks something.
    pub has_verify_step: bool,
}

/// [`Readiness`] in a word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadinessStatus {
    /// Three points are missing, or more.
    #[default]
    Insufficient,
    /// At least three points.
    Partial,
    /// At least seven.
    Ready,
}

impl ReadinessStatus {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            ReadinessStatus::Insufficient => "insufficient",
            ReadinessStatus::Partial => "partial",
            ReadinessStatus::Ready => "ready",
        }
    }
}

/// Learns from past sessions. Nothing that is learned is ever run: the profile gives
/// defaults, the runbook is shown.
pub fn learn(sessions: &[PastSession]) -> Learned {
    let profile = best_profile(sessions);
    let (runbook, runbook_sessions) = runbook(sessions);
    let readiness = readiness(profile.as_ref(), &runbook, runbook_sessions);
    Learned {
        profile,
        runbook,
        runbook_sessions,
        readiness,
    }
}

type Arguments = (
    Option<HarnessKind>,
    Option<u32>,
    Option<u32>,
    Option<String>,
    Option<bool>,
);

fn best_profile(sessions: &[PastSession]) -> Option<Profile> {
    let mut found: BTreeMap<Arguments, (Profile, Option<i64>)> = BTreeMap::new();
    for session in sessions {
        let mut seen: Vec<Arguments> = Vec::new();
        for arguments in session.commands.iter().filter_map(|text| parse(text)) {
            let (profile, last) = found.entry(arguments.clone()).or_default();
            profile.score += 1;
            profile.n_evidence += 1;
            *last = (*last).max(session.last_ms);
            if seen.contains(&arguments) {
                continue;
            }
            seen.push(arguments);
            if session.has_passed {
                profile.score += SUCCESS_POINTS;
                profile.n_success += 1;
            } else if session.has_failed {
                profile.score -= SUCCESS_POINTS;
            }
        }
    }
    let best = found
        .into_iter()
        .max_by_key(|(arguments, (profile, last))| {
            let numbers = (profile.score, profile.n_success, profile.n_evidence);
            (numbers, *last, arguments.clone())
        });
    best.map(
        |((runner, minutes, interval, path, update), (profile, _))| Profile {
            runner,
            minutes,
            interval_minutes: interval,
            baseline_path: path,
            baseline_update: update,
            ..profile
        },
    )
}

/// Reads a command as that of a soak, if it is one.
fn parse(text: &str) -> Option<Arguments> {
    let words = shell::words(text.trim_start_matches(['$', ' ']))?;
    let runner = [HarnessKind::SoakTest, HarnessKind::LiveSoak]
        .into_iter()
        .find(|kind| words.iter().any(|word| word.ends_with(kind.path())));
    let is_ours = words
        .first()
        .is_some_and(|first| first.ends_with("wicap-assist"))
        && words.iter().any(|word| word == "soak-run");
    if runner.is_none() && !is_ours {
        return None;
    }
    let value = |flag: &str| {
        let place = words.iter().position(|word| {
            word == flag
                || word
                    .strip_prefix(flag)
                    .is_some_and(|rest| rest.starts_with('='))
        })?;
        match words[place].split_once('=') {
            Some((_, value)) => Some(value.to_owned()),
            None => words.get(place + 1).cloned(),
        }
    };
    let has = |flag: &str| words.iter().any(|word| word == flag);
    let number = |flag| value(flag)?.parse().ok().filter(|&n: &u32| n > 0);
    let update = match (has("--baseline-update"), has("--no-baseline-update")) {
        (_, true) => Some(false),
        (true, false) => Some(true),
        (false, false) => None,
    };
    let path = value("--baseline-path").filter(|path| !path.starts_with("--") && !path.is_empty());
    Some((
        runner,
        number("--duration-minutes"),
        number("--playwright-interval-minutes"),
        path,
        update,
    ))
}

fn runbook(sessions: &[PastSession]) -> (Vec<String>, u32) {
    let mut steps: BTreeMap<String, u32> = BTreeMap::new();
    let mut n_sessions = 0;
    for session in sessions.iter().filter(|session| session.has_passed) {
        let mut own: Vec<String> = session
            .commands
            .iter()
            .filter_map(|one| step(one))
            .collect();
        own.sort();
        own.dedup();
        n_sessions += u32::from(!own.is_empty());
        for step in own {
            *steps.entry(step).or_default() += 1;
        }
    }
    let mut steps: Vec<(String, u32)> = steps.into_iter().collect();
    steps.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    let steps = steps.into_iter().map(|(step, _)| step);
    (steps.take(STEPS_MAX).collect(), n_sessions)
}

/// A command as a step: without prompt, bullet and the tag of a session at its end.
/// What takes something down or away is none.
fn step(text: &str) -> Option<String> {
    let text = text.trim().trim_start_matches(['$', '-', '*', '•', ' ']);
    let text = match text.rsplit_once(" [") {
        Some((before, tag))
            if tag.strip_suffix(']').is_some_and(|tag| {
                !tag.is_empty() && tag.chars().all(|c| c.is_ascii_hexdigit())
            }) =>
        {
            before
        }
        Some(_) | None => text,
    };
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let is_step = STEP_WORDS.iter().any(|word| text.contains(word));
    let takes_away = text.contains("compose down")
        || text.contains("stop_wicap.py")
        || text.split(' ').any(|word| word == "rm");
    (is_step && !takes_away).then_some(text)
}

fn readiness(profile: Option<&Profile>, runbook: &[String], n_sessions: u32) -> Readiness {
    let (n_success, n_evidence) =
        profile.map_or((0, 0), |profile| (profile.n_success, profile.n_evidence));
    let has = |words: &[&str]| {
        let mut steps = runbook.iter();
        steps.any(|step| words.iter().any(|word| step.contains(word)))
    };
    let (has_startup_step, has_verify_step) = (has(&STARTUP_WORDS), has(&VERIFY_WORDS));
    let points = [
        n_success >= 1,
        n_success >= 2,
        n_evidence >= 3,
        n_sessions >= 1,
        n_sessions >= 2,
        runbook.len() >= 3,
        has_startup_step,
        has_verify_step,
    ];
    let score = points.iter().map(|&point| u32::from(point)).sum();
    Readiness {
        status: match score {
            7.. => ReadinessStatus::Ready,
            3..7 => ReadinessStatus::Partial,
            _ => ReadinessStatus::Insufficient,
        },
        score,
        has_startup_step,
        has_verify_step,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(commands: &[&str], has_passed: bool, has_failed: bool) -> PastSession {
        PastSession {
            commands: commands.iter().map(|&command| command.to_owned()).collect(),
            has_passed,
            has_failed,
            last_ms: Some(1),
        }
    }

    #[test]
    fn what_ended_well_outranks_what_was_run_more_often() {
        let short =
            "python tests/soak_test.py --duration-minutes 17 --playwright-interval-minutes=4";
        let long = "python3 scripts/run_live_soak.py --duration-minutes 300";
        let learned = learn(&[
            session(&[long, long], false, true),
            session(&[short], true, true),
        ]);
        let profile = learned.profile.unwrap();
        assert_eq!(Some(HarnessKind::SoakTest), profile.runner);
        assert_eq!(
            (Some(17), Some(4)),
            (profile.minutes, profile.interval_minutes)
        );
        assert_eq!(
            (3, 1, 1),
            (profile.score, profile.n_success, profile.n_evidence)
        );
    }

    #[test]
    fn what_cannot_be_read_teaches_nothing() {
        let strange = [
            "echo 'tests/soak_test.py",
            "ls tests",
            "python tests/soak_test.py --duration-minutes soon",
        ];
        let learned = learn(&[session(&strange, true, false)]);
        let profile = learned.profile.unwrap();
        assert_eq!((None, 1), (profile.minutes, profile.n_evidence));
        assert_eq!(None, learn(&[]).profile);
    }

    #[test]
    fn our_own_command_teaches_as_well() {
        let own = "wicap-assist soak-run --duration-minutes 5 --no-baseline-update";
        let profile = learn(&[session(&[own], true, false)]).profile.unwrap();
        assert_eq!((None, Some(5)), (profile.runner, profile.minutes));
        assert_eq!(Some(false), profile.baseline_update);
    }

    #[test]
    fn a_runbook_has_no_way_down_and_no_tags() {
        let learned = learn(&[
            session(
                &[
                    "$ docker compose up -d [a1b2c3]",
                    "- python check_wicap_status.py --json",
                    "docker compose down",
                    "python scripts/stop_wicap.py",
                    "rm -rf logs/soak && python tests/soak_test.py",
                ],
                true,
                true,
            ),
            session(&["docker compose up -d"], true, false),
            session(&["npx playwright test"], false, true),
        ]);
        assert_eq!(
            [
                "docker compose up -d",
                "python check_wicap_status.py --json"
            ],
            *learned.runbook
        );
        assert_eq!(2, learned.runbook_sessions);
    }

    #[test]
    fn readiness_counts_eight_points() {
        let commands = [
            "python tests/soak_test.py --duration-minutes 30",
            "docker compose up -d",
            "python check_wicap_status.py",
        ];
        let well = session(&commands, true, false);
        let ready = learn(&[well.clone(), well.clone(), well.clone()]).readiness;
        assert_eq!(
            (ReadinessStatus::Ready, READINESS_MAX),
            (ready.status, ready.score)
        );
        let partial = learn(&[well]).readiness;
        assert_eq!(
            (ReadinessStatus::Partial, 5),
            (partial.status, partial.score)
        );
        assert_eq!(ReadinessStatus::Insufficient, learn(&[]).readiness.status);
    }
}
