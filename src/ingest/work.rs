//! Sessions: what was said and done in past work.

/// What is known about the session of a file so far.
#[derive(Clone, Debug, Default)]
pub(super) struct SessionState {}
