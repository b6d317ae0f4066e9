//! The course of a soak, from its first row to its last.

use std::{
    io::{self, IsTerminal as _},
    rc::Rc,
};

use anyhow::anyhow;

use super::{
    Args,
    plan::{After, Plan},
    progress::Progress,
    seen::{Seen, core, runs},
};
use crate::{
    cli::{
        Context, Exit, Failure, agent::stand as stand_of, hand_over, live::signals::StopWish,
        stand::Stand,
    },
    control::Grants,
    knowledge::soak::{Compared, FORMAT, PhaseMark, SoakRecord, Used},
    model::{
        ActionKind, ActionRule, ControlMode, EventKind, PhaseStatus, Redacted, ServiceId,
        SessionEnd, SoakPhase, SoakPhased, SoakResult, SoakStarted,
    },
    runtime::{Desk, Watched, end_session, reconcile_once, reconcile_while},
    store::{Ledger, SoakFolders, StoreError},
    telemetry::{Console, Format, Output},
    world::{HostLock, LiveWorld, actor, harness::end_orphan, is_gone, now, zone},
};

/// Everything on the way of a soak.
pub(super) struct Course<'a> {
    pub(super) ctx: &'a Context,
    pub(super) args: &'a Args,
    pub(super) plan: &'a Plan,
    pub(super) stop: StopWish,
    pub(super) world: LiveWorld,
    pub(super) desk: Desk,
    pub(super) folders: SoakFolders,
    pub(super) record: SoakRecord,
    pub(super) progress: Progress,
    pub(super) seen: Rc<Seen>,
    /// Whether the harness stops and starts the stack at this moment.
    pub(super) holds: bool,
    /// What a person can do now.
    pub(super) advice: Vec<String>,
    /// This run and the last that passed.
    pub(super) compared: Vec<Compared>,
}

/// Runs a soak to its end.
pub(super) async fn run(ctx: &Context, args: &Args, plan: &Plan) -> anyhow::Result<Exit> {
    let stop = StopWish::listen()?;
    let stand = stand_of(ctx).await?;
    let folders = SoakFolders::below(&ctx.settings.paths.data_dir);
    let _only = only_one(&stand, &folders)?;
    let mut ledger = Ledger::open(&ctx.settings.paths.data_dir)?;
    let control = &ctx.settings.control;
    let name = match control.mode != ControlMode::Observe && !control.is_shadow {
        true => {
            ledger = hand_over::ask_to_yield(&stand, ledger).await?;
            Some(stand.name(&ledger).await?)
        }
        false => None,
    };
    let world = LiveWorld::start(stand.world_settings())?;
    world.first_probes().await;
    let progress = Progress::new(plan.time_limit());
    let has_color = io::stderr().is_terminal() && ctx.output.has_color();
    let lines = Format::Plain(Console::new(zone(), has_color));
    let output = Output::new(lines, progress.writer());
    let mut desk = stand.desk(ledger, grants(&stand, plan), Some(output))?;
    desk.stops_on_escalation = plan.stops_on_escalation;
    if let Some(name) = name {
        stand.lead(&mut desk, name).await?;
    }
    let record = record(&stand, (plan, &desk));
    let mut course = Course {
        ctx,
        args,
        plan,
        stop,
        world,
        desk,
        folders,
        record,
        progress,
        seen: Rc::default(),
        holds: false,
        advice: Vec::new(),
        compared: Vec::new(),
    };
    course.seen.since.set(course.record.started_at);
    let done = course.go().await;
    course.progress.end();
    let end = match (&done, course.record.result) {
        (Err(_), _) => SessionEnd::Failed,
        (Ok(_), Some(SoakResult::Interrupted)) => SessionEnd::Signal,
        (Ok(_), _) => SessionEnd::Clean,
    };
    end_session(&course.world, &mut course.desk, end).await;
    done?;
    course.tell()
}

/// What the settings grant, and the way down if the stack may be taken down. What is
/// denied stays denied.
fn grants(stand: &Stand<'_>, plan: &Plan) -> Grants {
    let mut grants = stand.grants();
    match plan.leave {
        After::AsItIs => (),
        After::AsFound | After::Down => {
            let shutdown = ActionRule::Kind(ActionKind::Shutdown);
            grants.actions.insert(shutdown);
        }
    }
    grants
}

/// Takes the name of the soak of this stack, or says who has it.
fn only_one(stand: &Stand<'_>, folders: &SoakFolders) -> anyhow::Result<HostLock> {
    let stack = stand.stack_name();
    if let Some(lock) = HostLock::take(&format!("soak/{stack}"))? {
        return Ok(lock);
    }
    let records: Vec<SoakRecord> = folders.record_list()?;
    let mut running = records.iter().rev();
    let running =
        running.find(|one| one.stack == stack && one.result.is_none() && !is_gone(&one.actor));
    let who = match running {
        Some(one) => format!(
            "run {}, process {} of {} on {} since {}",
            one.run, one.actor.pid, one.actor.user, one.actor.host, one.started_at
        ),
        None => "another process of this host, with another data folder".to_owned(),
    };
    let error = anyhow!("`{}` is being soaked already: {who}", stand.project);
    Err(Failure::new(Exit::Error, error)
        .hint("wait for it, or stop it with Ctrl-C or SIGTERM")
        .into())
}

fn record(stand: &Stand<'_>, (plan, desk): (&Plan, &Desk)) -> SoakRecord {
    let started_at = now();
    let name = started_at.to_string();
    SoakRecord {
        format: FORMAT,
        run: name.chars().filter(|c| c.is_ascii_alphanumeric()).collect(),
        project: stand.project.clone(),
        stack: stand.stack_name(),
        actor: actor(),
        mode: stand.ctx.settings.control.mode,
        session: desk.journal.session(),
        harness: Used {
            kind: plan.kind,
            path: plan.script.display().to_string(),
            sha256: plan.digest.to_string(),
            load: plan.load.clone(),
            command: plan.words(),
        },
        started_at,
        ended_at: None,
        was_up: false,
        up_before: Vec::new(),
        process: None,
        ending: None,
        result: None,
        reasons: Vec::new(),
        phases: Vec::new(),
    }
}

impl Course<'_> {
    /// Every phase, in order. An error is one of the time before the harness runs.
    async fn go(&mut self) -> anyhow::Result<()> {
        self.folders.make(&self.record.run)?;
        self.save()?;
        let started = EventKind::SoakStarted(SoakStarted {
            run: self.record.run.clone(),
            harness: Redacted::from_raw(self.plan.kind.path()),
            sha256: self.record.harness.sha256.clone(),
            minutes: self.plan.load.minutes,
        });
        self.desk.record_soak(now(), started)?;
        let begun = self.preflight().await;
        let ending = match begun {
            Ok(()) => self.execute().await,
            Err(error) => {
                let text = format!("{error:#}");
                self.phase(SoakPhase::Preflight, PhaseStatus::Failed, &text);
                self.finish_unstarted(text);
                return Err(error);
            }
        };
        self.finish(ending).await;
        Ok(())
    }

    async fn preflight(&mut self) -> anyhow::Result<()> {
        self.phase(SoakPhase::Preflight, PhaseStatus::Started, "");
        let was_up = self.end_orphans().await?;
        self.turn_once().await?;
        self.record.was_up = was_up || self.is_up();
        self.record.up_before = self.running();
        self.save()?;
        let how = match self.record.was_up {
            true => "the stack is up",
            false => "the stack is not up",
        };
        self.phase(SoakPhase::Preflight, PhaseStatus::Completed, how);
        Ok(())
    }

    /// Ends the harness of runs whose controller is gone. Says whether the stack was up
    /// before one of them.
    async fn end_orphans(&mut self) -> anyhow::Result<bool> {
        let mut was_up = false;
        let records: Vec<SoakRecord> = self.folders.record_list()?;
        let stack = self.record.stack.clone();
        let own = self.record.run.clone();
        for mut one in records {
            if one.stack != stack || one.result.is_some() || one.run == own {
                continue;
            }
            let n_ended = match &one.process {
                Some(mark) => end_orphan(mark, &one.run).await,
                None => 0,
            };
            was_up |= one.was_up;
            one.result = Some(SoakResult::Interrupted);
            one.ended_at = Some(now());
            one.reasons = vec!["its controller was gone".to_owned()];
            self.folders.record_write(&one.run, &one)?;
            let text = format!(
                "run {} was cut off; {n_ended} of its processes still ran and were ended",
                one.run
            );
            self.phase(SoakPhase::Preflight, PhaseStatus::Noted, &text);
        }
        Ok(was_up)
    }

    /// Turns the wheel once.
    pub(super) async fn turn_once(&mut self) -> Result<(), StoreError> {
        let Self {
            world, desk, seen, ..
        } = self;
        let stack = desk.rules.stack.clone();
        let mut watched = Watched::new(world, |shown| seen.look(&stack, shown));
        reconcile_once(&mut watched, desk).await
    }

    /// Turns the wheel until `work` is done; `None` if a call for a person ended it.
    pub(super) async fn turn_while<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        let Self {
            world, desk, seen, ..
        } = self;
        let stack = desk.rules.stack.clone();
        let mut watched = Watched::new(world, |shown| seen.look(&stack, shown));
        reconcile_while(&mut watched, desk, work).await
    }

    /// Writes down how a phase stands. Where the ledger cannot be written, the loop
    /// says so; what is done then is only what leaves things in order.
    pub(super) fn phase(&mut self, phase: SoakPhase, status: PhaseStatus, detail: &str) {
        let at = now();
        let detail = Redacted::from_raw(detail);
        self.progress.phase(phase.as_str());
        self.record.phases.push(PhaseMark {
            phase,
            status,
            at,
            detail: detail.to_string(),
        });
        let kind = EventKind::SoakPhase(SoakPhased {
            run: self.record.run.clone(),
            phase,
            status,
            detail,
            holds: self.holds,
        });
        if let Err(error) = self.desk.record_soak(at, kind) {
            self.desk.journal.report_unwritable(at, &error);
        }
        if let Err(error) = self.save() {
            tracing::warn!("{error:#}");
        }
    }

    /// Writes the record of the run as it is now.
    pub(super) fn save(&self) -> anyhow::Result<()> {
        Ok(self.folders.record_write(&self.record.run, &self.record)?)
    }

    /// Whether any core service runs; where nothing is core, any service at all.
    pub(super) fn is_up(&self) -> bool {
        let last = self.seen.last.borrow();
        let core: Vec<ServiceId> = core(&self.desk.rules.stack);
        last.as_ref().is_some_and(|seen| {
            seen.services
                .keys()
                .any(|service| (core.is_empty() || core.contains(service)) && runs(seen, service))
        })
    }

    fn running(&self) -> Vec<String> {
        let last = self.seen.last.borrow();
        let seen = last.iter().flat_map(|seen| {
            let running = seen.services.keys().filter(|service| runs(seen, service));
            running.map(ToString::to_string).collect::<Vec<_>>()
        });
        seen.collect()
    }

    /// The core services that have no container.
    pub(super) fn missing_core(&self) -> Vec<ServiceId> {
        let last = self.seen.last.borrow();
        let mut core = core(&self.desk.rules.stack);
        core.retain(|service| {
            last.as_ref()
                .is_some_and(|seen| seen.container(service).is_none())
        });
        core
    }

    /// The services that ran before the soak and do not run now.
    pub(super) fn left_down(&self) -> Vec<String> {
        let last = self.seen.last.borrow();
        let is_down = |service: &&String| {
            let id = service.parse().ok();
            let runs = id.is_some_and(|id| last.as_ref().is_some_and(|seen| runs(seen, &id)));
            !runs
        };
        let before = self.record.up_before.iter();
        before.filter(is_down).cloned().collect()
    }
}
