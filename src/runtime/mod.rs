//! The loops that drive pure code against the world.

mod desk;
mod lease;
mod live;
mod reconcile;

pub use desk::Desk;
pub use lease::Lease;
pub use live::{Stretch, live};
pub use reconcile::{Stop, reconcile_once, reconcile_until};
