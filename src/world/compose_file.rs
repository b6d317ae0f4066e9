use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use serde::{Deserialize, de::IgnoredAny};

use super::docker::ComposeLabels;
use crate::model::ServiceName;

/// The most bytes of a compose file that are read.
const FILE_BYTES_MAX: u64 = 1_000_000;

/// What each service needs.
pub(super) type Dependencies = BTreeMap<ServiceName, Needs>;

/// What one service needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Needs {
    /// All services that it needs.
    pub(super) services: BTreeSet<ServiceName>,
    /// The one in whose network it lives.
    pub(super) network_owner: Option<ServiceName>,
}

/// The dependencies of the compose files read last, until one of them changes.
#[derive(Debug, Default)]
pub(super) struct ComposeFiles {
    read: Vec<(PathBuf, Option<SystemTime>)>,
    dependencies: Dependencies,
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    services: BTreeMap<String, Option<Service>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Service {
    depends_on: Option<OneOrMany>,
    links: Option<OneOrMany>,
    network_mode: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    List(Vec<String>),
    Map(BTreeMap<String, IgnoredAny>),
}

impl ComposeFiles {
    /// Returns what the files that `labels` name say of dependencies. A file that
    /// cannot be read says nothing. Reads the disk only after a change.
    pub(super) fn dependencies(&mut self, labels: &ComposeLabels) -> &Dependencies {
        let changed_at = |path: PathBuf| {
            let changed_at = path.metadata().and_then(|data| data.modified()).ok();
            (path, changed_at)
        };
        let files: Vec<_> = paths(labels).into_iter().map(changed_at).collect();
        if files != self.read {
            self.dependencies = Dependencies::new();
            for (path, _) in &files {
                for (service, needs) in read(path) {
                    let known = self.dependencies.entry(service).or_default();
                    known.services.extend(needs.services);
                    known.network_owner = needs.network_owner.or(known.network_owner.take());
                }
            }
            self.read = files;
        }
        &self.dependencies
    }
}

/// The compose files that labels name, as whole paths.
///
/// Compose v1 writes them as they were typed, so relative to the folder that it was called in.
/// That one is not in the labels: it is the project's folder, or, where the project's folder is
/// taken from the first file, as many folders above it as that file was typed with.
pub(super) fn paths(labels: &ComposeLabels) -> Vec<PathBuf> {
    let folder = labels.working_dir.as_deref().unwrap_or(Path::new("/"));
    let files = &labels.config_files;
    let called_in = match files.first() {
        Some(first) if !folder.join(first).exists() => above(folder, first),
        Some(_) | None => None,
    };
    let called_in = called_in.unwrap_or(folder);
    files.iter().map(|file| called_in.join(file)).collect()
}

/// The folder from which a typed file lies in the project's folder.
fn above<'a>(folder: &'a Path, typed: &Path) -> Option<&'a Path> {
    let below = typed.parent()?;
    let n_below = below.components().count();
    folder
        .ends_with(below)
        .then(|| folder.ancestors().nth(n_below))?
}

/// The text of a compose file; `None` if it cannot be read, or is larger than any is.
pub(super) fn text_of(path: &Path) -> Option<String> {
    let data = path.metadata().ok()?;
    let is_small = data.is_file() && data.len() <= FILE_BYTES_MAX;
    is_small.then(|| fs::read_to_string(path).ok())?
}

fn read(path: &Path) -> Dependencies {
    let Some(text) = text_of(path) else {
        return Dependencies::new();
    };
    parse(&text).unwrap_or_else(|reason| {
        tracing::warn!(path = %path.display(), reason, "cannot read the compose file");
        Dependencies::new()
    })
}

/// Reads what services need: `depends_on`, `links` and the network of another
/// service.
fn parse(text: &str) -> Result<Dependencies, String> {
    let file: File = serde_saphyr::from_str(text).map_err(|error| {
        // Only the first line: the rest quotes the file, which may hold secrets.
        let text = error.to_string();
        text.lines().next().unwrap_or_default().to_owned()
    })?;
    let needs = |(name, service): (String, Option<Service>)| {
        Some((name.parse().ok()?, service.unwrap_or_default().needs()))
    };
    Ok(file.services.into_iter().filter_map(needs).collect())
}

impl Service {
    fn needs(self) -> Needs {
        let links = self.links.map(OneOrMany::names).unwrap_or_default();
        let link = |raw: String| raw.split(':').next().map(str::to_owned);
        let network = self.network_mode.unwrap_or_default();
        let network = network.strip_prefix("service:");
        let network_owner: Option<ServiceName> = network.and_then(|name| name.parse().ok());
        let depends_on = self.depends_on.map(OneOrMany::names).unwrap_or_default();
        let names = depends_on
            .into_iter()
            .chain(links.into_iter().filter_map(link));
        let names = names.filter_map(|name| name.parse().ok());
        Needs {
            services: names.chain(network_owner.clone()).collect(),
            network_owner,
        }
    }
}

impl OneOrMany {
    fn names(self) -> Vec<String> {
        match self {
            OneOrMany::List(names) => names,
            OneOrMany::Map(names) => names.into_keys().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_from_where_compose_was_called() {
        let folder = tempfile::tempdir().unwrap();
        let deploy = folder.path().join("ops/deploy");
        fs::create_dir_all(&deploy).unwrap();
        fs::write(deploy.join("a.yml"), "").unwrap();
        let check = |working_dir: &Path, files: [&str; 2], expected: [&str; 2]| {
            let labels = ComposeLabels {
                working_dir: Some(working_dir.to_owned()),
                config_files: files.map(PathBuf::from).to_vec(),
                ..ComposeLabels::default()
            };
            let expected = expected.map(|path| folder.path().join(path));
            assert_eq!(expected.to_vec(), paths(&labels), "{files:?}");
        };
        let both = ["ops/deploy/a.yml", "ops/deploy/b.yml"];
        check(&deploy, ["a.yml", "b.yml"], both);
        check(&deploy, both, both);
        check(
            &deploy,
            ["deploy/a.yml", "b.yml"],
            ["ops/deploy/a.yml", "ops/b.yml"],
        );
        check(folder.path(), both, both);
        check(
            &deploy,
            ["gone.yml", "b.yml"],
            ["ops/deploy/gone.yml", "ops/deploy/b.yml"],
        );
        check(
            &deploy,
            ["../x/gone.yml", "b.yml"],
            ["ops/deploy/../x/gone.yml", "ops/deploy/b.yml"],
        );
    }

    #[test]
    fn both_forms_of_depends_on_are_read() {
        check(
            "ui: {depends_on: [redis, processor]}",
            "ui: processor redis",
        );
        check(
            "ui: {depends_on: {redis: {condition: service_started}}}",
            "ui: redis",
        );
    }

    #[test]
    fn links_and_borrowed_networks_are_dependencies() {
        check("ui: {links: ['redis:cache', db]}", "ui: db redis");
        check("side: {network_mode: 'service:ui'}", "side: ui");
        check("side: {network_mode: host}", "side:");
    }

    #[test]
    fn anchors_and_merges_are_followed() {
        let text =
            "x-base: &base\n  depends_on: [redis]\nservices:\n  ui:\n    <<: *base\n    image: a\n";
        assert_eq!("ui: redis", write(&parse(text).unwrap()));
    }

    #[test]
    fn empty_and_unreadable_files_say_nothing() {
        assert_eq!("", write(&parse("version: '3'").unwrap()));
        assert_eq!("ui:", write(&parse("services:\n  ui:\n").unwrap()));
        assert!(parse("services: [1, 2").is_err());
        assert!(read(Path::new("/nowhere/docker-compose.yml")).is_empty());
    }

    #[test]
    fn a_mistake_in_a_file_does_not_quote_it() {
        let reason = parse("services:\n  ui:\n    links: hunter2\n").unwrap_err();
        assert!(!reason.contains("hunter2"), "{reason}");
    }

    #[test]
    fn a_changed_file_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("docker-compose.yml");
        let labels = ComposeLabels {
            working_dir: Some(folder.path().to_owned()),
            config_files: vec!["docker-compose.yml".into()],
            ..ComposeLabels::default()
        };
        let mut files = ComposeFiles::default();
        assert!(files.dependencies(&labels).is_empty());
        fs::write(&file, "services: {ui: {depends_on: [redis]}}").unwrap();
        assert_eq!("ui: redis", write(files.dependencies(&labels)));
        fs::remove_file(&file).unwrap();
        assert!(files.dependencies(&labels).is_empty());
    }

    #[track_caller]
    fn check(service: &str, expected: &str) {
        let text = format!("services:\n  {service}\n");
        assert_eq!(expected, write(&parse(&text).unwrap()));
    }

    fn write(dependencies: &Dependencies) -> String {
        let line = |(service, needs): (&ServiceName, &Needs)| {
            let needs: Vec<&str> = needs.services.iter().map(ServiceName::as_str).collect();
            format!("{service}: {}", needs.join(" "))
                .trim_end()
                .to_owned()
        };
        dependencies.iter().map(line).collect::<Vec<_>>().join("; ")
    }
}
