use std::fmt;

use super::{
    json::{self, below},
    shape::{CONTRACT, Kind},
    terms, walk,
};
use crate::model::contract::{Contract, PortState, Presence};

/// Something in a contract that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct ContractMistake {
    /// Where: a JSON pointer, empty for the whole document.
    pub pointer: String,
    /// What, as a fragment.
    pub message: String,
}

/// Reads a contract. A document with mistakes is no contract: all of them come back,
/// in the order of their pointers.
pub fn parse(text: &str) -> Result<Contract, Vec<ContractMistake>> {
    let mut found = Vec::new();
    let Some(value) = json::read(text, &mut found) else {
        return Err(found);
    };
    walk::walk(&value, &Kind::Object(&CONTRACT), "", &mut found);
    found.extend(terms::contradictions(&value));
    if !found.is_empty() {
        return Err(sorted(found));
    }
    let contract = terms::contract(&value);
    let found = rules(&contract);
    match found.is_empty() {
        true => Ok(contract),
        false => Err(sorted(found)),
    }
}

fn sorted(mut found: Vec<ContractMistake>) -> Vec<ContractMistake> {
    found.sort_by_cached_key(|mistake| (segments(&mistake.pointer), mistake.message.clone()));
    found.dedup();
    found
}

/// The pointer as a sort key under which `/ports/10` follows `/ports/9`.
fn segments(pointer: &str) -> Vec<(usize, String)> {
    let segment = |text: &str| (text.parse().unwrap_or(0), text.to_owned());
    pointer.split('/').map(segment).collect()
}

/// What no single value shows: doubles, and terms that cannot hold together.
fn rules(contract: &Contract) -> Vec<ContractMistake> {
    let mut found = Vec::new();
    if contract.n_terms() == 0 {
        let message = "the contract checks nothing; name at least one of services, ports, \
                       http_endpoints, files or env_keys";
        found.push(ContractMistake::new("", message));
    }
    let services = contract.services.iter().map(|term| term.name.clone());
    doubles("services", services, &mut found);
    let ports = contract.ports.iter().map(|term| term.address.to_string());
    doubles("ports", ports, &mut found);
    let urls = contract.http_endpoints.iter().map(|term| term.url.clone());
    doubles("http_endpoints", urls, &mut found);
    let names = contract.http_endpoints.iter().map(|term| term.name.clone());
    doubles("http_endpoints", names, &mut found);
    let files = contract.files.iter().map(|term| plain(&term.path));
    doubles("files", files, &mut found);
    let keys = contract.env_keys.iter();
    let keys = keys.map(|term| format!("{} in {}", term.key, plain(&term.file)));
    doubles("env_keys", keys, &mut found);
    impossible(contract, &mut found);
    found
}

fn doubles(section: &str, names: impl Iterator<Item = String>, found: &mut Vec<ContractMistake>) {
    let mut seen: Vec<String> = Vec::new();
    for (at, name) in names.enumerate() {
        if let Some(first) = seen.iter().position(|earlier| *earlier == name) {
            let pointer = format!("/{section}/{at}");
            let message = format!("`{name}` is already checked by /{section}/{first}");
            found.push(ContractMistake { pointer, message });
        }
        seen.push(name);
    }
}

fn impossible(contract: &Contract, found: &mut Vec<ContractMistake>) {
    let mut add = |section: &str, at: usize, message: &str| {
        let pointer = below(&format!("/{section}"), &at.to_string());
        found.push(ContractMistake::new(&pointer, message));
    };
    for (at, term) in contract.http_endpoints.iter().enumerate() {
        if term.latency_ms_max.is_some_and(|max| max > term.timeout_ms) {
            let message = "`max_latency_ms` is longer than `timeout_ms` lets anybody wait";
            add("http_endpoints", at, message);
        }
        if term
            .body_contains
            .iter()
            .any(|text| term.body_excludes.contains(text))
        {
            add(
                "http_endpoints",
                at,
                "the same text is both asked for and excluded",
            );
        }
    }
    for (at, term) in contract.files.iter().enumerate() {
        let is_measured = term.bytes_min.is_some() || term.age_seconds_max.is_some();
        if term.wanted == Presence::Missing && is_measured {
            add("files", at, "a missing file has no size and no age");
        }
    }
    for (at, term) in contract.env_keys.iter().enumerate() {
        let is_measured = term.length_min.is_some() || !term.one_of.is_empty();
        if term.wanted == Presence::Missing && is_measured {
            add("env_keys", at, "a missing key has no value");
        }
        if term.may_be_empty && term.length_min.is_some() {
            add(
                "env_keys",
                at,
                "`allow_empty` and `min_length` contradict each other",
            );
        }
    }
    for (at, term) in contract.ports.iter().enumerate() {
        let probed = contract.http_endpoints.iter().position(|endpoint| {
            let url = url::Url::parse(&endpoint.url).ok();
            let url_port = url.as_ref().and_then(url::Url::port_or_known_default);
            let url_host = url.as_ref().and_then(url::Url::host_str);
            url_port == Some(term.address.port) && url_host == Some(&*term.address.host)
        });
        if let Some(endpoint) = probed.filter(|_| term.wanted == PortState::Closed) {
            let message =
                format!("the port must be closed, and /http_endpoints/{endpoint} needs it");
            add("ports", at, &message);
        }
    }
}

/// A path without `.` and empty segments.
fn plain(path: &str) -> String {
    let kept = path
        .split('/')
        .filter(|segment| !matches!(*segment, "" | "."));
    kept.collect::<Vec<_>>().join("/")
}

impl ContractMistake {
    /// Makes a mistake of the whole document.
    pub fn whole(message: String) -> Self {
        Self::new("", message)
    }

    pub(super) fn new(pointer: &str, message: impl Into<String>) -> Self {
        Self {
            pointer: pointer.to_owned(),
            message: message.into(),
        }
    }
}

impl fmt::Display for ContractMistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pointer.is_empty() {
            true => write!(f, "the document: {}", self.message),
            false => write!(f, "{}: {}", self.pointer, self.message),
        }
    }
}
