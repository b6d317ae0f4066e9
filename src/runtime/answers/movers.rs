//! When the services around a failure began to fail.

use std::collections::BTreeMap;

use super::{AnswerError, Sources};
use crate::knowledge::{
    first_mover::{Movers, movers},
    known_issues,
};

/// How far around an instant failures belong together.
const WINDOW_MS: i64 = 15 * 60 * 1_000;

/// Events that are looked at.
const EVENTS_MAX: i64 = 5_000;

pub(super) fn around(
    sources: &Sources<'_>,
    asked: &[String],
    at_ms: Option<i64>,
) -> Result<Movers, AnswerError> {
    let Some(at_ms) = at_ms else {
        return Ok(Movers::None);
    };
    let to_ms = at_ms.saturating_add(WINDOW_MS).min(sources.now.millis());
    let span = (at_ms.saturating_sub(WINDOW_MS), to_ms);
    let events = sources.evidence.events_between(span, EVENTS_MAX)?;
    let mut onsets: BTreeMap<String, i64> = BTreeMap::new();
    for event in events {
        let is_failure = matches!(event.category.as_str(), "error" | "docker_fail");
        let (Some(at), true) = (event.at_ms, is_failure) else {
            continue;
        };
        let service = waited_for(&event.text).unwrap_or(event.service);
        if sources
            .stack
            .services
            .keys()
            .any(|name| name.as_str() == service)
        {
            onsets.entry(service).or_insert(at);
        }
    }
    let needs = sources.stack.services.iter().map(|(name, profile)| {
        let needs = profile
            .depends_on
            .iter()
            .map(|need| need.as_str().to_owned());
        (name.as_str().to_owned(), needs.collect())
    });
    Ok(movers(asked, &onsets, &needs.collect()))
}

/// The service that compose says it waited for in vain.
fn waited_for(text: &str) -> Option<String> {
    let is_it = known_issues::in_line(text)
        .iter()
        .any(|issue| issue.id == "dependency_unhealthy");
    let (_, after) = text.rsplit_once("ependency ").filter(|_| is_it)?;
    let after = after
        .strip_prefix("failed to start: container ")
        .unwrap_or(after);
    let name = after.split_whitespace().next()?;
    Some(name.strip_prefix("wicap-").unwrap_or(name).to_owned())
}
