//! What is left to do when the harness has ended.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::AtomicBool,
    time::{Duration, UNIX_EPOCH},
};

use serde_json::json;
use tokio::{
    task::spawn_blocking,
    time::{Instant, sleep},
};

use super::{
    course::Course,
    execute::ending_words,
    plan::After,
    report::{REPORTS, compared_text},
};
use crate::{
    cli::{Exit, answers::of_soak, ingest},
    ingest::Ingest,
    knowledge::{
        soak::{Ending, Told, judge},
        sources::soak_result,
    },
    model::{
        Action, EventKind, PhaseStatus, Redacted, SoakEnded, SoakPhase, SoakResult, Timestamp,
        Verdict, Wish, millis,
    },
    runtime::{Follow, FollowEnd},
    store::StoreError,
    telemetry::words,
    world::now,
};

/// Where a harness writes its reports, in the checkout.
const HARNESS_REPORTS: &str = "logs/soak";
/// The most bytes of a report.
const REPORT_BYTES_MAX: u64 = 32 << 20;
/// How long the stack may take to be seen as it is after its last change.
const LOOKS_MAX: u32 = 3;
/// The rest between two looks at something that is waited for.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How long the last action may take to be run and judged.
const ACTION_PATIENCE: Duration = Duration::from_secs(300);

impl Course<'_> {
    /// Judges, reads what was written, and leaves the stack as it was found.
    pub(super) async fn finish(&mut self, ending: Ending) {
        let report = self.report();
        let read = report.as_ref().map_err(String::clone);
        let read = read.and_then(|(_, bytes)| soak_result::read(bytes));
        let (result, reasons) = judge(&Told {
            ending: &ending,
            report: read.as_ref().map_err(String::as_str),
        });
        if let Ok((_, bytes)) = &report
            && let Err(error) = self.folders.write(&self.record.run, "report.json", bytes)
        {
            tracing::warn!("{error:#}");
        }
        if let Ok((_, bytes)) = &report {
            self.seen.measured.borrow_mut().add_report(bytes);
        }
        self.record.ending = Some(ending);
        self.record.reasons = reasons;
        self.ingest().await;
        self.incident(result, report.as_ref().ok().map(|(path, _)| path))
            .await;
        self.leave_stack().await;
        self.prune();
        self.end(result);
        self.write_reports(read.as_ref().ok());
    }

    /// Ends a soak whose harness was never started.
    pub(super) fn finish_unstarted(&mut self, reason: String) {
        self.record.ending = Some(Ending::NotStarted);
        self.record.reasons = vec![reason];
        self.end(SoakResult::Failed);
    }

    fn end(&mut self, result: SoakResult) {
        let at = now();
        self.record.ended_at = Some(at);
        self.record.result = Some(result);
        let ended = EventKind::SoakEnded(SoakEnded {
            run: self.record.run.clone(),
            result,
            reason: Redacted::from_raw(&self.record.reasons.join("; ")),
            took_ms: millis(at.since(self.record.started_at)),
        });
        if let Err(error) = self.desk.record_soak(at, ended) {
            self.desk.journal.report_unwritable(at, &error);
        }
        if let Err(error) = self.save() {
            tracing::warn!("{error:#}");
        }
    }

    /// The newest report that was written since the soak began.
    fn report(&self) -> Result<(PathBuf, Vec<u8>), String> {
        let folder = self.plan.repo.join(HARNESS_REPORTS);
        let newest = newest(&folder, self.record.started_at, |name| {
            name.starts_with("soak_test_") && name.ends_with(".json")
        });
        let path = newest.ok_or_else(|| "the harness wrote no report".to_owned())?;
        let size = fs::metadata(&path).map_or(0, |data| data.len());
        if size > REPORT_BYTES_MAX {
            return Err(format!("the report has {size} bytes, which is too much"));
        }
        let bytes = fs::read(&path).map_err(|error| format!("cannot read the report: {error}"))?;
        Ok((path, bytes))
    }

    /// Reads the logs and results of soaks into the evidence, while the loop goes on.
    async fn ingest(&mut self) {
        self.phase(SoakPhase::Ingest, PhaseStatus::Started, "");
        let options = ingest::soak_options(self.ctx, Some(&self.plan.repo));
        let work = spawn_blocking(move || {
            let mut ingest = Ingest::open(options)?;
            ingest.once(&AtomicBool::new(false), &|_| ())
        });
        self.desk.stops_on_escalation = false;
        let (status, text) = match self.turn_while(work).await {
            Some(Ok(Ok(report))) => {
                let text = format!(
                    "{}: {} files read, {} events, {} other rows",
                    report.status,
                    report.total(|source| source.files_read),
                    report.total(|source| source.events),
                    report.total(|source| source.rows),
                );
                (PhaseStatus::Completed, text)
            }
            Some(Ok(Err(error))) => (PhaseStatus::Warning, error.to_string()),
            Some(Err(error)) => (PhaseStatus::Warning, error.to_string()),
            None => (PhaseStatus::Warning, "it was cut off".to_owned()),
        };
        self.phase(SoakPhase::Ingest, status, &text);
    }

    /// Writes the incident report about the newest folder of soak logs, or, where the
    /// soak failed, about its report.
    async fn incident(&mut self, result: SoakResult, report: Option<&PathBuf>) {
        let since = self.record.started_at;
        let logs = newest(&self.plan.repo, since, |name| {
            name.starts_with("logs_soak_")
        });
        let report = report.filter(|_| result != SoakResult::Passed);
        let path = logs.as_ref().or(report);
        let Some(target) = path.and_then(|path| path.file_name()?.to_str()) else {
            let text = "the soak left nothing that an incident could be about";
            self.phase(SoakPhase::Incident, PhaseStatus::Skipped, text);
            return;
        };
        self.phase(SoakPhase::Incident, PhaseStatus::Started, target);
        let (ctx, target) = (self.ctx.clone(), target.to_owned());
        let work = spawn_blocking(move || of_soak(&ctx, &target));
        let (status, text) = match self.turn_while(work).await {
            Some(Ok(Ok(Some([text, _])))) => (PhaseStatus::Completed, text.display().to_string()),
            Some(Ok(Ok(None))) => {
                let text = "nothing in the evidence fits it".to_owned();
                (PhaseStatus::Skipped, text)
            }
            Some(Ok(Err(error))) => (PhaseStatus::Warning, format!("{error:#}")),
            Some(Err(error)) => (PhaseStatus::Warning, error.to_string()),
            None => (PhaseStatus::Warning, "it was cut off".to_owned()),
        };
        self.phase(SoakPhase::Incident, status, &text);
    }

    /// Leaves the stack as it was found, or as the operator wants it.
    async fn leave_stack(&mut self) {
        self.holds = false;
        self.phase(SoakPhase::Finalize, PhaseStatus::Started, "");
        self.look().await;
        let was_up = self.record.was_up;
        let action = match self.plan.leave {
            After::Down if self.is_up() => Some(Action::Shutdown),
            After::AsFound if !was_up && self.is_up() => Some(Action::Shutdown),
            After::AsFound if was_up && !self.missing_core().is_empty() => {
                Some(Action::ComposeUpCore)
            }
            After::Down | After::AsFound | After::AsItIs => None,
        };
        let (status, text) = match action {
            None => (
                PhaseStatus::Completed,
                "the stack is left as it is".to_owned(),
            ),
            Some(action) => self.act(action).await,
        };
        self.phase(SoakPhase::Finalize, status, &text);
    }

    /// Has an action done as an operator's request, by the turns of the loop.
    async fn act(&mut self, action: Action) -> (PhaseStatus, String) {
        let words = action.to_string();
        if self.desk.tenure.is_none() {
            let text = format!("{words} was not asked for: this session changes nothing");
            return (PhaseStatus::Warning, text);
        }
        match self.ask(action).await {
            Ok(Some(FollowEnd::Judged(Verdict::Met))) => {
                let left = self.left_down();
                let text = match left.is_empty() {
                    true => format!("{words} was run"),
                    false => format!("{words} was run; {} stays down", left.join(", ")),
                };
                (PhaseStatus::Completed, text)
            }
            Ok(Some(FollowEnd::Judged(Verdict::Unmet | Verdict::Inconclusive))) => (
                PhaseStatus::Warning,
                format!("{words} was run and did not help"),
            ),
            Ok(Some(FollowEnd::Answered(answer))) => {
                let why = answer
                    .code
                    .map_or(words::reply(answer.reply), words::denial);
                let facts = words::facts(&answer.detail);
                let text = format!("{words} was not run: {why}{facts}");
                (PhaseStatus::Warning, text)
            }
            Ok(Some(FollowEnd::Left) | None) => (
                PhaseStatus::Warning,
                format!("{words} was not judged in time"),
            ),
            Err(error) => (
                PhaseStatus::Warning,
                format!("{words} was not run: {error}"),
            ),
        }
    }

    async fn ask(&mut self, action: Action) -> Result<Option<FollowEnd>, StoreError> {
        let deadline = Instant::now() + ACTION_PATIENCE;
        let times = (now(), now().after(ACTION_PATIENCE));
        let journal = &mut self.desk.journal;
        let mut follow = Follow::ask(journal, Wish::Act(action), times)?;
        while follow.end().is_none() && Instant::now() < deadline {
            self.turn_once().await?;
            follow.read(self.desk.journal.ledger())?;
            sleep(LOOK_EVERY).await;
        }
        follow.withdraw(&mut self.desk.journal, now())?;
        Ok(follow.end().cloned())
    }

    /// Turns the wheel a few times, so that the last snapshot shows how it is now.
    async fn look(&mut self) {
        for _ in 0..LOOKS_MAX {
            let turned = self.turn_once().await;
            if let Err(error) = turned {
                self.desk.journal.report_unwritable(now(), &error);
            }
        }
    }

    fn prune(&mut self) {
        let kept = [self.record.run.clone()];
        if let Err(error) = self.folders.prune(&kept) {
            tracing::warn!("{error:#}");
        }
    }

    /// Says how it went, on stdout.
    pub(super) fn tell(&self) -> anyhow::Result<Exit> {
        let record = &self.record;
        let result = record.result.unwrap_or(SoakResult::Failed);
        let folder = self.folders.of(&record.run);
        if self.args.json {
            let mut told = serde_json::to_value(record)?;
            told["run_dir"] = json!(folder);
            told["dry_run"] = json!(false);
            told["operator_guidance"] = json!(self.advice);
            told["compared"] = json!(self.compared);
            self.ctx.output.json(&told)?;
        } else {
            let mut text = String::from("phase      status     detail\n");
            for mark in &record.phases {
                text.push_str(&format!(
                    "{:<10} {:<10} {}\n",
                    mark.phase, mark.status, mark.detail
                ));
            }
            let ending = record.ending.as_ref().map(ending_words);
            text.push_str(&format!("\nsoak {} {result}", record.run));
            text.push_str(&format!("; {}\n", ending.unwrap_or_default()));
            for reason in &record.reasons {
                text.push_str(&format!("  {reason}\n"));
            }
            if !self.compared.is_empty() {
                text.push_str(&format!("\n{}", compared_text(&self.compared)));
            }
            for line in &self.advice {
                text.push_str(&format!("next: {line}\n"));
            }
            text.push_str(&format!("report: {}\n", folder.join(REPORTS[1]).display()));
            self.ctx.output.raw(text.as_bytes())?;
        }
        Ok(match result {
            SoakResult::Passed => Exit::Done,
            SoakResult::Failed | SoakResult::Interrupted => Exit::No,
        })
    }
}

/// The newest entry of a folder with such a name that is not older than `since`.
fn newest(folder: &Path, since: Timestamp, is_meant: impl Fn(&str) -> bool) -> Option<PathBuf> {
    let since = UNIX_EPOCH + Duration::from_millis(u64::try_from(since.millis()).ok()?);
    let entries = fs::read_dir(folder).ok()?;
    let entry = |entry: std::io::Result<fs::DirEntry>| {
        let entry = entry.ok()?;
        let name = entry.file_name().into_string().ok()?;
        let modified = entry.metadata().ok()?.modified().ok()?;
        (is_meant(&name) && since <= modified).then(|| (modified, entry.path()))
    };
    let (_, path) = entries.filter_map(entry).max()?;
    Some(path)
}
