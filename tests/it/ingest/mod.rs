//! Ingest against real files and a real store.

mod answers;
mod corpus;
mod follow;
mod growth;
mod guardian;
mod held_out;
mod kill;
mod now;
mod offline;
mod rejects;
mod reports;
mod same;
mod sources;
mod store;
