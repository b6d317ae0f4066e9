//! One file that is being read.

use std::{collections::BTreeMap, fs::File, io, sync::Arc};

use super::{
    clock::{FileClock, Zone, named_ms},
    content::{Parts, WINDOW, hash},
    discover::{Target, is_rotated},
    identify::{Packing, Stat, window},
};
use crate::store::evidence::{FileProgress, FileRow};

/// A file that has something new, and how far it has been read.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) target: Target,
    pub(super) stat: Stat,
    pub(super) file_id: i64,
    pub(super) packing: Packing,
    /// Nothing is written to it any more: its last line is complete as it is.
    pub(super) is_final: bool,
    /// It was rotated a moment ago, and its last line may not be whole.
    is_settling: bool,
    pub(super) clock: FileClock,
    pub(super) progress: FileProgress,
    pub(super) parts: Parts,
    /// Events of the content whose place it takes, by the hash of their line.
    pub(super) adopt: BTreeMap<i64, Vec<i64>>,
    /// What is known about the session, for files that hold one.
    pub(super) session: super::work::SessionState,
    file: Option<Arc<File>>,
    /// It was cut off while it was read.
    is_cut_off: bool,
}

impl Reading {
    pub(super) fn new(target: Target, stat: Stat, row: &FileRow, zone: &Zone) -> Self {
        let zone = Zone::named(&row.zone).unwrap_or_else(|| zone.clone());
        let mut clock =
            FileClock::new(zone.clone(), named_ms(&target.name, &zone), stat.mtime_ms());
        clock.set_last_ms(row.progress.settled_clock_ms);
        let mut progress = row.progress.clone();
        // What is provisional is read again.
        progress.offset = progress.settled;
        progress.lines = progress.settled_lines;
        let packing = Packing::of(&target.name);
        let is_settling = is_rotated(&target.name) && packing == Packing::Plain && stat.is_fresh();
        Self {
            stat,
            file_id: row.file_id,
            packing,
            is_final: is_rotated(&target.name) && !is_settling,
            is_settling,
            clock,
            parts: Parts::from_bytes(&row.progress.parts),
            progress,
            adopt: BTreeMap::new(),
            session: super::work::SessionState::default(),
            file: None,
            is_cut_off: false,
            target,
        }
    }

    /// The open file; it is opened when it is first asked for.
    pub(super) fn file(&mut self) -> io::Result<Arc<File>> {
        if let Some(file) = &self.file {
            return Ok(Arc::clone(file));
        }
        let file = Arc::new(File::open(&self.target.path)?);
        self.file = Some(Arc::clone(&file));
        Ok(file)
    }

    /// Whether the open file is the one that was found, with everything that it had.
    pub(super) fn is_as_found(&self, file: &File) -> bool {
        file.metadata().is_ok_and(|meta| {
            let now = Stat::of(&meta);
            let is_same = (now.device, now.inode) == (self.stat.device, self.stat.inode);
            is_same && now.size >= self.stat.size && !self.is_cut_off
        })
    }

    /// Whether the file no longer has what was read up to `end`; then nothing more of it counts.
    pub(super) fn was_cut_off(&mut self, end: i64) -> bool {
        let size = |file: Arc<File>| file.metadata().map(|meta| Stat::of(&meta).size);
        let is_long_enough = self.file().and_then(size).is_ok_and(|size| size >= end);
        self.is_cut_off |= !is_long_enough;
        self.is_cut_off
    }

    /// Lets go of the open file.
    pub(super) fn close(&mut self) {
        self.file = None;
    }

    /// Brings the hashes up to what has been read.
    pub(super) fn seal(&mut self) -> io::Result<()> {
        if self.packing != Packing::Plain {
            return Ok(());
        }
        let file = self.file()?;
        let window_len = i64::try_from(WINDOW).unwrap_or(0);
        let offset = self.progress.offset;
        if self.progress.head.0 < window_len {
            let head = window(&file, 0, offset.min(window_len))?;
            self.progress.head = (i64::try_from(head.len()).unwrap_or(0), hash(&head));
        }
        let tail_len = offset.min(window_len);
        self.progress.tail_hash = hash(&window(&file, offset - tail_len, tail_len)?);
        self.progress.parts = self.parts.to_bytes();
        Ok(())
    }

    /// Notes that everything up to `self.stat` has been read.
    pub(super) fn finish(&mut self) {
        let is_whole = !self.is_settling || self.progress.offset >= self.stat.size;
        self.progress.stat = match is_whole {
            true => (self.stat.size, self.stat.mtime_ns, self.stat.ctime_ns),
            // It is looked at again when nobody has touched it for a while.
            false => (self.progress.offset, 0, 0),
        };
    }
}
