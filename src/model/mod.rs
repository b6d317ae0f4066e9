//! The nouns: values with invariants. No IO, no clock, no async.
mod redacted;

pub use redacted::{BLOCK_BYTES_MAX, LINE_CHARS_MAX, REDACTION_VERSION, Redacted, redact};
