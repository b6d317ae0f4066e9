//! The one integration test binary.

mod world_engine;
mod world_http;
