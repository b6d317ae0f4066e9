//! The verbs: verify, diagnose, decide, authorize. Everything here is
//! synchronous, takes its inputs as values, and returns decisions as values.
//! `runtime::reconcile` supplies the verbs that touch the world.

mod authorize;

pub use authorize::Permit;
