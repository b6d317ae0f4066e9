//! Waiting until something is written.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread,
    time::{Duration, Instant},
};

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher, event::AccessKind};

/// How long writes are gathered before they are looked at.
const GATHER: Duration = Duration::from_millis(50);

/// How often a stop is looked for while waiting.
const STOP_SLICE: Duration = Duration::from_millis(100);

/// How long to wait where the system cannot tell of writes.
const POLL: Duration = Duration::from_millis(500);

/// The most folders that the system is asked to watch.
const FOLDERS_MAX: usize = 4_096;

/// Folders that the system watches for us. Where it cannot, files are looked at every half second.
#[derive(Debug)]
pub struct Watch {
    watcher: Option<RecommendedWatcher>,
    writes: Receiver<()>,
    folders: BTreeSet<PathBuf>,
    is_blind: bool,
}

impl Watch {
    /// Asks the system for word of writes.
    #[must_use]
    pub fn new() -> Self {
        // One word is enough: it says that something was written.
        let (tell, writes) = sync_channel(1);
        let watcher = notify::recommended_watcher(move |event| note(&tell, &event)).ok();
        Self {
            is_blind: watcher.is_none(),
            watcher,
            writes,
            folders: BTreeSet::new(),
        }
    }

    /// Watches these folders, and no others.
    pub fn follow(&mut self, folders: BTreeSet<PathBuf>) {
        let Some(watcher) = &mut self.watcher else {
            return;
        };
        self.is_blind = folders.len() > FOLDERS_MAX;
        for gone in self.folders.difference(&folders) {
            // A folder that was removed is no longer watched anyway.
            let _ = watcher.unwatch(gone);
        }
        let wanted = folders.into_iter().take(FOLDERS_MAX);
        self.folders = wanted
            .filter(|folder| {
                let is_watched = watcher.watch(folder, RecursiveMode::NonRecursive).is_ok();
                self.is_blind |= !is_watched && folder.is_dir();
                is_watched
            })
            .collect();
    }

    /// Waits until something is written, `longest` has passed, or it is to stop.
    pub fn wait(&self, longest: Duration, stop: &AtomicBool) {
        let longest = if self.is_blind {
            longest.min(POLL)
        } else {
            longest
        };
        let began = Instant::now();
        while !stop.load(Ordering::Relaxed) {
            let left = longest.saturating_sub(began.elapsed());
            if left.is_zero() {
                return;
            }
            match self.writes.recv_timeout(left.min(STOP_SLICE)) {
                Ok(()) => {
                    thread::sleep(GATHER);
                    while self.writes.try_recv().is_ok() {}
                    return;
                }
                Err(RecvTimeoutError::Timeout) => (),
                Err(RecvTimeoutError::Disconnected) => thread::sleep(left.min(STOP_SLICE)),
            }
        }
    }
}

impl Default for Watch {
    fn default() -> Self {
        Self::new()
    }
}

/// That a file was read is no news: we read them ourselves.
fn note(tell: &SyncSender<()>, event: &notify::Result<notify::Event>) {
    let is_read = event.as_ref().is_ok_and(|event| {
        matches!(event.kind, EventKind::Access(kind)
            if !matches!(kind, AccessKind::Close(notify::event::AccessMode::Write)))
    });
    if !is_read {
        // A word that already waits says the same.
        let _ = tell.try_send(());
    }
}

/// The folders in which files of these paths may change or appear, up to a root.
pub(super) fn folders_of<'a>(
    paths: impl IntoIterator<Item = &'a Path>,
    root: Option<&Path>,
) -> BTreeSet<PathBuf> {
    let mut folders: BTreeSet<PathBuf> = root.map(Path::to_owned).into_iter().collect();
    for folder in paths.into_iter().filter_map(Path::parent) {
        folders.insert(folder.to_owned());
        let is_below = |above: &&Path| root.is_some_and(|root| above.starts_with(root));
        let above = folder.ancestors().take_while(is_below);
        folders.extend(above.map(Path::to_owned));
    }
    folders
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn folders_are_those_of_the_files_up_to_the_root() {
        let paths = [
            Path::new("/r/a/b/c.log"),
            Path::new("/r/d.log"),
            Path::new("/x/y.log"),
        ];
        let folders = folders_of(paths, Some(Path::new("/r")));
        let expected = ["/r", "/r/a", "/r/a/b", "/x"].map(PathBuf::from);
        assert_eq!(BTreeSet::from(expected), folders);
    }

    #[test]
    fn a_write_ends_the_waiting_and_a_read_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.log");
        fs::write(&path, "x\n").unwrap();
        let mut watch = Watch::new();
        watch.follow(BTreeSet::from([folder.path().to_owned()]));
        let stop = AtomicBool::new(false);
        let waited = |watch: &Watch, longest| {
            let began = Instant::now();
            watch.wait(longest, &stop);
            began.elapsed()
        };
        if watch.is_blind {
            // The system of this host cannot watch; waiting is bounded all the same.
            assert!(waited(&watch, Duration::from_secs(60)) < Duration::from_secs(30));
            return;
        }
        fs::read(&path).unwrap();
        assert!(waited(&watch, Duration::from_millis(300)) >= Duration::from_millis(300));
        fs::write(&path, "y\n").unwrap();
        assert!(waited(&watch, Duration::from_secs(60)) < Duration::from_secs(30));
        stop.store(true, Ordering::Relaxed);
        assert!(waited(&watch, Duration::from_secs(60)) < Duration::from_secs(30));
    }
}
