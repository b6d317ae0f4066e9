use std::collections::BTreeSet;

use serde::Serialize;

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

/// A contract as it is written: the keys in the order in which people read them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ContractDraft {
    name: String,
    version: &'static str,
    schema: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    services: Vec<ServiceDraft>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ports: Vec<PortDraft>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    http_endpoints: Vec<EndpointDraft>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    files: Vec<FileDraft>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    env_keys: Vec<EnvDraft>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct ServiceDraft {
    name: String,
    required_state: &'static str,
    severity: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct PortDraft {
    port: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct EndpointDraft {
    url: String,
    ok_status: [u16; 1],
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct FileDraft {
    path: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct EnvDraft {
    key: String,
}

/// Writes a first contract: what is true now must stay true. A service that does not
/// run is left to the operator, with a note; secrets are named by key alone.
pub fn draft(sketch: &Sketch) -> ContractDraft {
    let named = |is_running: bool| -> BTreeSet<&str> {
        let some = sketch
            .services
            .iter()
            .filter(|one| one.is_running == is_running);
        some.map(|one| one.service.as_str()).collect()
    };
    let running = sketch.services.iter().filter(|one| one.is_running);
    let ports: BTreeSet<u16> = running.flat_map(|one| one.ports.iter().copied()).collect();
    let stopped: Vec<&str> = named(false).difference(&named(true)).copied().collect();
    let note = || format!("Not running when this was written: {}.", stopped.join(", "));
    let service = |name: &str| ServiceDraft {
        name: name.to_owned(),
        required_state: "up",
        severity: "critical",
    };
    let endpoint = |(url, status): &(String, u16)| EndpointDraft {
        url: url.clone(),
        ok_status: [*status],
    };
    ContractDraft {
        name: format!("{}-runtime", sketch.project),
        version: "1.0.0",
        schema: "runtime-contract.v1",
        description: (!stopped.is_empty()).then(note),
        services: named(true).into_iter().map(service).collect(),
        ports: ports.into_iter().map(|port| PortDraft { port }).collect(),
        http_endpoints: sketch.endpoints.iter().map(endpoint).collect(),
        files: sketch
            .files
            .iter()
            .map(|path| FileDraft { path: path.clone() })
            .collect(),
        env_keys: sketch
            .env_keys
            .iter()
            .map(|key| EnvDraft { key: key.clone() })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::contract::parse;

    #[test]
    fn a_draft_is_a_contract_and_names_what_did_not_run() {
        let service = |name: &str, is_running, ports: &[u16]| SketchService {
            service: name.parse().unwrap(),
            is_running,
            ports: ports.to_vec(),
        };
        let sketch = Sketch {
            project: "wicap".to_owned(),
            services: vec![
                service("ui", true, &[8080]),
                service("redis", true, &[6380, 8080]),
                service("scout", false, &[9]),
            ],
            endpoints: vec![("http://127.0.0.1:8080/health".to_owned(), 200)],
            files: vec![".env".to_owned()],
            env_keys: vec!["WICAP_SQL_PASSWORD".to_owned()],
        };
        let text = serde_json::to_string(&draft(&sketch)).unwrap();
        assert!(
            text.starts_with(r#"{"name":"wicap-runtime","version":"#),
            "{text}"
        );
        assert!(
            text.contains("Not running when this was written: scout."),
            "{text}"
        );
        let contract = parse(&text).unwrap();
        let names: Vec<&str> = contract.services.iter().map(|term| &*term.name).collect();
        assert_eq!(vec!["redis", "ui"], names);
        assert_eq!(7, contract.n_terms());
    }

    #[test]
    fn a_project_without_anything_makes_no_contract() {
        let text = serde_json::to_string(&draft(&Sketch::default())).unwrap();
        assert!(parse(&text).is_err());
    }
}
