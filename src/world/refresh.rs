use std::sync::Arc;

use tokio::{
    task::JoinSet,
    time::{Instant, timeout},
};

use super::{
    clock, compose_facts,
    docker::{EngineError, READ_MAX, Row},
    projects,
    shared::{Shared, World},
    view::{Cause, STANDS_MAX},
};
use crate::model::Project;

/// Makes a new inventory and looks at every container in it.
pub(super) async fn refresh(shared: World) {
    let project = shared.view().project.clone();
    let rows = match shared.engine.list(project.as_ref()).await {
        Ok(rows) => rows,
        Err(error) => return shared.view().lose_engine(&error),
    };
    let Some(project) = project.or_else(|| choose(&shared, &rows)) else {
        shared.view().take_inventory(Vec::new());
        return;
    };
    let rows = rows
        .into_iter()
        .filter(|row| row.project == project)
        .collect();
    shared.view().project = Some(project);
    let ids = shared.view().take_inventory(rows);
    let mut looks = JoinSet::new();
    for id in ids {
        looks.spawn(look(Arc::clone(&shared), id, Cause::Inventory));
    }
    compose_facts::look(&shared);
    read_compose_files(&shared).await;
    looks.join_all().await;
}

fn choose(shared: &Shared, rows: &[Row]) -> Option<Project> {
    let found = projects::found_projects(rows);
    projects::choose_project(&shared.settings.stack, found)
        .inspect_err(|error| tracing::debug!(%error, "the project is not known yet"))
        .ok()
}

/// Looks at one container, again if something happened to it meanwhile.
pub(super) async fn look(shared: World, id: String, cause: Cause) {
    let mut cause = cause;
    while shared.view().begin_look(&id, cause, Instant::now()) {
        let question = async {
            // The time in the queue counts: an engine that is slow is unknown.
            let _turn = shared.questions.acquire().await;
            shared.engine.inspect(&id).await
        };
        let answer = timeout(READ_MAX, question).await;
        let answer = answer.unwrap_or(Err(EngineError::TimedOut {
            call: "inspect",
            limit: READ_MAX,
        }));
        let is_stale = shared.view().end_look(&id, answer, clock::now());
        shared.tell();
        if !is_stale {
            return;
        }
        cause = Cause::Report;
    }
}

/// Reads the compose files, on a thread of its own: a network folder may hang.
async fn read_compose_files(shared: &World) {
    let Some(labels) = shared.view().compose_labels().cloned() else {
        return;
    };
    let files = Arc::clone(shared);
    let reading = tokio::task::spawn_blocking(move || files.dependencies(&labels));
    if let Ok(Ok(dependencies)) = timeout(STANDS_MAX, reading).await {
        shared.view().take_dependencies(&dependencies);
    }
}
