//! How the compose file lets the dashboard be reached.

use std::{collections::BTreeMap, path::Path};

use serde::{Deserialize, de::IgnoredAny};

use super::compose_file;
use crate::model::host::UiBinding;

/// The names under which compose looks for its file, in its order.
const FILE_NAMES: [&str; 4] = [
    "compose.yaml",
    "compose.yml",
    "docker-compose.yml",
    "docker-compose.yaml",
];
/// Where the dashboard listens inside its container.
const UI_PORT: u16 = 8080;
/// The keys that the dashboard's service goes by.
const UI_NAMES: [&str; 2] = ["ui", "wicap-ui"];

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    services: BTreeMap<String, Option<Service>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Service {
    network_mode: Option<String>,
    ports: Option<Vec<Port>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Port {
    Text(String),
    Long {
        target: Number,
        published: Option<Number>,
    },
    /// A bare number leaves the host's port to the engine.
    Other(IgnoredAny),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Number {
    Number(u16),
    Text(String),
}

/// Reads the compose file of a repository.
pub fn binding(repo: &Path) -> UiBinding {
    let path = FILE_NAMES
        .iter()
        .map(|name| repo.join(name))
        .find(|path| path.is_file());
    let text = path.and_then(|path| compose_file::text_of(&path));
    text.map_or(UiBinding::Unknown, |text| binding_in(&text))
}

fn binding_in(text: &str) -> UiBinding {
    let Ok(file) = serde_saphyr::from_str::<File>(text) else {
        return UiBinding::Unknown;
    };
    let service = UI_NAMES.iter().find_map(|name| file.services.get(*name));
    let Some(Some(service)) = service else {
        return UiBinding::Unknown;
    };
    if service.network_mode.as_deref() == Some("host") {
        return UiBinding::HostNetwork;
    }
    let ports = service.ports.iter().flatten();
    let published = ports
        .filter_map(published)
        .find_map(|(port, target)| (target == UI_PORT).then_some(port));
    published.map_or(UiBinding::Unpublished, UiBinding::Published)
}

/// The port on the host and the one in the container; `None` if the host's is left to
/// the engine.
fn published(port: &Port) -> Option<(u16, u16)> {
    let number = |number: &Number| match number {
        Number::Number(number) => Some(*number),
        Number::Text(text) => text.parse().ok(),
    };
    match port {
        Port::Other(_) => None,
        Port::Long { target, published } => Some((number(published.as_ref()?)?, number(target)?)),
        Port::Text(text) => {
            let plain = text.split('/').next().unwrap_or(text);
            let mut parts = plain.rsplit(':');
            let target = parts.next()?.parse().ok()?;
            Some((parts.next()?.parse().ok()?, target))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_it_is_read() {
        check(
            "services:\n  ui:\n    network_mode: host\n",
            UiBinding::HostNetwork,
        );
        check(
            "services:\n    ui: # the page\n        network_mode: 'host'\n",
            UiBinding::HostNetwork,
        );
        check(
            "services: {ui: {ports: ['80:8080']}}\n",
            UiBinding::Published(80),
        );
        check(
            "services:\n  wicap-ui:\n    ports:\n      - '127.0.0.1:9000:8080/tcp'\n",
            UiBinding::Published(9000),
        );
        check(
            "services:\n  ui:\n    ports:\n      - target: 8080\n        published: \"81\"\n",
            UiBinding::Published(81),
        );
    }

    #[test]
    fn a_commented_line_counts_for_nothing() {
        check(
            "services:\n  ui:\n    image: x\n    # network_mode: host\n",
            UiBinding::Unpublished,
        );
        check(
            "services:\n  ui:\n    ports: ['9090:9090', '8080']\n",
            UiBinding::Unpublished,
        );
    }

    #[test]
    fn what_cannot_be_read_is_unknown() {
        check("services:\n  redis: {}\n", UiBinding::Unknown);
        check("services: [", UiBinding::Unknown);
        check("", UiBinding::Unknown);
    }

    #[track_caller]
    fn check(text: &str, expected: UiBinding) {
        assert_eq!(expected, binding_in(text), "{text}");
    }
}
