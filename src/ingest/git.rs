//! The history of the repository, read by a library: nothing is run.

use std::{
    collections::{BTreeSet, BinaryHeap},
    path::Path,
    time::Instant,
};

use gix::{ObjectId, Repository, objs::tree::EntryKind};

use super::{
    IngestError, Roots,
    discover::Target,
    gather::Gatherer,
    identify::{Identity, Library, Stat},
    source::Source,
};
use crate::store::evidence::{CommitRow, FileProgress, FileRow, Item, NewFile};

/// Most commits that are read, the newest first.
const COMMITS_MAX: usize = 20_000;

/// Most files of one commit that are kept.
const FILES_MAX: usize = 400;

/// How long reading may take; what is missing then comes with the next run.
const SECONDS_MAX: u64 = 120;

/// Reads the commits that are not known yet.
pub(super) fn read(
    gatherer: &mut Gatherer<'_>,
    library: &mut Library,
    roots: &Roots,
) -> Result<(), IngestError> {
    let Some(repo) = roots
        .repo
        .as_deref()
        .filter(|repo| repo.join(".git").exists())
    else {
        let report = gatherer.report.source(Source::Git.name());
        report
            .note
            .get_or_insert_with(|| "skipped: the checkout has no `.git`".to_owned());
        return Ok(());
    };
    let target = Target {
        source: Source::Git,
        path: repo.join(".git"),
        name: ".git".to_owned(),
    };
    gatherer.report.source(Source::Git.name()).files_seen += 1;
    match history(repo) {
        Ok((repository, head)) => commits(gatherer, library, &target, (&repository, head)),
        Err(reason) => {
            let is_elsewhere = points_elsewhere(&target.path);
            let report = gatherer.report.source(Source::Git.name());
            report.failed = !is_elsewhere;
            report.note = Some(match is_elsewhere {
                true => "skipped: `.git` points to a folder that is not here".to_owned(),
                false => reason,
            });
            Ok(())
        }
    }
}

/// Whether `.git` is a file (a worktree, a submodule) that names a folder that is not there.
fn points_elsewhere(path: &Path) -> bool {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let folder = text.strip_prefix("gitdir:").map(str::trim);
    let beside = path.parent().unwrap_or(path);
    folder.is_some_and(|folder| !beside.join(folder).is_dir())
}

/// Opens the repository, whoever owns it, without any configuration but its own.
fn history(repo: &Path) -> Result<(Repository, ObjectId), String> {
    let options = gix::open::Options::isolated().with(gix::sec::Trust::Full);
    let opened = gix::open_opts(repo, options)
        .map_err(|error| format!("cannot open the repository: {error}"))?;
    let mut opened = opened;
    opened.object_cache_size_if_unset(4 << 20);
    let head = opened
        .head_id()
        .map_err(|error| format!("the repository has no commit: {error}"))?
        .detach();
    Ok((opened, head))
}

fn commits(
    gatherer: &mut Gatherer<'_>,
    library: &mut Library,
    target: &Target,
    (repository, head): (&Repository, ObjectId),
) -> Result<(), IngestError> {
    let head_hash = super::content::hash(head.as_slice());
    let Some(row) = known_row(gatherer, library, target)? else {
        return Ok(());
    };
    if row.progress.tail_hash == head_hash && row.progress.offset > 0 {
        return Ok(());
    }
    gatherer.report.source(Source::Git.name()).files_read += 1;
    let began = Instant::now();
    let mut walk = Walk::from(repository, head);
    let mut n_read = 0;
    let mut is_whole = true;
    while let Some((id, parents)) = walk.next(repository) {
        if n_read >= COMMITS_MAX || began.elapsed().as_secs() >= SECONDS_MAX {
            is_whole = false;
            break;
        }
        if gatherer.evidence.commit_has(&id.to_string())? {
            continue;
        }
        match commit(gatherer, repository, (row.file_id, id), &parents) {
            Some(commit) => {
                n_read += 1;
                gatherer.report.source(Source::Git.name()).rows += 1;
                gatherer.batch.items.push(Item::Commit(commit));
                gatherer.flush_when_due()?;
            }
            None => {
                *gatherer
                    .batch
                    .counts
                    .entry((row.file_id, "unreadable_commit"))
                    .or_default() += 1;
            }
        }
    }
    if is_whole {
        let offset = row.progress.offset + i64::try_from(n_read).unwrap_or(0);
        let progress = FileProgress {
            offset,
            tail_hash: head_hash,
            stat: (1, 0, 0),
            ..row.progress
        };
        gatherer.batch.progress.insert(row.file_id, progress);
    }
    let report = gatherer.report.source(Source::Git.name());
    report.lines += n_read as u64;
    report.taken += n_read as u64;
    gatherer.flush()
}

/// The row of a repository, which is made at first sight; none in a dry run.
fn known_row(
    gatherer: &mut Gatherer<'_>,
    library: &mut Library,
    target: &Target,
) -> Result<Option<FileRow>, IngestError> {
    let stat = Stat {
        device: 0,
        inode: 0,
        size: 0,
        mtime_ns: 0,
        ctime_ns: 0,
    };
    match library.document(target, &stat) {
        Some(Identity::Known(row)) => Ok(Some(*row)),
        Some(Identity::Unchanged | Identity::Copy | Identity::New { .. }) | None
            if gatherer.is_dry =>
        {
            Ok(None)
        }
        Some(Identity::Unchanged | Identity::Copy | Identity::New { .. }) | None => {
            let new = NewFile {
                source: target.source.name(),
                path: &target.name,
                device: 0,
                inode: 0,
                zone: "UTC",
            };
            Ok(Some(gatherer.evidence.file_add(&new)?))
        }
    }
}

/// Commits from the newest to the oldest; each once.
struct Walk {
    heap: BinaryHeap<(i64, ObjectId)>,
    seen: BTreeSet<ObjectId>,
}

impl Walk {
    fn from(repository: &Repository, head: ObjectId) -> Self {
        let mut walk = Self {
            heap: BinaryHeap::new(),
            seen: BTreeSet::new(),
        };
        walk.push(repository, head);
        walk
    }

    fn push(&mut self, repository: &Repository, id: ObjectId) {
        if !self.seen.insert(id) {
            return;
        }
        // A commit that is missing (a shallow clone) ends its line of history.
        let time = repository
            .find_commit(id)
            .ok()
            .and_then(|commit| commit.time().ok());
        if let Some(time) = time {
            self.heap.push((time.seconds, id));
        }
    }

    fn next(&mut self, repository: &Repository) -> Option<(ObjectId, Vec<ObjectId>)> {
        let (_, id) = self.heap.pop()?;
        let commit = repository.find_commit(id).ok();
        let parents: Vec<ObjectId> = commit
            .iter()
            .flat_map(|commit| commit.parent_ids().map(gix::Id::detach).collect::<Vec<_>>())
            .collect();
        for parent in &parents {
            self.push(repository, *parent);
        }
        Some((id, parents))
    }
}

fn commit(
    gatherer: &Gatherer<'_>,
    repository: &Repository,
    (file_id, id): (i64, ObjectId),
    parents: &[ObjectId],
) -> Option<CommitRow> {
    let commit = repository.find_commit(id).ok()?;
    let author = commit.author().ok()?;
    let authored = author.time().ok()?.seconds;
    let committed = commit.time().ok()?.seconds;
    let message = commit.message().ok()?;
    let tree = commit.tree_id().ok()?.detach();
    let before = parents.first().and_then(|parent| {
        let parent = repository.find_commit(*parent).ok()?;
        parent.tree_id().ok().map(gix::Id::detach)
    });
    let mut files = Vec::new();
    // A merge changes what its parents changed.
    if parents.len() < 2 {
        changed(repository, (before, Some(tree)), "", &mut files);
    }
    Some(CommitRow {
        file_id,
        commit_hash: id.to_string(),
        authored_ms: authored.saturating_mul(1000),
        committed_ms: committed.saturating_mul(1000),
        author: gatherer.wash.line(&author.name.to_string()),
        subject: gatherer.wash.line(&message.summary().to_string()),
        files,
    })
}

/// The paths in which two trees differ.
fn changed(
    repository: &Repository,
    (before, after): (Option<ObjectId>, Option<ObjectId>),
    prefix: &str,
    files: &mut Vec<String>,
) {
    let (old, new) = (entries(repository, before), entries(repository, after));
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for name in names {
        if files.len() >= FILES_MAX {
            return;
        }
        let (old, new) = (old.get(name), new.get(name));
        if old == new {
            continue;
        }
        let path = if prefix.is_empty() {
            name.clone()
        } else {
            [prefix, "/", name].concat()
        };
        let tree_of = |entry: Option<&(bool, ObjectId)>| {
            entry.filter(|(is_tree, _)| *is_tree).map(|(_, id)| *id)
        };
        let is_file = |entry: Option<&(bool, ObjectId)>| entry.is_some_and(|(is_tree, _)| !is_tree);
        if is_file(old) || is_file(new) {
            files.push(path.clone());
        }
        if tree_of(old).is_some() || tree_of(new).is_some() {
            changed(repository, (tree_of(old), tree_of(new)), &path, files);
        }
    }
}

fn entries(
    repository: &Repository,
    tree: Option<ObjectId>,
) -> std::collections::BTreeMap<String, (bool, ObjectId)> {
    let Some(tree) = tree.and_then(|id| repository.find_tree(id).ok()) else {
        return std::collections::BTreeMap::new();
    };
    tree.iter()
        .filter_map(Result::ok)
        .map(|entry| {
            let is_tree = entry.mode().kind() == EntryKind::Tree;
            (entry.filename().to_string(), (is_tree, entry.id().detach()))
        })
        .collect()
}
