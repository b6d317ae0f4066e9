//! Ingest against real files and a real store.

mod corpus;
mod growth;
mod kill;
mod rejects;
mod same;
mod sources;
mod store;
