//! Which files there are to read.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::source::{Place, Source};

/// The streams below `captures/`, with the name of each.
const STREAMS: [&str; 8] = [
    "wicap_network_events.jsonl",
    "wicap_anomaly_events.jsonl",
    "wicap_anomaly_events_v2.jsonl",
    "wicap_anomaly_events_v3.jsonl",
    "wicap_anomaly_feedback.jsonl",
    "wicap_predictions.jsonl",
    "suricata_eve_compat.jsonl",
    "zeek_conn_compat.jsonl",
];

/// Logs with one fixed place.
const FIXED_LOGS: [&str; 4] = [
    "wicap.log",
    "wicap_verified.log",
    "wicap-ui/ui.log",
    "captures/events.log",
];

/// Scripts that belong to the harness whatever their name.
const SCRIPTS: [&str; 5] = [
    "start_wicap.py",
    "stop_wicap.py",
    "run_soak.sh",
    "run_docker_soak.sh",
    "run_live_verification.sh",
];

/// Folders that are never looked into.
const SKIPPED: [&str; 7] = [
    ".git",
    "__pycache__",
    ".venv",
    "venv",
    "node_modules",
    "target",
    ".tox",
];

/// How deep folders are looked into.
const DEPTH_MAX: usize = 12;

/// A file that is there to be read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Target {
    pub(super) source: Source,
    pub(super) path: PathBuf,
    /// The name it is stored under: below the repository where it is, else absolute.
    pub(super) name: String,
}

/// Where things are looked for.
#[derive(Clone, Debug, Default)]
pub struct Roots {
    /// The checkout of the stack.
    pub repo: Option<PathBuf>,
    /// The folder of the coding tool.
    pub codex: Option<PathBuf>,
    /// The folder of the conversations.
    pub antigravity: Option<PathBuf>,
}

/// The files of a source, in the order in which they are read.
pub(super) fn targets(source: Source, roots: &Roots) -> Vec<Target> {
    let mut paths = Vec::new();
    match (source, &roots.repo) {
        (Source::Soak, Some(repo)) => soak_logs(repo, &mut paths),
        (Source::Network, Some(repo)) => {
            let captures = repo.join("captures");
            for name in STREAMS {
                with_rotations(&captures.join(name), &mut paths);
            }
        }
        (Source::Harness, Some(repo)) => {
            walk(repo, DEPTH_MAX, &mut |path| {
                if is_harness(path) {
                    paths.push(path.to_owned());
                }
            });
        }
        (Source::SoakResult, Some(repo)) => {
            walk(&repo.join("logs/soak"), DEPTH_MAX, &mut |path| {
                if name_of(path).starts_with("soak_test_") && name_of(path).ends_with(".json") {
                    paths.push(path.to_owned());
                }
            });
        }
        (Source::Changelog, Some(repo)) => existing(&repo.join("CHANGELOG.md"), &mut paths),
        (Source::Codex, _) => codex(roots.codex.as_deref(), &mut paths),
        (Source::Antigravity, _) => conversations(roots.antigravity.as_deref(), &mut paths),
        (Source::Git | Source::Container | Source::Import, _)
        | (
            Source::Soak
            | Source::Network
            | Source::Harness
            | Source::SoakResult
            | Source::Changelog,
            None,
        ) => (),
    }
    let name = |path: &Path| stored_name(path, roots);
    let mut targets: Vec<Target> = paths
        .into_iter()
        .map(|path| Target {
            source,
            name: name(&path),
            path,
        })
        .collect();
    targets.sort_by_cached_key(|target| reading_order(&target.name));
    // What was said in a session belongs to it: the sessions come first.
    targets.sort_by_key(|target| {
        target.source == Source::Codex && target.name.ends_with("history.jsonl")
    });
    if source == Source::Network {
        // The newest contract of an event comes first; the others are the same event.
        targets.reverse();
        targets.sort_by_cached_key(|target| {
            let (base, age) = family(&target.name);
            (std::cmp::Reverse(base.to_owned()), std::cmp::Reverse(age))
        });
    }
    targets.dedup_by(|a, b| a.path == b.path);
    targets
}

/// Logs that somebody named, as targets.
pub(super) fn named(logs: &[PathBuf], roots: &Roots) -> Vec<Target> {
    let mut targets: Vec<Target> = logs
        .iter()
        .filter(|path| path.is_file())
        .map(|path| Target {
            source: Source::Soak,
            name: stored_name(path, roots),
            path: path.clone(),
        })
        .collect();
    targets.sort_by_cached_key(|target| reading_order(&target.name));
    targets.dedup_by(|a, b| a.path == b.path);
    targets
}

/// The path below the repository, or as it is.
pub(super) fn stored_name(path: &Path, roots: &Roots) -> String {
    let below = roots
        .repo
        .as_ref()
        .and_then(|repo| path.strip_prefix(repo).ok());
    below.unwrap_or(path).to_string_lossy().into_owned()
}

/// What a rotated file is called without its number, date and packing, and its age among its kin.
pub(super) fn family(name: &str) -> (&str, u64) {
    let mut base = name;
    for ending in [".gz", ".zst"] {
        base = base.strip_suffix(ending).unwrap_or(base);
    }
    if let Some((start, ending)) = base.rsplit_once(['.', '-'])
        && let Ok(number) = ending.parse::<u64>()
        && (ending.len() <= 3 || ending.len() == 8)
        && Path::new(start).extension().is_some()
    {
        // A date is the younger the greater it is, a number the older.
        let age = if ending.len() == 8 {
            1_000_000_000 - number.min(999_999_999)
        } else {
            number
        };
        return (start, age);
    }
    (base, u64::from(base.len() != name.len()))
}

/// Whether the name tells that nothing is written to the file any more.
pub(super) fn is_rotated(name: &str) -> bool {
    family(name).1 > 0
}

/// Oldest first among kin, so that lines are read in the order in which they were written.
fn reading_order(name: &str) -> (String, std::cmp::Reverse<u64>, String) {
    let (base, age) = family(name);
    (base.to_owned(), std::cmp::Reverse(age), name.to_owned())
}

fn soak_logs(repo: &Path, paths: &mut Vec<PathBuf>) {
    for entry in entries(repo) {
        let name = name_of(&entry);
        if name.starts_with("logs_soak_") || name.starts_with("logs_verification_") {
            logs_below(&entry, paths);
        } else if name.starts_with("soak_test_") && is_log(&name) {
            existing(&entry, paths);
        }
    }
    logs_below(&repo.join("logs/soak"), paths);
    for fixed in FIXED_LOGS {
        with_rotations(&repo.join(fixed), paths);
    }
}

fn logs_below(folder: &Path, paths: &mut Vec<PathBuf>) {
    walk(folder, DEPTH_MAX, &mut |path| {
        if is_log(&name_of(path)) {
            paths.push(path.to_owned());
        }
    });
}

fn is_log(name: &str) -> bool {
    family(name).0.ends_with(".log")
}

fn is_harness(path: &Path) -> bool {
    let name = name_of(path);
    let is_script = name.ends_with(".py") || name.ends_with(".sh");
    let is_named = ["soak", "runner", "harness"]
        .iter()
        .any(|part| name.contains(part));
    SCRIPTS.contains(&name.as_str()) || is_script && is_named
}

fn codex(root: Option<&Path>, paths: &mut Vec<PathBuf>) {
    let Some(root) = root else { return };
    existing(&root.join("history.jsonl"), paths);
    for folder in ["sessions", "archived_sessions"] {
        walk(&root.join(folder), DEPTH_MAX, &mut |path| {
            let name = name_of(path);
            if name.starts_with("rollout-") && family(&name).0.ends_with(".jsonl") {
                paths.push(path.to_owned());
            }
        });
    }
}

/// Folders named by a UUID that hold an artifact.
fn conversations(root: Option<&Path>, paths: &mut Vec<PathBuf>) {
    let Some(root) = root else { return };
    for folder in entries(root) {
        let has_artifact = super::source::ARTIFACTS
            .iter()
            .any(|artifact| folder.join(artifact).is_file());
        if is_uuid(&name_of(&folder)) && has_artifact {
            paths.push(folder);
        }
    }
}

fn is_uuid(name: &str) -> bool {
    name.len() == 36
        && name.bytes().enumerate().all(|(at, b)| match at {
            8 | 13 | 18 | 23 => b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
}

fn existing(path: &Path, paths: &mut Vec<PathBuf>) {
    if path.is_file() {
        paths.push(path.to_owned());
    }
}

/// The file and what it was rotated to.
fn with_rotations(path: &Path, paths: &mut Vec<PathBuf>) {
    let Some(parent) = path.parent() else { return };
    let base = name_of(path);
    for entry in entries(parent) {
        let name = name_of(&entry);
        if family(&name).0 == base && entry.is_file() {
            paths.push(entry);
        }
    }
}

/// Hands every regular file below `folder` to `each`; links are not followed.
fn walk(folder: &Path, depth: usize, each: &mut dyn FnMut(&Path)) {
    for entry in entries(folder) {
        let Ok(meta) = entry.symlink_metadata() else {
            continue;
        };
        if meta.is_file() {
            each(&entry);
        } else if meta.is_dir() && depth > 0 && !SKIPPED.contains(&name_of(&entry).as_str()) {
            walk(&entry, depth - 1, each);
        }
    }
}

/// What is in a folder, sorted; nothing when it cannot be read.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(read) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = read
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .collect();
    paths.sort();
    paths
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// Where a source is looked for: a path that has to exist for it to be read at all.
pub(super) fn place(source: Source, roots: &Roots) -> Place {
    let root = match source {
        Source::Codex => roots.codex.as_ref(),
        Source::Antigravity => roots.antigravity.as_ref(),
        Source::Container | Source::Import => return Place::Elsewhere,
        Source::Soak
        | Source::Network
        | Source::Harness
        | Source::SoakResult
        | Source::Changelog
        | Source::Git => roots.repo.as_ref(),
    };
    match root {
        Some(path) if path.is_dir() => Place::Folder,
        Some(path) => Place::Missing(path.clone()),
        None => Place::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rotated_files_know_their_kin() {
        assert_eq!(("wicap.log", 0), family("wicap.log"));
        assert_eq!(("wicap.log", 1), family("wicap.log.1"));
        assert_eq!(("wicap.log", 12), family("wicap.log.12.gz"));
        assert_eq!(("wicap.log", 1), family("wicap.log.zst"));
        assert_eq!("wicap.log", family("wicap.log-20260211.gz").0);
        assert_eq!(
            ("soak_test_20260211_090055.log", 0),
            family("soak_test_20260211_090055.log")
        );
        assert_eq!(("logs_soak_1/a-1.log", 0), family("logs_soak_1/a-1.log"));
    }

    #[test]
    fn the_oldest_of_a_family_is_read_first() {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "wicap.log",
            "wicap.log.1",
            "wicap.log.10.gz",
            "wicap.log.2",
            "other.log",
        ] {
            fs::write(folder.path().join(name), "x\n").unwrap();
        }
        let roots = Roots {
            repo: Some(folder.path().to_owned()),
            ..Roots::default()
        };
        let names: Vec<String> = targets(Source::Soak, &roots)
            .into_iter()
            .map(|target| target.name)
            .collect();
        assert_eq!(
            vec!["wicap.log.10.gz", "wicap.log.2", "wicap.log.1", "wicap.log"],
            names
        );
    }

    #[test]
    fn a_folder_with_signs_of_a_pattern_is_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        let repo = folder.path().join("wi[ca]p*");
        fs::create_dir_all(repo.join("logs_soak_1/docker")).unwrap();
        fs::write(repo.join("logs_soak_1/docker/a.log"), "x\n").unwrap();
        let roots = Roots {
            repo: Some(repo),
            ..Roots::default()
        };
        assert_eq!(1, targets(Source::Soak, &roots).len());
    }
}
