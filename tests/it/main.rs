//! The one integration test binary.

mod redaction;
