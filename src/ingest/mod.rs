//! The outside, read: files and histories become evidence.
//!
//! [`Ingest::once`] is the way through: find the files ([`Source`]), tell which of them are new or
//! have grown, read them with worker threads, and store rows and cursors together. What is read
//! stays where it is; nothing outside the data folder is ever written.

mod clock;
mod containers;
mod content;
mod conversations;
mod discover;
mod documents;
mod error;
mod flush;
mod gather;
mod git;
mod git_state;
mod identify;
mod import;
mod key;
mod lock;
mod logs;
mod maintenance;
mod network_records;
mod opening;
mod order;
mod packed;
mod pipeline;
mod reading;
mod records;
mod report;
mod run;
mod segment;
mod service;
mod source;
mod wash;
mod watch;
mod work;

pub use clock::Zone;
pub use containers::ContainerLine;
pub use discover::Roots;
pub use error::IngestError;
pub use gather::BATCH_ROWS;
pub use git_state::git_state;
pub use import::{Import, import};
pub use maintenance::Maintenance;
pub use report::{Reject, Report, SourceReport};
pub use run::{Ingest, Options};
pub use source::Source;
pub use wash::Wash;
pub use watch::Watch;
