use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
};

use bollard::models::ContainerSummary;
use serde::Deserialize;

use crate::model::{Project, ServiceId, ServiceName};

pub(super) const PROJECT: &str = "com.docker.compose.project";
pub(super) const SERVICE: &str = "com.docker.compose.service";
pub(super) const NUMBER: &str = "com.docker.compose.container-number";
pub(super) const ONE_OFF: &str = "com.docker.compose.oneoff";
const CONFIG_HASH: &str = "com.docker.compose.config-hash";
const VERSION: &str = "com.docker.compose.version";
const DEPENDS_ON: &str = "com.docker.compose.depends_on";
const WORKING_DIR: &str = "com.docker.compose.project.working_dir";
const CONFIG_FILES: &str = "com.docker.compose.project.config_files";
const ENVIRONMENT_FILE: &str = "com.docker.compose.project.environment_file";

/// One container of a compose project, as the inventory tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// The engine's whole id.
    pub(crate) id: String,
    /// Its name without the leading slash.
    pub(crate) name: Option<String>,
    /// The project it belongs to.
    pub(crate) project: Project,
    /// The slot that it fills.
    pub(crate) slot: ServiceId,
    /// When it was made, in Unix seconds.
    pub(crate) created_s: i64,
    /// Whether the inventory has it as running, restarting or paused. Good enough
    /// to choose between two containers of one slot, and for nothing else.
    pub(crate) is_up: bool,
    /// What compose wrote on it.
    pub(crate) compose: ComposeLabels,
}

/// What compose wrote on a container, beyond its place in the project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ComposeLabels {
    /// The version of the compose program that made it.
    pub(crate) version: Option<String>,
    /// The fingerprint of the configuration that it was made from.
    pub(crate) config_hash: Option<String>,
    /// Services that it needs; only compose v2 says so.
    pub(crate) depends_on: Option<Vec<ServiceName>>,
    /// The project's folder.
    pub(crate) working_dir: Option<PathBuf>,
    /// The compose files; relative ones are relative to the folder.
    pub(crate) config_files: Vec<PathBuf>,
    /// The environment file, where one was named.
    pub(crate) environment_file: Option<PathBuf>,
}

/// The part of an inventory row that we read, with nothing that could fail.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct RawRow {
    id: String,
    names: Option<Vec<String>>,
    labels: Option<BTreeMap<String, String>>,
    state: Option<String>,
    created: i64,
}

impl From<ContainerSummary> for RawRow {
    fn from(row: ContainerSummary) -> Self {
        Self {
            id: row.id.unwrap_or_default(),
            names: row.names,
            labels: row.labels.map(|labels| labels.into_iter().collect()),
            state: row.state.map(|state| state.to_string()),
            created: row.created.unwrap_or_default(),
        }
    }
}

impl RawRow {
    /// Makes a row of what compose made; `docker-compose run` containers and
    /// others are nobody's slot.
    pub(super) fn into_row(self) -> Option<Row> {
        let labels = self.labels.unwrap_or_default();
        let (project, slot) = slot_of(|key| labels.get(key).map(String::as_str))?;
        let state = self.state.unwrap_or_default();
        let name = self.names.unwrap_or_default().into_iter().next();
        Some(Row {
            name: name.map(|name| name.trim_start_matches('/').to_owned()),
            project,
            slot,
            created_s: self.created,
            is_up: matches!(state.as_str(), "running" | "restarting" | "paused"),
            compose: ComposeLabels::from_labels(&labels),
            id: (!self.id.is_empty()).then_some(self.id)?,
        })
    }
}

impl ComposeLabels {
    fn from_labels(labels: &BTreeMap<String, String>) -> Self {
        let text = |key| labels.get(key).filter(|text| !text.is_empty());
        Self {
            version: text(VERSION).cloned(),
            config_hash: text(CONFIG_HASH).cloned(),
            depends_on: labels.get(DEPENDS_ON).map(|raw| dependencies(raw)),
            working_dir: text(WORKING_DIR).map(PathBuf::from),
            config_files: text(CONFIG_FILES)
                .map(|raw| raw.split(',').map(PathBuf::from).collect())
                .unwrap_or_default(),
            environment_file: text(ENVIRONMENT_FILE).map(PathBuf::from),
        }
    }
}

/// Returns the project and the slot that labels name, unless they are those of a
/// one-off run.
pub(super) fn slot_of<'a>(label: impl Fn(&str) -> Option<&'a str>) -> Option<(Project, ServiceId)> {
    if label(ONE_OFF).is_some_and(|raw| raw.eq_ignore_ascii_case("true")) {
        return None;
    }
    let project = label(PROJECT)?.parse().ok()?;
    let service: ServiceName = label(SERVICE)?.parse().ok()?;
    let index = label(NUMBER).and_then(|raw| raw.parse().ok()).unwrap_or(1);
    Some((project, ServiceId::new(service, index)))
}

/// Reads `redis:service_started:false,db:service_healthy:true`.
fn dependencies(raw: &str) -> Vec<ServiceName> {
    let name = |entry: &str| entry.split(':').next()?.trim().parse().ok();
    let mut names: Vec<ServiceName> = raw.split(',').filter_map(name).collect();
    names.sort();
    names.dedup();
    names
}

/// The filters for the containers of one project, or of all projects.
pub(super) fn filters(project: Option<&Project>) -> HashMap<String, Vec<String>> {
    let label = match project {
        Some(project) => format!("{PROJECT}={project}"),
        None => PROJECT.to_owned(),
    };
    HashMap::from([("label".to_owned(), vec![label])])
}

/// Reads an inventory that the client library could not, row by row. A row that
/// cannot be read at all is left out; `None` if the whole is no list.
pub(super) fn read_leniently(contents: &str) -> Option<Vec<RawRow>> {
    let rows: Vec<serde_json::Value> = serde_json::from_str(contents).ok()?;
    Some(
        rows.into_iter()
            .filter_map(|row| serde_json::from_value(row).ok())
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const V2: &str = r#"{"Id":"abc","State":"hibernating","Created":7,"Labels":{
        "com.docker.compose.project":"wicap","com.docker.compose.service":"ui",
        "com.docker.compose.container-number":"2","com.docker.compose.oneoff":"False",
        "com.docker.compose.version":"2.26.1",
        "com.docker.compose.depends_on":"redis:service_started:false,db:service_healthy:true",
        "com.docker.compose.project.working_dir":"/srv/wicap",
        "com.docker.compose.project.config_files":"/srv/wicap/a.yml,/srv/wicap/b.yml"}}"#;

    fn row(raw: &str) -> Option<Row> {
        let raw: RawRow = serde_json::from_str(raw).unwrap();
        raw.into_row()
    }

    #[test]
    fn a_row_says_slot_dependencies_and_files() {
        let row = row(V2).unwrap();
        assert_eq!("ui#2", row.slot.to_string());
        let needs = row.compose.depends_on.unwrap();
        let needs: Vec<&str> = needs.iter().map(ServiceName::as_str).collect();
        assert_eq!(vec!["db", "redis"], needs);
        assert_eq!(2, row.compose.config_files.len());
        assert_eq!(Some("2.26.1"), row.compose.version.as_deref());
    }

    #[test]
    fn an_unknown_state_does_not_hide_the_other_rows() {
        let list = format!(r#"[{V2},{{"Id":7}},{}]"#, V2.replace("\"2\"", "\"1\""));
        assert!(serde_json::from_str::<Vec<ContainerSummary>>(&list).is_err());
        let rows = read_leniently(&list).unwrap();
        let slots: Vec<String> = rows
            .into_iter()
            .filter_map(RawRow::into_row)
            .map(|row| row.slot.to_string())
            .collect();
        assert_eq!(vec!["ui#2", "ui"], slots);
    }

    #[test]
    fn one_off_runs_fill_no_slot() {
        assert_eq!(None, row(&V2.replace("\"False\"", "\"True\"")));
    }

    #[test]
    fn containers_without_usable_labels_fill_no_slot() {
        assert_eq!(None, row(r#"{"Id":"abc"}"#));
        assert_eq!(None, row(&V2.replace("\"ui\"", "\"u i\"")));
        assert_eq!(None, row(&V2.replace("\"abc\"", "\"\"")));
    }

    #[test]
    fn v1_says_nothing_of_dependencies() {
        let v1 = V2.replace("depends_on", "x");
        assert_eq!(None, row(&v1).unwrap().compose.depends_on);
        let none = V2.replace("redis:service_started:false,db:service_healthy:true", "");
        assert_eq!(Some(Vec::new()), row(&none).unwrap().compose.depends_on);
    }
}
