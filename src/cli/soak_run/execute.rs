//! The harness runs, and the loop turns beside it.

use std::{future::Future, pin::Pin, process::ExitStatus, rc::Rc, time::Duration};

use tokio::time::{Instant, sleep_until};

use super::{course::Course, gauges::Gauges};
use crate::{
    cli::contract_check,
    knowledge::{
        contract::{Report, Scout},
        soak::Ending,
    },
    model::{PhaseStatus, SoakPhase},
    world::{
        harness::{Harness, Launch},
        now,
    },
};

/// How long a stack that was just started may take to keep its contract.
const CONTRACT_PATIENCE: Duration = Duration::from_secs(60);
/// The harness's own status, in the checkout.
const STATUS: &str = ".soak_status.json";

/// Something that the course has to answer.
enum News {
    Ended(std::io::Result<ExitStatus>),
    Stopped,
    TimedOut,
    /// The stack that the harness started is up.
    Up,
    /// The harness is done and takes the stack down.
    Closing,
    Gate(anyhow::Result<Report>),
}

/// A look at the contract that is under way.
type Gate<'a> = Pin<Box<dyn Future<Output = anyhow::Result<Report>> + 'a>>;

impl Course<'_> {
    /// Runs the harness to its end, whatever ends it.
    pub(super) async fn execute(&mut self) -> Ending {
        self.holds = self.plan.kind.restarts_stack();
        self.seen.waits_from.set(self.holds.then(now));
        let load = format!("{} minutes of load", self.plan.load.minutes);
        self.phase(SoakPhase::Execute, PhaseStatus::Started, &load);
        let launch = Launch {
            run: self.record.run.clone(),
            command: self.plan.command.clone(),
            folder: self.plan.repo.clone(),
            env: self.plan.env.clone(),
            log: self.folders.of(&self.record.run).join("runner.log"),
        };
        let mut harness = match launch.start() {
            Ok(harness) => harness,
            Err(error) => {
                let text = format!("the harness cannot be started: {error}");
                self.phase(SoakPhase::Execute, PhaseStatus::Failed, &text);
                return Ending::NotStarted;
            }
        };
        self.record.process = Some(harness.mark().clone());
        let text = format!(
            "{} runs as process {}",
            self.plan.kind.path(),
            harness.mark().pid
        );
        self.phase(SoakPhase::Execute, PhaseStatus::Noted, &text);
        self.phase(SoakPhase::Observe, PhaseStatus::Started, "");
        let ending = self.watch(&mut harness).await;
        self.holds = self.plan.kind.restarts_stack();
        let status = match ending {
            Ending::Code(Some(0)) => PhaseStatus::Completed,
            Ending::Stopped => PhaseStatus::Warning,
            Ending::Code(_)
            | Ending::NotStarted
            | Ending::TimedOut
            | Ending::ContractRed
            | Ending::Escalated => PhaseStatus::Failed,
        };
        self.phase(SoakPhase::Execute, status, ending_words(&ending).as_str());
        let (n_looks, n_bad) = (self.seen.n_looks.get(), self.seen.n_bad.get());
        let text = format!("{n_looks} looks, {n_bad} of them with a core service down");
        self.phase(SoakPhase::Observe, PhaseStatus::Completed, &text);
        ending
    }

    async fn watch(&mut self, harness: &mut Harness) -> Ending {
        let deadline = Instant::now() + self.plan.time_limit();
        let mut gate = match self.holds {
            true => None,
            false => self.gate(),
        };
        let mut closes = false;
        let ending = loop {
            let news = self.news(harness, (&mut gate, deadline), closes).await;
            match news {
                None => break Ending::Escalated,
                Some(News::Ended(Ok(status))) => return Ending::Code(status.code()),
                Some(News::Ended(Err(error))) => {
                    tracing::warn!(%error, "the harness cannot be waited for");
                    break Ending::Code(None);
                }
                Some(News::Stopped) => break Ending::Stopped,
                Some(News::TimedOut) => break Ending::TimedOut,
                Some(News::Up) => {
                    self.holds = false;
                    let text = "the stack that the harness started is up";
                    self.phase(SoakPhase::Execute, PhaseStatus::Noted, text);
                    closes = true;
                    gate = self.gate();
                }
                Some(News::Closing) => {
                    self.holds = true;
                    closes = false;
                    let text = "the harness is done and takes the stack down";
                    self.phase(SoakPhase::Execute, PhaseStatus::Noted, text);
                }
                Some(News::Gate(report)) => {
                    gate = None;
                    if !self.keeps_contract(report) {
                        break Ending::ContractRed;
                    }
                }
            }
        };
        // Nobody is called any more on the way out, and the loop goes on.
        self.desk.stops_on_escalation = false;
        self.holds = self.plan.kind.restarts_stack();
        self.phase(
            SoakPhase::Execute,
            PhaseStatus::Noted,
            "the harness is asked to end",
        );
        let ended = self.turn_while(harness.end()).await;
        if let Some(Err(error)) = ended {
            tracing::warn!(%error, "the harness cannot be waited for");
        }
        ending
    }

    /// Turns the wheel until something has to be answered.
    async fn news(
        &mut self,
        harness: &mut Harness,
        (gate, deadline): (&mut Option<Gate<'_>>, Instant),
        closes: bool,
    ) -> Option<News> {
        let seen = Rc::clone(&self.seen);
        let stop = self.stop.clone();
        let load = Duration::from_secs(u64::from(self.plan.load.minutes) * 60);
        let gauges = Gauges::new(
            &self.desk.rules.stack,
            (self.desk.rules.policy.interval, load),
            self.plan.repo.join(STATUS),
            (self.progress.clone(), Rc::clone(&self.seen)),
        );
        let work = async {
            let asked = async {
                match gate {
                    Some(gate) => gate.await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                status = harness.wait() => News::Ended(status),
                () = stop.wished() => News::Stopped,
                () = sleep_until(deadline) => News::TimedOut,
                () = seen.is_up.notified() => News::Up,
                report = asked => News::Gate(report),
                () = gauges.watch(closes) => News::Closing,
            }
        };
        self.turn_while(work).await
    }

    /// Begins to hold the stack against its contract, if that is asked for.
    fn gate<'a>(&self) -> Option<Gate<'a>>
    where
        Self: 'a,
    {
        let (_, contract) = self.plan.contract.clone()?;
        let (ctx, repo) = (self.ctx.clone(), self.plan.repo.clone());
        let scout = match self.args.allow_scout_down {
            true => Scout::MayBeDown,
            false => Scout::Required,
        };
        Some(Box::pin(async move {
            contract_check::gate(&ctx, &repo, (&contract, scout), CONTRACT_PATIENCE).await
        }))
    }

    fn keeps_contract(&mut self, report: anyhow::Result<Report>) -> bool {
        let (is_kept, text) = match report {
            Ok(report) => {
                let failed = report.checks.iter().filter(|check| check.fails_gate());
                let names: Vec<String> = failed
                    .map(|check| format!("{}: {}", check.name, check.detail()))
                    .collect();
                let text = match names.is_empty() {
                    true => format!("the contract is kept, {} checks", report.checks.len()),
                    false => format!("the contract is not kept: {}", names.join("; ")),
                };
                (report.is_green(), text)
            }
            Err(error) => (false, format!("the contract cannot be checked: {error:#}")),
        };
        let status = match is_kept {
            true => PhaseStatus::Noted,
            false => PhaseStatus::Warning,
        };
        self.phase(SoakPhase::Execute, status, &text);
        is_kept
    }
}

/// How a harness ended, in words.
pub(super) fn ending_words(ending: &Ending) -> String {
    match ending {
        Ending::Code(Some(code)) => format!("the harness ended with code {code}"),
        Ending::Code(None) => "the harness was ended by a signal".to_owned(),
        Ending::NotStarted => "the harness was not started".to_owned(),
        Ending::TimedOut => "the harness was not done in time, and was ended".to_owned(),
        Ending::ContractRed => "the contract is not kept; the harness was ended".to_owned(),
        Ending::Escalated => "a person was called; the harness was ended".to_owned(),
        Ending::Stopped => "it was stopped; the harness was ended".to_owned(),
    }
}
