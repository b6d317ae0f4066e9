use std::{
    collections::BTreeSet,
    io::{self, IsTerminal as _, Write as _},
    time::Duration,
};

use super::{Args, place, place::Place, signals::StopWish};
use crate::{
    cli::{Context, Exit, Failure},
    config::KILL_SWITCH_VARIABLE,
    control::{Condition, Grants, Planes, Rules},
    model::{
        ActionRule, ControlMode, EventKind, KillSwitch, Project, ServiceName, SessionEnd, Stack,
        Timestamp,
    },
    runtime::{Desk, Lease, Stretch, UNKNOWN_PROJECT, live},
    store::{self, Holder, Ledger, StoreError},
    telemetry::{Background, Console, Format, Journal, Output},
    world::{
        Endpoint, Engine, HostLock, KillSwitches, LiveWorld, WorldSettings, actor, find_projects,
        is_gone, now, zone,
    },
};

/// The longest wait between two attempts to find the engine.
const ENGINE_RETRY: Duration = Duration::from_secs(2);

/// How often another controller's hold is looked for while it has the stack's name.
const LOCK_LOOKS_MAX: u32 = 20;

/// The time between two such looks.
const LOCK_LOOK_EVERY: Duration = Duration::from_millis(50);

const BESIDE: &str = "stop it first, or watch beside it with `live` and no mode";

/// Watches the stack until it is asked to stop.
pub(super) async fn watch(ctx: &Context, args: &Args) -> anyhow::Result<Exit> {
    let stop = StopWish::listen()?;
    let endpoint = place::endpoint(ctx);
    let engine = Engine::new(endpoint.clone());
    loop {
        let (project, stack, found) = match place::find(ctx, &engine).await? {
            Place::Found(project, stack, found) => (project, stack, Some(found)),
            Place::EngineAway(error) => {
                tracing::info!("the engine does not answer: {error}");
                let unknown = UNKNOWN_PROJECT.parse().expect("a legal name");
                let project = ctx.settings.project().cloned().unwrap_or(unknown);
                (project, Stack::default(), None)
            }
        };
        let is_found = found.is_some();
        let session = Session {
            ctx,
            args,
            endpoint: &endpoint,
            project,
            stack,
            found: found.unwrap_or_default(),
            is_found,
        };
        let back = async {
            match is_found {
                true => stop.wished().await,
                false => tokio::select! {
                    () = stop.wished() => (),
                    () = engine_back(&engine) => (),
                },
            }
        };
        let end = session.run(back).await?;
        if is_found || args.once || stop.is_wished() {
            return Ok(end);
        }
    }
}

/// Resolves when the engine answers.
async fn engine_back(engine: &Engine) {
    while find_projects(engine).await.is_err() {
        tokio::time::sleep(ENGINE_RETRY).await;
    }
}

/// One session of the controller, over one project.
struct Session<'a> {
    ctx: &'a Context,
    args: &'a Args,
    endpoint: &'a Endpoint,
    project: Project,
    stack: Stack,
    found: BTreeSet<ServiceName>,
    is_found: bool,
}

impl Session<'_> {
    async fn run(self, stop: impl Future<Output = ()>) -> anyhow::Result<Exit> {
        let stack_name = place::stack_name(self.endpoint, &self.project);
        let ledger = Ledger::open(&self.ctx.settings.paths.data_dir)?;
        let lock = self.lock(&stack_name, &ledger).await?;
        let mut world = LiveWorld::start(self.world_settings())?;
        if self.args.once {
            world.first_probes().await;
        }
        let mut desk = self.desk(ledger)?;
        desk.stack = Some(stack_name.clone());
        if self.leads() {
            let lease = Lease {
                stack: stack_name,
                is_gone,
            };
            if let Some(holder) = desk.lead(lease, now())? {
                let end = SessionEnd::Failed;
                let ended = EventKind::SessionEnded { end };
                desk.journal.record(now(), &ended, None)?;
                return Err(refused(&self.project, &holder).into());
            }
        }
        self.say_how_to_act();
        let stretch = if self.args.once {
            Stretch::Once
        } else {
            Stretch::UntilStopped
        };
        let greet = |desk: &Desk| say(&greeting(desk));
        let end = live(&mut world, &mut desk, stretch, stop, greet).await;
        drop(lock);
        self.say_head(&desk);
        let has_escalated = desk.stops_on_escalation && desk.has_escalated;
        Ok(match end {
            SessionEnd::Failed => Exit::Error,
            SessionEnd::Clean | SessionEnd::Signal | SessionEnd::Interrupted if has_escalated => {
                Exit::No
            }
            SessionEnd::Clean | SessionEnd::Signal | SessionEnd::Interrupted => Exit::Done,
        })
    }

    /// Only who may act has to lead.
    fn leads(&self) -> bool {
        let control = &self.ctx.settings.control;
        self.is_found && control.mode != ControlMode::Observe && !control.is_shadow
    }

    /// Takes the stack's name on this host. Where another process has it, our ledger
    /// says more: that it leads, that it stands still, or nothing. Then it has another
    /// ledger, unless it is just about to begin, so that is waited for.
    async fn lock(&self, stack: &str, ledger: &Ledger) -> anyhow::Result<Option<HostLock>> {
        if !self.leads() {
            return Ok(None);
        }
        for _ in 0..LOCK_LOOKS_MAX {
            if let Some(lock) = HostLock::take(stack)? {
                return Ok(Some(lock));
            }
            let holder = ledger.lease_holder(stack, now())?;
            if let Some(holder) = holder.filter(|holder| !is_gone(&holder.actor)) {
                return Err(refused(&self.project, &holder).into());
            }
            if self.is_led_by_a_sleeper(ledger)? {
                return Ok(None);
            }
            tokio::time::sleep(LOCK_LOOK_EVERY).await;
        }
        let error = anyhow::anyhow!(
            "another controller leads `{}` on this host, with another data folder",
            self.project
        );
        Err(Failure::new(Exit::Error, error).hint(BESIDE).into())
    }

    /// Whether a process that may act has its session in our ledger, and no hold: it
    /// stands still, or has just begun. Then the next hold decides.
    fn is_led_by_a_sleeper(&self, ledger: &Ledger) -> Result<bool, StoreError> {
        let open = ledger.session_list_open(&self.project)?;
        let may_act = |session: &store::Session| session.mode != ControlMode::Observe;
        Ok(open
            .iter()
            .any(|session| may_act(session) && !is_gone(&session.actor)))
    }

    fn world_settings(&self) -> WorldSettings {
        let settings = &self.ctx.settings;
        let variable = match &settings.control.kill_switch {
            KillSwitch::Pulled { .. } => Some(KILL_SWITCH_VARIABLE.to_owned()),
            KillSwitch::Clear => None,
        };
        let env = settings.engine.compose_env().into_iter();
        let mut stack = self.stack.clone();
        stack.project = Some(self.project.clone());
        WorldSettings {
            endpoint: self.endpoint.clone(),
            stack,
            interval: settings.policy.interval,
            switches: KillSwitches {
                variable,
                files: settings.paths.kill_files(),
            },
            compose_env: env
                .filter_map(|(name, value)| Some((name, value.into_string().ok()?)))
                .collect(),
        }
    }

    fn desk(&self, ledger: Ledger) -> anyhow::Result<Desk> {
        let settings = &self.ctx.settings;
        let mut journal = Journal::new(ledger, self.project.clone(), actor());
        journal.add_output(self.output());
        journal.session_end_gone(now(), is_gone)?;
        let mut stack = self.stack.clone();
        stack.project = Some(self.project.clone());
        // Written down with the rules, so that people can name every service.
        for name in &self.found {
            stack.services.entry(name.clone()).or_default();
        }
        let control = &settings.control;
        let budgets = [
            control.action_budget_max,
            control.elevated_action_budget_max,
        ];
        let mut policy = settings.policy.clone();
        policy.budget_stack_day = budgets.into_iter().flatten().min();
        let rules = Rules { stack, policy };
        let mut desk = Desk::open(rules, self.grants(), journal, now())?;
        desk.stops_on_escalation = settings.control.stops_on_escalation;
        Ok(desk)
    }

    fn grants(&self) -> Grants {
        let control = &self.ctx.settings.control;
        let rules = |list: &crate::config::ActionList| {
            let kinds = list.kinds.iter().copied().map(ActionRule::Kind);
            let exactly = list.actions.iter().cloned();
            let exactly = exactly.map(|action| ActionRule::Exactly(self.stack.canonical(action)));
            kinds.chain(exactly).collect()
        };
        Grants {
            mode: control.mode,
            is_shadow: control.is_shadow,
            actions: rules(&control.allow),
            denied: rules(&control.deny),
            planes: Planes {
                runtime: control.planes.runtime,
                tool_policy: control.planes.tool_policy,
                elevated: control.planes.elevated,
            },
        }
    }

    fn output(&self) -> Output {
        let format = match self.args.json {
            true => Format::Json,
            false => {
                let has_color = !self.args.plain && self.ctx.output.has_color();
                Format::Plain(Console::new(zone(), has_color))
            }
        };
        Output::new(format, Box::new(Background::new(Box::new(io::stdout()))))
    }

    /// Without a mode nothing is changed; how it would be is said once.
    fn say_how_to_act(&self) {
        let is_observing = self.ctx.settings.control.mode == ControlMode::Observe;
        if is_observing && self.is_found && io::stderr().is_terminal() {
            say("nothing will be changed; `wicap-assist live --control-mode assist` may act");
        }
    }

    /// The end of the chain, to be kept elsewhere: a cut tail is found by it.
    fn say_head(&self, desk: &Desk) {
        if let Ok(Some(head)) = desk.journal.ledger().event_head() {
            say(&format!(
                "the ledger ends with {head}; `wicap-assist ledger verify --expect {head}`"
            ));
        }
    }
}

fn refused(project: &Project, holder: &Holder) -> Failure {
    let Holder { actor, since, .. } = holder;
    let error = anyhow::anyhow!(
        "`{project}` is led by process {} of {} on {} since {}",
        actor.pid,
        actor.user,
        actor.host,
        since_text(*since)
    );
    Failure::new(Exit::Error, error)
        .hint("stop it first, or watch beside it with `live` and no mode")
}

fn since_text(since: Timestamp) -> String {
    since.to_string()
}

/// How the stack is, in one line.
fn greeting(desk: &Desk) -> String {
    let with = |is_it: fn(&Condition) -> bool| {
        let services = desk
            .conditions
            .iter()
            .filter(|(_, condition)| is_it(condition));
        services
            .map(|(service, _)| service.to_string())
            .collect::<Vec<_>>()
    };
    let groups = [
        ("well", with(|condition| matches!(condition, Condition::Up))),
        (
            "starting",
            with(|condition| matches!(condition, Condition::Starting)),
        ),
        (
            "down",
            with(|condition| matches!(condition, Condition::Down(_))),
        ),
        (
            "not seen",
            with(|condition| matches!(condition, Condition::Unseen(_))),
        ),
    ];
    let groups = groups
        .into_iter()
        .filter(|(_, services)| !services.is_empty());
    let groups: Vec<String> = groups
        .map(|(word, services)| format!("{word}: {}", services.join(", ")))
        .collect();
    match groups.is_empty() {
        true => "nothing can be seen yet".to_owned(),
        false => groups.join("; "),
    }
}

/// Tells a person something that is no data. If stderr is gone, nobody is there.
fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}
