use std::collections::{BTreeMap, BTreeSet};

use super::docker::{Engine, EngineError, Row};
use crate::model::{Project, ServiceName, Stack};

/// A compose project that the engine has containers of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundProject {
    /// Its name.
    pub name: Project,
    /// The services that have a container, in whatever state.
    pub services: BTreeSet<ServiceName>,
}

/// Why it is not known which project is meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProjectError {
    /// Nobody could be asked.
    #[error("cannot look for compose projects")]
    Engine(#[from] EngineError),
    /// There is none.
    #[error("the engine has no container of any compose project")]
    NoneAtAll,
    /// None looks like the profile.
    #[error("no compose project has the services of the profile; found: {}", list(.0))]
    NoneMatches(Vec<FoundProject>),
    /// Several look like the profile.
    #[error("several compose projects have the services of the profile: {}", list(.0))]
    ManyMatch(Vec<FoundProject>),
}

fn list(found: &[FoundProject]) -> String {
    let names: Vec<String> = found
        .iter()
        .map(|project| {
            let services: Vec<&str> = project.services.iter().map(ServiceName::as_str).collect();
            format!("{} ({})", project.name, services.join(", "))
        })
        .collect();
    names.join("; ")
}

/// Asks the engine for its compose projects, in the order of their names.
///
/// # Errors
///
/// Fails if the engine cannot be asked.
pub async fn find_projects(engine: &Engine) -> Result<Vec<FoundProject>, EngineError> {
    Ok(found_projects(&engine.list(None).await?))
}

/// Groups an inventory by project.
pub(super) fn found_projects(rows: &[Row]) -> Vec<FoundProject> {
    let mut projects: BTreeMap<Project, BTreeSet<ServiceName>> = BTreeMap::new();
    for row in rows {
        let services = projects.entry(row.project.clone()).or_default();
        services.insert(row.slot.name().clone());
    }
    let project = |(name, services)| FoundProject { name, services };
    projects.into_iter().map(project).collect()
}

/// Chooses the only project that looks like the profile: more than half of the core
/// services (of all named ones, if none is core) are there. A profile that names no
/// service looks like every project.
///
/// # Errors
///
/// Fails if there is none, or more than one; the error lists them.
pub fn choose_project(stack: &Stack, found: Vec<FoundProject>) -> Result<Project, ProjectError> {
    if found.is_empty() {
        return Err(ProjectError::NoneAtAll);
    }
    let core: BTreeSet<&ServiceName> = stack.core().collect();
    let wanted = if core.is_empty() {
        stack.services.keys().collect()
    } else {
        core
    };
    let matches = |project: &FoundProject| {
        let n_there = wanted
            .iter()
            .filter(|name| project.services.contains(**name));
        wanted.is_empty() || n_there.count() * 2 > wanted.len()
    };
    let (mut matching, others): (Vec<_>, Vec<_>) = found.into_iter().partition(matches);
    match (matching.len(), matching.pop()) {
        (1, Some(project)) => Ok(project.name),
        (_, Some(project)) => {
            matching.push(project);
            Err(ProjectError::ManyMatch(matching))
        }
        (_, None) => Err(ProjectError::NoneMatches(others)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ServiceProfile;

    #[test]
    fn the_only_project_that_looks_like_the_profile_is_meant() {
        let found = ["wicap: processor redis ui", "shop: db redis web"];
        check("redis! processor! ui! scout", &found, Ok("wicap"));
    }

    #[test]
    fn one_service_of_the_core_may_be_gone() {
        check("redis! processor! ui!", &["wicap: redis ui"], Ok("wicap"));
        check(
            "redis! processor! ui!",
            &["cache: redis"],
            Err("no compose project"),
        );
    }

    #[test]
    fn without_a_core_all_named_services_count() {
        check("web db", &["shop: db web mail", "other: web"], Ok("shop"));
    }

    #[test]
    fn without_a_profile_a_single_project_is_meant() {
        check("", &["shop: db web"], Ok("shop"));
        check("", &["a: x", "b: y"], Err("several compose projects have"));
    }

    #[test]
    fn an_unclear_answer_lists_what_was_found() {
        check("web", &["a: web", "b: web"], Err("a (web); b (web)"));
        check("web", &["a: x y", "b: z"], Err("found: a (x, y); b (z)"));
        check("web", &[], Err("no container of any compose project"));
    }

    /// `profile` marks core services with `!`.
    #[track_caller]
    fn check(profile: &str, found: &[&str], expected: Result<&str, &str>) {
        let mut stack = Stack::default();
        for word in profile.split_whitespace() {
            let service = ServiceProfile {
                is_core: word.ends_with('!'),
                ..ServiceProfile::default()
            };
            let name = word.trim_end_matches('!').parse().unwrap();
            stack.services.insert(name, service);
        }
        let found = found.iter().map(|raw| {
            let (name, services) = raw.split_once(':').unwrap();
            FoundProject {
                name: name.parse().unwrap(),
                services: services
                    .split_whitespace()
                    .map(|s| s.parse().unwrap())
                    .collect(),
            }
        });
        match (choose_project(&stack, found.collect()), expected) {
            (Ok(project), Ok(expected)) => assert_eq!(expected, project.as_str()),
            (Err(error), Err(expected)) => {
                assert!(error.to_string().contains(expected), "{error}");
            }
            (answer, expected) => panic!("{answer:?} is not {expected:?}"),
        }
    }
}
