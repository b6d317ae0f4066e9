//! The runtime contract: what a stack promises while it runs, and what was seen of it.

mod document;
mod facts;

pub use document::{
    Contract, EndpointTerm, EnvTerm, FileTerm, PortState, PortTerm, Presence, ServiceTerm,
    SoakGate, WantedState, Weight,
};
pub use facts::{Facts, FileFact, HttpAnswer, HttpFact, PortAddress, ServiceFact, ServiceState};
