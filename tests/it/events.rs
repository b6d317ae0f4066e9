//! `docs/EVENTS.md` says what the program writes.

use std::{env, fs};

use wicap_assist::telemetry::events_markdown;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/EVENTS.md");

#[test]
fn the_document_is_what_the_code_says() {
    let expected = events_markdown();
    if env::var_os("WICAP_ASSIST_BLESS").is_some() {
        fs::write(PATH, &expected).unwrap();
    }
    let found = fs::read_to_string(PATH).unwrap_or_default();
    assert!(
        expected == found,
        "docs/EVENTS.md is out of date; WICAP_ASSIST_BLESS=1 cargo test --test it events"
    );
}
