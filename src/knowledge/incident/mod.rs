//! An incident as documents: what failed, what past work knows, what was changed, what was done.

mod bundle;
mod given;
mod html;
mod markdown;
mod order;
mod page_style;
mod playbook;
mod text;

pub use bundle::{
    Bundle, Cluster, Commit, Git, Happening, Incident, LogSummary, Match, Matches, RelatedSession,
    ScriptReference,
};
pub use given::git_of;
pub use html::page;
pub use markdown::{index_with, markdown};
pub use order::Clocks;
pub use playbook::{Playbook, playbook};
pub use text::{quoted, slug};
