use std::collections::BTreeMap;

use super::{Check, CheckKind, CheckState, Report};
use crate::model::{
    Health, Lifecycle, Reading,
    contract::{
        Contract, EndpointTerm, EnvTerm, Facts, FileFact, FileTerm, HttpAnswer, PortState,
        PortTerm, Presence, ServiceFact, ServiceState, ServiceTerm, WantedState, Weight,
    },
};

/// Names of the capture service: its container and its compose key.
const SCOUT_NAMES: [&str; 2] = ["wicap-scout", "scout"];

/// Whether the capture service may be down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scout {
    /// It is held to the contract like any other.
    Required,
    /// A red check of its state is excused. One that could not be made is not.
    MayBeDown,
}

/// Holds a contract against what was seen.
pub fn evaluate(contract: &Contract, facts: &Facts, scout: Scout) -> Report {
    let mut checks = Vec::new();
    for (at, term) in contract.services.iter().enumerate() {
        let state = service(term, &facts.services);
        let may_be_down = scout == Scout::MayBeDown && SCOUT_NAMES.contains(&&*term.name);
        let is_excused = may_be_down && matches!(state, CheckState::Red(_));
        let mut check = check(CheckKind::ServiceState, &term.name, at, term.weight, state);
        check.is_excused = is_excused;
        checks.push(check);
    }
    for (at, term) in contract.ports.iter().enumerate() {
        let state = port(term, facts.ports.get(&term.address));
        let name = term.address.to_string();
        checks.push(check(CheckKind::NetworkPort, &name, at, term.weight, state));
    }
    for (at, term) in contract.http_endpoints.iter().enumerate() {
        let state = endpoint(term, facts);
        checks.push(check(
            CheckKind::HttpEndpoint,
            &term.name,
            at,
            term.weight,
            state,
        ));
    }
    for (at, term) in contract.files.iter().enumerate() {
        let state = file(term, facts);
        checks.push(check(CheckKind::File, &term.path, at, term.weight, state));
    }
    for (at, term) in contract.env_keys.iter().enumerate() {
        let state = env_key(term, facts.env.get(&term.file));
        let name = format!("{} in {}", term.key, term.file);
        checks.push(check(CheckKind::EnvKey, &name, at, term.weight, state));
    }
    Report {
        name: contract.name.clone(),
        version: contract.version.clone(),
        scout,
        checks,
    }
}

fn check(kind: CheckKind, name: &str, at: usize, weight: Weight, state: CheckState) -> Check {
    let section = match kind {
        CheckKind::ServiceState => "services",
        CheckKind::NetworkPort => "ports",
        CheckKind::HttpEndpoint => "http_endpoints",
        CheckKind::File => "files",
        CheckKind::EnvKey => "env_keys",
    };
    Check {
        kind,
        name: name.to_owned(),
        pointer: format!("/{section}/{at}"),
        weight,
        state,
        is_excused: false,
    }
}

fn service(term: &ServiceTerm, seen: &Reading<Vec<ServiceFact>>) -> CheckState {
    let containers = match seen {
        Reading::Known(containers) => containers,
        Reading::Unknown(why) => return CheckState::Unknown(why.to_string()),
    };
    let own: Vec<&ServiceFact> = containers
        .iter()
        .filter(|one| is_named(&term.name, one))
        .collect();
    if own.is_empty() {
        return match term.wanted {
            WantedState::Stopped | WantedState::Missing => green("there is no container"),
            WantedState::Up | WantedState::Healthy | WantedState::Running => {
                red("there is no container")
            }
        };
    }
    // A service of several containers is as good as its worst one.
    let judged = own.iter().map(|one| match &one.state {
        Reading::Known(state) => judge(term.wanted, *state),
        Reading::Unknown(why) => CheckState::Unknown(format!("{}: {why}", one.service)),
    });
    judged
        .max_by_key(badness)
        .unwrap_or_else(|| red("there is no container"))
}

/// Whether a contract's name means this container: its key, its name, or its name
/// without the number that compose gave it.
fn is_named(name: &str, one: &ServiceFact) -> bool {
    let numbered = one.container.rsplit_once(['-', '_']);
    let stem = numbered.filter(|(_, number)| number.parse::<u32>().is_ok());
    name == one.service.name().as_str()
        || name == one.container
        || stem.is_some_and(|(stem, _)| stem == name)
}

fn badness(state: &CheckState) -> u8 {
    match state {
        CheckState::Green(_) => 0,
        CheckState::Unknown(_) => 1,
        CheckState::Red(_) => 2,
    }
}

fn judge(wanted: WantedState, state: ServiceState) -> CheckState {
    let is_running = state.lifecycle == Lifecycle::Running;
    let words = words(state);
    let holds = match wanted {
        WantedState::Up => {
            is_running && matches!(state.health, Health::Healthy | Health::Unchecked)
        }
        WantedState::Healthy => is_running && state.health == Health::Healthy,
        WantedState::Running => is_running,
        WantedState::Stopped => matches!(
            state.lifecycle,
            Lifecycle::Created | Lifecycle::Exited | Lifecycle::Dead
        ),
        WantedState::Missing => false,
    };
    match holds {
        true => CheckState::Green(words),
        false => CheckState::Red(format!("{words}, must be {}", wanted_word(wanted))),
    }
}

fn words(state: ServiceState) -> String {
    let lifecycle = state.lifecycle.word();
    let health = match (state.lifecycle, state.health) {
        (Lifecycle::Running, Health::Starting) => ", its health check has no verdict yet",
        (Lifecycle::Running, Health::Healthy) => " and healthy",
        (Lifecycle::Running, Health::Unhealthy { .. }) => " but unhealthy",
        (Lifecycle::Running, Health::Unchecked) => ", without a health check",
        (_, _) => "",
    };
    format!("{lifecycle}{health}")
}

/// The word of the contract for a state.
pub(super) fn wanted_word(wanted: WantedState) -> &'static str {
    match wanted {
        WantedState::Up => "up",
        WantedState::Healthy => "healthy",
        WantedState::Running => "running",
        WantedState::Stopped => "stopped",
        WantedState::Missing => "missing",
    }
}

fn port(term: &PortTerm, seen: Option<&Reading<bool>>) -> CheckState {
    let is_open = match known(seen) {
        Ok(is_open) => *is_open,
        Err(unknown) => return unknown,
    };
    match (is_open, term.wanted) {
        (true, PortState::Open) => green("open"),
        (false, PortState::Closed) => green("closed"),
        (true, PortState::Closed) => red("open, must be closed"),
        (false, PortState::Open) => red("closed, must be open"),
    }
}

fn endpoint(term: &EndpointTerm, facts: &Facts) -> CheckState {
    let fact = match known(facts.http.get(&term.url)) {
        Ok(fact) => fact,
        Err(unknown) => return unknown,
    };
    let (status, body) = match &fact.answer {
        HttpAnswer::Answered { status, body } => (*status, body),
        HttpAnswer::Failed(why) => return CheckState::Red(format!("no answer: {why}")),
    };
    if !term.ok_status.contains(&status) {
        let wanted: Vec<String> = term.ok_status.iter().map(u16::to_string).collect();
        return CheckState::Red(format!(
            "answered {status}, must be {}",
            wanted.join(" or ")
        ));
    }
    if let Some(text) = term.body_contains.iter().find(|text| !body.contains(*text)) {
        return CheckState::Red(format!("answered {status}, the body lacks `{text}`"));
    }
    if let Some(text) = term.body_excludes.iter().find(|text| body.contains(*text)) {
        return CheckState::Red(format!("answered {status}, the body contains `{text}`"));
    }
    let latency = fact.latency_ms;
    match term.latency_ms_max {
        Some(max) if latency > max => CheckState::Red(format!(
            "answered {status} after {latency} ms, {max} ms are allowed"
        )),
        Some(_) | None => CheckState::Green(format!("answered {status} after {latency} ms")),
    }
}

fn file(term: &FileTerm, facts: &Facts) -> CheckState {
    let seen = match known(facts.files.get(&term.path)) {
        Ok(seen) => seen,
        Err(unknown) => return unknown,
    };
    let Some(FileFact { bytes, written_at }) = *seen else {
        return match term.wanted {
            Presence::Present => red("not there"),
            Presence::Missing => green("not there"),
        };
    };
    if term.wanted == Presence::Missing {
        return red("there, must be missing");
    }
    if let Some(min) = term.bytes_min.filter(|min| bytes < *min) {
        return CheckState::Red(format!("{bytes} bytes, at least {min} are needed"));
    }
    let age = facts.at.since(written_at).as_secs();
    match term.age_seconds_max {
        Some(max) if age > max => {
            CheckState::Red(format!("written {age} s ago, {max} s are allowed"))
        }
        Some(_) => CheckState::Green(format!("{bytes} bytes, written {age} s ago")),
        None => CheckState::Green(format!("{bytes} bytes")),
    }
}

type EnvFacts = Option<BTreeMap<String, String>>;

fn env_key(term: &EnvTerm, seen: Option<&Reading<EnvFacts>>) -> CheckState {
    let values = match known(seen) {
        Ok(Some(values)) => values,
        Ok(None) if term.wanted == Presence::Missing => return green("the file is not there"),
        Ok(None) => return red("the file is not there"),
        Err(unknown) => return unknown,
    };
    let Some(value) = values.get(&term.key) else {
        return match term.wanted {
            Presence::Present => red("not set"),
            Presence::Missing => green("not set"),
        };
    };
    let length = value.chars().count();
    if term.wanted == Presence::Missing {
        red("set, must not be")
    } else if value.is_empty() && !term.may_be_empty {
        red("set to nothing")
    } else if !term.one_of.is_empty() && !term.one_of.contains(value) {
        red("set to none of the allowed values")
    } else if let Some(min) = term.length_min.filter(|min| (length as u64) < *min) {
        CheckState::Red(format!("shorter than {min} characters"))
    } else {
        green("set")
    }
}

fn known<T>(seen: Option<&Reading<T>>) -> Result<&T, CheckState> {
    match seen {
        Some(Reading::Known(value)) => Ok(value),
        Some(Reading::Unknown(why)) => Err(CheckState::Unknown(why.to_string())),
        None => Err(CheckState::Unknown("not looked at".to_owned())),
    }
}

fn green(text: &str) -> CheckState {
    CheckState::Green(text.to_owned())
}

fn red(text: &str) -> CheckState {
    CheckState::Red(text.to_owned())
}
