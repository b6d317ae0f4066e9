//! The one integration test binary.

#[cfg(test)]
mod world_engine;
#[cfg(test)]
mod world_http;
