use bollard::{models::ContainerSummary, query_parameters as query};

use super::{Engine, EngineError, READ_MAX, inventory::RawRow};
use crate::model::{Container, Project, Reading, ServiceId, Timestamp};

/// What an engine says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineFacts {
    /// The version of its API.
    pub api: String,
    /// Its clock, where it tells it.
    pub clock: Option<Timestamp>,
}

/// A container that runs, whoever made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    /// Its name without the leading slash.
    pub name: String,
    /// The compose project and slot, where labels name one.
    pub slot: Option<(Project, ServiceId)>,
}

/// A container of a project, looked at closely.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The slot that it fills.
    pub slot: ServiceId,
    /// What the engine says of it.
    pub container: Reading<Container>,
    /// The version of the compose program that made it.
    pub compose_version: Option<String>,
}

impl Engine {
    /// Asks the engine for its version and its clock.
    ///
    /// # Errors
    ///
    /// Fails as [`Engine::version`] does. An engine that does not tell its clock is no
    /// failure.
    pub async fn facts(&self) -> Result<EngineFacts, EngineError> {
        let api = self.version().await?;
        let docker = self.client().await?;
        let info = self.ask("info", READ_MAX, docker.info()).await.ok();
        let clock = info.and_then(|info| info.system_time?.parse().ok());
        Ok(EngineFacts { api, clock })
    }

    /// Lists every container that runs, in the order of their names.
    ///
    /// # Errors
    ///
    /// Fails if the engine does not answer.
    pub async fn running(&self) -> Result<Vec<Running>, EngineError> {
        let docker = self.client().await?;
        let options = query::ListContainersOptionsBuilder::new().build();
        let listed = self.ask("list", READ_MAX, docker.list_containers(Some(options)));
        let rows = listed.await.map_err(|failure| failure.into_error("list"))?;
        let mut running: Vec<Running> = rows.into_iter().map(running).collect();
        running.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(running)
    }

    /// Looks at every container of a project.
    ///
    /// # Errors
    ///
    /// Fails if the engine does not answer; one container that cannot be read is
    /// unknown.
    pub async fn members(&self, project: &Project) -> Result<Vec<Member>, EngineError> {
        let mut members = Vec::new();
        for row in self.list(Some(project)).await? {
            let container = match self.inspect(&row.id).await {
                Ok(inspected) => Reading::Known(inspected.container),
                Err(error) => Reading::Unknown(error.redacted()),
            };
            members.push(Member {
                slot: row.slot,
                container,
                compose_version: row.compose.version,
            });
        }
        members.sort_by(|one, other| one.slot.cmp(&other.slot));
        Ok(members)
    }
}

fn running(row: ContainerSummary) -> Running {
    let names = row.names.clone().unwrap_or_default();
    let name = names.first().map(|name| name.trim_start_matches('/'));
    let id = row.id.clone().unwrap_or_default();
    Running {
        name: name.map_or(id, str::to_owned),
        slot: RawRow::from(row)
            .into_row()
            .map(|row| (row.project, row.slot)),
    }
}
