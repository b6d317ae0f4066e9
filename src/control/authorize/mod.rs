//! The gates. Each is one file and answers one question; the chain below is their
//! order. The first refusal stands, and a refusal always wins.

mod budgets;
mod grants;
mod moment;

pub(in crate::control) use budgets::Budget;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    control::{Rules, State},
    model::{
        Action, ActionKind, ActionRule, ControlMode, Denial, Expectation, Facts, Gate, Observation,
        Refusal, ServiceId, Step, Tenure, Timestamp,
    },
};

/// What the operator has granted for this session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grants {
    /// How much the session may do.
    pub mode: ControlMode,
    /// Whether it only records what it would do.
    pub is_shadow: bool,
    /// The actions it may take.
    pub actions: BTreeSet<ActionRule>,
    /// The actions that the operator ruled out, whatever else is granted.
    pub denied: BTreeSet<ActionRule>,
    /// The planes that are switched on.
    pub planes: Planes,
}

/// The operator's three main switches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planes {
    /// Whether anything may run.
    pub runtime: bool,
    /// Whether actions are judged at all; off means that none may run.
    pub tool_policy: bool,
    /// Whether the world may be changed.
    pub elevated: bool,
}

impl Default for Planes {
    fn default() -> Self {
        Self {
            runtime: true,
            tool_policy: true,
            elevated: true,
        }
    }
}

impl Grants {
    /// The actions that a session gets unless the operator narrows them.
    pub const ACTIONS: [ActionRule; 3] = [
        ActionRule::Kind(ActionKind::StatusCheck),
        ActionRule::Kind(ActionKind::ComposeUpCore),
        ActionRule::Kind(ActionKind::RestartService),
    ];

    /// What a session in `mode` gets by default.
    pub fn for_mode(mode: ControlMode) -> Self {
        Self {
            mode,
            is_shadow: false,
            actions: Self::ACTIONS.into(),
            denied: BTreeSet::new(),
            planes: Planes::default(),
        }
    }
}

/// A request for leave, with everything that bears on the answer.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// The step.
    pub step: &'a Step,
    /// The snapshot that it was decided on.
    pub seen: &'a Observation,
    /// What is remembered.
    pub state: &'a State,
    /// What the operator granted.
    pub grants: &'a Grants,
    /// What holds for the session.
    pub rules: &'a Rules,
    /// Our hold on the stack, if we have one.
    pub tenure: Option<Tenure>,
}

/// Leave to run one action. Only [`authorize`] makes one, and running the action
/// consumes it.
///
/// ```
/// use wicap_assist::{control::Permit, ports::Act};
///
/// async fn once(world: &impl Act, permit: Permit) {
///     world.execute(permit).await;
/// }
/// ```
///
/// Nobody else can build one,
///
/// ```compile_fail,E0451
/// use wicap_assist::{control::Permit, model::{Action, Timestamp}};
///
/// let permit = Permit {
///     action: Action::StatusCheck,
///     starts: Vec::new(),
///     expires_at: Timestamp::default(),
/// };
/// ```
///
/// change one,
///
/// ```compile_fail,E0616
/// use wicap_assist::{control::Permit, model::Action};
///
/// fn widen(permit: &mut Permit) {
///     permit.action = Action::Shutdown;
/// }
/// ```
///
/// copy one,
///
/// ```compile_fail,E0599
/// use wicap_assist::control::Permit;
///
/// fn copy(permit: &Permit) -> Permit {
///     Permit::clone(permit)
/// }
/// ```
///
/// find one in a file,
///
/// ```compile_fail,E0277
/// use wicap_assist::control::Permit;
///
/// let permit: Permit = serde_json::from_str("{}").unwrap();
/// ```
///
/// use one twice,
///
/// ```compile_fail,E0382
/// use wicap_assist::{control::Permit, ports::Act};
///
/// async fn twice(world: &impl Act, permit: Permit) {
///     world.execute(permit).await;
///     world.execute(permit).await;
/// }
/// ```
///
/// or act without one: the engine's own calls are closed to all but the world.
///
/// ```compile_fail,E0624
/// use std::time::Duration;
/// use wicap_assist::world::{Endpoint, Engine};
///
/// async fn restart(engine: &Engine) {
///     engine.restart(unreachable!(), "id", Duration::ZERO).await;
/// }
/// ```
#[derive(Debug)]
pub struct Permit {
    action: Action,
    starts: Vec<ServiceId>,
    expires_at: Timestamp,
}

impl Permit {
    /// Returns the action that may run.
    pub fn action(&self) -> &Action {
        &self.action
    }

    /// Returns the services whose containers may be started where the action does not
    /// name one: what somebody removed is not among them.
    pub fn starts(&self) -> &[ServiceId] {
        &self.starts
    }

    /// Says whether it is too late to begin: a process that stood still in between
    /// may no longer hold the stack.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at <= now
    }
}

/// What one gate answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The question, in a word.
    pub question: &'static str,
    /// The gate that asked it.
    pub gate: Gate,
    /// The refusal, if it is one.
    pub refusal: Option<Refusal>,
}

type Question = (&'static str, Gate, fn(&Ask<'_>) -> Option<Refusal>);

/// The chain, in order: may anything run now; may this run; may the world be changed
/// once more.
const QUESTIONS: [Question; 12] = [
    ("shadow", Gate::Runtime, moment::shadow),
    ("kill_switch", Gate::Runtime, moment::kill_switch),
    ("mode", Gate::Runtime, moment::mode),
    ("runtime_plane", Gate::Runtime, moment::runtime_plane),
    ("lease", Gate::Runtime, moment::lease),
    ("operator_pause", Gate::Runtime, moment::operator_pause),
    ("stack_busy", Gate::Runtime, moment::stack_busy),
    ("soak", Gate::Runtime, moment::soak),
    ("tool_policy", Gate::ToolPolicy, grants::tool_policy),
    ("elevated_plane", Gate::Elevated, grants::elevated_plane),
    ("compose", Gate::Elevated, grants::compose),
    ("budgets", Gate::Elevated, budgets::budgets),
];

/// Asks every gate, at the last moment; the first refusal stands.
///
/// # Errors
///
/// A [`Refusal`] is a decision, not a fault: it is recorded like any other.
pub fn authorize(ask: &Ask<'_>) -> Result<Permit, Refusal> {
    for (_, _, question) in QUESTIONS {
        if let Some(refusal) = question(ask) {
            return Err(refusal);
        }
    }
    let Some(tenure) = ask.tenure else {
        return Err(refuse(Denial::NotLeader));
    };
    let starts = match &ask.step.expect {
        Expectation::Present { services } => services.clone(),
        Expectation::Nothing | Expectation::Restarted { .. } | Expectation::Gone => Vec::new(),
    };
    Ok(Permit {
        action: ask.step.action.clone(),
        starts,
        expires_at: tenure.expires_at,
    })
}

/// The questions of all gates, in the order in which they are asked.
pub fn questions() -> impl Iterator<Item = (&'static str, Gate)> {
    QUESTIONS.into_iter().map(|(word, gate, _)| (word, gate))
}

/// Asks every gate and keeps all answers, for people who want to know. Grants
/// nothing.
pub fn trace(ask: &Ask<'_>) -> Vec<Answer> {
    let answer = |(word, gate, question): Question| Answer {
        question: word,
        gate,
        refusal: question(ask),
    };
    QUESTIONS.into_iter().map(answer).collect()
}

fn refuse(code: Denial) -> Refusal {
    Refusal {
        code,
        detail: Facts::new(),
        next_at: None,
    }
}
