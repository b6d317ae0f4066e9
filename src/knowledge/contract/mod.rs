//! The runtime contract: read, judged, written.

mod draft;
mod evaluate;
mod json;
mod junit;
mod parse;
mod report;
mod schema;
mod shape;
mod terms;
mod walk;

pub use draft::{ContractDraft, Sketch, SketchService, draft};
pub use evaluate::{Scout, evaluate};
pub use junit::{junit, junit_of_mistakes};
pub use parse::{ContractMistake, parse};
pub use report::{Check, CheckKind, CheckState, Report};
pub use schema::schema;
