use std::{sync::Arc, time::Duration};

use tokio::time::Instant;

use super::{
    compose::{self, Installed},
    docker::{ComposeLabels, Row},
    shared::World,
};
use crate::model::{ComposeFacts, Project, Reading, Redacted, ServiceName};

/// How long an answer stands. Compose v1 takes about a second of a core to give it.
const STANDS_MAX: Duration = Duration::from_secs(30);

/// The same while nothing that is core is missing: only a person can ask for it.
const STANDS_LONG_MAX: Duration = Duration::from_secs(300);

/// What compose said last, while a service had no container.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    /// Its answer.
    pub(super) facts: Option<Reading<ComposeFacts>>,
    asked_at: Option<Instant>,
    is_running: bool,
}

/// Asks the installed compose about the project, in a task of its own, while a service
/// has no container. Forgets the answer when none is missing.
pub(super) fn look(shared: &World) {
    let (lacks_core, lacks_any) = (shared.lacks_core(), shared.lacks_any());
    let mut verdict = shared.compose();
    if verdict.is_running {
        return;
    }
    if !lacks_core && !lacks_any {
        *verdict = Verdict::default();
        return;
    }
    let stands = match lacks_core {
        true => STANDS_MAX,
        false => STANDS_LONG_MAX,
    };
    let is_young = |at: Instant| at.elapsed() < stands;
    if verdict.asked_at.is_some_and(is_young) {
        return;
    }
    verdict.asked_at = Some(Instant::now());
    verdict.is_running = true;
    tokio::spawn(ask(Arc::clone(shared)));
}

async fn ask(shared: World) {
    let facts = facts(&shared).await;
    let mut verdict = shared.compose();
    let is_new = verdict.facts.as_ref() != Some(&facts);
    verdict.facts = Some(facts);
    verdict.is_running = false;
    drop(verdict);
    if is_new {
        shared.view().add_news();
        shared.tell();
    }
}

async fn facts(shared: &World) -> Reading<ComposeFacts> {
    let unknown = |reason: &str| Reading::Unknown(Redacted::from_raw(reason));
    let (project, labels, rows) = {
        let view = shared.view();
        let rows: Vec<Row> = view.rows().cloned().collect();
        (view.project.clone(), view.compose_labels().cloned(), rows)
    };
    let (Some(project), Some(labels)) = (project, labels) else {
        return unknown("no container tells where the project's compose files are");
    };
    match ask_compose(shared, &project, &labels, &rows).await {
        Ok(facts) => Reading::Known(facts),
        Err(error) => unknown(&error.to_string()),
    }
}

async fn ask_compose(
    shared: &World,
    project: &Project,
    labels: &ComposeLabels,
    rows: &[Row],
) -> Result<ComposeFacts, compose::ComposeError> {
    let env = &shared.settings.compose_env;
    let project_major = labels.version.as_deref().and_then(compose::major);
    let installed = Installed::find(project_major, env).await;
    // With another major version all fingerprints differ, and say nothing.
    let drifted = match installed.program {
        Some(program) => {
            let hashes = compose::hashes(program, project, labels, env).await?;
            drifted(rows, |name| hashes.get(name).map(String::as_str))
        }
        None => Vec::new(),
    };
    Ok(ComposeFacts {
        drifted,
        project_major,
        installed_major: installed.version.as_deref().and_then(compose::major),
    })
}

/// The services whose containers were made from another configuration than the files
/// hold now. A service that the files no longer name has drifted as well.
fn drifted<'a>(rows: &[Row], hash: impl Fn(&ServiceName) -> Option<&'a str>) -> Vec<ServiceName> {
    let has_drifted = |row: &&Row| row.compose.config_hash.as_deref() != hash(row.slot.name());
    let drifted = rows.iter().filter(has_drifted);
    let mut names: Vec<ServiceName> = drifted.map(|row| row.slot.name().clone()).collect();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_has_drifted_when_its_fingerprint_is_another() {
        check(&[("redis", Some("a")), ("ui", Some("b"))], &[]);
        check(&[("redis", Some("x")), ("ui", Some("b"))], &["redis"]);
        check(&[("ui", Some("x")), ("ui#2", Some("x"))], &["ui"]);
    }

    #[test]
    fn what_has_no_fingerprint_has_drifted() {
        check(&[("ui", None)], &["ui"]);
        check(&[("gone", Some("a"))], &["gone"]);
    }

    #[track_caller]
    fn check(slots: &[(&str, Option<&str>)], expected: &[&str]) {
        let row = |(slot, hash): &(&str, Option<&str>)| Row {
            id: (*slot).to_owned(),
            name: None,
            project: "wicap".parse().unwrap(),
            slot: slot.parse().unwrap(),
            created_s: 1,
            is_up: true,
            compose: ComposeLabels {
                config_hash: hash.map(str::to_owned),
                ..ComposeLabels::default()
            },
        };
        let rows: Vec<Row> = slots.iter().map(row).collect();
        let names = drifted(&rows, |name| match name.as_str() {
            "redis" => Some("a"),
            "ui" => Some("b"),
            _ => None,
        });
        let names: Vec<&str> = names.iter().map(ServiceName::as_str).collect();
        assert_eq!(expected, names);
    }
}
