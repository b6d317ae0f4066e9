use std::{
    fs,
    io::Read as _,
    path::{Path, PathBuf},
};

use super::{files_in, names_of};
use crate::{
    knowledge::{playbook::Playbook, relevance::stems},
    store::evidence::SignatureView,
};

/// The most bytes of a playbook or an incident that are read.
const BYTES_MAX: u64 = 1 << 20;

/// The most playbooks, and the most incidents.
const FILES_MAX: usize = 5_000;

/// Stems of a failure that are looked for in an incident.
const STEMS_MAX: usize = 8;

/// Stems of a failure that an incident must have to be about it.
const STEMS_MIN: usize = 2;

/// Where playbooks and incidents stand: in the data folder, and where the predecessor wrote them.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Folders {
    roots: Vec<PathBuf>,
}

/// A playbook, and the file it stands in.
#[derive(Clone, Debug)]
pub(in crate::cli) struct PlaybookFile {
    pub(in crate::cli) path: PathBuf,
    pub(in crate::cli) playbook: Playbook,
}

/// An incident, and the file it stands in.
#[derive(Clone, Debug)]
pub(in crate::cli) struct IncidentFile {
    pub(in crate::cli) path: PathBuf,
    text: String,
}

impl Folders {
    pub(in crate::cli) fn of(data_dir: &Path, repo: Option<&Path>) -> Self {
        let mut roots = vec![data_dir.to_owned()];
        roots.extend(repo.map(|repo| repo.join("docs")));
        Self { roots }
    }

    /// Every playbook that programs can read; ours before those of the predecessor.
    pub(in crate::cli) fn playbooks(&self) -> Vec<PlaybookFile> {
        let texts = self.texts("playbooks").into_iter();
        let read = texts.filter_map(|(path, text)| {
            let playbook = Playbook::parse(&text)?;
            Some(PlaybookFile { path, playbook })
        });
        read.collect()
    }

    /// Every incident, the newest first by the date in its name.
    pub(in crate::cli) fn incidents(&self) -> Vec<IncidentFile> {
        let mut list: Vec<IncidentFile> = self
            .texts("incidents")
            .into_iter()
            .map(|(path, text)| IncidentFile { path, text })
            .collect();
        list.sort_by(|a, b| b.path.file_name().cmp(&a.path.file_name()));
        list
    }

    fn texts(&self, name: &str) -> Vec<(PathBuf, String)> {
        let paths = self
            .roots
            .iter()
            .flat_map(|root| files_in(&root.join(name), ".md"));
        paths
            .filter(|path| !path.ends_with("INDEX.md"))
            .take(FILES_MAX)
            .filter_map(|path| Some((text_of(&path)?, path)))
            .map(|(text, path)| (path, text))
            .collect()
    }
}

/// The start of a file as text; `None` when it cannot be read.
fn text_of(path: &Path) -> Option<String> {
    let mut bytes = Vec::new();
    let file = fs::File::open(path).ok()?;
    file.take(BYTES_MAX).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// The playbook of a failure.
pub(in crate::cli) fn playbook_of<'a>(
    playbooks: &'a [PlaybookFile],
    signature: &SignatureView,
) -> Option<&'a PlaybookFile> {
    playbooks.iter().find(|file| {
        file.playbook
            .is_about(&signature.category, names_of(signature))
    })
}

/// The newest incident about a failure: it names its id, or its category and its words.
pub(in crate::cli) fn incident_of<'a>(
    incidents: &'a [IncidentFile],
    signature: &SignatureView,
) -> Option<&'a IncidentFile> {
    let heading = format!("### {}", signature.category);
    let mut stems = stems(&signature.template);
    stems.truncate(STEMS_MAX);
    incidents.iter().find(|incident| {
        let mut lines = incident.text.lines();
        incident.text.contains(&signature.signature_id)
            || lines.any(|line| line.trim_end() == heading) && has_words(&incident.text, &stems)
    })
}

fn has_words(text: &str, stems: &[String]) -> bool {
    let text = text.to_lowercase();
    let is_there = |stem: &&String| {
        let mut words = text.split(|c: char| !c.is_alphanumeric());
        words.any(|word| word.starts_with(stem.as_str()))
    };
    let n_there = stems.iter().filter(is_there).count();
    n_there > 0 && n_there >= STEMS_MIN.min(stems.len())
}

/// The name of a file without its folder.
pub(in crate::cli) fn file_name(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}
