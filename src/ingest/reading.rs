//! One file that is being read.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io,
    sync::Arc,
};

use super::{
    clock::{FileClock, Zone, named_ms},
    content::{Parts, WINDOW, hash},
    discover::{Target, is_rotated},
    gather::Standing,
    identify::{Packing, Stat, window},
};
use crate::store::evidence::{Evidence, EvidenceError, FileProgress, FileRow};

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
    /// Earlier contents of its path, the latest first: what is being written anew may have been
    /// read while it was short, and the rest of it may be what was there before.
    pub(super) before: Vec<i64>,
    /// Bytes of the files of its source that come before it.
    pub(super) bytes_before: i64,
    /// What was stored from here on is read again, and goes as soon as that is done.
    pub(super) provisional: Option<i64>,
    /// Events that were adopted.
    adopted: BTreeSet<i64>,
    /// What is known about the session, for files that hold one.
    pub(super) session: super::work::SessionState,
    file: Option<Arc<File>>,
    /// Up to where it was read last, and the hash of what stands before.
    read_to: (i64, i64),
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
            before: Vec::new(),
            bytes_before: 0,
            provisional: None,
            adopted: BTreeSet::new(),
            session: super::work::SessionState::default(),
            file: None,
            read_to: (row.progress.offset, row.progress.tail_hash),
            is_cut_off: false,
            target,
        }
    }

    /// The event of an earlier content that a line is.
    pub(super) fn adopted(
        &mut self,
        evidence: &Evidence,
        (line_hash, at_ms): (i64, Option<i64>),
    ) -> Result<Option<i64>, EvidenceError> {
        let mut found = self.adopt.get_mut(&line_hash).and_then(Vec::pop);
        for file_id in self.before.iter().filter(|_| at_ms.is_some()) {
            if found.is_some() {
                break;
            }
            let twins = evidence.event_twins(*file_id, (at_ms.unwrap_or(0), line_hash))?;
            found = twins.into_iter().find(|twin| !self.adopted.contains(twin));
        }
        self.adopted.extend(found);
        Ok(found)
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

    /// Whether the file no longer has what was read up to `end`, or something else stands before it
    /// now; then nothing more of it counts.
    pub(super) fn was_cut_off(&mut self, end: i64) -> bool {
        let is_whole = self.file().and_then(|file| {
            let size = Stat::of(&file.metadata()?).size;
            let (read_to, tail_hash) = self.read_to;
            Ok(size >= end && (read_to == 0 || hash(&tail(&file, read_to)?) == tail_hash))
        });
        self.is_cut_off |= !is_whole.unwrap_or(false);
        self.is_cut_off
    }

    /// Lets go of the open file.
    pub(super) fn close(&mut self) {
        self.file = None;
    }

    /// Brings the hashes up to what has been read: those of the bytes that were read, as the file
    /// may hold others by now.
    pub(super) fn seal(&mut self, standing: &Standing) -> io::Result<()> {
        if self.packing != Packing::Plain {
            return Ok(());
        }
        let window_len = i64::try_from(WINDOW).unwrap_or(0);
        let offset = self.progress.offset;
        if self.progress.head.0 < window_len {
            self.progress.head = match standing.head {
                Some(head) => head,
                None => {
                    let head = window(&*self.file()?, 0, offset.min(window_len))?;
                    (i64::try_from(head.len()).unwrap_or(0), hash(&head))
                }
            };
        }
        self.progress.tail_hash = match standing.tail {
            Some(tail) => tail,
            None => hash(&tail(&*self.file()?, offset)?),
        };
        self.read_to = (offset, self.progress.tail_hash);
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

/// What stands before a place, as far as it is compared.
fn tail(file: &File, end: i64) -> io::Result<Vec<u8>> {
    let length = end.min(i64::try_from(WINDOW).unwrap_or(0));
    window(file, end - length, length)
}
