//! Which engine and which compose project are meant.

use std::collections::BTreeSet;

use crate::{
    cli::{Context, Exit, Failure},
    config::EngineHost,
    model::{Project, ServiceName, Stack},
    world::{
        Endpoint, Engine, EngineError, FoundProject, ProjectError, choose_project, find_projects,
    },
};

/// What is known of the place before the loop begins.
pub(in crate::cli) enum Place {
    /// The project, what its services mean, and those that have a container.
    Found(Project, Stack, BTreeSet<ServiceName>),
    /// Nobody can be asked; the loop says so and waits.
    EngineAway(EngineError),
}

/// Finds the project: the one that was asked for, else the only one that looks like
/// the profile.
pub(in crate::cli) async fn find(ctx: &Context, engine: &Engine) -> Result<Place, Failure> {
    let found = match find_projects(engine).await {
        Ok(found) => found,
        Err(error) => return Ok(Place::EngineAway(error)),
    };
    let project = match ctx.settings.project() {
        Some(project) => project.clone(),
        None => choose_project(&ctx.settings.stack, found.clone()).map_err(unclear)?,
    };
    let services = services(&project, found);
    let mut stack = ctx.settings.stack_for(&services);
    if stack.services.is_empty() && services.is_empty() {
        let error =
            anyhow::anyhow!("the engine has no container of the compose project `{project}`");
        return Err(Failure::new(Exit::Usage, error)
            .hint("start it with `docker compose up -d`, or name another with `--project NAME`"));
    }
    stack.project = Some(project.clone());
    Ok(Place::Found(project, stack, services))
}

fn services(project: &Project, found: Vec<FoundProject>) -> BTreeSet<ServiceName> {
    let own = found.into_iter().find(|found| found.name == *project);
    own.map(|found| found.services).unwrap_or_default()
}

fn unclear(error: ProjectError) -> Failure {
    let hint = match &error {
        ProjectError::Engine(_) => "is the engine running, and may you use its socket?",
        ProjectError::NoneAtAll => {
            "start the stack with `docker compose up -d` in its folder; its containers tell the rest"
        }
        ProjectError::NoneMatches(_) | ProjectError::ManyMatch(_) => {
            "name the one you mean with `--project NAME`"
        }
    };
    Failure::new(Exit::Usage, error).hint(hint)
}

/// The engine's address in the words of the world.
pub(in crate::cli) fn endpoint(ctx: &Context) -> Endpoint {
    match ctx.settings.engine.host() {
        EngineHost::Unix(path) => Endpoint::Unix(path),
        EngineHost::Tcp(url) => Endpoint::Tcp(url),
        EngineHost::Tls { url, cert_path } => Endpoint::Tls { url, cert_path },
    }
}

/// The name of a stack for those who want to lead it: the engine's place, with
/// links resolved, and the project.
pub(in crate::cli) fn stack_name(endpoint: &Endpoint, project: &Project) -> String {
    let place = match endpoint {
        Endpoint::Unix(path) => {
            let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.clone());
            path.display().to_string()
        }
        Endpoint::Tcp(url) | Endpoint::Tls { url, .. } => url.clone(),
    };
    format!("{place}|{project}")
}
