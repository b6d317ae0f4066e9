//! SQLite. The only module that knows SQL.

pub mod evidence;
