//! One action of a person: by way of the controller that leads the stack, or in a
//! session of the console's own.

use std::collections::BTreeSet;

use crate::{
    cli::{
        Context, Exit, Failure,
        hand_over::{self, LOOK_EVERY},
        live::{
            place::{self, Place},
            signals::StopWish,
        },
        stand::Stand,
    },
    control::Grants,
    model::{Action, ActionRule, Denial, Envelope, OperatorAnswer, ServiceName, Verdict, Wish},
    runtime::{Desk, Follow, FollowEnd, Stretch, live},
    store::{Holder, Ledger},
    telemetry::{Journal, ndjson_line, sentence},
    world::{Engine, LiveWorld, actor, now},
};

/// Has an action done, and shows what the ledger says of it.
///
/// # Errors
///
/// The engine does not answer, the service is not known, or the ledger cannot be used.
pub(super) async fn act(ctx: &Context, action: &Action, is_json: bool) -> anyhow::Result<Exit> {
    let stop = StopWish::listen()?;
    let stand = stand(ctx).await?;
    let action = known(&stand, action)?;
    let ledger = Ledger::open(&ctx.settings.paths.data_dir)?;
    let teller = Teller { ctx, is_json };
    let end = match hand_over::leader(&stand, &ledger)? {
        Some(holder) => {
            let asked = Asked {
                stand: &stand,
                stop: &stop,
                teller: &teller,
            };
            asked.of_leader(ledger, &holder, action).await?
        }
        None => {
            let asked = Asked {
                stand: &stand,
                stop: &stop,
                teller: &teller,
            };
            asked.of_ourselves(ledger, action).await?
        }
    };
    teller.ended(end.as_ref())
}

/// The engine and the project that are meant.
///
/// # Errors
///
/// The engine does not answer, or it is not clear which project is meant.
pub(in crate::cli) async fn stand(ctx: &Context) -> anyhow::Result<Stand<'_>> {
    let endpoint = place::endpoint(ctx);
    let engine = Engine::new(endpoint.clone());
    match place::find(ctx, &engine).await? {
        Place::Found(project, stack, found) => Ok(Stand {
            ctx,
            endpoint,
            project,
            stack,
            found,
        }),
        Place::EngineAway(error) => {
            let error = anyhow::Error::new(error).context("nothing can be done");
            let hint = "`wicap-assist doctor` says what is wrong";
            Err(Failure::new(Exit::Error, error).hint(hint).into())
        }
    }
}

/// The action with the compose key of its service.
///
/// # Errors
///
/// The stack has no such service; the error says which it has.
pub(super) fn known(stand: &Stand<'_>, action: &Action) -> Result<Action, Failure> {
    let action = stand.stack.canonical(action.clone());
    let Action::Restart(service) = &action else {
        return Ok(action);
    };
    let named = stand.stack.services.keys();
    let names: BTreeSet<&ServiceName> = named.chain(&stand.found).collect();
    if names.contains(service.name()) {
        return Ok(action);
    }
    let names: Vec<&str> = names.into_iter().map(ServiceName::as_str).collect();
    let error = anyhow::anyhow!("`{}` has no service `{service}`", stand.project);
    Err(Failure::new(Exit::Usage, error).hint(format!("it has {}", names.join(", "))))
}

struct Asked<'a> {
    stand: &'a Stand<'a>,
    stop: &'a StopWish,
    teller: &'a Teller<'a>,
}

impl Asked<'_> {
    /// Hands the request to the controller that leads, and waits for its answer.
    async fn of_leader(
        &self,
        ledger: Ledger,
        holder: &Holder,
        action: Action,
    ) -> anyhow::Result<Option<FollowEnd>> {
        let actor = actor();
        let mut journal = Journal::new(ledger, self.stand.project.clone(), actor);
        let times = (now(), hand_over::answer_by(holder, now()));
        let mut follow = Follow::ask(&mut journal, Wish::Act(action), times)?;
        self.teller.note(&format!(
            "process {} of {} leads `{}`; it is asked by row {}, and answers on its next turn",
            holder.actor.pid,
            holder.actor.user,
            self.stand.project,
            follow.request()
        ));
        loop {
            let rows = follow.read(journal.ledger())?;
            self.teller.rows(&rows)?;
            if follow.end().is_some() {
                return Ok(follow.end().cloned());
            }
            let is_late = !follow.is_accepted() && hand_over::is_over(&follow, now());
            if self.stop.is_wished() || is_late {
                follow.withdraw(&mut journal, now())?;
                let rows = follow.read(journal.ledger())?;
                self.teller.rows(&rows)?;
                return Ok(follow.end().cloned());
            }
            tokio::select! {
                () = self.stop.wished() => (),
                () = tokio::time::sleep(LOOK_EVERY) => (),
            }
        }
    }

    /// Leads the stack until the action is judged. The session is granted this action
    /// and no other.
    async fn of_ourselves(
        &self,
        ledger: Ledger,
        action: Action,
    ) -> anyhow::Result<Option<FollowEnd>> {
        let stand = self.stand;
        let reader = Ledger::open_to_read(&stand.ctx.settings.paths.data_dir)?;
        let name = stand.name(&ledger).await?;
        let mut world = LiveWorld::start(stand.world_settings())?;
        world.first_probes().await;
        let mut desk = stand.desk(ledger, narrowed(stand.grants(), &action), None)?;
        stand.lead(&mut desk, name).await?;
        let mut follow = {
            let times = (now(), now().after(hand_over::ANSWER_MIN));
            Follow::ask(&mut desk.journal, Wish::Act(action), times)?
        };
        let mut told = Ok(());
        let ended = async {
            told = self.until_judged(&reader, &mut follow).await;
        };
        let stretch = Stretch::UntilStopped;
        live(&mut world, &mut desk, stretch, ended, |_: &Desk| ()).await;
        told?;
        let rows = follow.read(&reader)?;
        self.teller.rows(&rows)?;
        Ok(follow.end().cloned())
    }

    async fn until_judged(&self, reader: &Ledger, follow: &mut Follow) -> anyhow::Result<()> {
        loop {
            let rows = follow.read(reader)?;
            self.teller.rows(&rows)?;
            let is_late = !follow.is_accepted() && hand_over::is_over(follow, now());
            if follow.end().is_some() || self.stop.is_wished() || is_late {
                return Ok(());
            }
            tokio::select! {
                () = self.stop.wished() => (),
                () = tokio::time::sleep(LOOK_EVERY) => (),
            }
        }
    }
}

/// The grants of a session that is there for one action. What the operator left out of
/// an own list of actions stays out; without one, the sentence is the grant.
pub(super) fn narrowed(mut grants: Grants, action: &Action) -> Grants {
    let is_default = grants.actions == Grants::ACTIONS.into();
    let is_granted = is_default || grants.actions.iter().any(|rule| rule.covers(action));
    let only = ActionRule::Exactly(action.clone());
    grants.actions = is_granted.then_some(only).into_iter().collect();
    grants
}

/// Tells the course of a request.
struct Teller<'a> {
    ctx: &'a Context,
    is_json: bool,
}

impl Teller<'_> {
    fn rows(&self, rows: &[Envelope]) -> anyhow::Result<()> {
        for row in rows {
            match self.is_json {
                true => self.ctx.output.line(&ndjson_line(row))?,
                false => self.ctx.output.line(&line(row))?,
            }
        }
        Ok(())
    }

    fn note(&self, text: &str) {
        if !self.is_json {
            super::note(text);
        }
    }

    fn ended(&self, end: Option<&FollowEnd>) -> anyhow::Result<Exit> {
        let exit = match end {
            Some(FollowEnd::Judged(Verdict::Met)) => Exit::Done,
            Some(FollowEnd::Judged(Verdict::Unmet | Verdict::Inconclusive)) => Exit::No,
            Some(FollowEnd::Answered(answer)) => {
                if let Some(hint) = hint(answer) {
                    self.note(&format!("hint: {hint}"));
                }
                Exit::No
            }
            Some(FollowEnd::Left) => {
                self.note("the controller ended first; the next one judges what was begun");
                Exit::No
            }
            None => {
                self.note("nobody waits any more; what was begun goes on and is judged later");
                Exit::No
            }
        };
        Ok(exit)
    }
}

fn line(row: &Envelope) -> String {
    format!("row {:>5}  {}", row.seq, sentence(&row.kind))
}

/// What a person can do about a refusal.
fn hint(answer: &OperatorAnswer) -> Option<&'static str> {
    Some(match answer.code? {
        Denial::ObserveMode => "`mode assist` lets this console act, or `--control-mode assist`",
        Denial::NotAllowedInSession => {
            "that controller was not granted it; `--allow-actions` grants, when it is started"
        }
        Denial::OperatorPaused => "`wicap-assist resume` ends the pause",
        Denial::KillSwitch => "`wicap-assist status` says where it is pulled",
        Denial::BudgetService | Denial::BudgetStack => "`wicap-assist status` says what is left",
        Denial::StackBusy => "try again when the action that is under way is judged",
        Denial::SoakRunning => "try again when the soak has started the stack, or is over",
        Denial::ComposeDrift | Denial::ComposeVersion => "`wicap-assist doctor` says what differs",
        Denial::Shadow
        | Denial::NotLeader
        | Denial::PlaneOff
        | Denial::Denylisted
        | Denial::LedgerUnwritable => return None,
    })
}
