use std::{
    io::{self, IsTerminal as _, Write as _},
    time::Duration,
};

use super::{Args, place, place::Place, signals::StopWish};
use crate::{
    cli::{Context, Exit, stand::Stand},
    control::Condition,
    model::{ControlMode, SessionEnd, Stack},
    runtime::{Desk, Stretch, UNKNOWN_PROJECT, live},
    store::Ledger,
    telemetry::{Background, Console, Format, Output},
    world::{Engine, LiveWorld, find_projects, zone},
};

/// The longest wait between two attempts to find the engine.
const ENGINE_RETRY: Duration = Duration::from_secs(2);

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
        let stand = Stand {
            ctx,
            endpoint: endpoint.clone(),
            project,
            stack,
            found: found.unwrap_or_default(),
        };
        let session = Session {
            stand,
            args,
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
    stand: Stand<'a>,
    args: &'a Args,
    is_found: bool,
}

impl Session<'_> {
    async fn run(self, stop: impl Future<Output = ()>) -> anyhow::Result<Exit> {
        let stand = &self.stand;
        let ledger = Ledger::open(&stand.ctx.settings.paths.data_dir)?;
        let name = match self.leads() {
            true => Some(stand.name(&ledger).await?),
            false => None,
        };
        let mut world = LiveWorld::start(stand.world_settings())?;
        if self.args.once {
            world.first_probes().await;
        }
        let mut desk = stand.desk(ledger, stand.grants(), Some(self.output()))?;
        if let Some(name) = name {
            stand.lead(&mut desk, name).await?;
        }
        self.say_how_to_act();
        let stretch = if self.args.once {
            Stretch::Once
        } else {
            Stretch::UntilStopped
        };
        let greet = |desk: &Desk| say(&greeting(desk));
        let end = live(&mut world, &mut desk, stretch, stop, greet).await;
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
        let control = &self.stand.ctx.settings.control;
        self.is_found && control.mode != ControlMode::Observe && !control.is_shadow
    }

    fn output(&self) -> Output {
        let format = match self.args.json {
            true => Format::Json,
            false => {
                let has_color = !self.args.plain && self.stand.ctx.output.has_color();
                Format::Plain(Console::new(zone(), has_color))
            }
        };
        Output::new(format, Box::new(Background::new(Box::new(io::stdout()))))
    }

    /// Without a mode nothing is changed; how it would be is said once.
    fn say_how_to_act(&self) {
        let is_observing = self.stand.ctx.settings.control.mode == ControlMode::Observe;
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
