//! Soaks: which harness is run and how, what its report says, and what is different
//! from the last one.

mod advice;
mod chart;
mod compare;
mod harness;
mod judge;
mod learn;
mod measure;
mod page;
mod record;

pub use advice::{Deed, guidance, manager_actions};
pub use compare::{Compared, Drift, Robust, compare, robust};
pub use harness::{HarnessKind, Load};
pub use judge::{Ending, Told, judge};
pub use learn::{Learned, PastSession, Profile, READINESS_MAX, Readiness, ReadinessStatus, learn};
pub use measure::{By, Measured, Metric, POINTS_MAX, Series};
pub use page::{Page, row};
pub use record::{FORMAT, PhaseMark, SoakRecord, Used};
