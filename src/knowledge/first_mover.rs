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

/// What is known about who failed first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Movers {
    /// At most one service failed.
    #[default]
    None,
    /// The services that pulled each other along; the first is the cause of the others.
    Order(Vec<Onset>),
    /// Several failed, and none of them needs another: their times alone prove nothing. Sorted by
    /// name.
    Unknown(Vec<String>),
}

impl Movers {
    /// The services in their order; empty where no order is known.
    #[must_use]
    pub fn order(&self) -> &[Onset] {
        match self {
            Self::Order(onsets) => onsets,
            Self::None | Self::Unknown(_) => &[],
        }
    }
}

/// Says which service failed first and pulled along one of those that are asked about.
///
/// `needs` names what each service needs directly. A service comes after what it needs, directly or
/// over others, if that failed before it or up to half a minute after it. What has no such path to
/// the first is left out, whenever it failed.
#[must_use]
pub fn movers(
    asked: &[String],
    onsets: &BTreeMap<String, i64>,
    needs: &BTreeMap<String, Vec<String>>,
) -> Movers {
    if onsets.len() < 2 {
        return Movers::None;
    }
    let ordered = order(onsets, needs);
    let is_led_by = |service: &str, cause: &str| {
        reached(service, needs).contains(cause)
            && onsets[cause] <= onsets[service].saturating_add(SLACK_MS)
    };
    let chain = |cause: &str| -> Vec<Onset> {
        let is_of = |one: &&Onset| one.service == cause || is_led_by(&one.service, cause);
        ordered.iter().filter(is_of).cloned().collect()
    };
    let is_about = |chain: &Vec<Onset>| {
        let mut services = chain.iter().map(|one| &one.service);
        chain.len() > 1 && (asked.is_empty() || services.any(|service| asked.contains(service)))
    };
    let mut chains = ordered.iter().map(|one| chain(&one.service));
    match chains.find(is_about) {
        Some(chain) => Movers::Order(chain),
        None => Movers::Unknown(onsets.keys().cloned().collect()),
    }
}

/// The services in the order in which they can have pulled each other along; of services without
/// a path between them the earlier comes first.
fn order(onsets: &BTreeMap<String, i64>, needs: &BTreeMap<String, Vec<String>>) -> Vec<Onset> {
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
    fn check(asked: &[&str], onsets: &[(&str, i64)], expected: Option<&[&str]>) {
        let asked: Vec<String> = asked.iter().map(|name| (*name).to_owned()).collect();
        let onsets = onsets
            .iter()
            .map(|(name, at)| ((*name).to_owned(), *at))
            .collect();
        let seen = movers(&asked, &onsets, &needs());
        let names: Vec<&str> = seen
            .order()
            .iter()
            .map(|onset| onset.service.as_str())
            .collect();
        assert_eq!(expected.unwrap_or(&[]), names);
        let is_unknown = matches!(seen, Movers::Unknown(_));
        assert_eq!(expected.is_none() && onsets.len() > 1, is_unknown);
    }

    #[test]
    fn what_others_need_is_named_first() {
        check(
            &["ui"],
            &[("ui", 5_000), ("processor", 3_000), ("redis", 1_000)],
            Some(&["redis", "processor", "ui"]),
        );
        // Redis writes its line a little late.
        check(
            &["processor"],
            &[("ui", 2_000), ("processor", 1_000), ("redis", 20_000)],
            Some(&["redis", "processor", "ui"]),
        );
    }

    #[test]
    fn a_later_failure_is_no_cause() {
        check(
            &["processor"],
            &[("processor", 1_000), ("redis", 90_000)],
            None,
        );
        check(&[], &[], None);
        check(&["ui"], &[("ui", 1_000)], None);
    }

    #[test]
    fn without_a_path_no_order_is_known() {
        check(&["ui"], &[("ui", 1_000), ("scout", 500)], None);
        // Somebody else's chain is not told of this failure.
        check(
            &["scout"],
            &[("ui", 3_000), ("processor", 2_000), ("scout", 500)],
            None,
        );
        // A bystander is left out of the chain.
        check(
            &["ui"],
            &[("ui", 3_000), ("processor", 2_000), ("scout", 500)],
            Some(&["processor", "ui"]),
        );
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
