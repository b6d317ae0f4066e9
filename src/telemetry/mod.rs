//! The event stream and its readers: the ledger first, then what people and
//! programs read along.

mod background;
mod catalogue;
mod codes;
mod console;
mod entries;
mod examples;
mod journal;
mod ndjson;
mod output;
mod sentence;
mod soak;
pub(crate) mod words;

pub use background::{Background, QUEUE_LINES_MAX};
pub use catalogue::events_markdown;
pub use console::Console;
pub use journal::{CHECKPOINT_EVERY, Journal};
pub use ndjson::ndjson_line;
pub use output::{Format, Output};
pub use sentence::sentence;
