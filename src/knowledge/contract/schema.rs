use serde_json::{Map, Value, json};

use super::shape::{CONTRACT, ENTRIES_MAX, Kind, Shape};

/// Returns the JSON Schema of a contract, made from the tables that the parser reads.
pub fn schema() -> Value {
    let mut schema = object(&CONTRACT);
    let title = "The runtime contract of a compose stack, version 1";
    let sections = ["services", "ports", "http_endpoints", "files", "env_keys"];
    let checks_something = sections.map(
        |section| json!({ "required": [section], "properties": { section: { "minItems": 1 } } }),
    );
    if let Value::Object(map) = &mut schema {
        map.insert(
            "$schema".into(),
            json!("https://json-schema.org/draft/2020-12/schema"),
        );
        map.insert("title".into(), json!(title));
        map.insert("anyOf".into(), json!(checks_something));
    }
    schema
}

fn object(shape: &Shape) -> Value {
    let mut properties = Map::new();
    for field in shape.fields {
        let mut property = kind(&field.kind);
        if let Value::Object(map) = &mut property {
            map.insert("description".into(), json!(field.help));
        }
        properties.insert(field.name.to_owned(), property);
    }
    let required: Vec<&str> = shape
        .fields
        .iter()
        .filter(|field| field.is_required)
        .map(|field| field.name)
        .collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn kind(kind: &Kind) -> Value {
    match kind {
        Kind::Bool => json!({ "type": "boolean" }),
        Kind::Integer { min, max } => json!({ "type": "integer", "minimum": min, "maximum": max }),
        Kind::Text => json!({ "type": "string", "pattern": "\\S", "maxLength": 1000 }),
        Kind::Word(words) => json!({ "enum": words }),
        Kind::Service => {
            json!({ "type": "string", "pattern": "^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$" })
        }
        Kind::Host => json!({ "type": "string", "minLength": 1, "maxLength": 254 }),
        Kind::Url => json!({ "type": "string", "format": "uri", "pattern": "^https?://[^@\\s]+$" }),
        Kind::Path => {
            let pattern = "^(?![/~])(?!(.*/)?\\.\\.(/|$))[^\\\\]+$";
            json!({ "type": "string", "pattern": pattern, "maxLength": 1000 })
        }
        Kind::Key => json!({ "type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$" }),
        Kind::Object(shape) => object(shape),
        Kind::List { of, min } => json!({
            "type": "array",
            "items": self::kind(of),
            "minItems": min,
            "maxItems": ENTRIES_MAX,
        }),
    }
}
