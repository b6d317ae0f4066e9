//! The runtime contract: what a stack promises while it runs, and what was seen of it.

mod document;
mod facts;

pub use document::{
    Contract, EndpointTerm, EnvTerm, FileTerm, Presence, PortState, PortTerm, ServiceTerm,
    SoakGate, WantedState, Weight,
};
pub use facts::{Facts, FileFact, HttpAnswer, HttpFact, PortAddress, ServiceFact, ServiceState};
