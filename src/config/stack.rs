use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Criticality, HttpProbe, ServiceName, ServiceProfile, Stack};

use super::slot::PROBE_TIMEOUT;

/// The compose project whose file profile may leave unsaid.
pub(super) const WICAP: &str = "wicap";

/// WiCAP's four services.
///
/// Core are the three that may be started at any time. Scout is not: it captures
/// on a network card, and on a host with a single one its start cuts the
/// operator off. The health check of the core image (scout and processor) only
/// imports a module, so it says nothing about their work.
pub(super) fn wicap() -> BTreeMap<ServiceName, ServiceProfile> {
    let redis = || named("redis");
    let service = |key: &str| ServiceProfile {
        aliases: vec![format!("wicap-{key}")],
        is_core: true,
        depends_on: vec![redis()],
        ..ServiceProfile::default()
    };
    BTreeMap::from([
        (
            redis(),
            ServiceProfile {
                depends_on: Vec::new(),
                ..service("redis")
            },
        ),
        (
            named("processor"),
            ServiceProfile {
                is_health_meaningful: false,
                ..service("processor")
            },
        ),
        (
            named("ui"),
            ServiceProfile {
                probe: Some(ui_probe()),
                ..service("ui")
            },
        ),
        (
            named("scout"),
            ServiceProfile {
                criticality: Criticality::Warn,
                is_core: false,
                is_restartable: false,
                is_health_meaningful: false,
                ..service("scout")
            },
        ),
    ])
}

/// Says whether a project in which the engine shows these services can be the
/// profile's: more than half of its core services are there, or of all it names
/// where none is core. A profile without services fits everything.
pub fn fits(profile: &Stack, seen: &BTreeSet<ServiceName>) -> bool {
    let core: Vec<&ServiceName> = profile.core().collect();
    let wanted = if core.is_empty() {
        profile.services.keys().collect()
    } else {
        core
    };
    let n_seen = wanted.iter().filter(|name| seen.contains(**name)).count();
    wanted.is_empty() || n_seen * 2 > wanted.len()
}

/// Says whether an answer contains the text by which a probe tells that something
/// the service needs is broken. Blanks do not count, on either side: JSON may be
/// written with or without them.
pub fn names_trouble(needle: &str, body: &str) -> bool {
    let packed = |text: &str| text.split_whitespace().collect::<String>();
    let needle = packed(needle);
    !needle.is_empty() && packed(body).contains(&needle)
}

/// Turns dependencies from aliases into keys, and says what does not hold
/// together: the dotted name of the setting, and what is wrong.
pub(super) fn settle(stack: &mut Stack) -> Vec<(String, String)> {
    let known = stack.clone();
    let key_of = |name: &ServiceName| match known.resolve(name.as_str()) {
        Some(service) if !known.services.contains_key(name) => service.name().clone(),
        _ => name.clone(),
    };
    for profile in stack.services.values_mut() {
        profile.depends_on = profile.depends_on.iter().map(key_of).collect();
    }
    let mut wrong = shared_aliases(stack);
    wrong.extend(circles(stack));
    wrong
}

fn shared_aliases(stack: &Stack) -> Vec<(String, String)> {
    let mut owners: BTreeMap<&str, &ServiceName> = BTreeMap::new();
    owners.extend(stack.services.keys().map(|name| (name.as_str(), name)));
    let mut wrong = Vec::new();
    for (name, profile) in &stack.services {
        for alias in &profile.aliases {
            match owners.insert(alias, name) {
                Some(other) if other != name => wrong.push((
                    format!("stack.services.{name}.aliases"),
                    format!("`{alias}` already means `{other}`"),
                )),
                Some(_) | None => (),
            }
        }
    }
    wrong
}

/// Finds services that need themselves, directly or over others.
fn circles(stack: &Stack) -> Vec<(String, String)> {
    let needs = |name: &ServiceName| stack.profile(name).map_or(&[][..], |one| &one.depends_on);
    let mut wrong = Vec::new();
    for name in stack.services.keys() {
        let mut reached: BTreeSet<&ServiceName> = BTreeSet::new();
        let mut open: Vec<&ServiceName> = needs(name).iter().collect();
        while let Some(next) = open.pop() {
            if reached.insert(next) {
                open.extend(needs(next));
            }
        }
        if reached.contains(name) {
            let text = format!("`{name}` would need itself");
            wrong.push((format!("stack.services.{name}.depends_on"), text));
        }
    }
    wrong
}

fn ui_probe() -> HttpProbe {
    HttpProbe {
        url: "http://127.0.0.1:8080/health".to_owned(),
        status: 200,
        timeout: PROBE_TIMEOUT,
        degraded_if: Some(r#""status":"degraded""#.to_owned()),
    }
}

fn named(key: &str) -> ServiceName {
    key.parse().expect("the built-in keys are service names")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stack(services: BTreeMap<ServiceName, ServiceProfile>) -> Stack {
        Stack {
            project: None,
            services,
        }
    }

    fn seen(keys: &[&str]) -> BTreeSet<ServiceName> {
        keys.iter().map(|key| named(key)).collect()
    }

    #[test]
    fn wicap_is_known_by_most_of_its_core() {
        let wicap = stack(wicap());
        assert!(fits(&wicap, &seen(&["redis", "processor", "ui", "scout"])));
        assert!(fits(&wicap, &seen(&["ui", "processor", "jaeger"])));
        assert!(!fits(&wicap, &seen(&["redis", "web"])));
        assert!(!fits(&wicap, &seen(&[])));
    }

    #[test]
    fn the_core_is_what_may_be_started_at_any_time() {
        let wicap = stack(wicap());
        let core: Vec<&str> = wicap.core().map(ServiceName::as_str).collect();
        assert_eq!(["processor", "redis", "ui"], core[..]);
        assert!(!wicap.is_restartable(&named("scout")));
        assert!(settle(&mut wicap.clone()).is_empty());
    }

    #[test]
    fn blanks_in_an_answer_do_not_hide_trouble() {
        let needle = r#""status":"degraded""#;
        assert!(names_trouble(
            needle,
            r#"{"status":"degraded","database":"disconnected"}"#
        ));
        assert!(names_trouble(needle, "{\n  \"status\" : \"degraded\"\n}"));
        assert!(!names_trouble(needle, r#"{"status":"healthy"}"#));
        assert!(!names_trouble(" ", "anything"));
    }
}
