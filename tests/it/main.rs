//! The one integration test binary.

mod signature_accuracy;
mod signature_command;
mod signature_engine;
mod signature_properties;
mod support;
