//! Ingest against real files and a real store.

mod answers;
mod corpus;
mod follow;
mod growth;
mod guardian;
mod kill;
mod offline;
mod rejects;
mod reports;
mod same;
mod sources;
mod store;
