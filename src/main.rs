//! The `wicap-assist` binary.

fn main() {}
