//! Which of several failed services failed first, and pulled the others along.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

/// How much later than a service's own failure that of what it needs may be seen: clocks and
/// buffers differ.
const SLACK_MS: i64 = 30_000;

/// A service and when its failures began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Onset {
    /// The service.
    pub service: String,
    /// When, in Unix milliseconds.
    pub at_ms: i64,
    /// The failed services it needs, directly or over others.
    pub needs: Vec<String>,
}

/// The services in the order in which they pulled each other along; the first is the cause.
///
/// `needs` names what each service needs directly. A service whose need failed before it, or up to
/// half a minute after it, comes after that need; else the earlier comes first.
#[must_use]
pub fn order(onsets: &BTreeMap<String, i64>, needs: &BTreeMap<String, Vec<String>>) -> Vec<Onset> {
    let mut left: BTreeMap<&String, BTreeSet<String>> = onsets
        .keys()
        .map(|service| (service, reached(service, needs)))
        .collect();
    let mut ordered: Vec<Onset> = Vec::new();
    while !left.is_empty() {
        let is_led = |service: &String, wanted: &BTreeSet<String>| {
            wanted.iter().any(|need| {
                need != service
                    && left.contains_key(need)
                    && onsets[need] <= onsets[service].saturating_add(SLACK_MS)
            })
        };
        let free = left
            .iter()
            .filter(|(service, wanted)| !is_led(service, wanted))
            .map(|(service, _)| *service);
        let all = left.keys().copied();
        let earliest = |service: &&String| (onsets[*service], (*service).clone());
        // In a circle nobody is free; then time alone tells.
        let Some(next) = free
            .min_by_key(earliest)
            .or_else(|| all.min_by_key(earliest))
        else {
            break;
        };
        let wanted = left.remove(next).unwrap_or_default();
        ordered.push(Onset {
            service: next.clone(),
            at_ms: onsets[next],
            needs: wanted
                .into_iter()
                .filter(|need| onsets.contains_key(need))
                .collect(),
        });
    }
    ordered
}

/// Everything a service needs, directly or over others.
fn reached(service: &str, needs: &BTreeMap<String, Vec<String>>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec![service];
    while let Some(one) = open.pop() {
        for need in needs.get(one).map_or(&[][..], Vec::as_slice) {
            if need != service && found.insert(need.clone()) {
                open.push(need);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs() -> BTreeMap<String, Vec<String>> {
        let pairs = [
            ("processor", "redis"),
            ("ui", "processor"),
            ("scout", "redis"),
        ];
        let mut needs: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (service, need) in pairs {
            needs
                .entry(service.to_owned())
                .or_default()
                .push(need.to_owned());
        }
        needs
    }

    #[track_caller]
    fn check(onsets: &[(&str, i64)], expected: &[&str]) {
        let onsets = onsets
            .iter()
            .map(|(name, at)| ((*name).to_owned(), *at))
            .collect();
        let seen = order(&onsets, &needs());
        let names: Vec<&str> = seen.iter().map(|onset| onset.service.as_str()).collect();
        assert_eq!(expected, names);
    }

    #[test]
    fn what_others_need_is_named_first() {
        check(
            &[("ui", 5_000), ("processor", 3_000), ("redis", 1_000)],
            &["redis", "processor", "ui"],
        );
        // Redis writes its line a little late.
        check(
            &[("ui", 2_000), ("processor", 1_000), ("redis", 20_000)],
            &["redis", "processor", "ui"],
        );
    }

    #[test]
    fn a_later_failure_is_no_cause() {
        check(
            &[("processor", 1_000), ("redis", 90_000)],
            &["processor", "redis"],
        );
        check(&[("ui", 1_000), ("scout", 500)], &["scout", "ui"]);
        check(&[], &[]);
    }

    #[test]
    fn a_circle_ends() {
        let needs = BTreeMap::from([
            ("a".to_owned(), vec!["b".to_owned()]),
            ("b".to_owned(), vec!["a".to_owned()]),
        ]);
        let onsets = BTreeMap::from([("a".to_owned(), 2), ("b".to_owned(), 1)]);
        let names: Vec<String> = order(&onsets, &needs)
            .into_iter()
            .map(|one| one.service)
            .collect();
        assert_eq!(vec!["b", "a"], names);
    }
}
