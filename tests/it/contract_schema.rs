//! The published schema is the one that the parser's tables make.

use std::{env, fs, path::Path};

use wicap_assist::knowledge::contract::schema;

#[test]
fn the_published_schema_is_made_from_the_tables() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/runtime-contract.schema.json");
    let made = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    if env::var_os("WICAP_ASSIST_BLESS").is_some() {
        fs::write(&path, &made).unwrap();
    }
    let published = fs::read_to_string(&path).unwrap_or_default();
    let hint = "WICAP_ASSIST_BLESS=1 cargo test writes it anew";
    assert_eq!(made, published, "{hint}");
}
