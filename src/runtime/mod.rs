//! The loops that drive pure code against the world.

mod desk;
mod live;
mod reconcile;

pub use desk::Desk;
pub use live::{Stretch, live};
pub use reconcile::{Stop, reconcile_once, reconcile_until};
