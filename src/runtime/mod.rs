//! The loops that drive pure code against the world.

pub mod answers;
mod charter;
mod desk;
mod follow;
mod lease;
mod live;
mod packs;
mod reconcile;
mod replay;
mod soak;
mod turn;

pub use charter::Charter;
pub use desk::Desk;
pub use follow::{Follow, FollowEnd};
pub use lease::{HostName, Lease, TakeName, UNKNOWN_PROJECT};
pub use live::{Stretch, close, live};
pub use packs::Pack;
pub use reconcile::{Stop, reconcile_once, reconcile_until};
pub use replay::{Asked, DIFFERENCES_MAX, Difference, Insight, Replayed, insight, replay};
pub use soak::{Watched, end_session, reconcile_while};
pub use turn::{Basis, TurnMark};
