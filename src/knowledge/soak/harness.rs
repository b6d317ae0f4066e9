use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::ControlMode;

/// How much longer than its load a harness may run.
const EXTRA: Duration = Duration::from_secs(5 * 60);

/// The scripts of the watched repository that may be a harness. There are no others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HarnessKind {
    /// Loads a stack that runs.
    SoakTest,
    /// Takes the stack down, starts it, loads it, and takes it down again.
    LiveSoak,
}

/// What a harness is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Load {
    /// How long to load the stack, in minutes.
    pub minutes: u32,
    /// Time between two page checks, in minutes.
    pub interval_minutes: u32,
    /// The baseline to compare with, where it is not the harness's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline_path: Option<String>,
    /// Whether the result becomes the baseline.
    #[serde(default)]
    pub baseline_update: bool,
}

impl HarnessKind {
    /// The candidates, the preferred one first: a controller that may act prefers the
    /// one that brings its own stack.
    pub fn candidates(mode: ControlMode) -> [HarnessKind; 2] {
        match mode {
            ControlMode::Observe => [HarnessKind::SoakTest, HarnessKind::LiveSoak],
            ControlMode::Assist | ControlMode::Autonomous => {
                [HarnessKind::LiveSoak, HarnessKind::SoakTest]
            }
        }
    }

    /// Its place in the repository.
    pub fn path(self) -> &'static str {
        match self {
            HarnessKind::SoakTest => "tests/soak_test.py",
            HarnessKind::LiveSoak => "scripts/run_live_soak.py",
        }
    }

    /// Whether it stops and starts the stack itself.
    pub fn restarts_stack(self) -> bool {
        match self {
            HarnessKind::SoakTest => false,
            HarnessKind::LiveSoak => true,
        }
    }
}

impl Load {
    /// The arguments after the script. There are no others.
    pub fn arguments(&self) -> Vec<String> {
        let mut words = vec![
            "--duration-minutes".to_owned(),
            self.minutes.to_string(),
            "--playwright-interval-minutes".to_owned(),
            self.interval_minutes.to_string(),
        ];
        if let Some(path) = &self.baseline_path {
            words.extend(["--baseline-path".to_owned(), path.clone()]);
        }
        if self.baseline_update {
            words.push("--baseline-update".to_owned());
        }
        words
    }

    /// What is wrong with it, as a fragment; nothing if nothing is.
    pub fn mistake(&self) -> Option<&'static str> {
        if self.minutes == 0 {
            return Some("the duration must be at least one minute");
        }
        if self.interval_minutes == 0 {
            return Some("the time between two page checks must be at least one minute");
        }
        let path = self.baseline_path.as_deref();
        path.filter(|path| path.trim().is_empty() || path.starts_with("--"))
            .map(|_| "the baseline must be a path")
    }

    /// How long the harness may run.
    pub fn time_limit(&self) -> Duration {
        Duration::from_secs(u64::from(self.minutes) * 60) + EXTRA
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load() -> Load {
        Load {
            minutes: 30,
            interval_minutes: 15,
            baseline_path: None,
            baseline_update: false,
        }
    }

    #[test]
    fn a_controller_that_acts_prefers_the_harness_that_brings_its_stack() {
        let first = |mode| HarnessKind::candidates(mode)[0].path();
        assert_eq!("tests/soak_test.py", first(ControlMode::Observe));
        assert_eq!("scripts/run_live_soak.py", first(ControlMode::Assist));
        assert_eq!("scripts/run_live_soak.py", first(ControlMode::Autonomous));
    }

    #[test]
    fn only_four_flags_are_ever_given() {
        let full = Load {
            baseline_path: Some("base.json".to_owned()),
            baseline_update: true,
            ..load()
        };
        assert_eq!(
            "--duration-minutes 30 --playwright-interval-minutes 15 --baseline-path base.json \
             --baseline-update",
            full.arguments().join(" ")
        );
        assert_eq!(4, load().arguments().len());
    }

    #[test]
    fn a_value_that_looks_like_a_flag_is_refused() {
        for path in ["--shutdown-on-complete", "", " "] {
            let load = Load {
                baseline_path: Some(path.to_owned()),
                ..load()
            };
            assert!(load.mistake().is_some(), "{path:?}");
        }
        assert!(
            Load {
                minutes: 0,
                ..load()
            }
            .mistake()
            .is_some()
        );
        assert_eq!(None, load().mistake());
    }

    #[test]
    fn a_harness_has_five_minutes_more_than_its_load() {
        assert_eq!(Duration::from_secs(35 * 60), load().time_limit());
    }
}
