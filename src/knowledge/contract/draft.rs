use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::model::ServiceName;

/// What a running compose project shows of itself, as far as a first contract needs it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sketch {
    /// The compose project.
    pub project: String,
    /// Its services.
    pub services: Vec<SketchService>,
    /// HTTP addresses that answer, with the status they gave.
    pub endpoints: Vec<(String, u16)>,
    /// Files that are there, relative to the repository.
    pub files: Vec<String>,
    /// Keys that `.env` sets to something.
    pub env_keys: Vec<String>,
}

/// One service of the project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SketchService {
    /// Its compose key.
    pub service: ServiceName,
    /// Whether it runs now.
    pub is_running: bool,
    /// TCP ports on which it can be reached from the host.
    pub ports: Vec<u16>,
}

/// Writes a first contract: what is true now must stay true. A service that does not
/// run is left to the operator, with a note; secrets are named by key alone.
pub fn draft(sketch: &Sketch) -> Value {
    let running = || sketch.services.iter().filter(|one| one.is_running);
    let stopped = sketch.services.iter().filter(|one| !one.is_running);
    let stopped: BTreeSet<&str> = stopped.map(|one| one.service.as_str()).collect();
    let names: BTreeSet<&str> = running().map(|one| one.service.as_str()).collect();
    let ports: BTreeSet<u16> = running()
        .flat_map(|one| one.ports.iter().copied())
        .collect();
    let mut contract = Map::new();
    let mut put = |key: &str, value: Value| {
        let is_empty = value.as_array().is_some_and(Vec::is_empty);
        if !is_empty {
            contract.insert(key.to_owned(), value);
        }
    };
    put("name", json!(format!("{}-runtime", sketch.project)));
    put("version", json!("1.0.0"));
    put("schema", json!("runtime-contract.v1"));
    if !stopped.is_empty() {
        let list: Vec<&str> = stopped.into_iter().collect();
        let note = format!("Not running when this was written: {}.", list.join(", "));
        put("description", json!(note));
    }
    put("services", names.into_iter().map(service).collect());
    put(
        "ports",
        ports
            .into_iter()
            .map(|port| json!({ "port": port }))
            .collect(),
    );
    put(
        "http_endpoints",
        sketch.endpoints.iter().map(endpoint).collect(),
    );
    put(
        "files",
        sketch
            .files
            .iter()
            .map(|path| json!({ "path": path }))
            .collect(),
    );
    put(
        "env_keys",
        sketch
            .env_keys
            .iter()
            .map(|key| json!({ "key": key }))
            .collect(),
    );
    Value::Object(contract)
}

fn service(name: &str) -> Value {
    json!({ "name": name, "required_state": "up", "severity": "critical" })
}

fn endpoint((url, status): &(String, u16)) -> Value {
    json!({ "url": url, "ok_status": [status] })
}
