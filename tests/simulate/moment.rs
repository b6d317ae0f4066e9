//! What an onlooker knows of one turn: what was seen, written and asked for.

use wicap_assist::{
    control::Grants,
    model::{Envelope, Observation, Policy, Timestamp},
};

use crate::scenario::world::Call;

/// One turn, from outside.
#[derive(Clone, Debug)]
pub(crate) struct Moment {
    /// The snapshot that the world gave.
    pub seen: Observation,
    /// By how much the clock was set before it.
    pub gap_ms: i64,
    /// The rows since the last moment.
    pub rows: Vec<Envelope>,
    /// What the world was asked to do since the last moment.
    pub calls: Vec<Call>,
    /// How the ledger was.
    pub ledger: Paper,
    /// What held for the session.
    pub terms: Terms,
}

/// Whether the ledger could be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paper {
    /// All the time.
    Works,
    /// Until some moment in the turn.
    RunsOut,
    /// Not at all.
    Full,
}

/// What the operator said and granted, as it was told to the session.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    pub grants: Grants,
    pub policy: Policy,
    /// Whether nobody else has the stack.
    pub may_lead: bool,
    /// Whether it is had by a hold that runs out.
    pub leads: bool,
}

/// What happened between two turns, or in one.
#[derive(Clone, Debug)]
pub(crate) enum Sight {
    /// A person or the outside did something.
    Deed(Timestamp, Vec<String>),
    /// A turn.
    Turn(Box<Moment>),
}

/// An invariant that did not hold, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Broken {
    pub invariant: &'static str,
    pub how: String,
}
