//! The verbs: verify, diagnose, decide, authorize. Everything here is
//! synchronous, takes its inputs as values, and returns decisions as values.
//! `runtime::reconcile` supplies the verbs that touch the world.

mod authorize;
mod bounce;
mod clock;
mod condition;
mod decide;
mod diagnose;
mod escalate;
mod fold;
mod left;
mod patient;
mod request;
mod rules;
mod state;
mod stopped;
mod symptom;
mod verify;
mod weigh;

pub use authorize::{Answer, Ask, Grants, Permit, Planes, authorize, questions, trace};
pub use clock::clock_jump;
pub use decide::{Plan, decide};
pub use diagnose::{Diagnosis, diagnose};
pub use left::{Left, budgets_left};
pub use patient::{Episode, Escalation, LastAction, Mark, Patient, Standing};
pub use request::{Answering, Request, answering, operator_step};
pub use rules::Rules;
pub use state::{Bounce, SoakHold, Spent, State};
pub use symptom::{Condition, Symptom};
pub use verify::verify;
