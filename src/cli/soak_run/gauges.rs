//! What is read beside the snapshots while a harness runs: its own status, and the
//! figures of the UI.

use std::{
    fs,
    path::{Path, PathBuf},
    rc::Rc,
    time::{Duration, UNIX_EPOCH},
};

use serde_json::Value;
use tokio::time::sleep;

use super::{progress::Progress, seen::Seen};
use crate::{
    model::{Reading, Stack, Timestamp, contract::HttpAnswer},
    world::{
        now,
        reach::{Question, Web},
    },
};

/// How often the harness's own status is read.
const STATUS_EVERY: Duration = Duration::from_secs(1);
/// How long the UI may take to tell its figures.
const FIGURES_LIMIT: Duration = Duration::from_secs(2);
/// The page of the UI with its figures.
const FIGURES: &str = "api/system/status";
/// The most bytes of the harness's status.
const STATUS_BYTES_MAX: u64 = 64 * 1024;

/// Reads and shows.
#[derive(Debug)]
pub(super) struct Gauges {
    web: Option<Web>,
    url: Option<String>,
    every: Duration,
    status: PathBuf,
    load: Duration,
    progress: Progress,
    seen: Rc<Seen>,
}

impl Gauges {
    /// Gauges for a stack; without a probe of the UI its figures are not asked for.
    pub(super) fn new(
        stack: &Stack,
        (every, load): (Duration, Duration),
        status: PathBuf,
        (progress, seen): (Progress, Rc<Seen>),
    ) -> Self {
        let mut probes = stack.services.values();
        let probe = probes.find_map(|profile| profile.probe.as_ref());
        Self {
            web: Web::new().ok(),
            url: probe.and_then(|probe| figures_url(&probe.url)),
            every: every.max(STATUS_EVERY),
            status,
            load,
            progress,
            seen,
        }
    }

    /// Goes on until the harness says that it is done; for ever, unless that matters.
    pub(super) async fn watch(&self, closes: bool) {
        let since = self.seen.since.get();
        let mut next = Duration::ZERO;
        loop {
            let elapsed = now().since(since);
            let told = Status::read(&self.status, since);
            let left = told.left.unwrap_or(self.load.saturating_sub(elapsed));
            self.progress.at(elapsed, left, &told.check);
            if closes && told.is_done {
                return;
            }
            if next <= elapsed {
                next = elapsed + self.every;
                self.ask(elapsed).await;
            }
            sleep(STATUS_EVERY).await;
        }
    }

    async fn ask(&self, elapsed: Duration) {
        let (Some(web), Some(url)) = (&self.web, &self.url) else {
            return;
        };
        let question = Question {
            url: url.clone(),
            limit: FIGURES_LIMIT,
            body: None,
            secret: None,
        };
        let Reading::Known(fact) = web.ask(&question).await else {
            return;
        };
        match fact.answer {
            HttpAnswer::Answered { status: 200, body } => {
                if let Ok(told) = serde_json::from_str::<Value>(&body) {
                    let mut measured = self.seen.measured.borrow_mut();
                    measured.add_status(elapsed.as_secs_f64(), &told);
                }
            }
            HttpAnswer::Answered { .. } | HttpAnswer::Failed(_) => (),
        }
    }
}

fn figures_url(probe: &str) -> Option<String> {
    let mut url = url::Url::parse(probe).ok()?;
    url.set_path(FIGURES);
    url.set_query(None);
    Some(url.into())
}

/// What the harness says of itself.
#[derive(Debug, Default)]
struct Status {
    left: Option<Duration>,
    check: String,
    is_done: bool,
}

impl Status {
    /// Reads it, if it was written since.
    fn read(path: &Path, since: Timestamp) -> Self {
        let read = || {
            let data = fs::metadata(path).ok()?;
            let modified = data.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
            let is_new = since.millis() <= i64::try_from(modified.as_millis()).ok()?;
            let is_small = data.len() <= STATUS_BYTES_MAX;
            let text = (is_new && is_small).then(|| fs::read(path).ok())??;
            serde_json::from_slice::<Value>(&text).ok()
        };
        let Some(told) = read() else {
            return Self::default();
        };
        let left = told["remaining_min"]
            .as_f64()
            .filter(|left| left.is_finite());
        let checks = told["playwright_checks"].as_str().unwrap_or_default();
        Self {
            left: left.map(|left| Duration::from_secs_f64((left * 60.0).clamp(0.0, 1e8))),
            check: checks
                .chars()
                .filter(|c| !c.is_control())
                .take(60)
                .collect(),
            is_done: told["alive"] == Value::Bool(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_are_beside_the_probe() {
        let url = figures_url("http://127.0.0.1:8080/health?x=1");
        assert_eq!(
            Some("http://127.0.0.1:8080/api/system/status"),
            url.as_deref()
        );
        assert_eq!(None, figures_url("no url"));
    }

    #[test]
    fn a_status_of_an_earlier_run_is_none_of_ours() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("status.json");
        fs::write(&path, r#"{"remaining_min": 1.5, "alive": false}"#).unwrap();
        let told = Status::read(&path, Timestamp::default());
        assert_eq!(
            (Some(Duration::from_secs(90)), true),
            (told.left, told.is_done)
        );
        let later = now().after(Duration::from_secs(60));
        assert!(!Status::read(&path, later).is_done);
        fs::write(&path, "no json").unwrap();
        assert!(!Status::read(&path, Timestamp::default()).is_done);
    }
}
