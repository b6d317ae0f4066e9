//! The outside, read.
