//! The loops that drive pure code against the world.

mod desk;
mod reconcile;

pub use desk::Desk;
pub use reconcile::{Stop, reconcile_once, reconcile_until};
