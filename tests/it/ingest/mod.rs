//! Ingest against real files and a real store.

mod answers;
mod any_bytes;
mod corpus;
mod follow;
mod growth;
mod guardian;
mod held_out;
mod held_out_second;
mod held_out_unseen;
mod held_out_words;
mod kill;
mod ledger_slice;
mod names;
mod now;
mod offline;
mod papers;
mod quotes;
mod rejects;
mod same;
mod sources;
mod store;
