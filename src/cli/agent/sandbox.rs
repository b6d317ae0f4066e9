//! `sandbox-explain`: would this action run now? Every gate is asked on a fresh look;
//! nothing is granted and nothing is written.

use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;

use super::act::{known, narrowed, stand};
use crate::{
    cli::{
        Context, Exit,
        explain::gates::{GateTold, gates},
        hand_over,
        known::Known,
        stand::Stand,
    },
    control::{Ask, Grants, Rules, State, operator_step, trace},
    model::{
        Action, ControlMode, Denial, Gate, Observation, Reading, Sight, Step, Tenure, Timestamp,
    },
    ports::Sense as _,
    store::{Holder, Ledger},
    world::{LiveWorld, now},
};

/// How long compose may take to say whether it can be trusted.
const COMPOSE_MAX: Duration = Duration::from_secs(30);
/// How often it is looked whether it has.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// The hold that a session of our own would take.
const HOLD: Duration = Duration::from_secs(30);

/// What the gates would say.
#[derive(Debug, Serialize)]
pub(super) struct Told {
    ts: Timestamp,
    action: Action,
    mode: ControlMode,
    /// Who would be asked: the process that leads, or none.
    leader: Option<u32>,
    pub(super) allowed: bool,
    denied_by: Option<Gate>,
    code: Option<Denial>,
    reason: Option<String>,
    policy_trace: Vec<GateTold>,
}

/// What the answer rests on.
struct Ground {
    rules: Rules,
    grants: Grants,
    state: State,
    tenure: Tenure,
    leader: Option<u32>,
}

/// Asks all gates about an action of a person.
///
/// # Errors
///
/// The engine does not answer, or the service is not known.
pub(super) async fn told(ctx: &Context, action: &Action) -> anyhow::Result<Told> {
    let stand = stand(ctx).await?;
    let action = known(&stand, action)?;
    let ground = ground(&stand, &action)?;
    let seen = look(&stand, &action).await?;
    let mut told = Told {
        ts: seen.at,
        mode: ground.grants.mode,
        leader: ground.leader,
        allowed: false,
        denied_by: None,
        code: None,
        reason: None,
        policy_trace: Vec::new(),
        action,
    };
    match operator_step(&told.action, &seen, &ground.state, &ground.rules) {
        Err(why) => told.reason = Some(why.to_string()),
        Ok(step) => told.ask(&step, &seen, &ground),
    }
    Ok(told)
}

impl Told {
    fn ask(&mut self, step: &Step, seen: &Observation, ground: &Ground) {
        self.policy_trace = gates(&trace(&Ask {
            step,
            seen,
            state: &ground.state,
            grants: &ground.grants,
            rules: &ground.rules,
            tenure: Some(ground.tenure),
        }));
        let decided = self.policy_trace.iter().find(|gate| gate.decided);
        self.allowed = decided.is_none();
        self.denied_by = decided.map(|gate| gate.gate);
        self.code = decided.and_then(|gate| gate.code);
        self.reason = decided.map(|gate| gate.text.clone());
    }

    /// The exit code: the answer.
    pub(super) fn exit(&self) -> Exit {
        match self.allowed {
            true => Exit::Done,
            false => Exit::No,
        }
    }

    /// The page for people.
    pub(super) fn text(&self) -> String {
        let who = match self.leader {
            Some(pid) => format!("process {pid}, which leads the stack"),
            None => "a session of the console, as nobody leads".to_owned(),
        };
        let (answer, mode) = (if self.allowed { "yes" } else { "NO" }, self.mode);
        let mut out = format!("{}: {answer}, asked of {who}, in {mode}\n", self.action);
        if self.policy_trace.is_empty() {
            let reason = self.reason.as_deref().unwrap_or_default();
            out.push_str(&format!("  there is nothing to be done: {reason}\n"));
        }
        for gate in &self.policy_trace {
            let mark = if gate.decided {
                "  <- this decides"
            } else {
                ""
            };
            out.push_str(&format!("  {:<15} {}{mark}\n", gate.question, gate.text));
        }
        out
    }
}

/// Whose rules and memory count: those of the controller that leads, else those of a
/// session that the console would open.
fn ground(stand: &Stand<'_>, action: &Action) -> anyhow::Result<Ground> {
    let own = Ground {
        rules: stand.rules(),
        grants: narrowed(stand.grants(), action),
        state: State::default(),
        tenure: Tenure {
            token: 0,
            expires_at: now().after(HOLD),
        },
        leader: None,
    };
    let folder = &stand.ctx.settings.paths.data_dir;
    if !folder.join("ledger.db").exists() {
        return Ok(own);
    }
    let ledger = Ledger::open_to_read(folder)?;
    let leader = hand_over::leader(stand, &ledger)?;
    let known = Known::read(ledger, stand.project.clone(), stand.ctx.now)?;
    let charter = known.charter.filter(|_| leader.is_some());
    let (Some(charter), Some(Holder { actor, tenure, .. })) = (charter, leader) else {
        return Ok(Ground {
            state: known.state,
            ..own
        });
    };
    Ok(Ground {
        rules: charter.rules(),
        grants: charter.grants,
        state: known.state,
        tenure,
        leader: Some(actor.pid),
    })
}

/// A fresh look, with what compose says where that matters.
async fn look(stand: &Stand<'_>, action: &Action) -> anyhow::Result<Observation> {
    let mut world = LiveWorld::start(stand.world_settings())?;
    let needs_compose = matches!(action, Action::ComposeUpCore | Action::ComposeUp);
    let until = Instant::now() + COMPOSE_MAX;
    let mut seen = world.observe().await;
    // Compose is asked while something is missing.
    while needs_compose && seen.compose.is_none() && is_missing(&seen) && Instant::now() < until {
        tokio::time::sleep(LOOK_EVERY).await;
        seen = world.observe().await;
    }
    Ok(seen)
}

fn is_missing(seen: &Observation) -> bool {
    let mut sights = seen.services.values();
    sights.any(|sight| matches!(sight, Reading::Known(Sight::Missing { .. })))
}
