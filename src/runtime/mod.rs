//! The loops that drive pure code against the world.

mod charter;
mod desk;
mod lease;
mod live;
mod packs;
mod reconcile;
mod replay;
mod turn;

pub use charter::Charter;
pub use desk::Desk;
pub use lease::{Lease, UNKNOWN_PROJECT};
pub use live::{Stretch, live};
pub use packs::Pack;
pub use reconcile::{Stop, reconcile_once, reconcile_until};
pub use replay::{Asked, DIFFERENCES_MAX, Difference, Insight, Replayed, insight, replay};
pub use turn::{Basis, TurnMark};
