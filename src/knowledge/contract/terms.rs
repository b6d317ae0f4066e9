use serde_json::Value;

use super::ContractMistake;
use crate::model::contract::{
    Contract, EndpointTerm, EnvTerm, FileTerm, PortAddress, PortState, PortTerm, Presence,
    ServiceTerm, SoakGate, WantedState, Weight,
};

const TIMEOUT_MS: u64 = 2000;
const OK_STATUS: [u16; 2] = [200, 204];
const SECTIONS: [&str; 5] = ["services", "ports", "http_endpoints", "files", "env_keys"];

/// Builds the contract from a document that the walk found clean.
pub(super) fn contract(value: &Value) -> Contract {
    let soak_gate = value.get("soak_gate").unwrap_or(&Value::Null);
    Contract {
        name: text_or(value, "name", "runtime contract"),
        version: text_or(value, "version", "1"),
        services: entries(value, "services").map(service).collect(),
        ports: entries(value, "ports").map(port).collect(),
        http_endpoints: entries(value, "http_endpoints").map(endpoint).collect(),
        files: entries(value, "files").map(file).collect(),
        env_keys: entries(value, "env_keys").map(env_key).collect(),
        soak_gate: SoakGate {
            failures_max: number(soak_gate, "max_failures").unwrap_or(0),
        },
    }
}

/// Finds terms whose `severity` and its older form say different things.
pub(super) fn contradictions(value: &Value) -> Vec<ContractMistake> {
    let mut found = Vec::new();
    for section in SECTIONS {
        for (at, term) in entries(value, section).enumerate() {
            for older in ["critical", "required"] {
                let said = term.get(older).and_then(Value::as_bool).map(weight_of);
                let severity = term.get("severity").and_then(Value::as_str);
                let meant = severity.map(|word| weight_of(word == "critical"));
                if said.is_some() && meant.is_some() && said != meant {
                    let message = format!("`{older}` and `severity` contradict each other");
                    let pointer = format!("/{section}/{at}");
                    found.push(ContractMistake { pointer, message });
                }
            }
        }
    }
    found
}

fn service(term: &Value) -> ServiceTerm {
    let wanted = match text(term, "required_state") {
        Some("healthy") => WantedState::Healthy,
        Some("running") => WantedState::Running,
        Some("stopped") => WantedState::Stopped,
        Some("missing") => WantedState::Missing,
        _ => WantedState::Up,
    };
    ServiceTerm {
        name: text_or(term, "name", ""),
        wanted,
        weight: weight(term),
    }
}

fn port(term: &Value) -> PortTerm {
    let port = number(term, "port").and_then(|port| u16::try_from(port).ok());
    PortTerm {
        address: PortAddress {
            host: text_or(term, "host", "127.0.0.1"),
            port: port.unwrap_or_default(),
        },
        wanted: match text(term, "required_state") {
            Some("closed") => PortState::Closed,
            _ => PortState::Open,
        },
        weight: weight(term),
    }
}

fn endpoint(term: &Value) -> EndpointTerm {
    let url = text_or(term, "url", "");
    let statuses = term.get("ok_status").and_then(Value::as_array).map(|list| {
        let status = |item: &Value| item.as_u64().and_then(|status| u16::try_from(status).ok());
        list.iter().filter_map(status).collect()
    });
    EndpointTerm {
        name: text_or(term, "name", &url),
        ok_status: statuses.unwrap_or_else(|| OK_STATUS.to_vec()),
        body_contains: texts(term, "body_contains"),
        body_excludes: texts(term, "body_excludes"),
        latency_ms_max: number(term, "max_latency_ms"),
        timeout_ms: number(term, "timeout_ms").unwrap_or(TIMEOUT_MS),
        weight: weight(term),
        url,
    }
}

fn file(term: &Value) -> FileTerm {
    FileTerm {
        path: text_or(term, "path", ""),
        wanted: presence(term),
        bytes_min: number(term, "min_bytes"),
        age_seconds_max: number(term, "max_age_seconds"),
        weight: weight(term),
    }
}

fn env_key(term: &Value) -> EnvTerm {
    EnvTerm {
        key: text_or(term, "key", ""),
        file: text_or(term, "file", ".env"),
        wanted: presence(term),
        may_be_empty: term.get("allow_empty").and_then(Value::as_bool) == Some(true),
        length_min: number(term, "min_length"),
        one_of: texts(term, "one_of"),
        weight: weight(term),
    }
}

fn presence(term: &Value) -> Presence {
    match text(term, "required_state") {
        Some("missing") => Presence::Missing,
        _ => Presence::Present,
    }
}

fn weight(term: &Value) -> Weight {
    let older = || {
        ["critical", "required"]
            .iter()
            .find_map(|key| term.get(*key)?.as_bool())
    };
    match text(term, "severity") {
        Some(word) => weight_of(word == "critical"),
        None => weight_of(older().unwrap_or(true)),
    }
}

fn weight_of(is_critical: bool) -> Weight {
    match is_critical {
        true => Weight::Critical,
        false => Weight::Warn,
    }
}

fn entries<'a>(value: &'a Value, section: &str) -> impl Iterator<Item = &'a Value> {
    value
        .get(section)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

fn text_or(value: &Value, key: &str, default: &str) -> String {
    text(value, key).unwrap_or(default).to_owned()
}

fn texts(value: &Value, key: &str) -> Vec<String> {
    let list = value
        .get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    list.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn number(value: &Value, key: &str) -> Option<u64> {
    value.get(key).and_then(Value::as_u64)
}
